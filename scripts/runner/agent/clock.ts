/** The runner's waits, so that tests need not wait and an emulated hour takes seconds. Milliseconds throughout. */

/** Time as the runner sees it, in ms. */
export interface RunnerClock {
  /** Since 1970. */
  now(): number;
  /** Resolves after `ms`; never rejects: an aborted signal ends the wait early. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The longest a Node timer can wait. */
const longestTimer = 2 ** 31 - 1;

/** Real time. */
export const realClock: RunnerClock = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleepFor(ms, signal),
};

/** A clock that runs `scale` times as fast as real time from `start` at the real time `realStart`. */
export function scaledClock(setting: {
  readonly realStart: number;
  readonly start: number;
  readonly scale: number;
}): RunnerClock {
  return {
    now: () => setting.start + (Date.now() - setting.realStart) * setting.scale,
    sleep: (ms, signal) => sleepFor(ms / setting.scale, signal),
  };
}

function sleepFor(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(ms, longestTimer));
    signal?.addEventListener("abort", end, { once: true });
  });
}
