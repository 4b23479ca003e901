/** From the bytes of a build's log to what the pipeline's log shows and what is kept. Pure: time comes in as a number. */
import { cleanLine } from "./clean.ts";
import { createLineParser } from "./line.ts";
import { createLogMerger, type LogWay } from "./merge.ts";
import { createRedactor } from "./redact.ts";
import { createStepTracker } from "./steps.ts";
import type { LoggedStep, LogLine, Shown } from "./types.ts";
import { createLogView, type ViewOptions } from "./view.ts";

export interface Reading {
  /** For the pipeline's log, in order. */
  readonly shown: readonly Shown[];
  /** Every line of the log, cleaned and redacted, with the service's prefix: for the attached file and the record. */
  readonly lines: readonly string[];
}

/** A step of the template that has ended, or was under way when the log ended. */
export interface StepSeen extends LoggedStep {
  readonly ms: number;
  readonly failed: boolean;
  /** The build was cancelled or timed out in it. */
  readonly stopped: boolean;
}

export interface LogReader {
  /** Takes the next bytes of the log, cut anywhere, and the time in ms; `from`: the way they came, of which each has its own. */
  push(bytes: Uint8Array, now: number, from?: LogWay): Reading;
  /** The log has ended. Nothing may come after. */
  end(now: number): Reading;
  /** The template's own steps so far, in the order of their ends. */
  steps(): readonly StepSeen[];
}

/**
 * Reads one log, customization.log or validation.log. No text it gives holds control characters other than tabs, logging
 * commands, or what looks like a secret. Memory is bounded whatever the log holds.
 */
export function createLogReader(options: ViewOptions): LogReader {
  const merger = createLogMerger();
  const redact = createRedactor();
  const parse = createLineParser();
  const view = createLogView(options);
  const times = createStepTimes(options.steps);
  const read = (raw: readonly string[], now: number): Reading => {
    const lines = raw.map((line) => redact(cleanLine(line)));
    const shown = lines.flatMap((text) => {
      const line = parse(text);
      times.line(line, now);
      return view.line(line, now);
    });
    return { lines, shown };
  };
  return {
    push: (bytes, now, from = "blob") => read(merger.push(from, bytes), now),
    end: (now) => {
      const { lines, shown } = read(merger.end(), now);
      times.end(now);
      return { lines, shown: [...shown, ...view.end(now)] };
    },
    steps: times.seen,
  };
}

/** Times of the template's own steps, also where nothing is shown. */
function createStepTimes(steps: readonly LoggedStep[]): {
  line(line: LogLine, now: number): void;
  end(now: number): void;
  readonly seen: () => readonly StepSeen[];
} {
  const tracker = createStepTracker(steps);
  const seen: StepSeen[] = [];
  const note = (events: ReturnType<typeof tracker.line>): void => {
    for (const event of events) {
      if (event.kind !== "end" || event.step.ours === undefined) continue;
      const { name, type } = event.step.ours;
      seen.push({ name, type, ms: event.tookMs, failed: event.end === "failed", stopped: event.end === "stopped" });
    }
  };
  return {
    line: (line, now) => note(tracker.line(line, now)),
    end: (now) => note(tracker.end(now)),
    seen: () => seen,
  };
}
