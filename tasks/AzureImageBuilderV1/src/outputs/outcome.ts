/** What outputs are made of, from a build of the task's own and from the run of a template that was there. */
import type { BuildResult } from "../build/types.ts";
import type { ImageTemplate } from "../image-template.ts";
import { tagNames } from "../values/tag-names.ts";
import type { BuildPlan, PlannedTarget } from "../plan/types.ts";
import type { ExistingImage } from "../facts/existing-image.ts";
import type { RunOutput, TemplateStatus, TemplateTarget } from "../ports.ts";
import { requestDigest, type RequestForm } from "../request/index.ts";
import type { Verdict } from "../reuse/types.ts";
import type { Outcome } from "./table.ts";

/** A build of the task's own. */
export interface Build {
  readonly plan: BuildPlan;
  readonly template: ImageTemplate;
  readonly result: BuildResult;
}

/** The outcome of a build by plan. */
export function outcomeOfBuild({ plan, template, result }: Build): Outcome {
  const { platformImage } = plan;
  return {
    templateName: plan.template.name,
    ...(platformImage === undefined ? {} : { platformImage }),
    targets: [plan.target, ...plan.otherTargets].map(describeTarget),
    ...digests(template.tags ?? {}),
    result,
  };
}

/** The outcome of a run of the template `found`; its digests are there where a step of this task made it. */
export function outcomeOfRun(templateName: string, found: TemplateStatus, result: BuildResult): Outcome {
  const { platformImage, targets, tags } = found;
  return {
    templateName,
    ...(platformImage === undefined ? {} : { platformImage }),
    targets,
    ...digests(tags),
    result,
  };
}

/** The outcome of looking for an image: what the last run of a template made, or one image. */
export function outcomeOfImage(
  found: { readonly template: TemplateStatus; readonly outputs: readonly RunOutput[] } | ExistingImage,
  templateName = "",
): Outcome {
  const nothing = { phases: [], steps: [], leftovers: { cleanedUp: [], left: [] }, mayStillRun: false } as const;
  if ("template" in found) {
    const { template, outputs } = found;
    const result = { ...nothing, outcome: "Succeeded", runOutputs: outputs, templateId: template.id } as const;
    return { ...outcomeOfRun(templateName, template, result), isFound: true };
  }
  const { output, regions, tags } = found;
  return {
    templateName,
    isFound: true,
    targets: [{ runOutputName: output.name, ...(regions.length === 0 ? {} : { regions }) }],
    ...digests(tags),
    result: { ...nothing, outcome: "Succeeded", runOutputs: [output], templateId: "" },
  };
}

/** The outcome of asking for an image that is there: the image, or nothing where one is to be built. */
export function outcomeOfReuse({ plan, content, form, verdict }: Found): Outcome {
  const outputs = verdict.kind === "reuse" ? verdict.outputs : [];
  const { platformImage, source } = plan;
  const sourceVersion = source.type === "SharedImageVersion" ? source.imageVersionId.split("/").at(-1) : undefined;
  return {
    templateName: "",
    ...(platformImage === undefined ? {} : { platformImage }),
    targets: outputs.map(({ name }) => ({
      runOutputName: name,
      ...(verdict.kind === "reuse" ? { regions: verdict.regions[name] ?? [] } : {}),
    })),
    artifactDigest: content === undefined ? undefined : `v1:${content}`,
    requestDigest: form === undefined ? undefined : requestDigest(form),
    result: {
      outcome: "Reused",
      runOutputs: outputs,
      sourceVersion: platformImage?.version ?? sourceVersion,
      templateId: "",
      phases: [],
      steps: [],
      leftovers: { cleanedUp: [], left: [] },
      mayStillRun: false,
      ...(verdict.kind === "reuse" ? { earlier: verdict.text } : {}),
    },
  };
}

/** What was asked for, and what came of it. */
export interface Found {
  readonly plan: BuildPlan;
  readonly content: string | undefined;
  readonly form?: RequestForm;
  readonly verdict: Verdict;
}

function digests(tags: Readonly<Record<string, string>>): Pick<Outcome, "artifactDigest" | "requestDigest"> {
  return { artifactDigest: tags[tagNames.artifact], requestDigest: tags[tagNames.request] };
}

function describeTarget(target: PlannedTarget): TemplateTarget {
  const { runOutputName } = target;
  switch (target.kind) {
    case "gallery": {
      const regions = target.targetRegions.map(({ name }) => name);
      return { runOutputName, ...(regions.length === 0 ? {} : { regions }) };
    }
    case "managedImage":
      return { runOutputName, regions: [target.location] };
    case "vhd":
      return { runOutputName };
  }
}
