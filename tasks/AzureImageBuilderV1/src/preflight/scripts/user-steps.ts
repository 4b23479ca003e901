/** The steps and validators of a template that are the user's own. */
import type { ImageTemplate, TemplateCustomizer } from "../../image-template.ts";

/** A step with what messages call it. */
export interface UserStep {
  /** E.g. ``the step `install` ``; its path where it has no name. */
  readonly title: string;
  readonly step: TemplateCustomizer;
}

/** Names of the steps that bring the artifact, which no list of the user's has. */
const ofTask: readonly (string | undefined)[] = ["fetch-artifact", "fetch-artifact-file"];

/** Steps first, then validators. `hasArtifact`: whether the task has put steps of its own before them. */
export function userSteps({ properties }: ImageTemplate, hasArtifact: boolean): readonly UserStep[] {
  const titled = (list: readonly TemplateCustomizer[], noun: string, path: string): readonly UserStep[] =>
    list.map((step, index) => ({
      title: step.name === undefined || step.name === "" ? `${path}[${index}]` : `the ${noun} \`${step.name}\``,
      step,
    }));
  const steps = titled(properties.customize ?? [], "step", "properties.customize");
  return [
    ...steps.filter(({ step }) => !(hasArtifact && ofTask.includes(step.name))),
    ...titled(properties.validate?.inVMValidations ?? [], "validator", "properties.validate.inVMValidations"),
  ];
}

/** The text of a step's inline script; undefined where it has none. */
export function inlineOf(step: TemplateCustomizer): string | undefined {
  if (step.type !== "Shell" && step.type !== "PowerShell") return undefined;
  return step.inline === undefined || step.inline.length === 0 ? undefined : step.inline.join("\n");
}
