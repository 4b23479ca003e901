/** When the loop reads what: the schedule, chance, and what the service asks for. */
import type { RunHandle } from "../ports.ts";
import type { FollowedLog } from "./follow-log.ts";
import type { Evidence } from "./meaning.ts";
import { type BuildPorts, mayPass } from "./ports.ts";
import { beginSchedule, freeAt, hurryLog, nextRead, noteRead, type ReadKind } from "./schedule.ts";

/** What chance adds to a pause, in milliseconds: many pipelines must not read at the same time. */
const jitter = 500;
/** Longest pause a service may ask for, in milliseconds. */
const longestPause = 120_000;

export interface Reader {
  /** Waits until something is to be read, and says what. */
  turn(evidence: Evidence): Promise<ReadKind>;
  /** Waits until the log may be read once more, `ms` at least. */
  again(ms: number): Promise<void>;
  /** Nothing is read for as long as the service asks. */
  pause(error: unknown): void;
}

/** Begins at the start of the watch. */
export function createReader(
  { log, handle }: { readonly log: FollowedLog; readonly handle: RunHandle | undefined },
  { clock, cancelled, randomHex }: BuildPorts,
): Reader {
  let schedule = beginSchedule(clock.now().getTime());
  let pausedUntil = 0;
  const chance = (): number => Math.floor((Number.parseInt(randomHex(1), 16) / 255) * jitter);
  const wait = async (kind: ReadKind, at: number): Promise<void> => {
    await clock.sleep(Math.max(at, pausedUntil) - clock.now().getTime(), cancelled);
    schedule = noteRead(schedule, kind, clock.now().getTime());
  };
  return {
    turn: async (evidence) => {
      const open = evidence.operation === undefined || evidence.operation.status === "InProgress";
      const wishes = { log: log.isReadable(), operation: handle !== undefined && open };
      if (log.isHurried()) schedule = hurryLog(schedule, schedule.last.log ?? 0);
      const { kind, at } = nextRead(schedule, wishes, clock.now().getTime());
      await wait(kind, at + chance());
      return kind;
    },
    again: (ms) => wait("log", Math.max(freeAt(schedule), clock.now().getTime() + ms)),
    pause: (error) => {
      const asked = mayPass(error) ? Math.min(error.retryAfterMs ?? 0, longestPause) : 0;
      pausedUntil = Math.max(pausedUntil, clock.now().getTime() + asked);
    },
  };
}
