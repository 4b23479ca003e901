/** Inputs that name an artifact of a pipeline run. */
import assert from "node:assert/strict";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import type { PipelineRef } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { agentOf, problemsOf, step, type StepInputs } from "./step.ts";

const withRun = (changes: StepInputs = {}): StepInputs =>
  step({ artifactName: "web", storageAccount: "stimages", ...changes });
const runOf = (changes: StepInputs = {}) => parseInputs(agentOf(withRun(changes))).artifact?.run;

describe("an artifact of a run in the inputs", () => {
  it("is one of this run where only its name is given", () => {
    const { artifact } = parseInputs(agentOf(withRun()));
    assert.deepEqual(artifact?.run, { name: "web" });
    assert.equal(artifact.path, undefined);
    assert.equal(artifact.storageAccount, "stimages");
  });

  const pipelines: readonly { readonly text: string; readonly is: PipelineRef }[] = [
    { text: "42", is: { id: 42 } },
    { text: "web site", is: { name: "web site" } },
    { text: "\\infra\\web", is: { name: "web", folder: "\\infra" } },
    { text: "infra\\a b\\web", is: { name: "web", folder: "\\infra\\a b" } },
    { text: "\\web", is: { name: "web", folder: "\\" } },
    { text: "shop/web", is: { project: "shop", name: "web" } },
    { text: "shop/42", is: { project: "shop", id: 42 } },
    { text: "My Shop / \\infra\\web", is: { project: "My Shop", name: "web", folder: "\\infra" } },
  ];
  for (const { text, is } of pipelines) {
    it(`reads the pipeline ${text}`, () => assert.deepEqual(runOf({ artifactPipeline: text })?.pipeline, is));
  }

  const branches: readonly (readonly [string, string])[] = [
    ["main", "refs/heads/main"],
    ["releases/1.2", "refs/heads/releases/1.2"],
    ["refs/heads/main", "refs/heads/main"],
    ["refs/tags/v1", "refs/tags/v1"],
    ["refs/pull/7/merge", "refs/pull/7/merge"],
  ];
  for (const [text, full] of branches) {
    it(`takes the branch ${text}`, () => {
      const run = runOf({ artifactPipeline: "web", artifactBranch: text });
      assert.equal(run?.pipeline !== undefined && run.branch, full);
    });
  }

  it("takes tags with commas between them, each once", () => {
    const run = runOf({ artifactPipeline: "web", artifactTags: "release, signed,release" });
    assert.deepEqual(run?.pipeline !== undefined && run.tags, ["release", "signed"]);
  });

  const faults: readonly {
    readonly title: string;
    readonly inputs: StepInputs;
    readonly problems: readonly string[];
  }[] = [
    { title: "a path beside it", inputs: { artifactPath: "web" }, problems: ["artifactName AIB120"] },
    { title: "no storage account", inputs: { storageAccount: "" }, problems: ["storageAccount AIB101"] },
    {
      title: "a pipeline without an artifact",
      inputs: { artifactName: "", storageAccount: "", artifactPipeline: "web" },
      problems: ["artifactPipeline AIB120"],
    },
    {
      title: "branch and tags without a pipeline",
      inputs: { artifactBranch: "main", artifactTags: "a" },
      problems: ["artifactBranch AIB120", "artifactTags AIB120"],
    },
    { title: "a name with a separator", inputs: { artifactName: "a/b" }, problems: ["artifactName AIB108"] },
    { title: "a name of full stops", inputs: { artifactName: ".." }, problems: ["artifactName AIB108"] },
    { title: "a pattern for a pipeline", inputs: { artifactPipeline: "we*" }, problems: ["artifactPipeline AIB108"] },
    {
      title: "a folder for a pipeline",
      inputs: { artifactPipeline: "\\infra\\" },
      problems: ["artifactPipeline AIB108"],
    },
    { title: "an empty project", inputs: { artifactPipeline: "/web" }, problems: ["artifactPipeline AIB108"] },
    { title: "two projects", inputs: { artifactPipeline: "a/b/web" }, problems: ["artifactPipeline AIB108"] },
    {
      title: "a branch that cannot be",
      inputs: { artifactPipeline: "web", artifactBranch: "a b" },
      problems: ["artifactBranch AIB108"],
    },
    {
      title: "an empty tag",
      inputs: { artifactPipeline: "web", artifactTags: "a,,b" },
      problems: ["artifactTags AIB108"],
    },
    {
      title: "a variable that is not resolved",
      inputs: { artifactPipeline: "$(pipeline)" },
      problems: ["artifactPipeline AIB102"],
    },
  ];
  for (const { title, inputs, problems } of faults) {
    it(`is refused with ${title}`, () => assert.deepEqual(problemsOf(withRun(inputs)), problems));
  }
});
