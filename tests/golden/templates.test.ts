/** One approved template for each combination of source, operating system, target and options that differs. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Facts } from "../../tasks/AzureImageBuilderV1/src/facts/types.ts";
import { parseInputs } from "../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { planBuild } from "../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import { Secret } from "../../tasks/AzureImageBuilderV1/src/secret.ts";
import { checkOverrides } from "../../tasks/AzureImageBuilderV1/src/template/check-overrides.ts";
import { describeTemplate } from "../../tasks/AzureImageBuilderV1/src/template/describe.ts";
import { buildTemplate } from "../../tasks/AzureImageBuilderV1/src/template/index.ts";
import type { ImageTemplate } from "../../tasks/AzureImageBuilderV1/src/image-template.ts";
import { agentOf, definition, step, type StepInputs } from "../unit/inputs/step.ts";
import { factsOf } from "../unit/plan/facts.ts";
import type { ArtifactRef } from "../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import { assertGolden, assertSchemaValid } from "./golden.ts";
import { optionCases } from "./template-cases/options.ts";
import { type Cases, withArtifact, type Written } from "./template-cases/shared.ts";
import { stepCases } from "./template-cases/steps.ts";
import { wholeCases } from "./template-cases/whole.ts";

const signature = "Zm9v%2BYmFy%3D";
const url = `https://stimages.blob.core.windows.net/imagebuilder/v1/web?sp=r&se=2026-11-23T15%3A00%3A00Z&sig=${signature}`;
const artifact: ArtifactRef = {
  access: { kind: "delegationSas" },
  url: new Secret(url),
  sha256: "a".repeat(64),
  content: "c".repeat(64),
  size: 1234,
};

const cases: Cases = { ...wholeCases, ...stepCases, ...optionCases };

function build([inputs, facts]: Written): {
  readonly template: ImageTemplate;
  readonly apiVersion: string;
} {
  const plan = checkOverrides(planBuild(parseInputs(agentOf(step(inputs))), factsOf(facts)));
  return { template: buildTemplate(plan, plan.artifact && artifact), apiVersion: plan.apiVersion };
}

describe("templates", () => {
  for (const [name, written] of Object.entries(cases)) {
    it(`are as approved and valid under the schema: ${name}`, () => {
      const { template, apiVersion } = build(written);
      assertSchemaValid(template, apiVersion);
      assertGolden(`templates/${name}.json`, template);
    });
  }

  it("have no approved file without a case", () => {
    const files = readdirSync(join(import.meta.dirname, "templates")).map((file) => file.replace(/\.json$/, ""));
    assert.deepEqual(files.sort(), Object.keys(cases).sort());
  });

  it("are shown without the signature, and submitted with it", () => {
    const { template } = build([withArtifact]);
    assert.ok(JSON.stringify(template).includes(signature));
    assert.ok(!describeTemplate(template).includes(signature));
    assert.match(describeTemplate(template), /sig=\*\*\*/);
  });

  it("cannot be built from a plan whose artifact was not uploaded", () => {
    const plan = planBuild(parseInputs(agentOf(step(withArtifact))), factsOf());
    assert.throws(() => buildTemplate(plan, undefined), TypeError);
  });
});

describe("the request's digest", () => {
  const digest = (inputs: StepInputs, facts: Partial<Facts> = {}): unknown =>
    build([inputs, facts]).template.tags?.["aib-task-request"];
  const base = { ...withArtifact, inlineScript: "true" };

  it("is v1: and a SHA-256", () => {
    assert.match(String(digest(base)), /^v1:[0-9a-f]{64}$/);
  });

  const same: readonly (readonly [string, StepInputs, Partial<Facts>?])[] = [
    ["another run", base, { run: { ...factsOf().run, id: "2000", commit: "beef" } }],
    ["another template name", { ...base, templateName: "other" }],
    ["other regions", { ...base, targetRegions: "westeurope=2, eastus" }],
    ["another size", { ...base, vmSize: "Standard_D8ds_v5" }],
    ["other tags", { ...base, managedResourceTags: "a: b" }],
  ];
  for (const [title, inputs, facts] of same) {
    it(`stays the same for ${title}`, () => {
      assert.equal(digest(inputs, facts), digest(base));
    });
  }

  const different: readonly (readonly [string, StepInputs, Partial<Facts>?])[] = [
    ["the script", { ...base, inlineScript: "false" }],
    ["the folder's name", { ...base, artifactPath: "out/other" }],
    ["the artifact's absence", { inlineScript: "true" }],
    ["the source version", base, { source: { osType: "linux", version: "24.04.2" } }],
    ["the disk", { ...base, osDiskSizeGB: "64" }],
    ["the optimisation", { ...base, optimizeVmBoot: "true" }],
    ["the validation", { ...base, enableValidation: "true", validationScript: "true" }],
    ["the definition", { ...base, galleryImage: `${definition}2` }],
  ];
  for (const [title, inputs, facts] of different) {
    it(`changes with ${title}`, () => {
      assert.notEqual(digest(inputs, facts), digest(base));
    });
  }
});
