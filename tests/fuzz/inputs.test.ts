/** Whatever stands in the inputs, the step is planned or refused with its faults by name; no input is left out. */
import assert from "node:assert/strict";
import fc from "fast-check";
import task from "../../tasks/AzureImageBuilderV1/task.json" with { type: "json" };
import { collectFindings } from "../../tasks/AzureImageBuilderV1/src/findings.ts";
import { parseAction } from "../../tasks/AzureImageBuilderV1/src/inputs/action.ts";
import { parseExistingTemplate } from "../../tasks/AzureImageBuilderV1/src/inputs/existing-template.ts";
import { parseInput, readTexts } from "../../tasks/AzureImageBuilderV1/src/inputs/read.ts";
import { parseResolve } from "../../tasks/AzureImageBuilderV1/src/inputs/resolve.ts";
import { type InputName, inputNames } from "../../tasks/AzureImageBuilderV1/src/inputs/table.ts";
import { parseWait } from "../../tasks/AzureImageBuilderV1/src/inputs/wait.ts";
import { describeTemplate } from "../../tasks/AzureImageBuilderV1/src/template/describe.ts";
import { build } from "../golden/any-inputs/build.ts";
import { type Case, validCases } from "../golden/any-inputs/cases.ts";
import type { Texts } from "../golden/any-inputs/words.ts";
import { schemaFaults } from "../golden/golden.ts";
import { agentOf } from "../unit/inputs/step.ts";
import { assertHarmless, assertInputError } from "./errors.ts";
import { inTime, longestKind, runs, seed, tryMany } from "./settings.ts";
import { anyText, nearly } from "./texts.ts";

interface TaskInput {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly defaultValue: string;
  readonly options?: Readonly<Record<string, string | undefined>>;
}

const taskInputs: readonly TaskInput[] = task.inputs;
const names = taskInputs.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
const defaults: Texts = Object.fromEntries(taskInputs.map(({ name, defaultValue }) => [name, defaultValue]));

/** What is valid for an input, by its name: its default, its options, and what valid cases have. */
const validTexts = new Map<string, readonly string[]>();
for (const { name, defaultValue, options } of taskInputs)
  validTexts.set(name, [defaultValue, ...Object.keys(options ?? {})]);
/** Cases to begin with: making them takes longer than trying them. */
const goodCases = fc.sample(validCases, { seed, numRuns: 200 });
for (const { inputs } of goodCases) {
  for (const [name, text] of Object.entries(inputs)) validTexts.set(name, [...(validTexts.get(name) ?? []), text]);
}
const everyValid = [...new Set([...validTexts.values()].flat())];

/** An input with a text that is nearly right for it, right for another, or no good anywhere. */
const badInput: fc.Arbitrary<Texts> = fc.constantFrom(...names).chain((name) => {
  const own = fc.constantFrom(...(validTexts.get(name) ?? [""]));
  const text = fc.oneof(
    { arbitrary: nearly(own), weight: 3 },
    { arbitrary: nearly(fc.constantFrom(...everyValid)), weight: 2 },
    { arbitrary: fc.constantFrom(...everyValid), weight: 1 },
    { arbitrary: anyText, weight: 3 },
  );
  return text.map((one) => ({ [name]: one }));
});

const anyGood = fc.constantFrom(...goodCases);
const merged = (parts: readonly Texts[]): Texts => Object.assign({}, ...parts) as Texts;

/** Plans a case as far as it goes. A template that comes of it is one that the service's schema takes. */
function plan(one: Case): void {
  let built: ReturnType<typeof build>;
  try {
    built = build(one);
  } catch (error) {
    assertInputError(error);
    return;
  }
  describeTemplate(built.template);
  assert.deepEqual(schemaFaults(JSON.parse(JSON.stringify(built.template)), built.apiVersion), []);
}

/** Reads the inputs of a step that does not build. */
function read(inputs: Texts): void {
  const agent = { ...agentOf(inputs), endpoint: () => undefined, variable: () => undefined };
  for (const parse of [parseAction, parseWait, parseResolve, parseExistingTemplate]) {
    try {
      parse(agent);
    } catch (error) {
      assertInputError(error);
    }
  }
}

describe("bad inputs", function () {
  this.timeout(longestKind);
  it("of a step that was good are refused by name, or make a template all the same", () => {
    const changes = fc.array(badInput, { minLength: 1, maxLength: 4 });
    tryMany(fc.tuple(anyGood, changes), ([one, bad]) => plan({ ...one, inputs: { ...one.inputs, ...merged(bad) } }));
  });

  it("in any combination are refused by name", () => {
    const many = fc.array(badInput, { maxLength: 30 });
    tryMany(fc.tuple(anyGood, many), ([one, bad]) => plan({ ...one, inputs: { ...defaults, ...merged(bad) } }));
  });

  it("of steps that build nothing are refused by name", () => {
    const action = fc.constantFrom("wait", "resolve", "start", "preflight", "build");
    const many = fc.array(badInput, { maxLength: 12 });
    tryMany(fc.tuple(action, many), ([word, bad]) => read({ ...defaults, action: word, ...merged(bad) }));
  });

  it("that are long take no long time", () => {
    // Each makes another pattern try many ways: one letter, what separates words, what opens and never closes.
    const parts = [
      ..."a1 -./#:%<\\\n",
      "1.",
      "a-",
      "a=",
      "/a",
      "$(",
      "${{",
      "$[",
      "- a\n",
      "a: b\n",
      "sig=",
      "http://",
    ];
    const length = runs >= 10_000 ? 130_000 : 5_000;
    for (const name of inputNames) {
      assert.ok(taskInputs.some((input) => input.name === name));
      for (const part of parts) {
        const long = part.repeat(Math.ceil(length / part.length));
        for (const text of [long, `${long}!`, `a${long}`]) inTime(() => readOne(name, text));
      }
    }
  });
});

function readOne(name: InputName, text: string): void {
  const findings = collectFindings();
  parseInput(name, readTexts(agentOf({ [name]: text })), findings);
  for (const { message } of findings.problems) assertHarmless(message);
}
