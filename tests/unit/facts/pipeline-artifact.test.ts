/** Which run is looked at for an artifact, and what is said of what is not there. */
import assert from "node:assert/strict";
import { findPipelineArtifact } from "../../../tasks/AzureImageBuilderV1/src/facts/pipeline-artifact.ts";
import { collectFindings } from "../../../tasks/AzureImageBuilderV1/src/findings.ts";
import type { RunArtifact } from "../../../tasks/AzureImageBuilderV1/src/inputs/types.ts";
import type { PipelineArtifact } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import type { PipelineArtifactSearch, RunChoice } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";

const artifact: PipelineArtifact = {
  ...{ project: "p", runId: 70, runName: "20261101.1", name: "web", topFolder: "web" },
  downloadUrl: "https://dev.azure.com/x",
};
const build = { "Build.BuildId": "1042", "System.TeamProjectId": "own-id", "System.TeamProject": "own" };
const travel = { storageAccount: "st", container: "c", retentionDays: 7 };
const ofPipeline: RunArtifact = { name: "web", pipeline: { name: "site" }, tags: [] };

interface Look {
  readonly run?: RunArtifact;
  readonly variables?: Readonly<Record<string, string>>;
  readonly search?: PipelineArtifactSearch;
}

async function look({ run = { name: "web" }, variables = build, search = { state: "found", artifact } }: Look) {
  const findings = collectFindings();
  const asked: (readonly [string, RunChoice])[] = [];
  const found = await findPipelineArtifact(
    { artifact: { ...travel, access: "auto", run } as never },
    {
      agent: { variable: (name) => variables[name] },
      artifacts: {
        find: async (name, choice) => {
          asked.push([name, choice]);
          return search;
        },
      },
      findings,
    },
  );
  return { found, asked: asked[0], findings, problem: findings.problems[0] };
}

describe("the run an artifact is taken from", () => {
  it("is this run, by the project's ID", async () => {
    const { asked, found } = await look({});
    assert.deepEqual(asked, ["web", { project: "own-id", runId: 1042 }]);
    assert.equal(found, artifact);
  });

  it("is looked for by pipeline, branch and tags where they are given", async () => {
    const run: RunArtifact = { ...ofPipeline, branch: "refs/heads/main", tags: ["release"] };
    const { asked } = await look({ run });
    const { name, ...rest } = run;
    assert.deepEqual(asked, [name, { project: "own-id", ...rest }]);
  });

  it("is told, by its number and ID", async () => {
    const { findings } = await look({});
    assert.deepEqual(
      findings.notes.map(({ code, message }) => `${code} ${message}`),
      ["AIB214 The artifact web is that of run 20261101.1 (ID 70)."],
    );
  });

  const release = { "Release.ReleaseId": "5", "System.TeamProjectId": "own-id" };
  const releases: readonly { readonly title: string; readonly variables: object; readonly choice: RunChoice }[] = [
    {
      title: "its primary artifact's build",
      variables: {
        "Release.PrimaryArtifactSourceAlias": "_site",
        "Release.Artifacts._site.Type": "Build",
        "Release.Artifacts._site.BuildId": "88",
        "Release.Artifacts._site.ProjectId": "other-id",
      },
      choice: { project: "other-id", runId: 88 },
    },
    {
      title: "the build that the agent names",
      variables: { "Build.BuildId": "89" },
      choice: { project: "own-id", runId: 89 },
    },
  ];
  for (const { title, variables, choice } of releases) {
    it(`is in a classic release ${title}`, async () => {
      assert.deepEqual((await look({ variables: { ...release, ...variables } })).asked?.[1], choice);
    });
  }

  const nowhere: readonly { readonly title: string; readonly variables: Readonly<Record<string, string>> }[] = [
    { title: "a release without a build", variables: release },
    {
      title: "a release whose primary artifact is a repository",
      variables: {
        ...release,
        "Build.BuildId": "90",
        "Release.PrimaryArtifactSourceAlias": "repo",
        "Release.Artifacts.repo.Type": "Git",
      },
    },
    { title: "a job without a run", variables: { "System.TeamProjectId": "own-id" } },
  ];
  for (const { title, variables } of nowhere) {
    it(`must be named in ${title}`, async () => {
      const { asked, problem } = await look({ variables });
      assert.equal(asked, undefined);
      assert.deepEqual([problem?.input, problem?.code], ["artifactPipeline", "AIB101"]);
    });
  }

  const misses: readonly {
    readonly title: string;
    readonly search: PipelineArtifactSearch;
    readonly run?: RunArtifact;
    readonly input: string;
    readonly says: RegExp;
  }[] = [
    {
      title: "an artifact that the run has not",
      search: { state: "noArtifact", run: "20261101.1", known: ["webb", "drop"] },
      input: "artifactName AIB131",
      says: /run 20261101\.1 has no artifact web \(did you mean `webb`\?\)\. Legal: webb, drop\./,
    },
    {
      title: "a run without artifacts",
      search: { state: "noArtifact", run: "7", known: [] },
      input: "artifactName AIB131",
      says: /this one has none/,
    },
    {
      title: "a pipeline that is not there",
      search: { state: "noPipeline", known: ["sites", "bake"] },
      run: ofPipeline,
      input: "artifactPipeline AIB131",
      says: /no pipeline site \(did you mean `sites`\?\)\. Legal: sites, bake\./,
    },
    {
      title: "a name of several pipelines",
      search: { state: "ambiguous", known: ["\\a\\site", "\\b\\site"] },
      run: ofPipeline,
      input: "artifactPipeline AIB121",
      says: /\\a\\site, \\b\\site.*definition ID/,
    },
    {
      title: "a project that is hidden",
      search: { state: "noProject", project: "shop" },
      run: { ...ofPipeline, pipeline: { project: "shop", id: 7 } },
      input: "artifactPipeline AIB131",
      says: /the project shop .*Limit job authorization scope/,
    },
    {
      title: "a branch without a successful run",
      search: { state: "noRun", pipeline: "site" },
      run: { ...ofPipeline, branch: "refs/heads/x", tags: ["release"] },
      input: "artifactBranch AIB131",
      says: /no successful run on refs\/heads\/x with the tags release/,
    },
    {
      title: "tags that no run has",
      search: { state: "noRun", pipeline: "site" },
      run: { ...ofPipeline, tags: ["release"] },
      input: "artifactTags AIB131",
      says: /no successful run with the tags release/,
    },
    {
      title: "a pipeline without a successful run",
      search: { state: "noRun", pipeline: "site" },
      run: ofPipeline,
      input: "artifactPipeline AIB131",
      says: /the pipeline site has no successful run\./,
    },
    {
      title: "an artifact on a share",
      search: { state: "elsewhere", run: "7", type: "FilePath" },
      input: "artifactName AIB131",
      says: /not kept by Azure DevOps \(FilePath\)/,
    },
  ];
  for (const { title, search, run, input, says } of misses) {
    it(`is refused with ${title}`, async () => {
      const { found, problem } = await look({ search, ...(run === undefined ? {} : { run }) });
      assert.equal(found, undefined);
      assert.equal(`${problem?.input} ${problem?.code}`, input);
      assert.match(problem?.message ?? "", says);
    });
  }

  it("is not looked for where the step takes files of the agent", async () => {
    const findings = collectFindings();
    const used = (): never => assert.fail("nothing is looked for");
    const ports = { agent: { variable: used }, artifacts: { find: used }, findings };
    assert.equal(await findPipelineArtifact({}, ports), undefined);
  });
});
