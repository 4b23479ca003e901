/** What the pipeline's log shows of the build's log. */
import { formatDuration } from "../values/duration.ts";
import { cleanLine } from "./clean.ts";
import { isNoise } from "./noise.ts";
import { createStepTracker, customizerType, type SeenStep, type StepEvent } from "./steps.ts";
import type { LoggedStep, LogLine, Shown, Verbosity } from "./types.ts";

export interface LogView {
  /** Takes a cleaned and redacted line; `now` in ms. Groups are balanced once `end` was called, and never nested. */
  line(line: LogLine, now: number): readonly Shown[];
  /** The log has ended: closes what is open. Nothing may come after. */
  end(now: number): readonly Shown[];
}

export interface ViewOptions {
  readonly verbosity: Verbosity;
  /** The customizers or validators of the template, in order. */
  readonly steps: readonly LoggedStep[];
}

/** The agent shows a group folded, so a failed step's last lines stand below it once more. */
const LAST_LINES = { none: 0, quiet: 50, normal: 20, full: 20 } as const satisfies Record<Verbosity, number>;

type End = StepEvent & { readonly kind: "end" };

interface State {
  readonly options: ViewOptions;
  step?: SeenStep;
  /** The step's last lines, for the case that it fails. */
  last: string[];
  previous?: string;
  repeated: number;
  blank: boolean;
  /** Packer's reason, which it says three times. */
  reason?: string;
}

/** Follows one log. `none` shows nothing; see {@link Verbosity}. */
export function createLogView(options: ViewOptions): LogView {
  if (options.verbosity === "none") return { line: () => [], end: () => [] };
  const tracker = createStepTracker(options.steps);
  const state: State = { options, last: [], repeated: 0, blank: false };
  const show = (events: readonly StepEvent[]): readonly Shown[] => events.flatMap((event) => showEvent(state, event));
  return {
    line: (line, now) => show(tracker.line(line, now)),
    end: (now) => [...show(tracker.end(now)), ...endRepetition(state)],
  };
}

function showEvent(state: State, event: StepEvent): readonly Shown[] {
  switch (event.kind) {
    case "start":
      return startStep(state, event.step);
    case "line":
      return showLine(state, event.line);
    case "end":
      return endStep(state, event);
  }
}

function startStep(state: State, step: SeenStep): readonly Shown[] {
  const before = endRepetition(state);
  state.step = step;
  state.last = [];
  return hasGroup(state, step) ? [...before, { kind: "group", title: titleOf(state, step) }] : before;
}

/** The service uploads a script of its own before all steps: nothing to tell, unless everything is asked for. */
function hasGroup({ options: { verbosity } }: State, step: SeenStep): boolean {
  return verbosity === "full" || (verbosity === "normal" && isTold(step));
}

function isTold(step: SeenStep): boolean {
  return step.ours !== undefined || step.provisioner !== "file";
}

function showLine(state: State, line: LogLine): readonly Shown[] {
  const { step, options } = state;
  const { verbosity } = options;
  if (verbosity === "full") {
    remember(state, line);
    return [shownLine(line.plugin === undefined ? line.text : `${line.plugin}: ${line.text}`)];
  }
  if (isNoise(line, step !== undefined)) return [];
  remember(state, line);
  if (verbosity === "quiet" || (step !== undefined && !isTold(step))) return [];
  if (line.text.trim() === "") {
    state.blank = step !== undefined && state.previous !== undefined;
    return [];
  }
  if (line.kind === "ui" && state.reason?.endsWith(`: ${line.text}`) === true) return [];
  if (line.kind === "ui" && /^Build '[^']*' errored/.test(line.text)) state.reason = line.text;
  return once(state, line.text.trimEnd());
}

/** Script output and what is said in a step; empty lines are not worth one of the last. */
function remember(state: State, line: LogLine): void {
  if (state.step === undefined || isNoise(line, true) || line.text.trim() === "") return;
  state.last.push(line.text.trimEnd());
  if (state.last.length > LAST_LINES[state.options.verbosity]) state.last.shift();
}

/** The same line several times in a row is shown once, and how often it came; so are blank lines between others. */
function once(state: State, text: string): readonly Shown[] {
  if (text === state.previous) {
    state.repeated += 1;
    return [];
  }
  const blank = state.blank ? [shownLine("")] : [];
  const before = [...endRepetition(state), ...blank];
  state.previous = text;
  return [...before, shownLine(text)];
}

function endRepetition(state: State): readonly Shown[] {
  const { repeated } = state;
  delete state.previous;
  state.repeated = 0;
  state.blank = false;
  if (repeated === 0) return [];
  return [shownLine(repeated === 1 ? "… (once more)" : `… (${repeated} times more)`)];
}

function endStep(state: State, event: End): readonly Shown[] {
  const { step } = event;
  const before = endRepetition(state);
  const grouped = hasGroup(state, step);
  const last = event.end === "succeeded" || event.end === "unknown" ? [] : state.last;
  delete state.step;
  state.last = [];
  if (state.options.verbosity === "quiet") {
    if (!isTold(step) && event.end === "succeeded") return [];
    return [shownLine(`${titleOf(state, step)}: ${describeEnd(event)}`), ...lastLines(last)];
  }
  const told = grouped ? [shownLine(`${nameOf(step)}: ${describeEnd(event)}`), { kind: "endGroup" as const }] : [];
  if (event.end === "succeeded" || event.end === "unknown") return [...before, ...told];
  const failed = last.length === 0 ? describeEnd(event) : `${describeEnd(event)}; its last lines:`;
  return [...before, ...told, shownLine(`${nameOf(step)}: ${failed}`), ...lastLines(last)];
}

function lastLines(last: readonly string[]): readonly Shown[] {
  return last.map((text) => shownLine(`  ${text}`));
}

function describeEnd({ end, exitCode, tookMs }: End): string {
  const took = formatDuration(tookMs);
  switch (end) {
    case "succeeded":
      return took;
    case "failed":
      return exitCode === undefined ? `failed after ${took}` : `failed with exit code ${exitCode} after ${took}`;
    case "stopped":
      return `stopped after ${took}`;
    case "unknown":
      return `no end in the log after ${took}`;
  }
}

/** Names come from the template, and go the same way as the log's text. */
function nameOf({ ours }: SeenStep): string {
  return ours === undefined ? "the service's own step" : cleanLine(ours.name.replace(/[\r\n]+/g, " "));
}

function titleOf({ options: { steps } }: State, step: SeenStep): string {
  const { ours, provisioner } = step;
  return ours === undefined
    ? `${nameOf(step)} (${customizerType[provisioner]})`
    : `${ours.number}/${steps.length} ${nameOf(step)} (${ours.type})`;
}

function shownLine(text: string): Shown {
  return { kind: "line", text };
}
