import assert from "node:assert/strict";
import { cleanLine } from "../../../tasks/AzureImageBuilderV1/src/log/clean.ts";
import { defuse } from "../../../tasks/AzureImageBuilderV1/src/values/defuse.ts";

const cases: readonly (readonly [title: string, given: string, clean: string])[] = [
  ["colours", "a\u001b[1;31mred\u001b[0mb", "aredb"],
  ["what begins escape sequences of 8 bits, and no more", "a\u009b31mred", "a31mred"],
  ["escape sequences of two characters, and no more", "a\u001b(Bb\u001bMc\u001b password", "abc password"],
  ["window titles", "a\u001b]0;title\u0007b\u001b]8;;http://x\u001b\\c", "abc"],
  ["the start of an escape sequence without an end, and no more", "a\u001b]0;all of the line", "a0;all of the line"],
  ["escape sequences within escape sequences", "\u001b[\u001b[0m31mx", "31mx"],
  ["escape sequences as Windows programs print them", "npm ^[[?25l^[[?25hx", "npm x"],
  ["control characters", "a\u0000b\u0007c\bd\u007fe\u0085f", "abcdef"],
  ["changes of direction", "a\u202Eb\u2066c\u2069d\u200Fe", "abcde"],
  ["invisible characters", "a\u200Bb\u00ADc\uFEFFd\u2060e\u{E0041}f", "abcdef"],
  ["line separators", "a\u2028b\u2029c", "a b c"],
  ["halves of surrogate pairs", "a\uD800b\uDC00c😀", "a\uFFFDb\uFFFDc😀"],
  ["logging commands", "x ##vso[task.complete result=Succeeded]", "x #vso[task.complete result=Succeeded]"],
  ["logging commands hidden by control characters", "##\u0000vso[a.b]", "#vso[a.b]"],
  ["logging commands hidden by colours", "#\u001b[0m#vso[a.b]#\u200B#[error]", "#vso[a.b]#[error]"],
  ["nested logging commands", "####vso[[##vso[x", "#vso[[#vso[x"],
];
const kept = ["tab\there", "＃＃vso[full-width", "ünïcödé 漢字 ✓", "C:\\a\\b [INFO] # ## #5 ^[[a-z]", "## [x]", ""];

describe("A cleaned line", () => {
  for (const [title, given, clean] of cases) it(`has lost ${title}`, () => assert.equal(cleanLine(given), clean));

  for (const text of kept) it(`keeps ${JSON.stringify(text)}`, () => assert.equal(cleanLine(text), text));

  it("takes linear time whatever it holds", () => {
    const started = process.cpuUsage().user;
    for (const part of ["#", "\u001b]", "\u009d", "\u009b1", "^[[1", "##v", "#\u00AD", "["]) {
      cleanLine(part.repeat(200_000 / part.length));
    }
    assert.ok(process.cpuUsage().user - started < 2_000_000, "two seconds of processor time");
  });
});

describe("Text without logging commands", () => {
  it("has none for a comparison by culture either, which passes over invisible characters", () => {
    assert.equal(defuse("##\u00ADv\u200Bso[task.complete]"), "#v\u200Bso[task.complete]");
    assert.equal(defuse("#\u0000#[error]"), "#[error]");
  });

  it("keeps a single number sign before a bracket", () => assert.equal(defuse("a #[1] #vso[x]"), "a #[1] #vso[x]"));
});
