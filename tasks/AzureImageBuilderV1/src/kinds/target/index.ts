/** The kinds of target. A new kind is one file and one line here (and its types in `TargetChoices`, `PlannedTargets`). */
import type { Findings } from "../../findings.ts";
import type { TemplateDistributor } from "../../image-template.ts";
import type { KindReads } from "../reads.ts";
import { gallery } from "./gallery.ts";
import { managedImage } from "./managed-image.ts";
import type { PlannedTargets, TargetChoices, TargetFacts, TargetKind, TargetKindName, TargetPlace } from "./types.ts";
import { vhd } from "./vhd.ts";

/** Every kind, by its option of `targetType`. */
export const targetKinds: { readonly [K in TargetKindName]: TargetKind<K> } = { gallery, managedImage, vhd };

/** The options of `targetType`. */
export const targetKindNames = Object.keys(targetKinds) as readonly TargetKindName[];

/** Reads what planning needs to know about the target; see `TargetKind.gather`. */
export function gatherTarget<K extends TargetKindName>(
  choice: TargetChoices[K] & { readonly kind: K },
  reads: KindReads,
): Promise<TargetFacts> {
  return targetKinds[choice.kind].gather(choice, reads);
}

/** Decides about the target; see `TargetKind.plan`. */
export function planTarget<K extends TargetKindName>(
  choice: TargetChoices[K] & { readonly kind: K },
  place: TargetPlace,
  findings: Findings,
): PlannedTargets[K] {
  return targetKinds[choice.kind].plan(choice, place, findings);
}

/** The entry of the template's `distribute`; see `TargetKind.build`. */
export function buildDistributor<K extends TargetKindName>(
  planned: PlannedTargets[K] & { readonly kind: K },
  artifactTags: Readonly<Record<string, string>>,
): TemplateDistributor {
  return targetKinds[planned.kind].build(planned, artifactTags);
}

/** Whether the image would be deleted with the template. */
export function diesWithTemplate<K extends TargetKindName>(planned: PlannedTargets[K] & { readonly kind: K }): boolean {
  return targetKinds[planned.kind].diesWithTemplate(planned);
}
