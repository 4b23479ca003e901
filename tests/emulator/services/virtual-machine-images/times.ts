/** Time stamps as the service writes them (wire notes, section 1). */
import type { World } from "../../core/types.ts";
import type { Chance } from "./chance.ts";

/** "Not yet". */
export const NEVER = "0001-01-01T00:00:00Z";

/** Fraction digits of operations and of lastRunStatus. */
export const OPERATION_DIGITS = 7;
export const RUN_DIGITS = 9;

/** A time with up to \`digits\` fraction digits, trailing zeros cut: `2023-04-27T07:14:33.0820414Z`. */
export function serviceTime(date: Date, digits: number, chance: Chance): string {
  const milliseconds = date.toISOString().slice(20, 23);
  const fraction = `${milliseconds}${chance.word(digits - 3, "0123456789")}`.replace(/0+$/, "");
  return `${date.toISOString().slice(0, 19)}${fraction === "" ? "" : `.${fraction}`}Z`;
}

/** .NET ticks: tenths of a microsecond since the year 1. */
export function ticks(date: Date, chance: Chance): string {
  return String(BigInt(date.getTime()) * 10_000n + 621_355_968_000_000_000n + BigInt(chance.between(0, 9999)));
}

/**
 * Waiting in emulated time for work of several steps. The work belongs to the world as it was when it began: once the
 * emulator has closed or was reset, each wait rejects, also one that begins later.
 */
export function patientClock(world: World): (ms: number) => Promise<void> {
  const { closing } = world;
  return async (ms) => {
    if (closing.aborted) throw new Error("The emulator has closed or was reset.");
    await world.clock.sleep(ms);
  };
}
