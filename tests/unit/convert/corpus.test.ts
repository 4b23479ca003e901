/** Real steps of the older tasks, converted: the approved text, and a template that is the same. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { assertSamePlan, convertFirst } from "./same-plan.ts";

const folder = resolve(import.meta.dirname, "../../golden/corpus");
const approved = resolve(folder, "../converted");
const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));

describe("npm run convert, on real steps", () => {
  it("has all of them", () => {
    assert.equal(files.length, 8);
  });

  for (const file of files) {
    const text = readFileSync(join(folder, file), "utf8");

    it(`gives the approved step: ${file}`, () => {
      const expected = join(approved, file);
      const given = convertFirst(text);
      if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(expected, given);
      assert.equal(given, readFileSync(expected, "utf8"));
    });

    it(`changes nothing of what is built: ${file}`, () => {
      assertSamePlan(text);
    });
  }
});
