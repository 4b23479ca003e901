import assert from "node:assert/strict";
import { replaceBetween } from "../../../scripts/readme/replace.ts";
import { inputTables, outputTable, type Manifest } from "../../../scripts/readme/tables.ts";

const manifest: Manifest = {
  groups: [{ name: "run", displayName: "Run" }],
  inputs: [
    {
      name: "mode",
      type: "pickList",
      aliases: ["oldMode"],
      defaultValue: "fast",
      required: false,
      groupName: "run",
      options: { fast: "Fast", slow: "Slow" },
      helpMarkDown: "How. Fast | slow.",
    },
  ],
  outputVariables: [{ name: "imageId", description: "The image." }],
  restrictions: { settableVariables: { allowed: ["imageUri", "imageId"] } },
};

describe("the README's tables", () => {
  it("have a row for each input with default, options, older names and help", () => {
    assert.ok(inputTables(manifest).includes("| `mode` | `fast` (`slow`) | `oldMode` | How. Fast \\| slow. |"));
  });

  it("have a row for each output and how a step reads it", () => {
    assert.ok(outputTable(manifest).includes("| `imageUri` | `$(imageUri)` and `$(image.imageUri)` |"));
    assert.ok(outputTable(manifest).includes("| `imageId` | `$(image.imageId)` | The image. |"));
  });

  it("refuse an input without help", () => {
    const [mode] = manifest.inputs;
    assert.ok(mode !== undefined);
    assert.throws(() => inputTables({ ...manifest, inputs: [{ ...mode, helpMarkDown: "" }] }), /mode has no help text/);
  });
});

describe("replacing between markers", () => {
  it("leaves the rest and the markers as they are", () => {
    const text = "a\n<!-- x:begin (made) -->\nold\n<!-- x:end -->\nb\n";
    assert.equal(replaceBetween(text, "x", "new"), "a\n<!-- x:begin (made) -->\n\nnew\n\n<!-- x:end -->\nb\n");
  });

  it("refuses a text without its markers", () => {
    assert.throws(() => replaceBetween("<!-- x:end -->", "x", "new"), /markers/);
  });
});
