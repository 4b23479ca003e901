/** Finds the artifact of a pipeline run that the step names, by the job's own token. */
import { noteCodes, problemCodes } from "../codes.ts";
import type { Findings } from "../findings.ts";
import type { Inputs, RunArtifact } from "../inputs/types.ts";
import type { PipelineArtifact } from "../ports.ts";
import type { Agent, PipelineArtifactSearch, PipelineRef, Ports, RunChoice } from "../ports.ts";
import { suggest } from "../values/nearest.ts";

/** The ports that looking uses. */
export interface RunReads {
  readonly agent: Pick<Agent, "variable">;
  readonly artifacts: Pick<Ports["artifacts"], "find">;
  readonly findings: Findings;
}

/**
 * The artifact; undefined where the step names none of a run, and where there is no such: that is a problem then. Throws
 * a ServiceError where Azure DevOps refuses or does not answer.
 */
export async function findPipelineArtifact(
  { artifact }: Pick<Inputs, "artifact">,
  { agent, artifacts, findings }: RunReads,
): Promise<PipelineArtifact | undefined> {
  if (artifact?.run === undefined) return undefined;
  const { run } = artifact;
  const choice = chooseRun(run, agent, findings);
  if (choice === undefined) return undefined;
  const search = await artifacts.find(run.name, choice);
  if (search.state !== "found") {
    tellMiss(search, run, findings);
    return undefined;
  }
  const { runName, runId, name } = search.artifact;
  const which = runName === String(runId) ? runName : `${runName} (ID ${runId})`;
  findings.note(noteCodes.artifactRun, "artifactName", `The artifact ${name} is that of run ${which}.`);
  return search.artifact;
}

function chooseRun(run: RunArtifact, agent: Pick<Agent, "variable">, findings: Findings): RunChoice | undefined {
  const read = (...names: readonly string[]): string =>
    names.map((name) => agent.variable(name) ?? "").find((value) => value !== "") ?? "";
  const own = read("System.TeamProjectId", "System.TeamProject");
  if (run.pipeline !== undefined) {
    const { pipeline, branch, tags } = run;
    return { project: own, pipeline, tags, ...(branch === undefined ? {} : { branch }) };
  }
  const { project, build } =
    read("Release.ReleaseId") === "" ? { project: own, build: read("Build.BuildId") } : ofRelease();
  if (/^[1-9]\d*$/.test(build)) return { project, runId: Number(build) };
  findings.problem("artifactPipeline", {
    code: problemCodes.missing,
    why: "this job belongs to no pipeline run whose artifacts could be meant, and the primary artifact of a release is one only where it is a build",
    legal: "the name or definition ID of the pipeline whose latest successful run has the artifact",
  });
  return undefined;

  /** A classic release publishes nothing: the build that is its primary artifact stands for "this run". */
  function ofRelease(): { readonly project: string; readonly build: string } {
    const primary = `Release.Artifacts.${read("Release.PrimaryArtifactSourceAlias")}`;
    const isBuild = ["", "build"].includes(read(`${primary}.Type`).toLowerCase());
    const build = isBuild ? read(`${primary}.BuildId`, "Build.BuildId") : "";
    return { project: read(`${primary}.ProjectId`, "Build.ProjectId") || own, build };
  }
}

type Miss = Exclude<PipelineArtifactSearch, { readonly state: "found" }>;

/** Says what there is in place of what was looked for. */
function tellMiss(miss: Miss, run: RunArtifact, findings: Findings): void {
  const missing = (input: string, given: string, text: { readonly why: string; readonly legal: string }): void =>
    findings.problem(input, { code: problemCodes.notFound, given, ...text });
  const pipeline = run.pipeline === undefined ? "" : describePipeline(run.pipeline);
  switch (miss.state) {
    case "noProject":
      return missing("artifactPipeline", pipeline, {
        why: `the project ${miss.project} or its run is not there, or hidden from the job's own token`,
        legal:
          "a pipeline of a project that this job may read: its build service account needs View builds there, and " +
          '"Limit job authorization scope to current project" must be off for another project',
      });
    case "noPipeline":
      return missing("artifactPipeline", pipeline, {
        why: `there is no pipeline ${pipeline}${suggest(wordOf(run.pipeline), miss.known)}`,
        legal: miss.known.length === 0 ? "a pipeline that the job may see" : listed(miss.known),
      });
    case "ambiguous":
      return findings.problem("artifactPipeline", {
        code: problemCodes.ambiguous,
        given: pipeline,
        why: `several pipelines bear the name ${pipeline}`,
        legal: `one of them with its folder (${listed(miss.known)}), or its definition ID`,
      });
    case "noRun":
      return missing(runInput(run), pipeline, {
        why: `the pipeline ${miss.pipeline} has no successful run${describeFilters(run)}`,
        legal: "a pipeline, branch and tags of which there is a run that succeeded and is still kept",
      });
    case "noArtifact":
      return missing("artifactName", run.name, {
        why: `run ${miss.run} has no artifact ${run.name}${suggest(run.name, miss.known)}`,
        legal: miss.known.length === 0 ? "a run that has published artifacts; this one has none" : listed(miss.known),
      });
    case "elsewhere":
      return missing("artifactName", run.name, {
        why: `the artifact ${run.name} of run ${miss.run} is not kept by Azure DevOps (${miss.type || "no type"})`,
        legal:
          "an artifact published by PublishPipelineArtifact or PublishBuildArtifacts to Azure Pipelines; copy files of a " +
          "share in a step before, and name them in artifactPath",
      });
  }
}

function runInput(run: RunArtifact): string {
  if (run.pipeline !== undefined && run.branch !== undefined) return "artifactBranch";
  return run.pipeline !== undefined && run.tags.length > 0 ? "artifactTags" : "artifactPipeline";
}

function describeFilters(run: RunArtifact): string {
  if (run.pipeline === undefined) return "";
  const branch = run.branch === undefined ? "" : ` on ${run.branch}`;
  return run.tags.length === 0 ? branch : `${branch} with the tags ${run.tags.join(", ")}`;
}

function describePipeline(ref: PipelineRef): string {
  const project = ref.project === undefined ? "" : `${ref.project}/`;
  if ("id" in ref) return `${project}${ref.id}`;
  return `${project}${ref.folder === undefined || ref.folder === "\\" ? "" : `${ref.folder}\\`}${ref.name}`;
}

function wordOf(ref: PipelineRef | undefined): string {
  return ref === undefined || "id" in ref ? "" : ref.name;
}

/** Not more than a person reads. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 20).join(", ");
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown;
}
