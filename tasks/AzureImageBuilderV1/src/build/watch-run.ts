/**
 * The one loop that waits for a run: it reads the template and the operation in turn, seldom enough for the service,
 * often enough to see the end within a quarter of a minute, and never gives a build up because a read failed.
 */
import type { RunHandle, TemplateRef, TemplateStatus } from "../ports.ts";
import { type Evidence, findRun, isCanceling, judge, phaseOf, progressOf, type RunEnd } from "./meaning.ts";
import { type BuildPorts, mayPass, messageOf } from "./ports.ts";
import { ServiceError } from "../errors.ts";

/** Milliseconds between two reads, and what chance adds: at most eleven reads a minute. */
const pause = 5_500;
const jitter = 1_500;
/** Longest pause a service may ask for, in milliseconds. */
const longestPause = 120_000;
const heartbeat = 60_000;
/** Milliseconds between two lines about reads that fail. */
const failureInterval = 5 * 60_000;

export interface Watch {
  readonly ref: TemplateRef;
  /** Start time of the run before this one. */
  readonly before: string | undefined;
  /** The operation, where its address is known. */
  readonly handle: RunHandle | undefined;
  /** The longest wait, in milliseconds. */
  readonly limitMs: number;
}

export interface Watched {
  readonly end: RunEnd;
  readonly template: TemplateStatus | undefined;
  readonly evidence: Evidence;
  /** How long it took, in milliseconds. */
  readonly elapsedMs: number;
}

/** Waits for the run's end, logging its phases. Rejects with the signal's reason when the task is to stop. */
export async function watchRun(watch: Watch, ports: BuildPorts): Promise<Watched> {
  const { clock, cancelled } = ports;
  const start = clock.now().getTime();
  let evidence = beginEvidence(watch, start);
  let wait = nextPause(ports);
  const report = createReport(ports, start);
  for (let turn = 0; ; turn += 1) {
    await clock.sleep(wait, cancelled);
    wait = nextPause(ports);
    try {
      evidence = await read(evidence, { watch, ports, turn });
      report.phase(evidence);
    } catch (error) {
      evidence = noteFailure(evidence, error, clock.now().getTime());
      report.failure(error);
      wait = Math.max(wait, askedPause(error));
    }
    const now = clock.now().getTime();
    const end = judge(evidence, now);
    if (end !== undefined) return { end, template: evidence.template, evidence, elapsedMs: now - start };
  }
}

function beginEvidence({ before, limitMs }: Watch, start: number): Evidence {
  return {
    before,
    template: undefined,
    operation: undefined,
    unreadableSince: undefined,
    absentSince: undefined,
    cancelingSince: undefined,
    operationEndedSince: undefined,
    deadline: start + limitMs,
  };
}

interface Turn {
  readonly watch: Watch;
  readonly ports: BuildPorts;
  readonly turn: number;
}

/** One read: the template, or every other time the operation while it still has something to say. */
async function read(evidence: Evidence, { watch, ports, turn }: Turn): Promise<Evidence> {
  const open = evidence.operation === undefined || evidence.operation.status === "InProgress";
  if (watch.handle !== undefined && open && turn % 2 === 1) {
    const operation = await watch.handle.poll();
    const ended = operation.status === "Failed" || operation.status === "Canceled";
    return { ...evidence, operation, operationEndedSince: ended ? ports.clock.now().getTime() : undefined };
  }
  const template = await ports.templates.get(watch.ref);
  const now = ports.clock.now().getTime();
  const canceling = isCanceling(findRun(template, watch.before));
  return {
    ...evidence,
    template: template ?? evidence.template,
    unreadableSince: undefined,
    absentSince: template === undefined ? (evidence.absentSince ?? now) : undefined,
    cancelingSince: canceling ? (evidence.cancelingSince ?? now) : undefined,
  };
}

/** A read that failed proves nothing about the run, whatever its cause. Anything but a service's error is a defect. */
function noteFailure(evidence: Evidence, error: unknown, now: number): Evidence {
  if (!(error instanceof ServiceError)) throw error;
  return { ...evidence, unreadableSince: evidence.unreadableSince ?? now };
}

function nextPause({ randomHex }: BuildPorts): number {
  return pause + Math.floor((Number.parseInt(randomHex(1), 16) / 255) * jitter);
}

function askedPause(error: unknown): number {
  return mayPass(error) ? Math.min(error.retryAfterMs ?? 0, longestPause) : 0;
}

interface Report {
  phase(evidence: Evidence): void;
  failure(error: unknown): void;
}

/** One line for each new phase, one in a while for failed reads, else one a minute. */
function createReport({ agent, clock }: BuildPorts, start: number): Report {
  let phase = "";
  let spokeAt = start;
  let failedAt: number | undefined;
  const say = (text: string): void => {
    spokeAt = clock.now().getTime();
    agent.info(`${formatElapsed(spokeAt - start)}  ${text}`);
  };
  return {
    phase: (evidence) => {
      const current = phaseOf(findRun(evidence.template, evidence.before));
      if (current !== phase) {
        phase = current;
        say(current);
        const percent = progressOf(current);
        if (percent !== undefined) agent.progress(percent, current);
      } else if (clock.now().getTime() - spokeAt >= heartbeat) say(`Still ${current}`);
    },
    failure: (error) => {
      const now = clock.now().getTime();
      if (failedAt !== undefined && now - failedAt < failureInterval) return;
      failedAt = now;
      say(`The state could not be read; the build goes on. ${messageOf(error)}`);
    },
  };
}

/** `hh:mm:ss`. */
export function formatElapsed(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
