/** The language of targets, and what several targets mean for plan, facts and outputs. */
import assert from "node:assert/strict";
import { InputError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { gatherFacts } from "../../../tasks/AzureImageBuilderV1/src/facts/index.ts";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { outcomeOfBuild } from "../../../tasks/AzureImageBuilderV1/src/outputs/outcome.ts";
import { toOutputs } from "../../../tasks/AzureImageBuilderV1/src/outputs/to-outputs.ts";
import { planBuild } from "../../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import type { BuildPlan } from "../../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import { template, templateId, versionId } from "../build/stage.ts";
import { portsOf } from "../facts/world.ts";
import { agentOf, definition, step, type StepInputs } from "../inputs/step.ts";
import { factsOf } from "./facts.ts";

const several = (targets: string): StepInputs => step({ targetType: "several", galleryImage: "", targets });
const plan = (targets: string, facts = factsOf()): BuildPlan =>
  planBuild(parseInputs(agentOf(several(targets))), facts);
const vhd = "https://stimages.blob.core.windows.net/vhds/web.vhd";

function problems(work: () => unknown): readonly string[] {
  try {
    work();
    return [];
  } catch (error) {
    return problemsOf(error);
  }
}

function problemsOf(error: unknown): readonly string[] {
  if (!(error instanceof InputError)) throw error;
  return error.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

describe("a list of targets", () => {
  const mistakes: readonly (readonly [title: string, targets: string, found: RegExp])[] = [
    ["is a list", "gallery: x", /^1:1 targets: this is no list/],
    ["names its kinds", "- vhd\n- galery: x", /^2:3 .*`galery` is not a kind of target \(did you mean `gallery`\?\)/],
    ["has one kind an entry", "- vhd:\n  name: x", /^2:3 .*put `name` beneath `vhd`/],
    ["names options", "- vhd: { url: x }", /^1:10 .*`url` is not an option here \(did you mean `uri`\?\)/],
    ["has names of their own", "- vhd: { name: x }\n- vhd: { name: X }", /^2:3 .*there twice/],
    ["has names the service takes", "- vhd: { name: a b }", /^1:16 .*not a name/],
    ["names what it cannot do without", "- gallery: { version: 1.2.3 }", /^1:3 .*`gallery`: `image` is missing/],
    [
      "has values that single inputs take",
      `- gallery: { image: ${definition}, version: 1.2 }`,
      /^1:\d+ .*`gallery: version`: `1.2` is not a way/,
    ],
    ["has no unresolved variables", "- managedImage: $(image)", /^1:17 .*\$\(image\) is not resolved/],
    [
      "keeps the rules of its kinds",
      `- vhd\n- gallery: { image: ${definition}, replicationMode: Shallow, regions: [westeurope, eastus] }`,
      /^2:3 .*`gallery`: replicationMode: a shallow version is in one region/,
    ],
  ];
  for (const [title, targets, found] of mistakes) {
    it(`${title}, or says where it does not`, () => {
      const said = problems(() => plan(targets));
      assert.equal(said.length, 1, said.join("\n"));
      assert.match(said[0] ?? "", found);
    });
  }

  it("is there when several is chosen", () => {
    assert.match(problems(() => plan("")).join(), /targets: no target is listed/);
  });

  it("numbers the run outputs of a kind that is there more than once", () => {
    const { target, otherTargets } = plan(
      `- vhd: ${vhd}\n- managedImage: a\n- vhd: ${vhd}2\n- vhd: { uri: "${vhd}3", name: last }`,
    );
    assert.deepEqual([target, ...otherTargets].map((one) => one.runOutputName), ["vhd", "managedImage", "vhd-2", "last"]); // prettier-ignore
  });

  it("keeps the template when one of its images would go with it", () => {
    assert.equal(plan("- managedImage: a\n- vhd").deleteTemplate, false);
    assert.equal(plan(`- managedImage: a\n- vhd: ${vhd}`).deleteTemplate, true);
  });

  it("uses the newer interface only for a shallow version", () => {
    assert.equal(plan(`- vhd\n- gallery: { image: ${definition}, replicationMode: Full }`).apiVersion, "2024-02-01");
    assert.equal(plan(`- vhd\n- gallery: { image: ${definition}, replicationMode: Shallow }`).apiVersion, "2025-10-01");
  });

  it("is told at its line which definition's own region it lacks", () => {
    const facts = factsOf({ otherTargets: [{ definitionLocation: "uksouth" }] });
    const said = problems(() => plan(`- vhd\n- gallery: { image: ${definition}, regions: eastus }`, facts));
    assert.match(said.join(), /^2:3 targets: `gallery`: targetRegions: the list lacks uksouth/);
  });

  it("is told at its line which definition does not exist", async () => {
    const inputs = parseInputs(agentOf(several(`- vhd\n- gallery: ${definition}`)));
    const ports = portsOf({ reader: { galleryDefinition: async () => undefined } });
    const said = await gatherFacts(inputs, ports).then(() => [], problemsOf);
    assert.match(said.join(), /^2:3 targets: `gallery`: galleryImage: there is no image definition/);
  });

  it("gives outputs for all, and those of the first for the rest", () => {
    const both = plan(`- gallery: { image: ${definition}, regions: "westeurope, eastus" }\n- vhd: ${vhd}`);
    const runOutputs = [
      { name: "gallery", artifactId: versionId },
      { name: "vhd", artifactUri: vhd },
    ];
    const result = {
      outcome: "Succeeded",
      runOutputs,
      templateId,
      mayStillRun: false,
      phases: [],
      steps: [],
      leftovers: { cleanedUp: [], left: [] },
    } as const;
    const found = Object.fromEntries(toOutputs(outcomeOfBuild({ plan: both, template, result })).map(({ name, value }) => [name, value])); // prettier-ignore
    assert.equal(found["imageId"], versionId);
    assert.equal(found["vhdUri"], vhd);
    assert.deepEqual(JSON.parse(found["runOutputs"] ?? ""), [
      { name: "gallery", kind: "gallery", id: versionId, version: "1.0.0", regions: ["westeurope", "eastus"] },
      { name: "vhd", kind: "vhd", uri: vhd },
    ]);
  });
});
