/** Keeps secrets out of what is printed, line by line, as the agent does (agent contract, section 3.6). */

/** Knows secrets and hides them. */
export interface Masker {
  /** Registers a value met while the job runs: itself and its JSON, URI and backslash escaped forms. */
  add(value: string): void;
  /** Registers a secret known when the job starts: also trimmed, unquoted, command-escaped and in base64. */
  addAtStart(value: string): void;
  /** `text` with every registered form, and passwords in `//user:password@host`, replaced by `***`. */
  mask(text: string): string;
}

const urlPassword = /(?<=\/\/[^/:@\s]+:)[^/@\s]+(?=@)/g;

/** A masker that knows nothing yet. */
export function createMasker(): Masker {
  const values = new Set<string>();
  const add = (value: string): void => {
    if (value === "") return;
    for (const form of [value, jsonEscape(value), uriEscape(value), value.replaceAll("\\", "\\\\")]) values.add(form);
  };
  return {
    add,
    addAtStart(value) {
      for (const form of [value, value.trim(), unquote(value.trim()), commandEscape(value)]) add(form);
      if (value !== "") add(Buffer.from(value).toString("base64"));
    },
    mask: (text) => replaceRanges(text, [...rangesOf(text, values), ...passwordRanges(text)]),
  };
}

type Range = readonly [start: number, end: number];

function rangesOf(text: string, values: ReadonlySet<string>): readonly Range[] {
  const ranges: Range[] = [];
  for (const value of values) {
    for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) ranges.push([at, at + value.length]);
  }
  return ranges;
}

function passwordRanges(text: string): readonly Range[] {
  return [...text.matchAll(urlPassword)].map((match) => [match.index, match.index + match[0].length] as const);
}

/** Overlapping and touching ranges become one `***`. */
function replaceRanges(text: string, ranges: readonly Range[]): string {
  let masked = "";
  let hidden = -1;
  let written = 0;
  for (const [start, end] of [...ranges].sort((one, other) => one[0] - other[0])) {
    if (start > hidden) masked += `${text.slice(written, start)}***`;
    hidden = Math.max(hidden, end);
    written = hidden;
  }
  return masked + text.slice(written);
}

function jsonEscape(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

/** As .NET's Uri.EscapeDataString: everything but unreserved characters. */
function uriEscape(value: string): string {
  return encodeURIComponent(Buffer.from(value).toString()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function unquote(value: string): string {
  return value.replace(/^(["'])(.*)\1$/s, "$2");
}

function commandEscape(value: string): string {
  return value.replaceAll("%", "%AZP25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
