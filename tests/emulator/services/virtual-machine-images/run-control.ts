/** Ending a run early: by cancel, by its time limit, or because the emulator closes. */
import type { World } from "../../core/types.ts";
import { stateOf } from "./state.ts";

export type EndReason = "canceled" | "timeout" | "closed";

export interface RunControl {
  /** Why the run was ended early, or undefined. */
  readonly reason: () => EndReason | undefined;
  /** Waits emulated milliseconds. @throws RunEnded as soon as the run is ended early */
  readonly wait: (ms: number) => Promise<void>;
  readonly end: (reason: EndReason) => void;
  /** Called once when the run is ended early, at once where it already is. */
  readonly onEnd: (stop: () => void) => void;
  /** Marks that a script runs: the time limit then waits until it has had its least real time. Returns the mark's end. */
  readonly scriptBegins: () => () => void;
}

/** Thrown where a run was ended early; RunControl.reason says why. */
export class RunEnded extends Error {}

/** @param limitMs time limit of the run in emulated ms */
export function createRunControl(world: World, limitMs: number): RunControl {
  const abort = new AbortController();
  let reason: EndReason | undefined;
  let scriptSince: number | undefined;
  const end = (why: EndReason): void => {
    if (reason !== undefined) return;
    reason = why;
    abort.abort();
  };
  world.closing.addEventListener("abort", () => end("closed"), { once: true });
  const leastMs = stateOf(world).settings.minimumScriptMs;
  world.clock
    .sleep(limitMs)
    .then(async () => {
      if (scriptSince !== undefined) await realTime(Math.max(0, scriptSince + leastMs - Date.now()), abort.signal);
      end("timeout");
    })
    .catch(() => end("closed"));
  const ended = new Promise<never>((_, reject) => {
    abort.signal.addEventListener("abort", () => reject(new RunEnded("the run was ended")), { once: true });
  });
  ended.catch(() => undefined);
  return {
    reason: () => reason,
    end,
    wait: (ms) => Promise.race([world.clock.sleep(ms), ended]),
    onEnd: (stop) => {
      if (abort.signal.aborted) stop();
      else abort.signal.addEventListener("abort", stop, { once: true });
    },
    scriptBegins: () => {
      scriptSince = Date.now();
      return () => (scriptSince = undefined);
    },
  };
}

function realTime(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
