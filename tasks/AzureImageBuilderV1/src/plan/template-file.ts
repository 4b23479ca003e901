/** What of a template file goes into the plan as it is. */
import type { Findings } from "../findings.ts";
import { noteCodes, problemCodes } from "../codes.ts";
import type { TemplateCustomizer, TemplateDistributor } from "../image-template.ts";
import type { Inputs } from "../inputs/types.ts";
import type { OsType } from "../ports.ts";
import type { BuildPlan, PlannedTarget } from "./types.ts";

/** The file's own steps, and before which of them the artifact is fetched. */
export interface FileSteps {
  readonly customizers: readonly TemplateCustomizer[];
  readonly artifactAt: number;
}

/** The steps of the template file; undefined where there are none, or inputs say the steps. */
export function planFileSteps(inputs: Inputs, findings: Findings): FileSteps | undefined {
  const { file, steps, inlineScript, windowsUpdate, environment } = inputs;
  if (file === undefined) return undefined;
  if (file.artifactAt !== undefined && inputs.artifact === undefined) {
    findings.problem("artifactPath", {
      code: problemCodes.missing,
      why: `${file.file} has a step of type Artifact, and no artifact is given`,
      legal: "artifactPath and storageAccount, or a file without that step",
    });
  }
  const isSaid = steps.length > 0 || windowsUpdate || inlineScript.some((line) => line.trim() !== "");
  if (isSaid || file.properties.customize === undefined) return undefined;
  if (Object.keys(environment).length > 0) {
    findings.note(
      noteCodes.ignoredInput,
      "environment",
      `environment is not used: the steps of ${file.file} are sent as they are.`,
    );
  }
  return { customizers: file.properties.customize, artifactAt: file.artifactAt ?? 0 };
}

/** The file's validation, where inputs say none. */
export function planFileValidation({ file, validation }: Inputs): Pick<BuildPlan, "validate"> {
  const own = file?.properties.validate;
  if (validation !== undefined || own === undefined) return {};
  return {
    validate: {
      continueDistributeOnFailure: own.continueDistributeOnFailure ?? false,
      sourceValidationOnly: own.sourceValidationOnly ?? false,
      validators: own.inVMValidations ?? [],
    },
  };
}

/** Targets of the file under the file's own names, and what no input has. */
export function planFileParts(
  { file }: Inputs,
  target: PlannedTarget,
): Pick<BuildPlan, "distribute" | "more" | "target"> & { readonly otherTargets?: readonly PlannedTarget[] } {
  const { additionalDataDisks, optimize, distribute } = file?.properties ?? {};
  const more = {
    ...(additionalDataDisks === undefined ? {} : { additionalDataDisks }),
    ...(optimize?.workload === undefined ? {} : { workload: optimize.workload }),
  };
  const [first, ...others] = distribute ?? [];
  return {
    target: first === undefined ? target : { ...target, runOutputName: first.runOutputName },
    ...(first === undefined
      ? {}
      : { distribute: [withRegions(first, target), ...others], otherTargets: others.map(asPlanned) }),
    ...(Object.keys(more).length === 0 ? {} : { more }),
  };
}

/** A gallery target that names no region goes where it would go without a file. */
function withRegions(one: TemplateDistributor, target: PlannedTarget): TemplateDistributor {
  if (one.type !== "SharedImage" || target.kind !== "gallery") return one;
  if (one.targetRegions !== undefined || one.replicationRegions !== undefined) return one;
  const { storageAccountType: _, ...rest } = one;
  return { ...rest, targetRegions: target.targetRegions };
}

/** A target of the file as outputs and digest know targets. */
function asPlanned(one: TemplateDistributor): PlannedTarget {
  const { runOutputName } = one;
  switch (one.type) {
    case "ManagedImage":
      return { kind: "managedImage", runOutputName, imageId: one.imageId, location: one.location };
    case "VHD":
      return { kind: "vhd", runOutputName, ...(one.uri === undefined ? {} : { uri: one.uri }) };
    case "SharedImage": {
      const { galleryImageId, targetRegions, replicationRegions = [], excludeFromLatest = false } = one;
      const regions = targetRegions ?? replicationRegions.map((name) => ({ name }));
      return { kind: "gallery", runOutputName, galleryImageId, targetRegions: regions, excludeFromLatest };
    }
  }
}

/** Whether an image of the file goes when the template is deleted. */
export function fileDies(distribute: readonly TemplateDistributor[] | undefined): boolean {
  return distribute?.some((one) => one.type === "VHD" && one.uri === undefined) === true;
}

/** The operating system that the file's steps are for; undefined where they do not tell. */
export function osTypeOfFile({ file }: Inputs): OsType | undefined {
  const steps: readonly TemplateCustomizer[] = [
    ...(file?.properties.customize ?? []),
    ...(file?.properties.validate?.inVMValidations ?? []),
  ];
  if (steps.some(({ type }) => type === "Shell")) return "linux";
  return steps.some(({ type }) => type !== "File") ? "windows" : undefined;
}
