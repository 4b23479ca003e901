/** What a task may do by logging commands (agent contract, section 3.5). */
import { minimatch } from "minimatch";
import type { TaskRestrictions } from "../package/task-definition.ts";

/** Does every list of restrictions permit a command, given that restricted mode would or would not? */
export function isCommandAllowed(restrictions: readonly TaskRestrictions[], inRestrictedMode: boolean): boolean {
  return inRestrictedMode || restrictions.every((one) => !one.restrictedCommands);
}

/** Does every list of settable variables permit the name, by its patterns, without case? */
export function isVariableAllowed(restrictions: readonly TaskRestrictions[], name: string): boolean {
  return restrictions.every(
    ({ settableVariables }) =>
      settableVariables === undefined ||
      settableVariables.some((pattern) => minimatch(name, pattern, { nocase: true, dot: true })),
  );
}
