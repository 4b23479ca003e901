/**
 * Plans every step of a folder of real pipeline steps (`CORPUS`, by default `../shared/corpus` beside the checkout).
 * Files that the committed corpus has too must give the committed answer; any other gives a template that is valid
 * under the strict schema, or errors that name inputs. Converted, each step submits the same.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { planFile } from "../../scripts/plan/plan-file.ts";
import { assertSchemaValid } from "../golden/golden.ts";
import { assertSamePlan } from "../unit/convert/same-plan.ts";

const folder = join(process.env["CORPUS"] ?? resolve(import.meta.dirname, "../../../shared/corpus"), "v1-steps");
const approved = resolve(import.meta.dirname, "../golden/corpus");
const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

describe("real steps of the older tasks", () => {
  it("has files to judge", () => assert.ok(files.length > 0, folder));

  for (const file of files) {
    it(`plans ${file} as approved, or precisely`, () => {
      const path = join(folder, file);
      const answer = planFile(readFileSync(path, "utf8"), { variables: {}, inputs: {} });
      const expected = join(approved, file.replace(/\.yaml$/, ".expected.json"));
      if (existsSync(expected))
        assert.deepEqual(JSON.parse(JSON.stringify(answer)), JSON.parse(readFileSync(expected, "utf8")));
      if (answer.template === null)
        assert.ok(answer.errors.length > 0 && answer.errors.every(({ input }) => input !== null));
      else assertSchemaValid(answer.template, answer.apiVersion ?? "");
    });

    it(`converts ${file} without a change of what is built`, () => {
      assertSamePlan(readFileSync(join(folder, file), "utf8"));
    });
  }
});
