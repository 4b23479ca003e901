import assert from "node:assert/strict";
import { ExpressionError } from "../../../tasks/AzureImageBuilderV1/src/template-file/expression/errors.ts";
import { evaluate, type Names } from "../../../tasks/AzureImageBuilderV1/src/template-file/expression/evaluate.ts";
import { parseExpression } from "../../../tasks/AzureImageBuilderV1/src/template-file/expression/parse.ts";

const nowhere = (): never => assert.fail("Nothing is looked up.");

function failureOf(text: string): string {
  const surroundings = { subscriptionId: "s", resourceGroup: "g", now: new Date(0) };
  const names: Names = { parameter: nowhere, variable: nowhere, surroundings, inDefault: false };
  try {
    evaluate(parseExpression(`[${text}]`), names);
  } catch (error) {
    assert.ok(error instanceof ExpressionError, String(error));
    return error.message;
  }
  return assert.fail("It ended well.");
}

const twice = "concat(lambdaVariables('a'), lambdaVariables('a'))";

describe("An expression that asks for more than any machine has", () => {
  it("is refused for the size of its text", () => {
    assert.match(failureOf(`reduce(range(0, 64), 'a', lambda('a', 'b', ${twice}))`), /more than 4 MB|too much work/);
  });

  it("is refused for the size of what its lists hold together", () => {
    const list = "createArray(lambdaVariables('a'), lambdaVariables('a'))";
    assert.match(failureOf(`reduce(range(0, 64), 'a', lambda('a', 'b', ${list}))`), /more than 4 MB|too much work/);
  });

  it("is refused for its depth", () => {
    const list = "createArray(lambdaVariables('a'))";
    assert.match(failureOf(`reduce(range(0, 500), 'a', lambda('a', 'b', ${list}))`), /more than 200 levels/);
  });

  it("is refused for its work", () => {
    const inner = "map(range(0, 9999), lambda('y', 1))";
    assert.match(failureOf(`map(range(0, 9999), lambda('x', length(${inner})))`), /too much work/);
  });
});
