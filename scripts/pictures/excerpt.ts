/** Lines of a run that are shown, and whether another run has shown the same. */

/** A line without the terminal's colours. */
export function plain(line: string): string {
  return line.replace(/\u001b\[[\d;]*m/g, "");
}

/**
 * The lines from the first that matches `from` to the one before the next that matches `to`, colours left in. Of lines
 * that only say that something goes on, one in a row is kept, and `…` stands for the others. Throws an Error where there are none.
 */
export function excerpt(lines: readonly string[], from: RegExp, to: RegExp): readonly string[] {
  const start = lines.findIndex((line) => from.test(plain(line)));
  const length = lines.slice(start + 1).findIndex((line) => to.test(plain(line)));
  if (start < 0 || length < 0) throw new Error(`No line between ${String(from)} and ${String(to)}.`);
  const isStill = (line: string | undefined): boolean => /\d\d:\d\d:\d\d {2}Still /.test(plain(line ?? ""));
  const indent = (line: string): string => /^ */.exec(plain(line))?.[0] ?? "";
  const within = lines.slice(start, start + 1 + length);
  return within.flatMap((line, at) => {
    if (!isStill(line) || !isStill(within[at - 1])) return [line];
    return isStill(within[at - 2]) ? [] : [`${indent(line)}…`];
  });
}

/**
 * Lines of `shown` that no line of `output` equals. Numbers, durations, digests and folders are left aside, and lines that
 * only say that something goes on.
 */
export function missedLines(shown: readonly string[], output: readonly string[]): readonly string[] {
  const there = new Set(output.map(even));
  return shown.filter((line) => !/^\s*…$|^\s*\d\d:\d\d:\d\d {2}Still /.test(plain(line)) && !there.has(even(line)));
}

function even(line: string): string {
  return plain(line)
    .replace(/\/tmp\/[\w.-]+/g, "/tmp/#")
    .replace(/storageAccounts\/\w+/g, "storageAccounts/#")
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "#")
    .replace(/(?<![a-z0-9])[0-9a-f]{8,}(?![a-z0-9])/g, "#")
    .replace(
      /\d+(?:\.\d+)? (?:h|min|s)\b(?: \d+ (?:min|s)\b)*|\d+ (?:hours?|minutes?|seconds?)(?: \d+ (?:minutes?|seconds?))*/g,
      "#",
    )
    .replace(/\d+/g, "#")
    .trim();
}
