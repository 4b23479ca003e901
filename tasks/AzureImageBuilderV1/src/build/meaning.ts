/** What the service's answers mean for a run. Pure: the loop that waits hands over what it has read and when. */
import type { LastRunStatus, OperationStatus, TemplateStatus } from "../ports.ts";

/** How a run ends for the service. */
export type RunOutcome = "Succeeded" | "PartiallySucceeded" | "Failed" | "Canceled";

/** All that is known about a run, with the times (milliseconds since 1970) at which doubtful things began. */
export interface Evidence {
  /** Start time of the run before this one; undefined where there was none. */
  readonly before: string | undefined;
  /** As last read. */
  readonly template: TemplateStatus | undefined;
  readonly operation: OperationStatus | undefined;
  /** Since when no read of the template has succeeded; undefined when the last one did. */
  readonly unreadableSince: number | undefined;
  /** Since when the template has been absent. */
  readonly absentSince: number | undefined;
  readonly cancelingSince: number | undefined;
  /** Since when the operation has been failed or cancelled. */
  readonly operationEndedSince: number | undefined;
  /** When the wait ends whatever the service says. */
  readonly deadline: number;
}

/** Why the loop stops waiting. */
export type RunEnd =
  | { readonly kind: "ended"; readonly outcome: RunOutcome; readonly run: LastRunStatus }
  /** The operation has failed and the template does not follow. */
  | { readonly kind: "operationEnded"; readonly operation: OperationStatus }
  | { readonly kind: "unreadable" }
  | { readonly kind: "gone" }
  | { readonly kind: "canceling" }
  | { readonly kind: "deadline" };

/** Limits in milliseconds. Results lag each other by up to 65 s; cancelling took 81 s, users report days. */
export const limits = {
  unreadable: 10 * 60_000,
  absent: 60_000,
  canceling: 20 * 60_000,
  operationEnded: 3 * 60_000,
} as const;

/** Whether the wait is over, and why. The template's word on this run comes first: the operation may lag or disagree. */
export function judge(evidence: Evidence, now: number): RunEnd | undefined {
  const run = findRun(evidence.template, evidence.before);
  const outcome = run && outcomeOf(run);
  if (run !== undefined && outcome !== undefined) return { kind: "ended", outcome, run };
  const since = (start: number | undefined, limit: number): boolean => start !== undefined && now - start >= limit;
  if (since(evidence.absentSince, limits.absent)) return { kind: "gone" };
  if (since(evidence.unreadableSince, limits.unreadable)) return { kind: "unreadable" };
  if (evidence.operation !== undefined && since(evidence.operationEndedSince, limits.operationEnded)) {
    return { kind: "operationEnded", operation: evidence.operation };
  }
  if (since(evidence.cancelingSince, limits.canceling)) return { kind: "canceling" };
  return now >= evidence.deadline ? { kind: "deadline" } : undefined;
}

/**
 * The status of this run: a read right after the start may still show the one before. Times are compared as text for
 * identity, because the service writes up to nine digits, and as times for order.
 */
export function findRun(template: TemplateStatus | undefined, before: string | undefined): LastRunStatus | undefined {
  const run = template?.lastRun;
  if (run === undefined || before === undefined) return run;
  if (run.startTime === undefined || run.startTime === before) return undefined;
  return Date.parse(run.startTime) < Date.parse(before) ? undefined : run;
}

/** The end a run has come to; undefined while it goes on. */
export function outcomeOf({ runState }: LastRunStatus): RunOutcome | undefined {
  return outcomes[runState.toLowerCase()];
}

const outcomes: Readonly<Record<string, RunOutcome>> = {
  succeeded: "Succeeded",
  partiallysucceeded: "PartiallySucceeded",
  failed: "Failed",
  canceled: "Canceled",
};

/** What the service is at, in its own word, e.g. `Building`, `Canceling`. */
export function phaseOf(run: LastRunStatus | undefined): string {
  if (run === undefined) return "Starting";
  if (isCanceling(run)) return run.runState;
  return run.runSubState ?? run.runState;
}

/** Whether the run hands the image out: what it then makes is worth more than the time it saves to stop it. */
export function isDistributing(run: LastRunStatus | undefined): boolean {
  return run?.runSubState?.toLowerCase() === "distributing" && !isCanceling(run);
}

/** Whether the run is being cancelled. */
export function isCanceling(run: LastRunStatus | undefined): boolean {
  return run?.runState.toLowerCase() === "canceling";
}

/**
 * A rough percentage for a phase, so that the agent shows that it goes on; the order is the specification's. Undefined
 * for a phase that is none of the way.
 */
export function progressOf(phase: string): number | undefined {
  return progress[phase.toLowerCase()];
}

const progress: Readonly<Record<string, number>> = {
  queued: 5,
  building: 10,
  customizing: 20,
  optimizing: 45,
  validating: 50,
  distributing: 60,
  succeeded: 100,
};

/** The phases in which the machine that validates is at work, and those after it. */
export const afterCustomizing =
  /^(optimizing|validating|distributing|succeeded|partiallysucceeded|failed|canceled|ended)$/i;
