/** The job's own time limit beside that of the build: the agent cancels a job that is too long, and with it the build. */
import { noteCodes } from "../codes.ts";
import type { Note } from "../findings.ts";

/** Minutes the service takes where none are given. */
const serviceTimeout = 240;
/** Minutes that upload, queueing and cleaning up take beside the build. */
const around = 15;

/** The job and its step. */
export interface JobLimit {
  /** `System.JobTimeout`, minutes as text, which not every agent sets; 0 is no limit of the pipeline's. */
  readonly jobTimeout: string | undefined;
  /** The job's name in YAML. */
  readonly job: string;
  /** Minutes that the build has been going on, where another step has started it. */
  readonly gone?: number;
}

/** A note where the job ends before the build may. `buildMinutes`: 0 is the service's limit. */
export function checkJobTimeout(buildMinutes: number, { jobTimeout, job, gone }: JobLimit): readonly Note[] {
  const limit = Number(jobTimeout ?? "0");
  const rest = (buildMinutes === 0 ? serviceTimeout : buildMinutes) - Math.floor(gone ?? 0);
  if (!Number.isInteger(limit) || limit <= 0 || limit >= rest) return [];
  const otherwise =
    gone === undefined
      ? `or set buildTimeoutInMinutes to less than ${limit}, or start the build in one job and wait for it without an agent (docs/detached.md).`
      : "or let a job without an agent pass more of the time before this one begins (docs/detached.md).";
  return [
    {
      code: noteCodes.jobTimeout,
      input: gone === undefined ? "buildTimeoutInMinutes" : "action",
      message:
        `the job ends after ${limit} minutes, and the build may take ${rest}${gone === undefined ? "" : " more"}: ` +
        "the agent would cancel it. In the YAML of the job:\n" +
        `  - job: ${job}\n    timeoutInMinutes: ${rest + around}\n${otherwise}`,
    },
  ];
}
