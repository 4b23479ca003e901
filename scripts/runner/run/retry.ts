/** `retryCountOnTaskFailure` (agent contract, section 4.3). */
import type { RunnerClock } from "../agent/clock.ts";
import type { TaskResult } from "../agent/results.ts";
import { reportWarning, type StepState } from "../agent/state.ts";
import type { JobContext } from "./job-context.ts";
import type { StepTrace } from "./run-step.ts";

/** More are not granted. */
const mostRetries = 10;

interface Tries {
  readonly retries: number;
  readonly clock: RunnerClock;
  readonly stop: AbortSignal;
  /** Runs try number `attempt`, from 1; throws when the process could not be run or exited other than with 0. */
  readonly run: (attempt: number) => Promise<void>;
  readonly result: () => TaskResult | undefined;
  /** Forgets a result of Failed; called only where the process itself exited with 0. */
  readonly forgetResult: () => void;
  readonly onRetry: (attempt: number, pauseMs: number, why: string) => void;
}

/**
 * Tries again after a failure, with pauses of 1, 4, 9 … seconds. A try that reported Failed and also exited with
 * another code than 0 leaves its result behind, so that even a good next try counts as failed.
 * Throws the last try's error.
 */
async function runTries(tries: Tries): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const isLast = attempt > Math.min(tries.retries, mostRetries) || tries.stop.aborted;
    let why: string;
    try {
      await tries.run(attempt);
      if (tries.result() !== "Failed" || isLast || tries.stop.aborted) return;
      why = "the task reported Failed";
      tries.forgetResult();
    } catch (error) {
      if (isLast || tries.stop.aborted) throw error;
      why = error instanceof Error ? error.message : String(error);
    }
    const pause = attempt ** 2 * 1000;
    tries.onRetry(attempt, pause, why);
    await tries.clock.sleep(pause, tries.stop);
    if (tries.stop.aborted) return;
  }
}

/** A step that may be tried again. */
export interface StepTries {
  readonly state: StepState;
  readonly retries: number;
  readonly stop: AbortSignal;
  readonly trace: StepTrace;
  /** Runs one try; throws when its process exited other than with 0. */
  readonly run: () => Promise<void>;
}

/** Runs a step's tries and tells of each that failed. Throws the last try's error. */
export function tryStep(context: JobContext, step: StepTries): Promise<void> {
  const { state, retries, trace } = step;
  if (retries > mostRetries) {
    reportWarning(context.state, state, `retryCountOnTaskFailure is ${retries}: at most ${mostRetries} are granted.`);
  }
  return runTries({
    retries,
    clock: context.settings.clock,
    stop: step.stop,
    run: async (attempt) => {
      trace.attempt = attempt;
      await step.run();
    },
    result: () => state.result,
    forgetResult: () => {
      state.result = undefined;
    },
    onRetry: (attempt, pause, why) => {
      reportWarning(context.state, state, `Try ${attempt} failed (${why}). The next begins in ${pause / 1000} s.`);
    },
  });
}
