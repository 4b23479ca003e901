/** When a job is cancelled and when it is killed. */
import type { Job } from "../pipeline/types.ts";
import type { RunSettings } from "./types.ts";

/** The signals that end a job early. */
export interface JobLimits {
  readonly cancel: AbortSignal;
  /** Also aborted when the agent is lost. */
  readonly kill: AbortSignal;
  readonly end: () => void;
}

/** The job's time limit cancels it like a person would; a cancelled job has its cancel time, and a minute (agent contract 4.2). */
export function limitJob({ clock, cancel, lost }: RunSettings, job: Job): JobLimits {
  const timedOut = new AbortController();
  const kill = new AbortController();
  const over = new AbortController();
  const either = AbortSignal.any([cancel, timedOut.signal]);
  const { timeoutInMinutes = 0 } = job;
  if (timeoutInMinutes > 0) {
    void clock.sleep(timeoutInMinutes * 60_000, over.signal).then(() => {
      if (!over.signal.aborted) timedOut.abort();
    });
  }
  const startKillTimer = (): void => {
    const wait = Math.max(job.cancelTimeoutInMinutes, 1) * 60_000 + 60_000;
    void clock.sleep(wait, over.signal).then(() => {
      if (!over.signal.aborted) kill.abort();
    });
  };
  if (either.aborted) startKillTimer();
  else either.addEventListener("abort", startKillTimer, { once: true, signal: over.signal });
  const killed = lost === undefined ? kill.signal : AbortSignal.any([kill.signal, lost]);
  return { cancel: either, kill: killed, end: () => over.abort() };
}
