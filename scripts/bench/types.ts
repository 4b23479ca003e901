/** One line of `npm run bench`. */
export interface Line {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The target: at most, or at least where the name of the comparison says so; null where there is none. */
  readonly bound: number | null;
  readonly ok: boolean;
  /** What the value was made of, in the order of the runs. */
  readonly runs: readonly number[];
  readonly note: string;
}

/** Options of a line besides its runs. */
export interface LineOptions {
  readonly unit: string;
  readonly bound?: { readonly atMost: number } | { readonly atLeast: number };
  readonly note: string;
}

/** A line whose value is the median of its runs. */
export function lineOf(name: string, runs: readonly number[], { unit, bound, note }: LineOptions): Line {
  const value = round(median(runs));
  const limit = bound === undefined ? null : "atMost" in bound ? bound.atMost : bound.atLeast;
  const ok = bound === undefined || ("atMost" in bound ? value <= bound.atMost : value >= bound.atLeast);
  return { name, value, unit, bound: limit, ok, runs: runs.map(round), note };
}

/** The middle one; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = 0, high = low] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
