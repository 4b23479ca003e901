/** Who is asking: the run, job and step, from the agent's variables. */
import type { Agent } from "../ports.ts";
import type { RunIdentity } from "./types.ts";

/** Reads the run's identity; what the agent does not tell is `""`. */
export function readRunIdentity(agent: Pick<Agent, "variable">): RunIdentity {
  const read = (...names: readonly string[]): string =>
    names.map((name) => agent.variable(name) ?? "").find((value) => value !== "") ?? "";
  const releaseId = read("Release.ReleaseId");
  const kind = releaseId === "" ? "build" : "release";
  return {
    collection: read("System.CollectionUri", "System.TeamFoundationCollectionUri"),
    project: read("System.TeamProjectId", "System.TeamProject"),
    kind,
    definition: read("System.DefinitionId"),
    id: kind === "release" ? releaseId : read("Build.BuildId"),
    stage: read("System.StageName", "Release.EnvironmentName"),
    job: [read("System.PhaseName"), read("System.JobName")].filter((name) => name !== "").join("/"),
    step: read("System.TaskInstanceName"),
    commit: read("Build.SourceVersion"),
    repository: read("Build.Repository.Name"),
    repositoryUrl: withoutUser(read("Build.Repository.Uri")),
    branch: read("Build.SourceBranch"),
    url: pageOf(read, kind, releaseId),
    workingDirectory: read("System.DefaultWorkingDirectory"),
    buildNumber: read("Build.BuildNumber"),
    ...startOf(read("System.PipelineStartTime")),
  };
}

/** Written as `2026-11-23 10:00:00+00:00` (inferred: the documentation does not give the form). */
function startOf(text: string): Pick<RunIdentity, "startedAt"> {
  const time = Date.parse(text);
  return Number.isNaN(time) ? {} : { startedAt: new Date(time) };
}

/** Clone addresses of Azure Repos carry the organisation, others a user or a token, before the host. */
function withoutUser(address: string): string {
  if (!URL.canParse(address)) return "";
  const url = new URL(address);
  url.username = "";
  url.password = "";
  url.search = "";
  url.hash = "";
  return url.href;
}

function pageOf(read: (...names: readonly string[]) => string, kind: RunIdentity["kind"], releaseId: string): string {
  const collection = withoutUser(read("System.CollectionUri", "System.TeamFoundationCollectionUri"));
  const project = encodeURIComponent(read("System.TeamProject"));
  const id = kind === "release" ? releaseId : read("Build.BuildId");
  if (collection === "" || project === "" || id === "") return "";
  const page = kind === "release" ? `_releaseProgress?releaseId=${id}` : `_build/results?buildId=${id}`;
  return `${collection.replace(/\/?$/, "/")}${project}/${page}`;
}
