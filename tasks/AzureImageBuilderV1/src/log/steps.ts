/** Tells the steps of a template apart in its log (wire notes, section 7). */
import { type Marker, type Provisioner, readMarker } from "./markers.ts";
import type { LoggedStep, LogLine } from "./types.ts";

/** A step of the log. */
export interface SeenStep {
  readonly provisioner: Provisioner;
  /** The template's step and its number from 1; undefined for a step that the service adds. */
  readonly ours?: LoggedStep & { readonly number: number };
}

/**
 * `succeeded`: the build went on; `failed`: Packer said so; `stopped`: the build was cancelled or timed out;
 * `unknown`: the log stops in it.
 */
export type StepEnd = "succeeded" | "failed" | "stopped" | "unknown";

export type StepEvent =
  | { readonly kind: "start"; readonly step: SeenStep }
  | {
      readonly kind: "end";
      readonly step: SeenStep;
      readonly end: StepEnd;
      /** As the script ended; undefined where the log does not say, and for steps without a script. */
      readonly exitCode?: number;
      readonly tookMs: number;
    }
  /** A line, in the step that was started last and has not ended. */
  | { readonly kind: "line"; readonly line: LogLine };

export interface StepTracker {
  /** Takes a line and the time in ms; gives the line, or lines that waited, with what begins and ends around them. */
  line(line: LogLine, now: number): readonly StepEvent[];
  /** The log has ended. */
  end(now: number): readonly StepEvent[];
}

/** Lines that may wait until it is known whether a step is the template's or the service's. */
const WAITING_LIMIT = 20;

/** The service's word for the customizer that a provisioner comes from. */
export const customizerType: Readonly<Record<Provisioner, string>> = {
  file: "File",
  powershell: "PowerShell",
  shell: "Shell",
  "windows-restart": "WindowsRestart",
  "windows-update": "WindowsUpdate",
};

/** By the log's own clock where it has one: lines arrive in heaps, and late. */
interface Moment {
  readonly logged?: number;
  readonly now: number;
}

interface Open {
  readonly step: SeenStep;
  readonly since: Moment;
  exitCode?: number;
  /** The step's own end was seen; whether it failed shows in what Packer says next. */
  endedAt?: Moment;
}

interface State {
  /** Packer names provisioners in its debug log; newer logs lack that. */
  telemetry: boolean;
  /** A command runs in the machine: what looks like Packer's words may be the script's. */
  busy: boolean;
  over: boolean;
  next: number;
  logged?: number;
  open?: Open;
  waiting?: { readonly provisioner: Provisioner; readonly since: Moment; readonly lines: LogLine[] };
}

/**
 * Follows one log. A provisioner is the template's next step if the type fits, and a step of the service's own if not, or
 * if it handles the service's deprovisioning script; so an extra provisioner never shifts the steps after it.
 */
export function createStepTracker(steps: readonly LoggedStep[]): StepTracker {
  const state: State = { telemetry: false, busy: false, over: false, next: 0 };
  return {
    line: (line, now) => {
      state.logged = line.at ?? state.logged;
      const moment: Moment = { now, ...(state.logged === undefined ? {} : { logged: state.logged }) };
      const marker = readMarker(line);
      return [...settle(state, steps, { line, marker }), ...follow(state, steps, { line, marker, moment })];
    },
    end: (now) => {
      const moment: Moment = { now, ...(state.logged === undefined ? {} : { logged: state.logged }) };
      const waited = begin(state, steps, false);
      const end = state.open?.endedAt === undefined ? "unknown" : "succeeded";
      return [...waited, ...close(state, end, moment)];
    },
  };
}

interface Read {
  readonly line: LogLine;
  readonly marker: Marker | undefined;
}

/** Begins a step that waited, once it is known whose it is. */
function settle(state: State, steps: readonly LoggedStep[], { line, marker }: Read): readonly StepEvent[] {
  const { waiting } = state;
  if (waiting === undefined) return [];
  if (marker?.kind === "subject") return begin(state, steps, marker.services);
  const quiet = line.kind === "debug" && marker?.kind !== "ended" && marker?.kind !== "start";
  const sameStart = marker?.kind === "said" && marker.provisioner === waiting.provisioner;
  if (sameStart && marker.services !== undefined) return begin(state, steps, marker.services);
  const blank = line.text.trim() === "";
  return (quiet || sameStart || blank) && waiting.lines.length < WAITING_LIMIT ? [] : begin(state, steps, false);
}

