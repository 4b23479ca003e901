/** Works measured in one run, one after the other, so that their ratio does not hang on the machine. */

/** Writes a line of progress. */
export type Say = (text: string) => void;

/** How much is measured. */
export interface Sizes {
  readonly rounds: number;
  /** Quick look: smaller trees, which say less. */
  readonly quick: boolean;
}

/** How often, and where progress goes. */
export interface Run {
  readonly rounds: number;
  readonly say: Say;
}

/** Runs each work in turn, round after round, so that what else the machine does meets all of them. Gives their results by name. */
export async function sideBySide<K extends string>(
  works: Readonly<Record<K, () => Promise<number>>>,
  { rounds, say }: Run,
): Promise<Readonly<Record<K, readonly number[]>>> {
  const names = Object.keys(works) as K[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      const ms = await works[name]();
      times[name].push(ms);
      say(`${name}: ${Math.round(ms)} ms`);
    }
  }
  return times;
}

/** Ours over theirs, round by round. */
export function ratios(ours: readonly number[], theirs: readonly number[]): readonly number[] {
  return ours.map((ms, index) => ms / (theirs[index] ?? Number.NaN));
}
