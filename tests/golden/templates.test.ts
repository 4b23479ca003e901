/** One approved template for each combination of source, operating system, target and options that differs. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseInputs } from "../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { planBuild } from "../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import { Secret } from "../../tasks/AzureImageBuilderV1/src/secret.ts";
import { checkOverrides } from "../../tasks/AzureImageBuilderV1/src/template/check-overrides.ts";
import { describeTemplate } from "../../tasks/AzureImageBuilderV1/src/template/describe.ts";
import { templateOf } from "../unit/plan/template-of.ts";
import type { ImageTemplate } from "../../tasks/AzureImageBuilderV1/src/image-template.ts";
import { agentOf, step } from "../unit/inputs/step.ts";
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
  return { template: templateOf(plan, plan.artifact && artifact), apiVersion: plan.apiVersion };
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
    assert.throws(() => templateOf(plan, undefined), TypeError);
  });
});
