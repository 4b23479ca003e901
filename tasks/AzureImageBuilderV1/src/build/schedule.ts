/** When to read what, so that the end is seen within 15 s, log lines too, and the service is asked twelve times a minute at most. */

export type ReadKind = "template" | "log" | "operation";

/** Reads in any sixty seconds, whatever they read. */
export const readsPerMinute = 12;
const minute = 60_000;
/** Milliseconds between two reads of the same: with the request itself the end shows within 15 s. */
const intervals: Readonly<Record<ReadKind, number>> = { template: 12_000, log: 12_000, operation: minute };

/** When each was read last, and the times of the last reads of all. Milliseconds since 1970. */
export interface Schedule {
  readonly last: Readonly<Partial<Record<ReadKind, number>>>;
  readonly recent: readonly number[];
}

/** What is to be read at all. */
export interface Wishes {
  readonly log: boolean;
  readonly operation: boolean;
}

/** Begins at `now`: the template is read six seconds later, the log between two of its reads. */
export function beginSchedule(now: number): Schedule {
  return { last: { template: now - 6_000, log: now, operation: now }, recent: [] };
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
  const first = due.reduce((a, b) => (b.at < a.at ? b : a));
  return { kind: first.kind, at: Math.max(first.at, freeAt(schedule), now) };
}

/** The schedule after a read at `now`. */
export function noteRead({ last, recent }: Schedule, kind: ReadKind, now: number): Schedule {
  return { last: { ...last, [kind]: now }, recent: [...recent.filter((at) => at > now - minute), now] };
}

/** When one more read is within the limit. */
export function freeAt({ recent }: Schedule): number {
  const blocking = recent.at(-readsPerMinute);
  return blocking === undefined ? 0 : blocking + minute;
}
