/** What is done inside the image, in order, and what it must pass. */
import { noteCodes, problemCodes } from "../codes.ts";
import type { Facts, FoundFile } from "../facts/types.ts";
import type { Findings } from "../findings.ts";
import type { TemplateCustomizer, TemplateValidator } from "../image-template.ts";
import type { Inputs } from "../inputs/types.ts";
import type { Environment } from "../kinds/customizer/environment.ts";
import { buildStep, customizerKindNames, customizerKinds, type StepRequest } from "../kinds/customizer/index.ts";
import { powershellLines, type Rights } from "../kinds/customizer/powershell.ts";
import { shellLines } from "../kinds/customizer/shell.ts";
import type { StepContext, StepFile } from "../kinds/customizer/types.ts";
import { usualUpdates } from "../kinds/customizer/windows-update.ts";
import type { OsType } from "../ports.ts";
import { quotePowerShell, quoteShell } from "../values/quote.ts";
import { osTitle } from "./os-type.ts";
import { planFileSteps } from "./template-file.ts";
import type { ArtifactPlan, BuildPlan, PlannedStep } from "./types.ts";

/** What the lists are planned from. */
export interface StepPlanning {
  readonly inputs: Inputs;
  readonly facts: Facts;
  readonly osType: OsType;
  readonly artifact: ArtifactPlan | undefined;
  readonly findings: Findings;
}

/** A place for a step that no list holds. */
const nowhere = { line: 1, column: 1 };

/**
 * The steps: fetch the artifact, what the user asks for, and take the artifact out again last.
 *
 * The inline script is a customizer of its own and not the tail of the one that fetches, as it was in the older tasks:
 * nothing of the fetching lines lived on in it (they changed neither directory nor variables), and apart from them it
 * keeps the shell's own first line, its own error preference and elevation, and the artifact's signed address out of its
 * reach.
 */
export function planSteps(planning: StepPlanning): readonly PlannedStep[] {
  const { inputs, artifact, osType, findings } = planning;
  if (osType === "linux") noteIgnoredOnLinux(inputs, findings);
  const ofFile = planFileSteps(inputs, findings);
  const told = inputs.steps.length === 0 ? buildShortInputs(planning) : buildList("steps", inputs.steps, planning);
  const own = ofFile?.customizers ?? told;
  const removing = inputs.removeArtifact && artifact !== undefined ? [removeArtifact(artifact, osType)] : [];
  if (inputs.removeArtifact && artifact === undefined) {
    findings.note(noteCodes.ignoredInput, "removeArtifact", "removeArtifact is not used: there is no artifact.");
  }
  const customizers = [...own, ...removing];
  if (inputs.steps.length > 0) noteOrder(artifact, customizers, findings);
  const steps = customizers.map((customizer) => ({ kind: "customizer", customizer }) as const);
  if (artifact === undefined) return steps;
  const at = ofFile?.artifactAt ?? 0;
  return [...steps.slice(0, at), { kind: "fetchArtifact" }, ...steps.slice(at)];
}

/** The validation, when there is one. The one script runs without elevation, as it always did. */
export function planValidation(planning: StepPlanning): Pick<BuildPlan, "validate"> {
  const { inputs, osType } = planning;
  if (inputs.validation === undefined) return {};
  const { script, validators, sourceValidationOnly, continueOnFailure } = inputs.validation;
  const plain = { runElevated: false, runAsSystem: false };
  const list =
    validators.length > 0
      ? buildList("validators", validators, planning).filter(isValidator)
      : [buildShort(scriptStep("validation-script", script, plain, osType), planning, {})].filter(isValidator);
  return {
    validate: { continueDistributeOnFailure: continueOnFailure, sourceValidationOnly, validators: list },
  };
}

function isValidator(one: TemplateCustomizer): one is TemplateValidator {
  return one.type === "Shell" || one.type === "PowerShell" || one.type === "File";
}

/** The list that the short inputs stand for: the inline script, and Windows Update last, as in the older tasks. */
function buildShortInputs(planning: StepPlanning): readonly TemplateCustomizer[] {
  const { inputs, osType } = planning;
  const script = inputs.inlineScript.every((line) => line.trim() === "")
    ? []
    : [buildShort(scriptStep("inline-script", inputs.inlineScript, inputs, osType), planning, inputs.environment)];
  const updates = inputs.windowsUpdate && osType === "windows" ? windowsUpdateSteps : [];
  return [...script, ...updates.map((step) => buildShort(step, planning, {}))];
}

