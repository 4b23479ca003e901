/** Whether a converted step builds what the older one would. */
import assert from "node:assert/strict";
import { convertSteps, writeSteps } from "../../../scripts/convert/convert-text.ts";
import { type PlanAnswer, planFile } from "../../../scripts/plan/plan-file.ts";

/** The first step of `text`, converted, as YAML. */
export function convertFirst(text: string): string {
  return writeSteps("azure-pipelines.yml", convertSteps(text).slice(0, 1));
}

/**
 * Asserts that the first step of `text` and what it is converted to submit the same template, or have the same errors.
 * An image that was the older task's default is written down, which mends that one error.
 */
export function assertSamePlan(text: string, variables: Readonly<Record<string, string>> = {}): void {
  const before = planFile(text, { variables, inputs: {} });
  const after = planFile(convertFirst(text), { variables, inputs: {} });
  assert.deepEqual(after.template, before.template);
  const isMended = (error: string): boolean => error === "sourceImage AIB101";
  assert.deepEqual(
    errorsOf(after),
    errorsOf(before).filter((error) => !isMended(error)),
  );
}

function errorsOf({ errors }: PlanAnswer): readonly string[] {
  return errors.map(({ code, input }) => `${input ?? ""} ${code}`).sort();
}
