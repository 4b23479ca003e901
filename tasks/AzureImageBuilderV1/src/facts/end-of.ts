/** The end of gathering where something that cannot be done without is missing. */
import type { Findings } from "../findings.ts";

/** The problems as the error to throw: InputError; there is always a problem where this is asked for. */
export function endOf(findings: Findings): Error {
  findings.throwProblems();
  return new TypeError("Something is missing, and no problem says so.");
}
