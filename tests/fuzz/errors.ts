/** What an error must be, whatever was put in: one with a name, told in words that harm nobody. */
import assert from "node:assert/strict";
import { InputError, TaskError } from "../../tasks/AzureImageBuilderV1/src/errors.ts";
import { failureCodes } from "../../tasks/AzureImageBuilderV1/src/failure-codes.ts";

/** Longest message that is told, in characters; lines of a log are shorter than 20,000. */
const longestMessage = 10_000;

/** Asserts that a text that is shown is bounded and neither moves a terminal nor speaks to the agent. */
export function assertHarmless(text: string, longest = longestMessage): void {
  assert.ok(text.length <= longest, `${text.length} characters: ${text.slice(0, 200)}`);
  assert.doesNotMatch(text, /(?![\n\t])[\p{Cc}\p{Cs}]/u, JSON.stringify(text.slice(0, 2_000)));
  assert.doesNotMatch(text, /##(?:vso)?\[/i);
}

/** Asserts that `error` is an InputError with findings that can be told. */
export function assertInputError(error: unknown): void {
  assert.ok(error instanceof InputError, describe(error));
  assert.ok(error.problems.length > 0 && error.problems.length <= 200, `${error.problems.length} findings`);
  for (const { code, input, message, legal, given = "" } of error.problems) {
    assert.match(code, /^AIB1\d\d$/);
    assert.ok(input !== "" && legal !== "");
    assertHarmless(message);
    assertHarmless(given);
  }
}

/** Asserts that `error` is one of the task's own, with a code and a message that can be told. */
export function assertTaskError(error: unknown): void {
  if (error instanceof InputError) return assertInputError(error);
  assert.ok(error instanceof TaskError, describe(error));
  assert.match(error.code, /^AIB\d\d\d$/);
  // What is not expected has a code of its own, and is no name for an error that was foreseen.
  assert.notEqual(error.code, failureCodes.unexpected, describe(error));
  assert.ok(error.message !== "");
  assertHarmless(error.message);
  assertHarmless(error.next ?? "");
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
