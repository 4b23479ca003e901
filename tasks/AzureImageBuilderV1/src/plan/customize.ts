/** What is done inside the image, in order, and what it must pass. */
import { noteCodes } from "../codes.ts";
import type { Findings } from "../findings.ts";
import type { Inputs } from "../inputs/types.ts";
import { buildCustomizer } from "../kinds/customizer/index.ts";
import type { CustomizerStep, PowerShellStep, ShellStep } from "../kinds/customizer/types.ts";
import type { OsType } from "../ports.ts";
import type { BuildPlan, PlannedStep } from "./types.ts";

/**
 * The steps: fetch the artifact, the inline script, Windows Update last, as in the older tasks.
 *
 * The script is a customizer of its own and not the tail of the one that fetches, as it was there: nothing of the
 * fetching lines lived on in it (they changed neither directory nor variables), and apart from them it keeps the shell's
 * own first line, its own error preference and elevation, and the artifact's signed address out of its reach.
 */
export function planSteps(inputs: Inputs, osType: OsType, findings: Findings): readonly PlannedStep[] {
  const steps: CustomizerStep[] = [
    ...(isBlank(inputs.inlineScript) ? [] : [scriptStep("inline-script", inputs.inlineScript, inputs, osType)]),
    ...(inputs.windowsUpdate && osType === "windows" ? windowsUpdateSteps : []),
  ];
  if (osType === "linux") noteIgnoredOnLinux(inputs, findings);
  return [
    ...(inputs.artifact === undefined ? [] : [{ kind: "fetchArtifact" } as const]),
    ...steps.map((step) => ({ kind: "customizer", customizer: buildCustomizer(step) }) as const),
  ];
}

/** The validation with its one script, when there is one. Validators run without elevation, as they always did. */
export function planValidation(inputs: Inputs, osType: OsType): Pick<BuildPlan, "validate"> {
  if (inputs.validation === undefined) return {};
  const { script, sourceValidationOnly, continueOnFailure } = inputs.validation;
  const plain = { runElevated: false, runAsSystem: false };
  return {
    validate: {
      continueDistributeOnFailure: continueOnFailure,
      sourceValidationOnly,
      validators: [buildCustomizer(scriptStep("validation-script", script, plain, osType))],
    },
  };
}

/** The older tasks' pair: a wait of five minutes, for updates that the image's first start set going, and the updates. */
const windowsUpdateSteps: readonly CustomizerStep[] = [
  {
    kind: "powershell",
    name: "wait-before-windows-update",
    lines: ["Start-Sleep -Seconds 300"],
    runElevated: false,
    runAsSystem: false,
  },
  {
    kind: "windowsUpdate",
    name: "windows-update",
    searchCriteria: "IsInstalled=0",
    filters: ["exclude:$_.Title -like '*Preview*'", "include:$true"],
  },
];

function scriptStep(
  name: string,
  lines: readonly string[],
  elevation: Pick<Inputs, "runElevated" | "runAsSystem">,
  osType: OsType,
): ShellStep | PowerShellStep {
  if (osType === "linux") return { kind: "shell", name, lines };
  const { runElevated, runAsSystem } = elevation;
  return { kind: "powershell", name, lines, runElevated, runAsSystem };
}

function noteIgnoredOnLinux(inputs: Inputs, findings: Findings): void {
  for (const input of ["windowsUpdate", "runElevated"] as const) {
    if (inputs[input]) {
      findings.note(noteCodes.ignoredInput, input, `${input} is not used: the source image is Linux.`);
    }
  }
}

function isBlank(lines: readonly string[]): boolean {
  return lines.every((line) => line.trim() === "");
}
