/** Overrides: how they are merged, what is said of those that the service would not take, and what follows from them. */
import assert from "node:assert/strict";
import { InputError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { planBuild } from "../../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import type { BuildPlan } from "../../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import { checkOverrides } from "../../../tasks/AzureImageBuilderV1/src/template/check-overrides.ts";
import { templateOf } from "../plan/template-of.ts";
import { agentOf, step, type StepInputs } from "../inputs/step.ts";
import { factsOf } from "../plan/facts.ts";

function plan(templateOverrides: string, inputs: StepInputs = {}): BuildPlan {
  return checkOverrides(planBuild(parseInputs(agentOf(step({ ...inputs, templateOverrides }))), factsOf()));
}

describe("overrides", () => {
  it("merge objects, replace lists, and take out what is null", () => {
    const inputs = { osDiskSizeGB: "64", managedResourceTags: "a: b", inlineScript: "true" };
    const { properties, tags } = templateOf(
      plan("tags: { a: '1' }\nproperties: { vmProfile: { vmSize: Standard_D8ds_v5 }, managedResourceTags: null, customize: [] }", inputs), // prettier-ignore
      undefined,
    );
    assert.deepEqual(properties.vmProfile, { vmSize: "Standard_D8ds_v5", osDiskSizeGB: 64 });
    assert.equal(properties.managedResourceTags, undefined);
    assert.deepEqual(properties.customize, []);
    assert.equal(tags?.["a"], "1");
    assert.equal(tags["aib-task-run"], "build/1042");
  });

  it("keep what is written in quotes, or no number to JSON, as a text", () => {
    const { tags } = templateOf(plan("tags: { a: 1.10, b: '7', c: \"true\" }"), undefined);
    assert.deepEqual([tags?.["a"], tags?.["b"], tags?.["c"]], ["1.10", "7", "true"]);
  });

  const mistakes: readonly (readonly [title: string, overrides: string, found: RegExp])[] = [
    ["is no map", "- a", /^1:1 .*no properties with values/],
    ["is no YAML", "properties: {", /^\d+:\d+ .*not YAML/],
    [
      "has an unknown property",
      "properties:\n  vmProfle: {}",
      /^2:3 .*\(properties\.vmProfle\).*did you mean `vmProfile`/,
    ],
    ["has a property in the wrong case", "properties:\n  vmprofile: {}", /^2:3 .*did you mean `vmProfile`/],
    ["has a text for a number", "properties: { buildTimeoutInMinutes: '90' }", /^1:38 .*whole number/],
    ["has a number for a text", "tags: { a: 1 }", /^1:12 .*\(tags\['a'\]\).*a text/],
    ["is out of range", "properties: { buildTimeoutInMinutes: 961 }", /^1:38 .*from 0 to 960/],
    ["is no legal value", "properties: { optimize: { vmBoot: { state: enabled } } }", /^1:44 .*did you mean `Enabled`/],
    ["is an unknown customizer", "properties: { customize: [{ type: Bash }] }", /^1:35 .*`Bash`/],
    ["has a step for template files", "properties: { customize: [{ type: Artifact }] }", /^1:27 .*template files/],
    [
      "breaks a rule that the schema cannot say",
      "properties: { customize: [{ type: Shell, inline: [a], scriptUri: 'https://h/x' }] }",
      /both `inline` and `scriptUri`/,
    ],
    ["is the service's to set", "properties: { provisioningState: Succeeded }", /provisioningState is the service's/],
    ["takes out what must be there", "properties: { source: null }", /properties\.source is taken out/],
    ["takes out the location", "location: null", /location is taken out/],
    ["has a placeholder", "properties: { vmProfile: { vmSize: <size> } }", /`<size>` is a placeholder/],
  ];
  for (const [title, overrides, found] of mistakes) {
    it(`are refused, with line and column, where one ${title}`, () => {
      assert.throws(
        () => plan(overrides),
        (error: unknown) => {
          assert.ok(error instanceof InputError);
          assert.ok(error.problems.every(({ input }) => input === "templateOverrides"));
          const said = error.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
          assert.ok(
            said.some((one) => found.test(one)),
            said.join("\n"),
          );
          return true;
        },
      );
    });
  }

  it("ask for the newer interface when they use what it brought, and not when they take that out", () => {
    assert.equal(plan("properties: { additionalDataDisks: [{ sizeGB: 1 }] }").apiVersion, "2025-10-01");
    assert.equal(plan("properties: { additionalDataDisks: null }", { dataDisks: "32" }).apiVersion, "2024-02-01");
  });

  it("change how long the build is waited for", () => {
    assert.equal(plan("properties: { buildTimeoutInMinutes: 90 }").buildTimeoutInMinutes, 90);
  });

  it("change which outputs are waited for, and whether the template stays", () => {
    const { distribute, deleteTemplate } = plan("properties: { distribute: [{ type: VHD, runOutputName: disk }] }");
    assert.deepEqual([distribute?.map((one) => one.runOutputName), deleteTemplate], [["disk"], false]);
  });

  it("count for the request's digest where they change the image, and nowhere else", () => {
    const digest = (text: string): unknown => templateOf(plan(text), undefined).tags?.["aib-task-request"];
    assert.notEqual(digest("properties: { customize: [{ type: Shell, inline: ['true'] }] }"), digest(""));
    assert.notEqual(digest("properties: { vmProfile: { osDiskSizeGB: 99 } }"), digest(""));
    assert.equal(digest("tags: { a: b }\nproperties: { buildTimeoutInMinutes: 90 }"), digest(""));
  });
});
