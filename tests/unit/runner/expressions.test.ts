/** The expression language of conditions and runtime expressions. */
import assert from "node:assert/strict";
import { evaluateExpression, type ExpressionContext } from "../../../scripts/runner/expressions/evaluate.ts";
import { objectValue, type Value } from "../../../scripts/runner/expressions/values.ts";
import { stepContext } from "../../../scripts/runner/run/contexts.ts";
import { taskResults } from "../../../scripts/runner/agent/results.ts";

const context: ExpressionContext = {
  names: {
    variables: objectValue([
      ["Letters", "ABC"],
      ["Build.Reason", "Manual"],
      ["empty", ""],
      ["number", "12"],
    ]),
    list: { kind: "array", items: ["a", "B", 3] },
  },
  functions: {},
};

const evaluate = (text: string): Value => evaluateExpression(text, context);

describe("expressions", () => {
  const table: readonly (readonly [expression: string, value: Value])[] = [
    ["'It''s'", "It's"],
    ["true", true],
    ["FALSE", false],
    ["null", null],
    ["-1.5", -1.5],
    [".5", 0.5],
    ["", null],
    ["variables['letters']", "ABC"],
    ["variables.Letters", "ABC"],
    ["variables['build.reason']", "Manual"],
    ["variables.none", null],
    ["variables.none.deeper['still']", null],
    ["list[1]", "B"],
    ["eq('a', 'A')", true],
    ["eq(variables.none, '')", true],
    ["eq(variables.empty, '')", true],
    ["eq(variables.number, 12)", true],
    ["eq(12, variables.number)", true],
    ["eq(1, 'x')", false],
    ["ne(1, 'x')", true],
    ["eq(true, 'anything')", true],
    ["eq('True', true)", true],
    ["eq(1.2.3, '1.2.3')", true],
    ["gt(1.10.0, '1.9.0')", true],
    ["le(2, '2')", true],
    ["lt('a', 'B')", true],
    ["ge(3, 4)", false],
    ["and(true, 'x', 1)", true],
    ["and(false, nosuchfunction())", false],
    ["or('', 0, null, 'x')", true],
    ["or(true, nosuchfunction())", true],
    ["not('')", true],
    ["xor(true, false)", true],
    ["in('B', 'a', 'b')", true],
    ["in('x')", false],
    ["notIn('x', 'a')", true],
    ["contains('ABCDE', 'bcd')", true],
    ["startsWith('refs/heads/x', 'REFS/')", true],
    ["endsWith('a.yml', '.YML')", true],
    ["containsValue(list, 'b')", true],
    ["containsValue(list, '3')", true],
    ["containsValue(variables, 'manual')", true],
    ["coalesce(variables.none, variables.empty, 'last')", "last"],
    ["format('{0} {{x}} {1}', 'a', 2)", "a {x} 2"],
    ["join('-', list)", "a-B-3"],
    ["join('-', split('x,y', ','))", "x-y"],
    ["length('abcd')", 4],
    ["length(list)", 3],
    ["lower('AbC')", "abc"],
    ["upper('AbC')", "ABC"],
    ["trim('  a ')", "a"],
    ["replace('a-b-c', '-', '.')", "a.b.c"],
    ["iif(eq(1, 1), 'yes', nosuchfunction())", "yes"],
    ["and(\n  eq(1, 1),\n  ne( variables['Letters'] , 'x' )\n)", true],
  ];
  for (const [expression, value] of table) {
    it(`evaluates ${expression.replace(/\s+/g, " ") || "nothing"}`, () =>
      assert.deepEqual(evaluate(expression), value));
  }

  const wrong: readonly (readonly [expression: string, message: RegExp])[] = [
    ["eq(1", /ends too early/],
    ["eq(1, 2) x", /Unexpected "x" at position 10/],
    ["eq(1 2)", /Unexpected "2" at position 6/],
    ['"double"', /Unexpected """/],
    ["nosuch.name", /the name "nosuch" is not known here \(variables, list\)/],
    ["nosuch()", /the function "nosuch" is not known/],
    ["eq(1)", /eq takes 2 to 2 arguments, not 1/],
    ["gt(1, 'x')", /'x' cannot be compared with 1/],
    ["format('{1}', 'a')", /no argument number 1/],
    ["1.2.3.4.5", /Unexpected "1.2.3.4.5"/],
    ["constructor", /not known/],
  ];
  for (const [expression, message] of wrong) {
    it(`refuses ${expression}`, () => assert.throws(() => evaluate(expression), message));
  }
});

describe("the status functions of a step", () => {
  const truth: Readonly<Record<string, readonly string[]>> = {
    "always()": taskResults,
    "succeeded()": ["Succeeded", "SucceededWithIssues"],
    "failed()": ["Failed"],
    "canceled()": ["Canceled"],
    "succeededOrFailed()": ["Succeeded", "SucceededWithIssues", "Failed"],
  };
  for (const [expression, holds] of Object.entries(truth)) {
    it(`${expression} holds for ${holds.join(", ")}`, () => {
      const holding = taskResults.filter((status) =>
        evaluateExpression(
          expression,
          stepContext(() => undefined, status),
        ),
      );
      assert.deepEqual(holding, holds);
    });
  }
});
