/** The emulator's clock: emulated = start + (real - realStart) * scale. */
import type { EmulatorClock } from "./types.ts";

/** What another process needs to have the same clock; all in milliseconds since 1970. */
export interface ClockSetting {
  readonly realStart: number;
  readonly start: number;
  /** Emulated milliseconds in a real one; above 0. */
  readonly scale: number;
}

/** Goes on from the present emulated time with another scale, a jump ahead (ms), or both. */
export interface ClockChange {
  readonly scale?: number;
  readonly advanceMs?: number;
}

export interface AdjustableClock extends EmulatorClock {
  /** Sleepers wait by the new clock. Throws an Error for a scale that is not above 0. */
  adjust(change: ClockChange): void;
  setting(): ClockSetting;
}

/** The longest a Node timer can wait, in ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Makes a clock that begins at `start` (default: now) and runs `scale` times as fast as real time (default 1).
 * `closing` is asked for the signal that ends a sleep early, whenever a sleep begins.
 */
export function createClock(
  options: { readonly start?: Date; readonly scale?: number },
  closing: () => AbortSignal,
): AdjustableClock {
  let setting = checked({
    realStart: Date.now(),
    start: options.start?.getTime() ?? Date.now(),
    scale: options.scale ?? 1,
  });
  const sleepers = new Set<Sleeper>();
  const now = (): number => setting.start + (Date.now() - setting.realStart) * setting.scale;
  const arm = (sleeper: Sleeper): void => {
    clearTimeout(sleeper.timer);
    const real = Math.ceil((sleeper.due - now()) / setting.scale);
    sleeper.timer = setTimeout(
      () => (now() >= sleeper.due ? sleeper.wake() : arm(sleeper)),
      Math.min(Math.max(real, 0), LONGEST_TIMER),
    );
  };
  return {
    now: () => new Date(now()),
    get scale() {
      return setting.scale;
    },
    setting: () => setting,
    environment: () => JSON.stringify(setting),
    sleep: (ms) => sleep(sleepers, { due: now() + ms, arm, signal: closing() }),
    adjust(change) {
      setting = checked({
        realStart: Date.now(),
        start: now() + (change.advanceMs ?? 0),
        scale: change.scale ?? setting.scale,
      });
      for (const sleeper of sleepers) arm(sleeper);
    },
  };
}

function sleep(
  sleepers: Set<Sleeper>,
  wait: { readonly due: number; readonly arm: (sleeper: Sleeper) => void; readonly signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(sleeper.timer);
      sleepers.delete(sleeper);
      wait.signal.removeEventListener("abort", stop);
    };
    const stop = (): void => {
      end();
      reject(new Error("The emulator has closed or was reset while something waited on its clock."));
    };
    const sleeper: Sleeper = {
      due: wait.due,
      timer: undefined,
      wake: () => {
        end();
        resolve();
      },
    };
    if (wait.signal.aborted) return stop();
    sleepers.add(sleeper);
    wait.signal.addEventListener("abort", stop, { once: true });
    wait.arm(sleeper);
  });
}

function checked(setting: ClockSetting): ClockSetting {
  if (!(setting.scale > 0) || !Number.isFinite(setting.scale) || !Number.isFinite(setting.start)) {
    throw new Error(`The clock cannot run with ${JSON.stringify(setting)}: give a scale above 0 and a valid date.`);
  }
  return setting;
}
