/** `buildTemplate`: the body of the PUT, from the plan and the uploaded artifact. Pure. */
import type { ImageTemplate, ImageTemplateProperties, TemplateCustomizer } from "../image-template.ts";
import { buildDistributor } from "../kinds/target/index.ts";
import { tagNames } from "../values/tag-names.ts";
import type { ArtifactRef, BuildPlan } from "../plan/types.ts";
import { buildFetch } from "./fetch.ts";
import { mergeOverrides } from "./merge.ts";

/** Stands where the artifact is fetched, in a template that is only looked at: no address that a service takes. */
export const artifactStandIn = "artifact:";

/**
 * The template of `plan`. `artifact` is what was uploaded for it; a plan with an artifact and none uploaded is a
 * programming error and throws TypeError. `request` is the digest of the request, with its version.
 */
export function buildTemplate(plan: BuildPlan, artifact: ArtifactRef | undefined, request: string): ImageTemplate {
  const digests = {
    ...(artifact === undefined ? {} : { [tagNames.artifact]: `v1:${artifact.content}` }),
    [tagNames.request]: request,
  };
  const fetch = plan.customize.some(({ kind }) => kind === "fetchArtifact") ? buildFetchOf(plan, artifact) : [];
  return assemble(plan, fetch, digests);
}

/** The template of `plan`, overrides included, with one File customizer from `artifactStandIn` for what fetches the artifact. */
export function outlineTemplate(plan: BuildPlan): ImageTemplate {
  const { archiveInImage: destination } = plan.artifact ?? { archiveInImage: "" };
  return assemble(plan, [{ type: "File", sourceUri: artifactStandIn, destination }], {});
}

function assemble(
  plan: BuildPlan,
  fetch: readonly TemplateCustomizer[],
  digests: Readonly<Record<string, string>>,
): ImageTemplate {
  const template: ImageTemplate = {
    location: plan.location,
    tags: { ...plan.templateTags, ...digests },
    identity: { type: "UserAssigned", userAssignedIdentities: { [plan.identityId]: {} } },
    properties: buildProperties(plan, fetch, { ...plan.imageTags, ...(plan.tagDigests ? digests : {}) }),
  };
  return plan.overrides === undefined ? template : mergeOverrides(template, plan.overrides);
}

function buildProperties(
  plan: BuildPlan,
  fetch: readonly TemplateCustomizer[],
  artifactTags: Readonly<Record<string, string>>,
): ImageTemplateProperties {
  const customize = plan.customize.flatMap((step) => (step.kind === "fetchArtifact" ? fetch : [step.customizer]));
  return {
    source: plan.source,
    ...(customize.length === 0 ? {} : { customize }),
    ...(plan.validate === undefined
      ? {}
      : {
          validate: {
            continueDistributeOnFailure: plan.validate.continueDistributeOnFailure,
            sourceValidationOnly: plan.validate.sourceValidationOnly,
            inVMValidations: plan.validate.validators,
          },
        }),
    ...buildOptimize(plan),
    distribute: plan.distribute?.map((one) => ({ ...one, artifactTags: { ...one.artifactTags, ...artifactTags } })) ?? [
      ...[plan.target, ...plan.otherTargets].map((target) => buildDistributor(target, artifactTags)),
    ],
    ...(plan.errorHandling === undefined ? {} : { errorHandling: plan.errorHandling }),
    ...(plan.vmProfile === undefined ? {} : { vmProfile: plan.vmProfile }),
    ...(plan.buildTimeoutInMinutes === 0 ? {} : { buildTimeoutInMinutes: plan.buildTimeoutInMinutes }),
    ...(plan.stagingResourceGroup === undefined ? {} : { stagingResourceGroup: plan.stagingResourceGroup }),
    ...(plan.managedResourceTags === undefined ? {} : { managedResourceTags: plan.managedResourceTags }),
    ...(plan.more?.additionalDataDisks === undefined ? {} : { additionalDataDisks: plan.more.additionalDataDisks }),
  };
}

function buildOptimize({ optimizeVmBoot, more }: BuildPlan): Pick<ImageTemplateProperties, "optimize"> {
  const optimize = {
    ...(optimizeVmBoot ? { vmBoot: { state: "Enabled" } as const } : {}),
    ...(more?.workload === undefined ? {} : { workload: more.workload }),
  };
  return Object.keys(optimize).length === 0 ? {} : { optimize };
}

function buildFetchOf(plan: BuildPlan, artifact: ArtifactRef | undefined): readonly TemplateCustomizer[] {
  if (plan.artifact === undefined || artifact === undefined) {
    throw new TypeError("The plan fetches an artifact, and none was uploaded.");
  }
  return buildFetch(plan.artifact, artifact, plan.osType);
}
