/** What a step says of images that may be used again. */
import assert from "node:assert/strict";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { parseResolve } from "../../../tasks/AzureImageBuilderV1/src/inputs/resolve.ts";
import { parseReuseBranches } from "../../../tasks/AzureImageBuilderV1/src/inputs/reuse.ts";
import { parseWait } from "../../../tasks/AzureImageBuilderV1/src/inputs/wait.ts";
import type { Note } from "../../../tasks/AzureImageBuilderV1/src/findings.ts";
import { agentOf, problemsOf, step, type StepInputs } from "./step.ts";

const reuse = { reuse: "ifUnchanged", reuseMaxAgeDays: "7" };

describe("Branches whose images count", () => {
  const good: readonly (readonly [text: string, names: readonly string[]])[] = [
    ["", []],
    [" , \n,", []],
    ["main", ["refs/heads/main"]],
    ["main, release/*", ["refs/heads/main", "refs/heads/release/*"]],
    ["main\nfeature/**\n", ["refs/heads/main", "refs/heads/feature/**"]],
    ["refs/heads/main, main", ["refs/heads/main"]],
    ["refs/tags/v1", ["refs/tags/v1"]],
    ["refs/pull/7/merge", ["refs/pull/7/merge"]],
    ["Main, main", ["refs/heads/Main", "refs/heads/main"]],
    ["fix/ü-1.2_3", ["refs/heads/fix/ü-1.2_3"]],
    ["*", ["refs/heads/*"]],
  ];
  for (const [text, names] of good) {
    it(`are read from ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parseReuseBranches(text), { ok: true, value: names });
    });
  }

  const bad: readonly (readonly [text: string, wrong: string])[] = [
    ["main; release", "main; release"],
    ["release one", "release one"],
    ["main, /release", "/release"],
    ["release/", "release/"],
    ["a//b", "a//b"],
    ["a..b", "a..b"],
    ["~main", "~main"],
    ["main^", "main^"],
    ["a:b", "a:b"],
    ["relea?e", "relea?e"],
    ["[ab]", "[ab]"],
    ["a\\b", "a\\b"],
    ["a\u0000b", "a\u0000b"],
  ];
  for (const [text, wrong] of bad) {
    it(`are refused, with the one that is wrong: ${JSON.stringify(text)}`, () => {
      const parsed = parseReuseBranches(text);
      assert.ok(!parsed.ok);
      assert.deepEqual([parsed.code, parsed.why], ["AIB108", `\`${wrong}\` is not a branch`]);
    });
  }
});

describe("A step that may use an image again", () => {
  it("says how old and of which branches", () => {
    const { reusable } = parseInputs(agentOf(step({ ...reuse, reuseBranches: "main" })));
    assert.deepEqual(reusable, { maxAgeDays: 7, branches: ["refs/heads/main"] });
  });

  it("is every step that checks for news, whatever it says of reuse", () => {
    const { reusable } = parseInputs(agentOf(step({ action: "check", reuse: "never", reuseMaxAgeDays: "365" })));
    assert.deepEqual(reusable, { maxAgeDays: 365, branches: [] });
  });

  for (const [title, inputs, problems] of [
    ["without an age", { reuse: "ifUnchanged" }, ["reuseMaxAgeDays AIB101"]],
    ["that checks, without an age", { action: "check" }, ["reuseMaxAgeDays AIB101"]],
    ["without an age, where nothing is built", { action: "preflight", reuse: "ifUnchanged" }, ["reuseMaxAgeDays AIB101"]],
    ["of no days", { ...reuse, reuseMaxAgeDays: "0" }, ["reuseMaxAgeDays AIB106"]],
    ["of more than a year", { ...reuse, reuseMaxAgeDays: "366" }, ["reuseMaxAgeDays AIB106"]],
    ["of half a day", { ...reuse, reuseMaxAgeDays: "0.5" }, ["reuseMaxAgeDays AIB106"]],
    ["without tags to find it by", { ...reuse, provenanceTags: "none" }, ["provenanceTags AIB120"]],
    ["that checks, without tags to find it by", { action: "check", reuseMaxAgeDays: "7", provenanceTags: "none" }, ["provenanceTags AIB120"]],
    ["of a branch that is none", { ...reuse, reuseBranches: "a b" }, ["reuseBranches AIB108"]],
    ["by another word", { reuse: "always" }, ["reuse AIB104"]],
  ] as const satisfies readonly (readonly [string, StepInputs, readonly string[]])[]) {
    it(`is refused: ${title}`, () => {
      assert.deepEqual(problemsOf(step(inputs)), problems);
    });
  } // prettier-ignore

  it("is none where it does not say so, and its details say nothing then", () => {
    const values = parseInputs(agentOf(step({ reuseMaxAgeDays: "400", provenanceTags: "none" })));
    assert.deepEqual([values.reusable, values.notes], [undefined, []]);
  });
});

describe("A step that does not look for an image", () => {
  const notesOf: Readonly<Record<"start" | "preflight" | "wait" | "resolve", (inputs: StepInputs) => readonly Note[]>> = {
    start: (inputs) => parseInputs(agentOf(step(inputs))).notes,
    preflight: (inputs) => parseInputs(agentOf(step(inputs))).notes,
    wait: (inputs) => parseWait(agentOf({ azureSubscription: "c", resourceGroup: "rg", templateName: "t", ...inputs })).notes,
    resolve: (inputs) => parseResolve(agentOf({ azureSubscription: "c", resourceGroup: "rg", templateName: "t", ...inputs })).notes,
  }; // prettier-ignore
  for (const [action, read] of Object.entries(notesOf)) {
    it(`is told that reuse is not used: action ${action}`, () => {
      const [note, ...more] = read({ action, ...reuse });
      assert.deepEqual([note?.code, more], ["AIB201", []]);
      assert.match(`${note?.input} ${note?.message}`, /\breuse\b.*not used, because/);
    });

    it(`is told nothing where reuse is not asked for: action ${action}`, () => {
      assert.deepEqual(read({ action, reuse: "never" }), []);
    });
  }

  it("needs no age where it only starts a build, and may leave the tags out", () => {
    const values = parseInputs(agentOf(step({ action: "start", reuse: "ifUnchanged", provenanceTags: "none" })));
    assert.equal(values.reusable, undefined);
  });
});
