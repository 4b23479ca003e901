/** The source's purchase plan: named rightly, and its terms accepted (facts, section 8). Pure. */
import type { PurchasePlan } from "../../ports.ts";
import { describePlan } from "../definition-fit.ts";
import type { ImageTraits } from "../image-traits.ts";
import { booleanAt } from "../json.ts";
import type { Json, Read } from "../reads.ts";
import { nameSource } from "../source-image.ts";
import type { Problem, Subject } from "../types.ts";

/** Whether there is a plan. */
export function isOwnPlan(plan: NonNullable<ImageTraits["plan"]>): plan is PurchasePlan {
  return plan !== "none";
}

/** The template's planInfo against the source's plan, and the terms of that plan. */
export function judgePlanInfo(
  traits: ImageTraits | undefined,
  agreement: Read<Json> | undefined,
  subject: Subject,
): readonly Problem[] {
  const plan = traits?.plan;
  if (plan === undefined) return [];
  return [...judgeNamed(plan, subject), ...(isOwnPlan(plan) ? judgeTerms(plan, agreement, subject) : [])];
}

/** Only marketplace sources name a plan (facts, section 1.2). */
function judgeNamed(plan: NonNullable<ImageTraits["plan"]>, { template }: Subject): readonly Problem[] {
  const { source } = template.properties;
  if (source.type !== "PlatformImage") return [];
  const { planInfo } = source;
  const named =
    planInfo === undefined
      ? "none"
      : { name: planInfo.planName, product: planInfo.planProduct, publisher: planInfo.planPublisher };
  const [given, wanted] = [describePlan(named), describePlan(plan)];
  if (given.toLowerCase() === wanted.toLowerCase()) return [];
  return [
    {
      code: "AIB016",
      message:
        `The purchase plan of ${nameSource(source)} is ${wanted}, and the template names ${given} (name:product:publisher). ` +
        "The build VM could not be made.",
      remedy: isOwnPlan(plan)
        ? `Leave purchasePlan out, or set it to ${wanted}; templateOverrides must not change it.`
        : "Leave purchasePlan out: this image is sold under no plan.",
      input: "purchasePlan",
    },
  ];
}

function judgeTerms(
  { name, product, publisher }: PurchasePlan,
  agreement: Read<Json> | undefined,
  { template, plan: { template: place } }: Subject,
): readonly Problem[] {
  if (agreement?.state !== "found" || booleanAt(agreement.value, "properties", "accepted") !== false) return [];
  return [
    {
      code: "AIB017",
      message:
        `The terms of the purchase plan ${describePlan({ name, product, publisher })} of ` +
        `${nameSource(template.properties.source)} are not accepted in the subscription ${place.subscriptionId}. ` +
        "The build VM could not be made.",
      remedy: "Read the terms, and accept them once for the subscription; the task accepts none by itself.",
      commands: ["show", "accept"].map(
        (verb) =>
          `az vm image terms ${verb} --subscription ${place.subscriptionId} --publisher ${publisher} ` +
          `--offer ${product} --plan ${name}`,
      ),
    },
  ];
}
