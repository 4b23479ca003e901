/** How many ways a pattern can be tried from one place of a text, counted from its source: no clock, no luck. */

/** A character class as often as it may come. */
interface Element {
  readonly source: string;
  readonly min: number;
  readonly max: number;
}
type Sequence = readonly Element[];

const letters = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

/** The cost of a pattern, or why it cannot be bounded. */
export interface RegexCost {
  /** The product of what may be tried again at each quantifier; 1 where nothing is ambiguous. */
  readonly ways: number;
  readonly faults: readonly string[];
}

/** Judges a pattern: alternatives are spelled out, and each quantifier is compared with what may follow it. */
export function judgeRegex(pattern: RegExp): RegexCost {
  const reader = { source: pattern.source, place: 0 };
  const sequences = readAlternatives(reader);
  const judged = sequences.map((sequence) => judgeSequence(sequence, pattern.flags));
  return {
    ways: Math.max(...judged.map(({ ways }) => ways)),
    faults: [...new Set(judged.flatMap(({ faults }) => faults))],
  };
}

function judgeSequence(sequence: Sequence, flags: string): RegexCost {
  const sets = sequence.map(({ source }) => setOf(source, flags));
  const faults: string[] = [];
  let ways = 1;
  if ((sequence[0]?.max ?? 0) > 10) faults.push(`begins with ${sequence[0]?.source ?? ""}, which many places match`);
  sequence.forEach(({ source, min, max }, index) => {
    if (max === min || !overlaps(sequence, sets, index)) return;
    if (max === Infinity) faults.push(`${source} without end, and what follows matches the same`);
    else ways *= max - min + 1;
  });
  return { ways, faults };
}

/** Whether what may come next can match what the element matches; at the end of a pattern nothing is tried again. */
function overlaps(sequence: Sequence, sets: readonly ReadonlySet<string>[], index: number): boolean {
  for (let next = index + 1; next < sequence.length; next++) {
    if ([...(sets[index] ?? [])].some((letter) => sets[next]?.has(letter))) return true;
    if ((sequence[next]?.min ?? 0) > 0) return false;
  }
  return false;
}

function setOf(source: string, flags: string): ReadonlySet<string> {
  const pattern = new RegExp(`^${source}$`, flags.replace("m", ""));
  return new Set(letters.filter((letter) => pattern.test(letter)));
}

interface Reader {
  readonly source: string;
  place: number;
}

function readAlternatives(reader: Reader): Sequence[] {
  const all: Sequence[] = [];
  let current: Sequence[] = [[]];
  while (reader.place < reader.source.length && reader.source[reader.place] !== ")") {
    if (reader.source[reader.place] === "|") {
      reader.place++;
      all.push(...current);
      current = [[]];
      continue;
    }
    const parts = readPart(reader);
    current = current.flatMap((before) => parts.map((part) => [...before, ...part]));
    if (current.length > 5000) throw new Error(`${reader.source}: too many alternatives to judge`);
  }
  return [...all, ...current];
}

function readPart(reader: Reader): Sequence[] {
  const rest = reader.source.slice(reader.place);
  const zeroWidth = /^(?:\\b|\^|\$)/.exec(rest);
  if (zeroWidth !== null) {
    reader.place += zeroWidth[0].length;
    return [[]];
  }
  if (rest.startsWith("(")) return readGroup(reader);
  const atom = /^(?:\[(?:\\.|[^\]\\])*\]|\\u[0-9a-f]{4}|\\.|[^\\])/s.exec(rest);
  if (atom === null) throw new Error(`${reader.source}: cannot be read at ${reader.place}`);
  reader.place += atom[0].length;
  const [min, max] = readQuantifier(reader);
  return [[{ source: atom[0], min, max }]];
}

function readGroup(reader: Reader): Sequence[] {
  // What may not follow is tried at one place only: a few letters, without quantifiers of its own.
  const forbidden = /^\(\?![^()*+{}]{1,40}\)/.exec(reader.source.slice(reader.place));
  if (forbidden !== null) {
    reader.place += forbidden[0].length;
    return [[]];
  }
  const opening = /^\((?:\?:)?(?!\?)/.exec(reader.source.slice(reader.place));
  if (opening === null) throw new Error(`${reader.source}: looks around in a way that is not judged`);
  reader.place += opening[0].length;
  const inner = readAlternatives(reader);
  reader.place++;
  const [min, max] = readQuantifier(reader);
  if (max > 5) throw new Error(`${reader.source}: a group more than five times`);
  const counts = Array.from({ length: max - min + 1 }, (_, index) => min + index);
  return counts.flatMap((count) =>
    Array.from({ length: count }).reduce<Sequence[]>(
      (before) => before.flatMap((one) => inner.map((other) => [...one, ...other])),
      [[]],
    ),
  );
}

function readQuantifier(reader: Reader): readonly [number, number] {
  const found = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(reader.source.slice(reader.place));
  if (found === null) return [1, 1];
  reader.place += found[0].length;
  const [, sign, from, comma, to] = found;
  if (sign === "*") return [0, Infinity];
  if (sign === "+") return [1, Infinity];
  if (sign === "?") return [0, 1];
  const min = Number(from);
  return [min, comma === "" ? min : to === "" ? Infinity : Number(to)];
}
