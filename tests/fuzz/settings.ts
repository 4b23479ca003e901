/**
 * What all tests of bad input share. `FUZZ_SEED` sets the seed, which every failure prints; `FUZZ_RUNS` sets how many
 * cases of each kind are tried, 1,000 unless it says otherwise.
 */
import fc from "fast-check";
import { Script } from "node:vm";

/** The seed of all cases. */
export const seed = Number(process.env["FUZZ_SEED"] ?? 20261124);
/** Cases of each kind. */
export const runs = Number(process.env["FUZZ_RUNS"] ?? 1_000);

/** All cases of a kind together, in milliseconds. */
export const longestKind = 120_000 + runs * 240;

/** In milliseconds. No case comes near it: the slowest take some seconds where much else goes on. */
const longestCase = 60_000;
const under = Symbol.for("fuzz.work");
const call = new Script(`globalThis[Symbol.for("fuzz.work")]()`);

/** Does `work`, which is synchronous; one that does not end is broken off after a minute, and that is a failure. */
export function inTime<T>(work: () => T): T {
  Object.assign(globalThis, { [under]: work });
  // Thousands of errors are made whose stacks nobody reads.
  const lines = Error.stackTraceLimit;
  Error.stackTraceLimit = 4;
  try {
    return call.runInThisContext({ timeout: longestCase }) as T;
  } finally {
    Error.stackTraceLimit = lines;
  }
}

/** Tries `check` on many cases; each is given its time. A failure says seed and smallest case. */
export function tryMany<T>(cases: fc.Arbitrary<T>, check: (one: T) => void, count = runs): void {
  fc.assert(
    fc.property(cases, (one) => inTime(() => check(one))),
    { seed, numRuns: count },
  );
}

/** The same for work that waits: its measure of time is its own. */
export async function tryManyLater<T>(
  cases: fc.Arbitrary<T>,
  check: (one: T) => Promise<void>,
  count = runs,
): Promise<void> {
  await fc.assert(fc.asyncProperty(cases, check), { seed, numRuns: count });
}
