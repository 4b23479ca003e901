/** `parseInputs`: everything the step says, or everything that is wrong with it. */
import { noteCodes } from "../codes.ts";
import { collectFindings } from "../findings.ts";
import { targetKinds } from "../kinds/target/index.ts";
import type { Agent } from "../ports.ts";
import { chooseKinds } from "./choose.ts";
import { combineArtifact, combineNetwork, combineSource, combineValidation } from "./combine.ts";
import { parseValues, readTexts } from "./read.ts";
import type { Inputs } from "./types.ts";

/**
 * Reads and checks all inputs of the step. Only what the chosen source and target mean is read: hidden inputs arrive
 * too (agent contract, section 2.2). Throws InputError with every problem at once.
 */
export function parseInputs(agent: Pick<Agent, "input">): Inputs {
  const texts = readTexts(agent);
  const findings = collectFindings((input) => texts.title(input));
  const choice = chooseKinds(texts, findings);
  const values = parseValues(texts, choice, findings);
  const source = combineSource(values, choice, findings);
  const target = choice.target === undefined ? undefined : targetKinds[choice.target].read(values, findings);
  const groups = {
    ...combineArtifact(values, choice, findings),
    ...combineNetwork(values, choice, findings),
    ...combineValidation(values),
  };
  if (values.autoRun) {
    findings.note(
      noteCodes.ignoredInput,
      "autoRun",
      "autoRun is ignored: the task starts the run itself and follows it.",
    );
  }
  findings.throwProblems();
  if (source === undefined || target === undefined) {
    throw new TypeError("A step without source or target was taken for a good one.");
  }
  return { ...values, ...groups, source, target, notes: findings.notes };
}
