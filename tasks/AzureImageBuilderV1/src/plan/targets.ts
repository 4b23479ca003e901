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
  { place, findings }: { readonly place: Omit<TargetPlace, "facts">; readonly findings: Findings },
): Pick<BuildPlan, "target" | "otherTargets"> {
  const known = [facts.target, ...facts.otherTargets];
  const listed = inputs.listedTargets.map((one, index): PlannedTarget => {
    const planned = planTarget(one.choice, { ...place, facts: known[index] ?? {} }, atPlace(findings, one));
    return { ...planned, runOutputName: one.name };
  });
  const [first, ...otherTargets] = listed;
  if (first !== undefined) return { target: first, otherTargets };
  return { target: planTarget(inputs.target, { ...place, facts: facts.target }, findings), otherTargets: [] };
}
