/** What of a finding a user sees, for comparing it in full. */
import type { CheckResult, Finding } from "../../tasks/AzureImageBuilderV1/src/preflight/types.ts";

export interface Told {
  readonly code: string;
  readonly severity: Finding["severity"];
  readonly message: string;
  readonly remedy: string;
  readonly commands: readonly string[];
}

/** The findings of a result, in order, without what the check's number and its rights say again. */
export function toldOf({ findings }: CheckResult): readonly Told[] {
  return findings.map(({ code, severity, message, remedy, commands = [] }) => ({
    code,
    severity,
    message,
    remedy,
    commands,
  }));
}
