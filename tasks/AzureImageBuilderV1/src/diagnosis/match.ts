/** Known failures in a text. Pure; every pattern is tried on a bounded text. */
import type { Passage, PassageLine } from "./passage.ts";
import type { KnownFailure } from "./types.ts";

/** A known failure and the line that says it. */
export interface Match {
  readonly entry: KnownFailure;
  readonly evidence: string;
}

/** Lines of a passage, and what decides whether an entry may match them. */
export interface Search {
  readonly lines: readonly PassageLine[];
  /** The passage they are of: `unless` is tried on all of it. */
  readonly passage: Passage;
  /** Entries whose text stands in Packer's debug log; all others are not tried there. */
  readonly inDebugLines: ReadonlySet<string>;
}

/** Lines joined by `\n`, with the place at which each begins. */
interface Joined {
  readonly text: string;
  readonly lines: readonly PassageLine[];
  readonly starts: readonly number[];
}

const longestEvidence = 500;

/** The entries of the catalogue that match, in its order, each with its first line. */
export function findMatches(entries: readonly KnownFailure[], search: Search): readonly Match[] {
  const views = makeViews(search.lines);
  const beside = makeViews(search.passage.lines);
  return entries.flatMap((entry) => {
    if (!isOfPlace(entry, search.passage)) return [];
    const view = search.inDebugLines.has(entry.id) ? "all" : "said";
    const found = firstMatch(entry.patterns, views[view].text);
    if (found === undefined || (entry.unless ?? []).some((pattern) => pattern.test(beside[view].text))) return [];
    return [{ entry, evidence: quote(views[view], found) }];
  });
}

/** What is left of a passage without its harmless lines, and whether there were some. */
export interface Sifted {
  readonly passage: Passage;
  readonly found: boolean;
}

/**
 * Takes out what harmless entries match: the whole line in a build's log, of other texts only the words that match, for
 * a text of one line may hold the cause too.
 */
export function sift(passage: Passage, harmless: readonly KnownFailure[]): Sifted {
  const joined = join(passage.lines);
  const spans = harmless.flatMap((entry) => findSpans(entry, passage, joined.text));
  if (spans.length === 0) return { passage, found: false };
  const cuts = new Map<number, (readonly [number, number])[]>();
  for (const [from, to] of spans)
    for (let line = lineAt(joined, from); line < joined.lines.length && (joined.starts[line] ?? 0) < to; line++) {
      const start = joined.starts[line] ?? 0;
      const own = cuts.get(line) ?? [];
      own.push([Math.max(0, from - start), to - start]);
      cuts.set(line, own);
    }
  const lines = passage.lines.flatMap((line, index) => {
    const own = cuts.get(index);
    if (own === undefined) return [line];
    if (line.known || (passage.places.length === 1 && passage.places[0] === "customization-log")) return [];
    const text = cut(line.text, own);
    return text.trim() === "" ? [] : [{ ...line, text }];
  });
  return { passage: { ...passage, lines }, found: true };
}

function findSpans(entry: KnownFailure, passage: Passage, text: string): readonly (readonly [number, number])[] {
  if (!isOfPlace(entry, passage) || (entry.unless ?? []).some((pattern) => pattern.test(text))) return [];
  return entry.patterns.flatMap((pattern) =>
    [...text.matchAll(new RegExp(pattern.source, `${pattern.flags}g`))].map(
      (found) => [found.index, found.index + found[0].length] as const,
    ),
  );
}

function cut(text: string, spans: readonly (readonly [number, number])[]): string {
  const kept: string[] = [];
  let place = 0;
  for (const [from, to] of [...spans].sort(([one], [other]) => one - other)) {
    if (from > place) kept.push(text.slice(place, from));
    place = Math.max(place, to);
  }
  return kept.join("") + text.slice(place);
}

function isOfPlace(entry: KnownFailure, passage: Passage): boolean {
  return entry.where.some((where) => passage.places.includes(where));
}

function makeViews(lines: readonly PassageLine[]): Readonly<Record<"all" | "said", Joined>> {
  return { all: join(lines), said: join(lines.filter(({ debug }) => !debug)) };
}

function join(lines: readonly PassageLine[]): Joined {
  const starts: number[] = [];
  let place = 0;
  for (const { text } of lines) {
    starts.push(place);
    place += text.length + 1;
  }
  return { text: lines.map(({ text }) => text).join("\n"), lines, starts };
}

function firstMatch(patterns: readonly RegExp[], text: string): RegExpExecArray | undefined {
  const found = patterns.map((pattern) => pattern.exec(text)).filter((match) => match !== null);
  return found.sort((one, other) => one.index - other.index)[0];
}

/** The last line that begins at or before a place. */
function lineAt({ starts }: Joined, place: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The line of a match as it stands; of a very long one what is around the match. */
function quote(joined: Joined, found: RegExpExecArray): string {
  const blank = found[0].length - found[0].trimStart().length;
  const raw = joined.lines[lineAt(joined, found.index + blank)]?.raw ?? "";
  if (raw.length <= longestEvidence) return raw;
  const words = found[0].trimStart().split("\n", 1)[0]?.slice(0, 40) ?? "";
  const middle = Math.max(0, raw.indexOf(words));
  const from = Math.max(0, Math.min(middle - longestEvidence / 4, raw.length - longestEvidence));
  return raw.slice(from, from + longestEvidence);
}