function begin(state: State, steps: readonly LoggedStep[], services: boolean): readonly StepEvent[] {
  const { waiting } = state;
  if (waiting === undefined) return [];
  delete state.waiting;
  const planned = steps[state.next];
  const fits = !services && planned?.type === customizerType[waiting.provisioner];
  if (fits) state.next += 1;
  const step: SeenStep = {
    provisioner: waiting.provisioner,
    ...(fits ? { ours: { ...planned, number: state.next } } : {}),
  };
  state.open = { step, since: waiting.since };
  return [{ kind: "start", step }, ...waiting.lines.map((line) => ({ kind: "line" as const, line }))];
}

function follow(
  state: State,
  steps: readonly LoggedStep[],
  { line, marker, moment }: Read & { readonly moment: Moment },
): readonly StepEvent[] {
  const ended = marker === undefined ? [] : act(state, steps, { marker, moment });
  if (state.waiting !== undefined) {
    state.waiting.lines.push(line);
    return ended;
  }
  return [...ended, { kind: "line", line }];
}

/** What a marker changes. */
function act(
  state: State,
  steps: readonly LoggedStep[],
  { marker, moment }: { readonly marker: Marker; readonly moment: Moment },
): readonly StepEvent[] {
  const { open } = state;
  switch (marker.kind) {
    case "start":
      state.telemetry = true;
      return start(state, marker.provisioner, moment);
    case "said":
      return startsUnnamed(state, marker) ? startSaid(state, steps, { marker, moment }) : [];
    case "subject":
      return [];
    case "command":
      state.busy = marker.runs;
      return [];
    case "exit":
      state.busy = false;
      if (open !== undefined && open.endedAt === undefined && (marker.code !== 0 || marker.final))
        open.exitCode = marker.code;
      return [];
    case "ended":
      if (open?.step.provisioner === marker.provisioner) open.endedAt ??= moment;
      return [];
    case "after":
    case "failed":
      // A script may say so too.
      if (state.busy && !marker.certain) return [];
      return finish(state, marker.kind === "after" ? "succeeded" : "failed", moment);
    case "cancelled":
      // A step that had ended was not the one that was stopped.
      return finish(state, open?.endedAt === undefined ? "stopped" : "succeeded", moment);
  }
}

/** Without telemetry a step begins with what its provisioner says, unless a script may have said it. */
function startsUnnamed(state: State, marker: Marker & { readonly kind: "said" }): boolean {
  if (state.telemetry || state.busy || state.over || state.waiting !== undefined) return false;
  return !(marker.repeats && state.open?.step.provisioner === marker.provisioner);
}

function startSaid(
  state: State,
  steps: readonly LoggedStep[],
  { marker, moment }: { readonly marker: Marker & { readonly kind: "said" }; readonly moment: Moment },
): readonly StepEvent[] {
  const closed = start(state, marker.provisioner, moment);
  return marker.services === undefined ? closed : [...closed, ...begin(state, steps, marker.services)];
}

function start(state: State, provisioner: Provisioner, moment: Moment): readonly StepEvent[] {
  const closed = close(state, "succeeded", moment);
  state.over = false;
  state.busy = false;
  state.waiting = { provisioner, since: moment, lines: [] };
  return closed;
}

/** No step comes after this one. */
function finish(state: State, end: StepEnd, moment: Moment): readonly StepEvent[] {
  state.over = true;
  return close(state, end, moment);
}

function close(state: State, end: StepEnd, moment: Moment): readonly StepEvent[] {
  const { open } = state;
  if (open === undefined) return [];
  delete state.open;
  state.busy = false;
  const { step, exitCode } = open;
  const scripted = step.provisioner === "shell" || step.provisioner === "powershell";
  const code = scripted && exitCode !== undefined && exitCode !== 0 ? { exitCode } : {};
  return [{ kind: "end", step, end, ...code, tookMs: between(open.since, open.endedAt ?? moment) }];
}

function between(from: Moment, to: Moment): number {
  const ms = from.logged === undefined || to.logged === undefined ? to.now - from.now : to.logged - from.logged;
  return Math.max(0, ms);
}
