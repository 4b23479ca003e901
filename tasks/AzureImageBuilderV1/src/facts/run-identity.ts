/** Who is asking: the run, job and step, from the agent's variables. */
import type { Agent } from "../ports.ts";
import type { RunIdentity } from "./types.ts";

/** Reads the run's identity; what the agent does not tell is `""`, a missing attempt is 1. */
export function readRunIdentity(agent: Pick<Agent, "variable">): RunIdentity {
  const read = (...names: readonly string[]): string =>
    names.map((name) => agent.variable(name) ?? "").find((value) => value !== "") ?? "";
  const releaseId = read("Release.ReleaseId");
  const kind = releaseId === "" ? "build" : "release";
  return {
    collection: read("System.CollectionUri", "System.TeamFoundationCollectionUri"),
    project: read("System.TeamProjectId", "System.TeamProject"),
    kind,
    id: kind === "release" ? releaseId : read("Build.BuildId"),
    stage: read("System.StageName", "Release.EnvironmentName"),
    job: [read("System.PhaseName"), read("System.JobName")].filter((name) => name !== "").join("/"),
    step: read("System.TaskInstanceName"),
    attempt: [read("System.StageAttempt", "Release.AttemptNumber") || "1", read("System.JobAttempt") || "1"].join("."),
    commit: read("Build.SourceVersion"),
    repository: read("Build.Repository.Name"),
    workingDirectory: read("System.DefaultWorkingDirectory"),
  };
}
