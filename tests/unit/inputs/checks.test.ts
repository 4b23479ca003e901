import assert from "node:assert/strict";
import { checkIds, parseSkipChecks } from "../../../tasks/AzureImageBuilderV1/src/inputs/checks.ts";
import { problemsOf, step } from "./step.ts";

describe("skipChecks", () => {
  const good: readonly (readonly [text: string, ids: readonly string[]])[] = [
    ["", []],
    ["P7", ["P7"]],
    ["P7, P9", ["P7", "P9"]],
    ["p15;P1 P10\nP2", ["P15", "P1", "P10", "P2"]],
    [" , P3,,P3 , p3", ["P3"]],
    [checkIds.join(","), checkIds],
  ];
  for (const [text, ids] of good) {
    it(`takes ${JSON.stringify(text)}`, () => assert.deepEqual(parseSkipChecks(text), { ok: true, value: ids }));
  }

  const bad: readonly (readonly [text: string, message: string])[] = [
    ["P16", "`P16` is no check"],
    ["P1, P0, 7, network", "`P0, 7, network` are no checks"],
    ["P1P2", "`P1P2` is no check"],
  ];
  for (const [text, message] of bad) {
    it(`refuses ${JSON.stringify(text)} and lists the checks`, () => {
      const parsed = parseSkipChecks(text);
      assert.deepEqual(JSON.parse(JSON.stringify(parsed)), { ok: false, code: "AIB104", why: message, legal: checkIds.join(", ") }); // prettier-ignore
    });
  }

  it("and preflight are told with all other bad inputs", () =>
    assert.deepEqual(problemsOf(step({ skipChecks: "P99", preflight: "quick" })), [
      "preflight AIB104",
      "skipChecks AIB104",
    ]));
});
