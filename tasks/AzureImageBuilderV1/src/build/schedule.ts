/** When to read what, so that the end is seen within 15 s, log lines too, and the service is asked twelve times a minute at most. */

export type ReadKind = "template" | "log" | "operation";

/** Reads in any sixty seconds, whatever they read. */
export const readsPerMinute = 12;
const minute = 60_000;
/** Milliseconds between two reads of the same: with the request itself the end shows within 15 s. */
const intervals: Readonly<Record<ReadKind, number>> = { template: 12_000, log: 12_000, operation: minute };

/** Of them what is left beside the template, whose turns nothing may take: it is read five times in a minute. */
const besideTemplate = 7;

/** When each was read last, and when the others than the template were, within a minute. Milliseconds since 1970. */
export interface Schedule {
  readonly last: Readonly<Partial<Record<ReadKind, number>>>;
  readonly others: readonly number[];
}

/** What is to be read at all. */
export interface Wishes {
  readonly log: boolean;
  readonly operation: boolean;
}

/** Begins at `now`: the template is read six seconds later, the log between two of its reads. */
export function beginSchedule(now: number): Schedule {
  return { last: { template: now - 6_000, log: now, operation: now }, others: [] };
}

/** A read and when it is due. */
export interface Due {
  readonly kind: ReadKind;
  readonly at: number;
}

/** The next read: never before `now`, and never as the thirteenth of a minute. */
export function nextRead(schedule: Schedule, wishes: Wishes, now: number): Due {
  const due = (["template", "log", "operation"] as const)
    .filter((kind) => kind === "template" || wishes[kind])
    .map((kind) => ({ kind, at: (schedule.last[kind] ?? 0) + intervals[kind] }));
  const allowed = due.map(({ kind, at }) => ({ kind, at: kind === "template" ? at : Math.max(at, freeAt(schedule)) }));
  const first = allowed.reduce((a, b) => (b.at < a.at ? b : a));
  return { kind: first.kind, at: Math.max(first.at, now) };
}

/** The schedule after a read at `now`. */
export function noteRead({ last, others }: Schedule, kind: ReadKind, now: number): Schedule {
  const kept = others.filter((at) => at > now - minute);
  return { last: { ...last, [kind]: now }, others: kind === "template" ? kept : [...kept, now] };
}

/** The schedule in which the log is read next two seconds after its read at `now`, where the limit leaves room for it. */
export function hurryLog(schedule: Schedule, now: number): Schedule {
  return { ...schedule, last: { ...schedule.last, log: now + 2_000 - intervals.log } };
}

/** When one more read of something else than the template is within the limit. */
export function freeAt({ others }: Schedule): number {
  const blocking = others.at(-besideTemplate);
  return blocking === undefined ? 0 : blocking + minute;
}
