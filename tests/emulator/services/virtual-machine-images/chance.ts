/** Seeded chance: the same seed draws the same numbers. */

export interface Chance {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number from \`from\` to \`to\`, both included. */
  between(from: number, to: number): number;
  /** So many characters of the alphabet. */
  word(length: number, alphabet: string): string;
}

/** Mulberry32. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const between = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    between,
    word: (length, alphabet) => Array.from({ length }, () => alphabet.charAt(between(0, alphabet.length - 1))).join(""),
  };
}
