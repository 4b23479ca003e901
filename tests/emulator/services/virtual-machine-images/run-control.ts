/** The time a run may take, and ending it early: by cancel, by its limit, or because the emulator closes. */
import type { World } from "../../core/types.ts";
import { stateOf } from "./state.ts";

export type EndReason = "canceled" | "timeout" | "closed";

export interface RunControl {
  /** Why the run was ended early, or undefined. */
  readonly reason: () => EndReason | undefined;
  /** Waits emulated milliseconds, which count against the limit. @throws RunEnded as soon as the run is ended early */
  readonly wait: (ms: number) => Promise<void>;
  readonly end: (reason: EndReason) => void;
  /** Called once when the run is ended early, at once where it already is. */
  readonly onEnd: (stop: () => void) => void;
  /** Does real work of a customizer, whose time counts against the limit, too. */
  readonly spend: (work: () => Promise<void>) => Promise<void>;
}

/** Thrown where a run was ended early; RunControl.reason says why. */
export class RunEnded extends Error {}

/**
 * Only what a build itself takes counts: its phases, and its scripts by the emulated clock. A script that has run for
 * less than the setting minimumScriptMs counts by real time, so that a fast clock does not end good builds.
 * @param limitMs time limit of the run in emulated ms
 */
export function createRunControl(world: World, limitMs: number): RunControl {
  const abort = new AbortController();
  const { signal } = abort;
  const { minimumScriptMs } = stateOf(world).settings;
  let reason: EndReason | undefined;
  let spent = 0;
  const end = (why: EndReason): void => {
    reason ??= why;
    abort.abort();
  };
  world.closing.addEventListener("abort", () => end("closed"), { once: true });
  const ended = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(new RunEnded("the run was ended")), { once: true });
  });
  ended.catch(() => undefined);
  const wait = async (ms: number): Promise<void> => {
    const left = limitMs - spent;
    spent += ms;
    await Promise.race([world.clock.sleep(Math.min(ms, left)), ended]);
    if (ms <= left) return;
    end("timeout");
    await ended;
  };
  return {
    reason: () => reason,
    end,
    wait,
    onEnd: (stop) => {
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    },
    spend: async (work) => {
      const done = new AbortController();
      const limit = { left: limitMs - spent, until: Date.now() + minimumScriptMs, done: done.signal };
      endAt(world, limit, () => end("timeout"));
      const elapsed = stopwatch(world, minimumScriptMs);
      try {
        await work();
      } finally {
        done.abort();
        spent += elapsed();
      }
    },
  };
}

/** Milliseconds since now that count: real ones while there are few, emulated ones from then on. */
function stopwatch(world: World, fewMs: number): () => number {
  const began = { real: Date.now(), emulated: world.clock.now().getTime() };
  return () => {
    const real = Date.now() - began.real;
    return real < fewMs ? real : world.clock.now().getTime() - began.emulated;
  };
}

/** Ends a run whose script is still at work when the limit has passed and it has had its least real time. */
function endAt(
  world: World,
  limit: { readonly left: number; readonly until: number; readonly done: AbortSignal },
  end: () => void,
): void {
  const { left, until, done } = limit;
  const over = world.clock.sleep(Math.max(0, left)).then(async () => {
    if (!done.aborted) await realTime(Math.max(0, until - Date.now()), done);
    if (!done.aborted) end();
  });
  // Rejects when the emulator closes, which ends the run by itself.
  over.catch(() => undefined);
}

function realTime(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const stop = (): void => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}
