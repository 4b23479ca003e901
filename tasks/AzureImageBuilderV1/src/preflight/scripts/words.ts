/** What shell and PowerShell scripts are taken apart into: good enough to see which programs are started, and how. */

/** A word of a command, without its quotes. */
export interface Word {
  readonly text: string;
  /** Whether its first character was quoted. */
  readonly quoted: boolean;
  /** What of it the shell itself expands: without what stands between single quotes. */
  readonly open: string;
}

export type Token =
  | { readonly kind: "word"; readonly word: Word; readonly line: number }
  /** An operator; the end of a line is `\n`. */
  | { readonly kind: "operator"; readonly text: string; readonly line: number };

/** Text that is read from left to right. */
export interface Cursor {
  readonly text: string;
  at: number;
  line: number;
}

/** The next characters, passed over. Lines are counted. */
export function take(cursor: Cursor, count: number): string {
  const taken = cursor.text.slice(cursor.at, cursor.at + count);
  cursor.at += taken.length;
  cursor.line += taken.split("\n").length - 1;
  return taken;
}

/** What a sticky pattern matches here, passed over; `""` where it does not. */
export function takeMatch(cursor: Cursor, pattern: RegExp): string {
  pattern.lastIndex = cursor.at;
  return take(cursor, pattern.exec(cursor.text)?.[0].length ?? 0);
}

/** Everything up to and with `end`, or to the end of the text; passed over. */
export function takeThrough(cursor: Cursor, end: string): string {
  const found = cursor.text.indexOf(end, cursor.at);
  return take(cursor, found < 0 ? cursor.text.length : found + end.length - cursor.at);
}

/** A program's name without folder and `.exe`, lower case. */
export function programOf(path: string): string {
  return (path.split(/[\\/]/).at(-1) ?? path).toLowerCase().replace(/\.exe$/, "");
}
