/** What an image reference says of the versions of a definition. */
import assert from "node:assert/strict";
import { sortUses } from "../../../tasks/AzureImageLifecycleV1/src/uses/gather.ts";
import { type Use, useOf, useOfModel, useOfSource } from "../../../tasks/AzureImageLifecycleV1/src/uses/reference.ts";
import { definition } from "./versions.ts";

const other = definition.replace(/web$/, "api");
const none: Use = { kind: "none" };
const latest: Use = { kind: "latest" };
const unknown: Use = { kind: "unknown" };
const named = (name: string): Use => ({ kind: "version", name });

describe("an image reference", () => {
  const cases: readonly (readonly [title: string, reference: unknown, machine: Use, model: Use])[] = [
    ["of a version", { id: `${definition}/versions/1.2.0` }, named("1.2.0"), named("1.2.0")],
    ["in other letters", { id: `${definition.toUpperCase()}/VERSIONS/1.2.0` }, named("1.2.0"), named("1.2.0")],
    ["of the definition, with the version it was made of", { id: definition, exactVersion: "1.2.0" }, named("1.2.0"), latest],
    ["of the definition", { id: definition }, unknown, latest],
    ["of its latest", { id: `${definition}/versions/latest`, exactVersion: "1.2.0" }, named("1.2.0"), latest],
    ["of another definition", { id: `${other}/versions/1.2.0` }, none, none],
    ["of a definition whose name begins the same", { id: `${definition}2` }, none, none],
    ["of a marketplace image", { publisher: "Canonical", offer: "o", sku: "s", version: "latest" }, none, none],
    ["of a shared gallery's definition of that name", { sharedGalleryImageId: "/SharedGalleries/u/Images/web/Versions/1.2.0" }, named("1.2.0"), named("1.2.0")],
    ["of a community gallery's", { communityGalleryImageId: "/CommunityGalleries/c/Images/web/Versions/latest" }, unknown, latest],
    ["of another one there", { communityGalleryImageId: "/CommunityGalleries/c/Images/api" }, none, none],
    ["that is absent", undefined, none, none],
  ]; // prettier-ignore
  for (const [title, reference, machine, model] of cases) {
    it(title, () => {
      assert.deepEqual([useOf(reference, definition), useOfModel(reference, definition)], [machine, model]);
    });
  }
});

describe("the source of an image template", () => {
  it("uses the version it names, and the one its last run took", () => {
    const id = `${definition}/versions/1.2.0`;
    assert.deepEqual(useOfSource({ imageVersionId: id, exactVersion: id }, definition), [
      named("1.2.0"),
      named("1.2.0"),
    ]);
    assert.deepEqual(useOfSource({ imageVersionId: definition, exactVersion: id }, definition), [
      latest,
      named("1.2.0"),
    ]);
    assert.deepEqual(useOfSource({ type: "PlatformImage", exactVersion: "1.2.0" }, definition), []);
  });
});

describe("uses together", () => {
  it("have the users of each version, and those that do not tell", () => {
    const sorted = sortUses([
      { user: "a", uses: [named("1.0.0")] },
      { user: "b", uses: [named("1.0.0"), latest, none] },
      { user: "c", uses: [unknown] },
    ]);
    assert.deepEqual([...sorted.byVersion], [["1.0.0", ["a", "b"]]]);
    assert.deepEqual(sorted.unknown, ["c"]);
  });
});
