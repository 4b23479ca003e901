import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describeSetter, listProperties } from "../../../scripts/readme/properties.ts";

const root = resolve(import.meta.dirname, "../../..");
const read = (file: string): unknown => JSON.parse(readFileSync(resolve(root, file), "utf8"));
const schema = read("tests/emulator/schemas/image-template-2025-10-01.strict.json") as Parameters<
  typeof listProperties
>[0];
const { inputs } = read("tasks/AzureImageBuilderV1/task.json") as { readonly inputs: readonly { name: string }[] };

describe("the table of template properties", () => {
  const paths = listProperties(schema);

  it("has every part of every kind", () => {
    for (const path of [
      "location",
      "properties.customize[](PowerShell).validExitCodes[]",
      "properties.distribute[](SharedImage).targetRegions[].replicaCount",
      "properties.distribute[](SharedImage).versioning(Latest).major",
      "properties.source(PlatformImage).planInfo.planName",
    ]) {
      assert.ok(paths.includes(path), path);
    }
    assert.equal(new Set(paths).size, paths.length);
  });

  it("leaves no row empty", () => {
    for (const path of paths) assert.ok(describeSetter(path).length > 0, path);
  });

  it("names inputs that the task has", () => {
    const known = new Set(inputs.map(({ name }) => name));
    const keywords = /\(`\w+`\)|`UserAssigned`|`name` in|sent (?:as|in) `\w+`/g;
    const named = paths.flatMap((path) =>
      [
        ...describeSetter(path)
          .replace(keywords, "")
          .matchAll(/`(\w+)`/g),
      ].map(([, name]) => name ?? ""),
    );
    assert.deepEqual([...new Set(named)].filter((name) => !known.has(name)), []); // prettier-ignore
  });

  it("refuses a property that nothing sets", () => {
    assert.throws(() => describeSetter("properties.unheardOf"), /properties\.unheardOf/);
  });
});
