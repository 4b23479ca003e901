/**
 * The one loop that waits for a run: it reads template, log and operation as the schedule says, and never gives a build up
 * because a read failed. What the answers mean is told in meaning.ts.
 */
import { ServiceError } from "../errors.ts";
import type { RunHandle, TemplateRef, TemplateStatus } from "../ports.ts";
import type { FollowedLog } from "./follow-log.ts";
import { afterCustomizing, type Evidence, findRun, isCanceling, judge, phaseOf, type RunEnd } from "./meaning.ts";
import type { BuildPorts } from "./ports.ts";
import type { Progress } from "./progress.ts";
import { createReader, type Reader } from "./read-turns.ts";
import type { ReadKind } from "./schedule.ts";

/** Milliseconds that the log may take to arrive whole after the run's end. */
const drainLimit = 45_000;
const drainPause = 3_000;

export interface Watch {
  readonly ref: TemplateRef;
  /** Start time of the run before this one. */
  readonly before: string | undefined;
  /** The operation, where its address is known. */
  readonly handle: RunHandle | undefined;
  /** When it began, where that was before the watch. */
  readonly startedAt?: Date;
  /** The longest wait, in milliseconds. */
  readonly limitMs: number;
  readonly log: FollowedLog;
  readonly progress: Progress;
  /** Told of each status of the template as it is read. */
  readonly noteTemplate?: (template: TemplateStatus) => void;
}

export interface Watched {
  readonly end: RunEnd;
  readonly template: TemplateStatus | undefined;
  readonly evidence: Evidence;
  /** How long the run took, in milliseconds. */
  readonly elapsedMs: number;
}

/** Waits for the run's end, logging its phases. Rejects with the signal's reason when the task is to stop. */
export async function watchRun(watch: Watch, ports: BuildPorts): Promise<Watched> {
  const { clock } = ports;
  const start = clock.now().getTime();
  let evidence = beginEvidence(watch, start);
  const reader = createReader(watch, ports);
  for (;;) {
    const kind = await reader.turn(evidence);
    try {
      evidence = await read(kind, evidence, { watch, ports });
      if (kind === "template") showPhase(evidence, watch, clock.now().getTime());
    } catch (error) {
      evidence = noteFailure(kind, evidence, { error, now: clock.now().getTime() });
      if (kind !== "log") watch.progress.failure(error);
      reader.pause(error);
    }
    const now = clock.now().getTime();
    const end = judge(evidence, now);
    if (end === undefined) continue;
    // What the log still has to say comes before the word on how it ended.
    await drain(watch, reader, ports);
    watch.log.closeGroup();
    watch.progress.phase(phaseOf(findRun(evidence.template, evidence.before)));
    return {
      end,
      template: evidence.template,
      evidence: await withOperation(evidence, { watch, end }),
      elapsedMs: measure(end, watch.startedAt?.getTime(), { start, now }),
    };
  }
}

/** The end is told when the log has been read. */
function showPhase(evidence: Evidence, { log, progress }: Watch, now: number): void {
  if (judge(evidence, now)?.kind === "ended") return;
  const phase = phaseOf(findRun(evidence.template, evidence.before));
  if (afterCustomizing.test(phase)) log.closeGroup();
  progress.phase(phase);
}

/** A run may have begun before the watch, and have ended too. */
function measure(
  end: RunEnd,
  began: number | undefined,
  { start, now }: { readonly start: number; readonly now: number },
): number {
  const ended = end.kind === "ended" ? Date.parse(end.run.endTime ?? "") : Number.NaN;
  if (began === undefined) return now - start;
  return Math.max(0, (Number.isNaN(ended) ? now : Math.min(ended, now)) - began);
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
}

async function read(kind: ReadKind, evidence: Evidence, { watch, ports }: Turn): Promise<Evidence> {
  switch (kind) {
    case "log":
      if (await watch.log.read(phaseOf(findRun(evidence.template, evidence.before)))) watch.progress.shown();
      return evidence;
    case "operation":
      return readOperation(evidence, watch, ports.clock.now().getTime());
    case "template": {
      const template = await ports.templates.get(watch.ref);
      if (template !== undefined) watch.noteTemplate?.(template);
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
  }
}

async function readOperation(evidence: Evidence, { handle }: Watch, now: number): Promise<Evidence> {
  if (handle === undefined) return evidence;
  const operation = await handle.poll();
  const ended = operation.status === "Failed" || operation.status === "Canceled";
  return { ...evidence, operation, operationEndedSince: ended ? (evidence.operationEndedSince ?? now) : undefined };
}

/** A read that failed proves nothing about the run, whatever its cause. Anything but a service's error is a defect. */
function noteFailure(
  kind: ReadKind,
  evidence: Evidence,
  { error, now }: { readonly error: unknown; readonly now: number },
): Evidence {
  if (!(error instanceof ServiceError)) throw error;
  return kind === "log" ? evidence : { ...evidence, unreadableSince: evidence.unreadableSince ?? now };
}

/** What the log still has to say when the run has ended. */
async function drain({ log }: Watch, reader: Reader, { clock }: BuildPorts): Promise<void> {
  const until = clock.now().getTime() + drainLimit;
  for (let wait = 0; log.isReadable() && !log.isWhole() && clock.now().getTime() < until; wait = drainPause) {
    await reader.again(wait);
    try {
      await log.read("ended");
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      reader.pause(error);
    }
  }
}

/** A failed run's operation has the error tree; one more read, which may fail. */
async function withOperation(
  evidence: Evidence,
  { watch, end }: { readonly watch: Watch; readonly end: RunEnd },
): Promise<Evidence> {
  if (end.kind !== "ended" || end.outcome !== "Failed" || evidence.operation?.error !== undefined) return evidence;
  try {
    return await readOperation(evidence, watch, 0);
  } catch (error) {
    if (error instanceof ServiceError) return evidence;
    throw error;
  }
}
