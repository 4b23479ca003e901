/** Where the image goes: one target, or those of a list. */
import type { Facts } from "../facts/types.ts";
import type { Findings } from "../findings.ts";
import { atPlace } from "../inputs/at-place.ts";
import type { Inputs } from "../inputs/types.ts";
import { planTarget } from "../kinds/target/index.ts";
import type { TargetPlace } from "../kinds/target/types.ts";
import type { BuildPlan, PlannedTarget } from "./types.ts";

/** Plans every target; those of a list have the names that the list gives them. */
export function planTargets(
  inputs: Inputs,
  facts: Facts,
  { place, findings }: { readonly place: Omit<TargetPlace, "facts" | "planned">; readonly findings: Findings },
): Pick<BuildPlan, "target" | "otherTargets"> {
  const known = [facts.target, ...facts.otherTargets];
  const listed: PlannedTarget[] = [];
  for (const [index, one] of inputs.listedTargets.entries()) {
    const planned = listed.flatMap((before) => (before.kind === "gallery" ? [before.galleryImageId] : []));
    const target = planTarget(one.choice, { ...place, facts: known[index] ?? {}, planned }, atPlace(findings, one));
    listed.push({ ...target, runOutputName: one.name });
  }
  const [first, ...otherTargets] = listed;
  if (first !== undefined) return { target: first, otherTargets };
  return {
    target: planTarget(inputs.target, { ...place, facts: facts.target, planned: [] }, findings),
    otherTargets: [],
  };
}
