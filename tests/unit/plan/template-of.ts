/** The template as the task sends it, with the digest of its request. */
import type { ImageTemplate } from "../../../tasks/AzureImageBuilderV1/src/image-template.ts";
import type { ArtifactRef, BuildPlan } from "../../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import { describeRequest, requestDigest } from "../../../tasks/AzureImageBuilderV1/src/request/index.ts";
import { buildTemplate } from "../../../tasks/AzureImageBuilderV1/src/template/index.ts";

/** The template of a plan; `artifact` as it was uploaded. */
export function templateOf(plan: BuildPlan, artifact: ArtifactRef | undefined): ImageTemplate {
  return buildTemplate(plan, artifact, requestDigest(describeRequest(plan, artifact?.content)));
}
