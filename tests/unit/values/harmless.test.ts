import assert from "node:assert/strict";
import { collectFindings } from "../../../tasks/AzureImageBuilderV1/src/findings.ts";
import { InputError, TaskError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { findUnresolved } from "../../../tasks/AzureImageBuilderV1/src/values/unresolved.ts";
import { harmless } from "../../../tasks/AzureImageBuilderV1/src/values/harmless.ts";
import { readResourceId } from "../../../tasks/AzureImageBuilderV1/src/values/resource-id.ts";

describe("Text in a message", () => {
  const cases: readonly (readonly [title: string, text: string, shown: string])[] = [
    ["is as it was where it harms nobody", "a\tb\nä😀", "a\tb\nä😀"],
    ["shows what cannot be seen", "a\u0000b\u200bc\u001b[31m", "a\\u{0}b\\u{200b}c\\u{1b}[31m"],
    ["shows half of a character", "a\ud800b", "a\\u{d800}b"],
    ["has plain line ends", "a\r\nb\rc", "a\nb\\u{d}c"],
    ["commands nobody", "##vso[task.complete]", "#vso[task.complete]"],
  ];
  for (const [title, text, shown] of cases) it(title, () => assert.equal(harmless(text), shown));

  it("is cut between words where it is long", () => {
    const text = harmless("word ".repeat(1_000), 100);
    assert.match(text, /^(?:word )+\[… \d{4} characters left out …\](?: word)+ $/);
    assert.ok(text.length < 200);
  });

  it("is bounded also where what it shows is longer than it was", () => {
    assert.ok(harmless("\u0000 ".repeat(5_000)).length < 2_200);
  });

  it("is that of every error", () => {
    const error = new TaskError("AIB801", `a\u001b[2J ${"b ".repeat(50_000)}`, { next: "##vso[a]" });
    assert.ok(error.message.length < 9_000 && !error.message.includes("\u001b"));
    assert.equal(error.next, "#vso[a]");
  });
});

describe("Many problems", () => {
  it("are told up to a hundred, and how many more there are", () => {
    const findings = collectFindings();
    for (let count = 0; count < 250; count += 1) {
      findings.problem("steps", { code: "AIB114", why: `mistake ${count}`, legal: "none" });
    }
    assert.throws(
      () => findings.throwProblems(),
      (error: unknown) => {
        assert.ok(error instanceof InputError);
        assert.equal(error.problems.length, 101);
        assert.match(error.problems.at(-1)?.message ?? "", /^150 more problems/);
        return true;
      },
    );
  });
});

describe("A text of nothing but beginnings", () => {
  // 128 KB is the longest input that Linux hands over. Time that grows with the square is minutes here.
  const long = 130_000;
  for (const [part, end] of [
    ["${{", ""],
    ["$[", ""],
    ["<", ""],
    ["/", "!"],
  ] as const) {
    it(`takes no long time: ${part}`, () => {
      const before = process.cpuUsage().user;
      const text = part.repeat(long / part.length) + end;
      findUnresolved(text, "name");
      readResourceId(text);
      assert.ok(process.cpuUsage().user - before < 2_000_000);
    });
  }
});
