/** Work that is begun again for causes that may pass. */
import { setTimeout as delay } from "node:timers/promises";
import { ServiceError } from "../../errors.ts";
import { isPassing } from "../passing.ts";

/** How often something is tried, and the pause before the second try, in milliseconds; it doubles. */
const tries = 5;
const firstPause = 1_000;
const longestPause = 30_000;

/**
 * The result of `work`, which is begun again while its ServiceError may pass, some five times. Before each further try
 * `look` may find that there is nothing left to do. Throws the last error.
 */
export async function repeat<T>(
  work: () => Promise<T>,
  {
    passes = isPassing,
    look = () => Promise.resolve(undefined),
  }: {
    readonly passes?: (error: ServiceError) => boolean;
    readonly look?: () => Promise<T | undefined>;
  } = {},
): Promise<T> {
  for (let count = 1; ; count += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ServiceError) || !passes(error) || count === tries) throw error;
      await delay(Math.min(error.retryAfterMs ?? firstPause * 2 ** (count - 1), longestPause));
    }
    const found = await look();
    if (found !== undefined) return found;
  }
}
