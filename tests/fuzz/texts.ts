/** Texts that hurt: what attackers write, what slips from a clipboard, what parsers stumble over. */
import fc from "fast-check";

/** Names that every object has. */
export const inherited = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"] as const;

const yaml = [
  "a: &a [x, x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nd: [*c, *c, *c]",
  "- &a { b: *a }",
  "<<: { a: b }",
  "- shell: !!js/function 'function () { return 1; }'",
  "!!binary aGVsbG8=",
  "!<tag:yaml.org,2002:map> {}",
  "? [a, b]\n: c",
  "? {a: b}\n: c",
  "- - - - - a",
  "a: b\na: c",
  "{a: b, a: c}",
  "--- a\n--- b",
  "%YAML 1.1\n---\na: b",
  "- |9\n a",
  "- >-\n\n\n",
  "a: 'b",
  '{"a": "b',
  "[",
  "{",
  "[[[[[[]]]]]]",
  "null",
  "~",
  "- ",
  "-",
  ":",
  "# only a comment",
  ...inherited.flatMap((name) => [`${name}: a`, `- ${name}: a`, `{"${name}": {"${name}": "a"}}`, `- ${name}`]),
];

const numbers = [
  "0",
  "-0",
  "-1",
  "00",
  "1e3",
  "0x10",
  "1.5",
  "9".repeat(9),
  "9".repeat(400),
  "NaN",
  "Infinity",
  "٣",
  "１",
];

const bits = [
  "\u0000",
  "\u0001",
  "\u001b[31m",
  "\u001b]0;title\u0007",
  "\u0085",
  "\u009b2J",
  "\u2028",
  "\u202e",
  "\u200b",
  "\ufeff",
  "\ud800",
  "\udfff",
  "\r",
  "\n",
  "\t",
  " ",
  "\u00a0",
  "##vso[task.setvariable variable=a]b",
  "##\u00advso[task.complete result=Failed]",
  "##[error]a",
  "$(x)",
  "$(x",
  "${{ parameters.x }}",
  "$[variables.x]",
  "<name>",
  "${HOME}",
  "'",
  '"',
  "`",
  "\\",
  "/",
  "//",
  "../",
  "..\\",
  ":",
  "=",
  ",",
  ";",
  "#",
  "&",
  "*",
  "%",
  "%00",
  "%ZZ",
  "?sig=abc",
  "{{",
  "}}",
  "|",
  "@",
  "İ",
  "ß",
  "ﬀ",
  "😀",
  "e\u0301",
];

/** What is put into a text, or stands for it. */
export const tokens: readonly string[] = [...bits, ...numbers, ...yaml, ...inherited];

/** A text of any kind. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: fc.constantFrom(...tokens), weight: 4 },
  { arbitrary: fc.string({ unit: "binary", maxLength: 40 }), weight: 2 },
  { arbitrary: fc.string({ unit: "grapheme", maxLength: 40 }), weight: 1 },
  { arbitrary: fc.array(fc.constantFrom(...tokens), { maxLength: 6 }).map((parts) => parts.join("")), weight: 2 },
  { arbitrary: fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map(ofUnits), weight: 1 },
  {
    arbitrary: fc
      .tuple(fc.constantFrom("[", "{a: ", "- ", '{"a":', "(", "[[", "?"), fc.constantFrom(50, 400))
      .map(repeated),
    weight: 1,
  },
  {
    arbitrary: fc
      .tuple(fc.constantFrom(...bits, "a", "1", "a.", "a-", "1.", " a"), fc.constantFrom(100, 3_000))
      .map(repeated),
    weight: 1,
  },
);

function ofUnits(units: readonly number[]): string {
  return String.fromCharCode(...units);
}

function repeated([text, count]: readonly [string, number]): string {
  return text.repeat(count);
}

type Change = (text: string, at: number, token: string) => string;

const changes: readonly Change[] = [
  (text, at, token) => text.slice(0, at) + token + text.slice(at),
  (text, at, token) => text.slice(0, at) + token + text.slice(at + 1),
  (text, at) => text.slice(0, at) + text.slice(at + 1),
  (text, at) => text.slice(0, at),
  (text, at) => text.slice(at),
  (text, at) => text.slice(0, at) + text.slice(at, at + 8) + text.slice(at),
  (text, at, token) => text.slice(0, at) + token,
  (text, at) => text.slice(0, at) + text.slice(at).toUpperCase(),
  (text) => `${text}\n${text}`,
  (text) => [...text].reverse().join(""),
];

/** `texts` with one to three small changes. */
export function nearly(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const change = fc.tuple(
    fc.constantFrom(...changes),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.constantFrom(...tokens),
  );
  return fc
    .tuple(texts, fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([text, list]) =>
      list.reduce((now, [apply, where, token]) => apply(now, Math.floor(where * now.length), token), text),
    );
}
