/** Script lines that hold base64 of a carried file: what is in them can be found only where they are one text again. */

/** A full line of `base64`, and the shorter one that ends it. */
const full = /^[A-Za-z0-9+/]{64,}$/;
const last = /^[A-Za-z0-9+/]+={0,2}$/;

/** The lines, with each run of base64 lines as one. */
export function joinCarried(lines: readonly string[]): readonly string[] {
  const joined: string[] = [];
  let isWithin = false;
  for (const line of lines) {
    if (isWithin && last.test(line)) joined.push(`${joined.pop() ?? ""}${line}`);
    else joined.push(line);
    isWithin = full.test(line);
  }
  return joined;
}
