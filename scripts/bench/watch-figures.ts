/** What is made of the times that a watched build leaves; nothing here reads a clock. Milliseconds of one clock throughout. */

const minute = 60_000;

/** The most of `times` (in any order) within any sixty seconds; of two that lie a minute apart one counts. 0 without any. */
export function busiestMinute(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  let from = 0;
  return sorted.reduce((most, time, index) => {
    while (time - (sorted[from] ?? time) >= minute) from += 1;
    return Math.max(most, index - from + 1);
  }, 0);
}

/** When each of the marked lines was seen, by its number; the first time counts. */
export type Seen = ReadonlyMap<number, number>;

/** Notes marked lines: `text` may hold several, or none. */
export function noteMarks(seen: Map<number, number>, text: string, at: number): void {
  for (const [, number = ""] of text.matchAll(/watched line (\d+)\b/g)) {
    if (!seen.has(Number(number))) seen.set(Number(number), at);
  }
}

/** The text that marks a line, which noteMarks finds by its number; that may also be a variable of the script's. */
export function markOf(number: number | "$n"): string {
  return `watched line ${number}`;
}

/** By how much each line was printed after it was written, in the order of writing. Throws an Error where there is none, or one was not printed. */
export function lagsOf(written: Seen, printed: Seen): readonly number[] {
  if (written.size === 0) throw new Error("No marked line was written: the script did not run.");
  const missing = [...written.keys()].filter((number) => !printed.has(number));
  if (missing.length > 0) throw new Error(`Marked lines that were written, but never printed: ${missing.join(", ")}.`);
  return [...written].map(([number, at]) => (printed.get(number) ?? Number.NaN) - at);
}
