/** The legal name a misspelt one was probably meant to be. */

/** Characters to change, insert or remove to make `right` of `left`. */
function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** The one of `legal` nearest to `word`, letter case aside; undefined where none is near enough to be meant. */
export function nearest(word: string, legal: readonly string[]): string | undefined {
  const near = legal
    .map((one) => ({ one, far: distance(word.toLowerCase(), one.toLowerCase()) }))
    .sort((a, b) => a.far - b.far)[0];
  return near !== undefined && near.far <= Math.max(1, Math.floor(near.one.length / 3)) ? near.one : undefined;
}

/** ` (did you mean x?)`, or nothing where no legal name is near. */
export function suggest(word: string, legal: readonly string[]): string {
  const meant = nearest(word, legal);
  return meant === undefined ? "" : ` (did you mean \`${meant}\`?)`;
}
