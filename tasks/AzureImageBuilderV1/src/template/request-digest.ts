/** One digest over all that determines the image, so that equal requests can be told from different ones. */
import { createHash } from "node:crypto";
import { toJson } from "../template-file/nodes.ts";
import type { ArtifactRef, BuildPlan, PlannedTarget } from "../plan/types.ts";

/**
 * `v1:` and the SHA-256 over source, steps, validation, disk, VM identities and target definition. The artifact counts
 * with its content digest and its folder, not with its address; names, tags, regions and sizes do not count.
 */
export function requestDigest(plan: BuildPlan, artifact: ArtifactRef | undefined): string {
  const steps = plan.customize.map((step) =>
    step.kind === "fetchArtifact" ? { fetch: artifact?.content, folder: plan.artifact?.folder } : step.customizer,
  );
  const determining = {
    source: plan.source,
    steps,
    validate: plan.validate,
    optimizeVmBoot: plan.optimizeVmBoot,
    osDiskSizeGB: plan.vmProfile?.osDiskSizeGB,
    identities: plan.vmProfile?.userAssignedIdentities,
    more: plan.more,
    overrides: plan.overrides && toJson(plan.overrides),
    definition: definitionOf(plan.target),
    otherDefinitions: plan.otherTargets.length === 0 ? undefined : plan.otherTargets.map(definitionOf),
  };
  return `v1:${createHash("sha256").update(canonicalJson(determining)).digest("hex")}`;
}

function definitionOf(target: PlannedTarget): string {
  return target.kind === "gallery" ? target.galleryImageId.toLowerCase() : target.kind;
}

/** JSON with sorted keys and without undefined values. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
