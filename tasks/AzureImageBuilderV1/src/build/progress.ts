/** What the pipeline's log shows of the run besides its own lines: phases with their times, and that it goes on. */
import { formatDuration } from "../values/duration.ts";
import type { PhaseTime } from "./types.ts";
import { progressOf } from "./meaning.ts";
import { type BuildPorts, messageOf } from "./ports.ts";

const minute = 60_000;
/** Milliseconds between two lines about reads that fail. */
const failureInterval = 5 * minute;

/** What the template shows in place of a phase when the run is over. */
const ends = /^(succeeded|partiallysucceeded|failed|canceled)$/i;

export interface Progress {
  /** The phase that was just read. */
  phase(phase: string): void;
  /** A read has failed. */
  failure(error: unknown): void;
  /** Lines of the log have been shown: nobody need be told that the build goes on. */
  shown(): void;
  /** The phases so far, without the end itself; the last one ends now. */
  phases(): readonly PhaseTime[];
}

/** Begins at the start of the run. `expectedMs`: what such builds took before. */
export function createProgress(
  { agent, clock }: Pick<BuildPorts, "agent" | "clock">,
  expectedMs: number | undefined,
): Progress {
  const start = clock.now().getTime();
  const begun: { readonly phase: string; readonly at: number }[] = [];
  let spokeAt = start;
  let failedAt: number | undefined;
  const say = (text: string): void => {
    spokeAt = clock.now().getTime();
    agent.info(`${formatElapsed(spokeAt - start)}  ${text}`);
  };
  const left = (): string => {
    if (expectedMs === undefined) return "";
    const rest = expectedMs - (clock.now().getTime() - start);
    return rest > minute ? `; about ${formatDuration(rest)} left, as earlier builds took` : "";
  };
  return {
    phase: (phase) => {
      const now = clock.now().getTime();
      const current = begun.at(-1);
      const percent = expectedMs === undefined ? progressOf(phase) : Math.min(95, ((now - start) / expectedMs) * 100);
      if (current?.phase !== phase) {
        const before = current === undefined ? "" : ` (${current.phase} took ${formatDuration(now - current.at)})`;
        begun.push({ phase, at: now });
        say(`${phase}${before}`);
        if (percent !== undefined) agent.progress(percent, phase);
      } else if (now - spokeAt >= heartbeatAfter(now - current.at)) say(`Still ${phase}${left()}`);
    },
    failure: (error) => {
      const now = clock.now().getTime();
      if (failedAt !== undefined && now - failedAt < failureInterval) return;
      failedAt = now;
      say(`The state could not be read; the build goes on. ${messageOf(error)}`);
    },
    shown: () => void (spokeAt = clock.now().getTime()),
    phases: () => {
      const now = clock.now().getTime();
      const times = begun.map(({ phase, at }, index) => ({ phase, ms: (begun[index + 1]?.at ?? now) - at }));
      return times.filter(({ phase }) => !ends.test(phase));
    },
  };
}

/**
 * After how much silence a line says that a phase goes on which has lasted `phaseMs`, both in milliseconds: often at first,
 * when somebody looks, then ever less, so that the log of a build of many hours stays short.
 */
export function heartbeatAfter(phaseMs: number): number {
  if (phaseMs < 10 * minute) return minute;
  return phaseMs < 60 * minute ? 5 * minute : 15 * minute;
}

/** `hh:mm:ss`. */
export function formatElapsed(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
