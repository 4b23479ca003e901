/** What promote refuses, and the regions it asks for. */
import assert from "node:assert/strict";
import { checkPromotion, joinRegions } from "../../../tasks/AzureImageLifecycleV1/src/actions/promote.ts";
import { version, type VersionChange } from "./versions.ts";

const now = new Date("2026-06-01T00:00:00Z");

describe("promote", () => {
  const cases: readonly (readonly [title: string, change: VersionChange, evenIfRetired: boolean, refusal: RegExp | undefined])[] = [
    ["takes one that is ready", {}, false, undefined],
    ["takes one that is being made, and waits for it", { state: "Creating" }, false, undefined],
    ["refuses a failed one", { state: "Failed" }, false, /provisioning state is Failed/],
    ["refuses a failed one whatever is asked for", { state: "Failed" }, true, /provisioning state is Failed/],
    ["refuses a retired one", { tags: { "aib-task-retired": "2026-05-01" } }, false, /retired at 2026-05-01/],
    ["takes a retired one where that is asked for", { tags: { "aib-task-retired": "2026-05-01" } }, true, undefined],
    ["refuses one past its end of life", { endOfLife: "2026-05-31T00:00:00Z" }, false, /its end of life was/],
    ["takes one before its end of life", { endOfLife: "2026-06-02T00:00:00Z" }, false, undefined],
    ["refuses one that is being deleted", { state: "Deleting" }, true, /Deleting/],
  ]; // prettier-ignore
  for (const [title, change, evenIfRetired, refusal] of cases) {
    it(title, () => {
      const check = (): void => checkPromotion(version("1.0.0", change), { now, evenIfRetired });
      if (refusal === undefined) check();
      else assert.throws(check, refusal);
    });
  }

  it("adds regions, removes none, and leaves those there are as they are", () => {
    const regions = joinRegions(version("1.0.0", { regions: { "West Europe": true, "UK South": null } }), [
      { name: "uksouth", replicaCount: 5 },
      { name: "northeurope", replicaCount: 2, storageAccountType: "Standard_ZRS" },
      { name: "eastus" },
    ]);
    assert.deepEqual(regions, [
      { name: "West Europe", excludeFromLatest: true },
      { name: "UK South" },
      { name: "northeurope", regionalReplicaCount: 2, storageAccountType: "Standard_ZRS" },
      { name: "eastus" },
    ]);
  });
});
