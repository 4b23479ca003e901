import assert from "node:assert/strict";
import { InputError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { noteLater, parseAction } from "../../../tasks/AzureImageBuilderV1/src/inputs/action.ts";
import { agentOf, step } from "./step.ts";

describe("What a step is to do", () => {
  const words: readonly (readonly [given: string, action: string])[] = [
    ["", "build"],
    ["build", "build"],
    ["Start", "start"],
    ["WAIT", "wait"],
    ["resolve", "resolve"],
  ];
  for (const [given, action] of words) {
    it(`is to ${action} where action is "${given}"`, () => {
      assert.equal(parseAction(agentOf({ action: given })), action);
    });
  }

  it("is one of six words, which the refusal of another names", () => {
    assert.throws(
      () => parseAction(agentOf({ action: "cancel" })),
      (error) => {
        assert.ok(error instanceof InputError);
        assert.deepEqual(
          error.problems.map(({ input, code }) => `${input} ${code}`),
          ["action AIB104"],
        );
        assert.match(error.message, /build, start, wait, preflight, check, resolve/);
        return true;
      },
    );
  });
});

describe("A step that only starts a build", () => {
  it("says nothing about what is done later", () => {
    assert.deepEqual(noteLater(agentOf(step({ action: "start", cleanup: "always", verbosity: "normal" }))), []);
  });

  it("is told that what it says about it is for the step that waits", () => {
    const notes = noteLater(agentOf(step({ action: "start", cleanup: "never", verbosity: "full" })));
    assert.deepEqual(
      notes.map(({ code, input, message }) => [code, input, message.split(":")[0]]),
      [["AIB201", "action", "cleanup, verbosity"]],
    );
  });
});
