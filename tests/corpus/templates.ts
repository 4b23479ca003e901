/**
 * Plans every template file of a folder (`CORPUS`, by default `../shared/corpus` beside the checkout). The committed
 * copies are the same files, all of them, and each gives the committed answer.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { planFile } from "../../scripts/plan/plan-file.ts";
import { assertSchemaValid } from "../golden/golden.ts";

const folder = join(process.env["CORPUS"] ?? resolve(import.meta.dirname, "../../../shared/corpus"), "templates");
const approved = resolve(import.meta.dirname, "../golden/templates-corpus");
const isTemplate = (name: string): boolean => name.endsWith(".json") && !name.endsWith(".expected.json");
const files = readdirSync(folder).filter(isTemplate).sort();

describe("template files of others", () => {
  it("are those that are committed", () => {
    assert.ok(files.length > 0, folder);
    assert.deepEqual(readdirSync(approved).filter(isTemplate).sort(), files);
  });

  for (const file of files) {
    it(`has the same ${file} as is committed, and plans it as approved`, () => {
      const text = readFileSync(join(folder, file), "utf8");
      assert.equal(readFileSync(join(approved, file), "utf8"), text);
      const answer = planFile(text, { file, variables: {}, inputs: {} });
      const expected = join(approved, file.replace(/\.json$/, ".expected.json"));
      assert.deepEqual(JSON.parse(JSON.stringify(answer)), JSON.parse(readFileSync(expected, "utf8")));
      if (answer.template !== null) assertSchemaValid(answer.template, answer.apiVersion ?? "");
      else assert.ok(answer.errors.every(({ line, column }) => line !== null && column !== null));
    });
  }
});