/** The older tasks' pair: a wait of five minutes, for updates that the image's first start set going, and the updates. */
const windowsUpdateSteps: readonly StepRequest[] = [
  scriptStep(
    "wait-before-windows-update",
    ["Start-Sleep -Seconds 300"],
    { runElevated: false, runAsSystem: false },
    "windows",
  ),
  { kind: "windowsUpdate", name: "windows-update", place: nowhere, asked: usualUpdates },
];

function scriptStep(name: string, lines: readonly string[], rights: Rights, osType: OsType): StepRequest {
  const script = { source: { from: "inline", lines }, environment: {} } as const;
  if (osType === "linux") return { kind: "shell", name, place: nowhere, asked: script };
  const { runElevated, runAsSystem } = rights;
  return { kind: "powershell", name, place: nowhere, asked: { ...script, runElevated, runAsSystem } };
}

/** A step of the task's own making from the short inputs: it names no file, and its mistakes are those of the inputs. */
function buildShort(
  step: StepRequest,
  { osType, findings }: StepPlanning,
  environment: Environment,
): TemplateCustomizer {
  return buildStep(step, {
    osType,
    environment,
    file: () => undefined,
    problem: (why, legal) => findings.problem("environment", { code: problemCodes.badStep, why, legal }),
  });
}

function buildList(
  input: "steps" | "validators",
  steps: readonly StepRequest[],
  planning: StepPlanning,
): readonly TemplateCustomizer[] {
  const { inputs, facts, osType, artifact, findings } = planning;
  return steps.flatMap((step) => {
    const { line, column } = step.place;
    const problem: StepContext["problem"] = (why, legal) =>
      findings.problem(input, { code: problemCodes.badStep, why: `\`${step.name}\`: ${why}`, legal, line, column });
    if (!customizerKinds[step.kind].systems.includes(osType)) {
      const kinds = customizerKindNames.filter((kind) => customizerKinds[kind].systems.includes(osType));
      problem(
        `a ${step.kind} step does not run here, because the source image is ${osTitle(osType)}`,
        kinds.join(", "),
      );
      return [];
    }
    const environment = input === "steps" ? inputs.environment : {};
    const file = (path: string): StepFile | undefined => placeFile(facts.files[input][path], artifact, osType);
    return [buildStep(step, { osType, environment, file, problem })];
  });
}

function placeFile(
  found: FoundFile | undefined,
  artifact: ArtifactPlan | undefined,
  osType: OsType,
): StepFile | undefined {
  if (found?.from !== "artifact") return found;
  if (artifact === undefined) return undefined;
  const inside = osType === "linux" ? `/${found.inside}` : `\\${found.inside.replaceAll("/", "\\")}`;
  return { from: "image", path: `${artifact.folderInImage}${inside}` };
}

/** Folder and archive go, whatever the user's steps left of them; what unpacked the folder was root. */
function removeArtifact({ archiveInImage, folderInImage }: ArtifactPlan, osType: OsType): TemplateCustomizer {
  const name = "remove-artifact";
  if (osType === "linux") {
    return shellLines(name, [
      'if [ "$(id -u)" -eq 0 ]; then root=""; else root="sudo -n"; fi',
      `$root rm -rf ${quoteShell(folderInImage)} ${quoteShell(archiveInImage)}`,
    ]);
  }
  const lines = [folderInImage, archiveInImage].map((path) => {
    const quoted = quotePowerShell(path);
    return `if (Test-Path -LiteralPath ${quoted}) { Remove-Item -LiteralPath ${quoted} -Recurse -Force }`;
  });
  const rights = { runElevated: false, runAsSystem: false };
  return powershellLines(name, ["$ErrorActionPreference = 'Stop'", ...lines], rights);
}

function noteOrder(
  artifact: ArtifactPlan | undefined,
  customizers: readonly TemplateCustomizer[],
  findings: Findings,
): void {
  const names = [...(artifact === undefined ? [] : ["fetch-artifact"]), ...customizers.map(({ name }) => name)];
  findings.note(noteCodes.stepsInOrder, "steps", `In the image run, in this order: ${names.join(", ")}.`);
}

function noteIgnoredOnLinux(inputs: Inputs, findings: Findings): void {
  for (const input of ["windowsUpdate", "runElevated"] as const) {
    if (inputs[input]) {
      findings.note(noteCodes.ignoredInput, input, `${input} is not used: the source image is Linux.`);
    }
  }
}
