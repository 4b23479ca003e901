/** What a check tells, for comparing it as a whole. */
import type { CheckResult, Finding } from "../../tasks/AzureImageBuilderV1/src/preflight/types.ts";

/** A finding as the user sees it. */
export type Told = Omit<Finding, "check">;

/** The findings of a check that has found something; fails where it says anything but `bad`. */
export function told({ id, status, findings }: CheckResult): readonly Told[] {
  if (status !== "bad") throw new Error(`${id} is ${status}.`);
  return findings.map(({ check: _, ...rest }) => rest);
}
