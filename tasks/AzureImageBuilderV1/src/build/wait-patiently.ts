/** Waits for something that ends by itself, within a limit, and says so. */
import type { BuildPorts } from "./ports.ts";

/** Milliseconds between two lines about one wait. */
const tellEvery = 5 * 60_000;

export interface Patience {
  /** The longest wait, in milliseconds. */
  readonly limitMs: number;
  /** Milliseconds between two looks. */
  readonly pauseMs: number;
}

/** One look: over, with what came of it, or still to be waited for, and why as a sentence. */
export type Look<T> = { readonly over: true; readonly value: T } | { readonly over: false; readonly why: string };

/** What came of the wait, or the last reason where the limit has passed. */
export type Waited<T> =
  { readonly state: "over"; readonly value: T } | { readonly state: "late"; readonly why: string };

/**
 * Looks until it is over. What is waited for is told at the start, when it changes, and every five minutes. Throws what
 * `look` throws, and rejects with the signal's reason when the task is to stop.
 */
export async function waitPatiently<T>(
  { limitMs, pauseMs }: Patience,
  look: () => Promise<Look<T>>,
  { agent, clock, cancelled }: Pick<BuildPorts, "agent" | "clock" | "cancelled">,
): Promise<Waited<T>> {
  const start = clock.now().getTime();
  let told: { readonly why: string; readonly at: number } | undefined;
  for (;;) {
    const seen = await look();
    if (seen.over) return { state: "over", value: seen.value };
    const now = clock.now().getTime();
    const minutes = Math.round((now - start) / 60_000);
    if (now - start + pauseMs > limitMs) return { state: "late", why: seen.why };
    if (told?.why !== seen.why) {
      agent.info(`${seen.why} Waiting for at most ${Math.round((start + limitMs - now) / 60_000)} minutes.`);
      told = { why: seen.why, at: now };
    } else if (now - told.at >= tellEvery) {
      agent.info(`${seen.why} Waiting since ${minutes} minutes, of at most ${Math.round(limitMs / 60_000)}.`);
      told = { why: seen.why, at: now };
    }
    await clock.sleep(pauseMs, cancelled);
  }
}
