/** Customizer: a PowerShell script, run by the service with its execution policy bypassed (facts, section 1.5). */
import type { CustomizerKind } from "./types.ts";

/** PowerShell. */
export const powershell: CustomizerKind<"powershell"> = {
  osType: "windows",
  build: ({ name, lines, runElevated, runAsSystem }) => ({
    type: "PowerShell",
    name,
    inline: lines,
    runElevated,
    runAsSystem: runElevated && runAsSystem,
  }),
};
