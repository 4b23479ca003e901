/** The template before the artifact is uploaded. */
import type { ImageTemplate } from "../image-template.ts";
import type { ArtifactRef, BuildPlan } from "../plan/types.ts";
import { Secret } from "../secret.ts";
import { buildTemplate } from "./index.ts";

/** Stands for the artifact, which is not uploaded yet. */
const standIn: ArtifactRef = {
  access: { kind: "delegationSas" },
  url: new Secret("https://artifact/"),
  sha256: "0".repeat(64),
  content: "0".repeat(64),
  size: 0,
};

/** The template of `plan` as it will be sent, but for the artifact's address and digests. */
export function draftTemplate(plan: BuildPlan): ImageTemplate {
  return buildTemplate(plan, plan.artifact && standIn, `v1:${"0".repeat(64)}`);
}
