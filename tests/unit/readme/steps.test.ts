/** The tables of docs/steps.md, which are written by hand, name what the registries have. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { customizerKindNames, customizerKinds } from "../../../tasks/AzureImageBuilderV1/src/kinds/customizer/index.ts";
import { targetKindNames, targetKinds } from "../../../tasks/AzureImageBuilderV1/src/kinds/target/index.ts";

const lines = readFileSync(resolve(import.meta.dirname, "../../../docs/steps.md"), "utf8").split("\n");
const rowsOf = (name: string): readonly string[] => lines.filter((line) => line.startsWith(`| \`${name}\` `));

describe("docs/steps.md", () => {
  for (const name of customizerKindNames) {
    it(`has a row for ${name} with its systems and options`, () => {
      const { systems, options } = customizerKinds[name];
      const [row = ""] = rowsOf(name);
      const [, , system = ""] = row.split("|").map((cell) => cell.trim());
      assert.equal(system.toLowerCase(), systems.length === 2 ? "both" : systems[0]);
      // A kind's row may refer to the options of another's, as `those of …`.
      const other = /those of `(\w+)`/.exec(row)?.[1];
      const text = [row, ...(other === undefined ? [] : rowsOf(other))].join();
      assert.deepEqual(
        options.filter((option) => !text.includes(`\`${option}\``)),
        [],
      );
    });
  }

  for (const name of targetKindNames) {
    it(`has a row for ${name} with its options and the inputs they stand for`, () => {
      const [row = ""] = rowsOf(name);
      const named = Object.entries(targetKinds[name].options).flat();
      assert.deepEqual(
        named.filter((word) => !row.includes(`\`${word}\``)),
        [],
      );
    });
  }
});
