/** What the forms show is what the tasks read: the visible rules against the tasks' own reading of a step. */
import assert from "node:assert/strict";
import { noteLater } from "../../tasks/AzureImageBuilderV1/src/inputs/action.ts";
import { parseResolve } from "../../tasks/AzureImageBuilderV1/src/inputs/resolve.ts";
import { parseWait } from "../../tasks/AzureImageBuilderV1/src/inputs/wait.ts";
import { actions, inputTable, type Row } from "../../tasks/AzureImageLifecycleV1/src/inputs/table.ts";
import { type FormInput, readForm, visibleInputs } from "../designer/rules.ts";
import { agentOf } from "../unit/inputs/step.ts";

const builder = readForm("AzureImageBuilderV1");
const lifecycle = readForm("AzureImageLifecycleV1");

/** A text that says something else than the default: another option, `true`, or the help text's example. */
function otherThanDefault({ type, options, properties, defaultValue, helpMarkDown }: FormInput): string {
  if (type === "boolean") return "true";
  const isClosed = properties?.["EditableOptions"] !== "True";
  const option = isClosed ? Object.keys(options ?? {}).find((key) => key !== defaultValue) : undefined;
  const example = /Example: `([^`]+)`\.$/.exec(helpMarkDown)?.[1] ?? "";
  return option ?? (example === defaultValue ? `${example}0` : example);
}

const filled = Object.fromEntries(builder.inputs.map((input) => [input.name, otherThanDefault(input)]));
const definition =
  "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg/providers/Microsoft.Compute/galleries/g/images/i";

/** The inputs that a note calls unused. */
function unusedIn(notes: readonly { readonly message: string }[]): readonly string[] {
  return notes.flatMap(({ message }) => /^([\w, ]+): not used/.exec(message)?.[1]?.split(", ") ?? []).sort();
}

function hiddenBy(values: Readonly<Record<string, string>>): readonly string[] {
  const visible = visibleInputs(builder, values);
  return builder.inputs.map(({ name }) => name).filter((name) => !visible.includes(name));
}

describe("visible rules", () => {
  it("hide from a step that waits exactly what it does not read", () => {
    const values = { ...filled, action: "wait", azureSubscription: "c", templateName: "web" };
    assert.deepEqual(unusedIn(parseWait(agentOf(values)).notes), hiddenBy(values).toSorted());
  });

  it("hide from a step that resolves exactly what it does not read", () => {
    const given = { action: "resolve", galleryImage: definition, galleryVersion: "1.4.0", templateName: "" };
    const values = { ...filled, ...given, managedImage: "" };
    const notUsed = unusedIn(parseResolve(agentOf(values)).notes);
    assert.deepEqual(
      notUsed,
      hiddenBy(values)
        .filter((name) => name !== "targetType")
        .toSorted(),
    );
    assert.ok(visibleInputs(builder, values).includes("templateName"));
    assert.ok(visibleInputs(builder, values).includes("managedImage"));
  });

  it("hide from a step that starts a build what belongs to the one that waits", () => {
    const values = { ...filled, action: "start" };
    const later = unusedIn(noteLater(agentOf(values)));
    assert.deepEqual(
      later.filter((name) => !hiddenBy(values).includes(name)),
      [],
    );
    assert.equal(later.length, 3);
  });

  it("show a step that builds everything of the chosen target, source and switches", () => {
    const all = { action: "build", osType: "auto", targetType: "gallery" };
    const values = { ...filled, ...all };
    assert.deepEqual(hiddenBy(values), ["managedImage", "managedImageLocation", "vhdUri", "targets"]);
    assert.deepEqual(hiddenBy({ ...values, osType: "linux" }).slice(0, 3), [
      "windowsUpdate",
      "runElevated",
      "runAsSystem",
    ]);
  });

  for (const action of actions) {
    it(`show in the lifecycle task what ${action} reads`, () => {
      const read = Object.entries(inputTable)
        .filter(([, row]) => (row as Row<unknown>).of?.includes(action) ?? true)
        // Promoting deletes nothing.
        .filter(([name]) => name !== "confirm" || action !== "promote")
        .map(([name]) => name);
      assert.deepEqual([...visibleInputs(lifecycle, { action, storageAccount: "stimages" })].sort(), read.sort());
    });
  }
});
