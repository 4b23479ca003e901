/** Everything the steps of one running job share. */
import type { JobState } from "../agent/state.ts";
import type { TaskResult } from "../agent/results.ts";
import type { Environment } from "../agent/environment.ts";
import type { InputContext } from "../agent/inputs.ts";
import type { Job, Stage } from "../pipeline/types.ts";
import type { ArtifactStore, JobFolders } from "./workspace.ts";
import type { RunSettings, StepReport, TimelineRecord } from "./types.ts";

/** A running job. */
export interface JobContext {
  readonly settings: RunSettings;
  readonly stage: Stage;
  readonly job: Job;
  readonly state: JobState;
  readonly folders: JobFolders;
  readonly artifacts: ArtifactStore;
  /** Of the agent's own process. */
  readonly base: Environment;
  /** Aborted: the job is cancelled, by a person or its time limit. */
  readonly cancel: AbortSignal;
  /** Aborted: the cancelled job's time is over; what runs is killed. */
  readonly kill: AbortSignal;
  /** Record id of the job in the timeline. */
  readonly recordId: string;
  result: TaskResult;
  readonly steps: StepReport[];
  readonly records: TimelineRecord[];
}

/** What macros and paths of this job are resolved with. */
export function inputContext(context: JobContext): InputContext {
  return {
    variable: (name) => context.state.variables.get(name),
    environment: context.base,
    pathRoot: context.folders.sources,
  };
}

/** Sets the job's result, which steps and conditions read as `Agent.JobStatus`. */
export function setJobResult(context: JobContext, result: TaskResult): void {
  context.result = result;
  context.state.variables.set("agent.jobstatus", result, { readOnly: true });
}
