/** What `latest` means in each region, and what changes when a version goes. */
import assert from "node:assert/strict";
import { describeLatest, latestOf, regionsLost } from "../../../tasks/AzureImageLifecycleV1/src/gallery/latest.ts";
import { readVersion } from "../../../tasks/AzureImageLifecycleV1/src/gallery/version.ts";
import { version, type VersionChange, versionJson } from "./versions.ts";

describe("what latest means", () => {
  const both = { "West Europe": null, "UK South": null };
  const cases: readonly (readonly [title: string, versions: Readonly<Record<string, VersionChange>>, latest: object])[] = [
    ["the highest number, not the highest text", { "1.9.0": {}, "1.10.0": {} }, { westeurope: "1.10.0" }],
    ["none that is excluded", { "1.0.0": {}, "2.0.0": { excluded: true } }, { westeurope: "1.0.0" }],
    ["none that failed or is being made", { "1.0.0": {}, "2.0.0": { state: "Failed" }, "3.0.0": { state: "Creating" } }, { westeurope: "1.0.0" }],
    ["one that is being changed", { "1.0.0": {}, "2.0.0": { state: "Updating" } }, { westeurope: "2.0.0" }],
    ["one past its end of life, as Azure does", { "1.0.0": {}, "2.0.0": { endOfLife: "2020-01-01" } }, { westeurope: "2.0.0" }],
    ["what is in the region", { "1.0.0": { regions: both }, "2.0.0": {} }, { westeurope: "2.0.0", uksouth: "1.0.0" }],
    ["a region's own word over that of the version", { "1.0.0": { excluded: true, regions: { "UK South": false, "West Europe": null } } }, { uksouth: "1.0.0" }],
    ["nothing where all are excluded", { "1.0.0": { excluded: true } }, {}],
  ]; // prettier-ignore
  for (const [title, versions, latest] of cases) {
    it(title, () => {
      const all = Object.entries(versions).map(([name, change]) => version(name, change));
      assert.deepEqual(Object.fromEntries(latestOf(all)), latest);
    });
  }

  it("is told as one sentence, and regions that lose it are found", () => {
    const before = latestOf([version("1.0.0", { regions: both }), version("2.0.0")]);
    assert.equal(describeLatest(before), "latest is 2.0.0 in westeurope; 1.0.0 in uksouth");
    assert.match(describeLatest(new Map()), /no version/);
    assert.deepEqual(regionsLost(before, latestOf([version("2.0.0")])), ["uksouth"]);
  });
});

describe("the JSON of a version", () => {
  const odd: readonly (readonly [title: string, value: unknown])[] = [
    ["no object", "1.0.0"],
    ["no state", { ...versionJson("1.0.0"), properties: { publishingProfile: {} } }],
    ["no profile", { ...versionJson("1.0.0"), properties: { provisioningState: "Succeeded" } }],
    ["a name that is no number", versionJson("latest")],
  ];
  for (const [title, value] of odd) {
    it(`is refused with ${title}: a version passed over would change what latest means`, () => {
      assert.throws(() => readVersion(value), /not of the documented form/);
    });
  }
});
