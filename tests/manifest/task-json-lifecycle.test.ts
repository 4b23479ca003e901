/** The second task's task.json, its input table and what it sets agree; the grammar of visible rules is kept. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lifecycleTask, taskFolder } from "../../scripts/lib/paths.ts";
import { actions, inputNames, inputTable, type Row } from "../../tasks/AzureImageLifecycleV1/src/inputs/table.ts";
import type { FormInput } from "../designer/rules.ts";
import { openJournal } from "../../tasks/AzureImageLifecycleV1/src/journal.ts";
import { publishOutputs } from "../../tasks/AzureImageLifecycleV1/src/tell.ts";

interface Manifest {
  readonly id: string;
  readonly name: string;
  readonly minimumAgentVersion: string;
  readonly groups: readonly { readonly name: string; readonly visibleRule?: string }[];
  readonly inputs: readonly FormInput[];
  readonly dataSourceBindings: readonly { readonly target: string }[];
  readonly outputVariables: readonly { readonly name: string }[];
  readonly execution: object;
  readonly restrictions: { readonly settableVariables: { readonly allowed: readonly string[] } };
}

const read = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, "task.json"), "utf8")) as Manifest;

describe("task.json of AzureImageLifecycle", () => {
  const manifest = read(lifecycleTask.folder);
  const builder = read(taskFolder);

  it("is another task than the builder, and runs where that runs", () => {
    assert.match(manifest.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(manifest.name, "AzureImageLifecycle");
    assert.notEqual(manifest.id, builder.id);
    assert.deepEqual(manifest.execution, builder.execution);
    assert.equal(manifest.minimumAgentVersion, builder.minimumAgentVersion);
  });

  it("has exactly the inputs of the table, in the order of its groups", () => {
    assert.deepEqual(manifest.inputs.map(({ name }) => name).sort(), [...inputNames].sort());
    const order = manifest.inputs.map(({ groupName }) => manifest.groups.findIndex(({ name }) => name === groupName));
    assert.ok(!order.includes(-1));
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
  });

  it("may set exactly what the task sets", () => {
    const set: string[] = [];
    publishOutputs(openJournal(), { setVariable: (name) => void set.push(name) });
    assert.deepEqual(manifest.restrictions.settableVariables.allowed, set);
    assert.deepEqual(
      manifest.outputVariables.map(({ name }) => name),
      set,
    );
  });

  it("fills editable lists from the connection, each once", () => {
    const editable = manifest.inputs.filter(({ properties }) => properties?.["EditableOptions"] === "True");
    assert.deepEqual(
      manifest.dataSourceBindings.map(({ target }) => target).sort(),
      editable.map(({ name }) => name).sort(),
    );
  });

  for (const input of manifest.inputs) {
    const row = Object.entries(inputTable).find(([name]) => name === input.name)?.[1] as Row<unknown> | undefined;

    it(`${input.name}: default, options and help are those of the table`, () => {
      assert.match(input.helpMarkDown, / Example: `[^`]+`\.$/);
      for (const key of Object.keys(input.options ?? {})) assert.ok(row?.parse(key).ok, key);
      if (input.name !== "action" && input.defaultValue !== "") {
        const parsed = row?.parse(input.defaultValue);
        assert.deepEqual(parsed?.ok === true ? parsed.value : parsed, row?.fallback);
      }
      assert.equal(input.required, row?.neededBy?.length === actions.length);
    });

    it(`${input.name}: is visible by a rule of the grammar, on inputs that are there`, () => {
      const group = manifest.groups.find(({ name }) => name === input.groupName);
      for (const clause of [input, group].flatMap((part) => part?.visibleRule?.split(" || ") ?? [])) {
        const [, other, value] = /^([A-Za-z]+) (?:=|!=) ([A-Za-z]+|"")$/.exec(clause) ?? [];
        const known = manifest.inputs.find(({ name }) => name === other);
        assert.ok(known !== undefined, clause);
        if (known.options !== undefined) assert.ok(Object.keys(known.options).includes(value ?? ""), clause);
      }
    });
  }
});
