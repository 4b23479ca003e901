/** Pauses between two tries, taken out: what is left of time is the limits of single requests. */
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers/promises";

/** A pause is neither a moment of the network's nor a limit of a request, in milliseconds. */
const isPause = (ms: number | undefined): boolean => ms !== undefined && ms >= 300 && ms <= 61_000;

/** Timers of the length of pauses are over at once from now on. The function given back ends that. */
export function skipPauses(): () => void {
  const [later, promised] = [globalThis.setTimeout, timers.setTimeout];
  const soon = (work: () => void, ms?: number, ...rest: readonly unknown[]): unknown =>
    later(work, isPause(ms) ? 0 : ms, ...(rest as []));
  Object.assign(globalThis, { setTimeout: soon });
  Object.assign(timers, {
    setTimeout: (ms?: number, value?: unknown, options?: object) => promised(isPause(ms) ? 0 : ms, value, options),
  });
  syncBuiltinESMExports();
  return () => {
    Object.assign(globalThis, { setTimeout: later });
    Object.assign(timers, { setTimeout: promised });
    syncBuiltinESMExports();
  };
}
