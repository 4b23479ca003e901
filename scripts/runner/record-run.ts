/** Makes the runs of this runner known to the emulated Azure DevOps, so that later runs can read what they attached. */
import { readFileSync } from "node:fs";
import type { Emulator, RecordedRun } from "../../tests/emulator/index.ts";
import type { TaskResult } from "./agent/results.ts";
import type { Attachment } from "./agent/state.ts";
import { localPipeline, runNumber } from "./run/system-variables.ts";
import type { PipelineIdentity } from "./run/types.ts";

/** Which run it is. */
export interface RunToRecord {
  readonly runId: number;
  /** Of the job or stage, from 1. */
  readonly attempt: number;
  /** Default: the pipeline that the runner's variables name where nothing else is said. */
  readonly identity?: PipelineIdentity;
}

/** A run that Azure DevOps knows of. */
export interface Recording {
  /** For `RunSettings`: what a step has attached can be read when the step is over. */
  readonly onStepEnd: (attachments: readonly Attachment[]) => void;
  /** To be called when the run is over; one that came to no result has failed. */
  readonly end: (result: TaskResult | undefined) => void;
}

const results: Readonly<Record<TaskResult, NonNullable<RecordedRun["result"]>>> = {
  Succeeded: "succeeded",
  SucceededWithIssues: "partiallySucceeded",
  Failed: "failed",
  Canceled: "canceled",
  Skipped: "succeeded",
  Abandoned: "canceled",
};

/** Records a run that begins now. */
export function recordRun(emulator: Emulator, { runId, attempt, identity = localPipeline }: RunToRecord): Recording {
  const attached: RecordedRun["attachments"][number][] = [];
  const record = (state: Pick<RecordedRun, "status" | "result" | "finishTime">): void =>
    emulator.recordRun({
      id: runId,
      project: emulator.description.job.projectId,
      pipeline: { id: identity.id, name: identity.name },
      branch: identity.branch,
      buildNumber: runNumber(runId, Date.now()),
      attempt,
      attachments: attached,
      ...state,
    });
  record({ status: "inProgress" });
  return {
    onStepEnd(attachments) {
      attached.push(
        ...attachments.map(({ type, name, path, step }) => ({ type, name, step, content: readFileSync(path) })),
      );
      record({ status: "inProgress" });
    },
    end(result = "Failed") {
      const finishTime = emulator.world.clock.now().toISOString();
      record({ status: "completed", result: results[result], finishTime });
    },
  };
}
