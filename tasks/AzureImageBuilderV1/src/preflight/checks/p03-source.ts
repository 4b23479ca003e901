/** P3: the source is there, can be built from in the template's region, and may be used (facts, sections 7, 8 and 10). */
import { traitsOfSource } from "../image-traits.ts";
import type { Json, Read } from "../reads.ts";
import { readSource, type SourceReads } from "../source-image.ts";
import type { Check } from "../types.ts";
import { judgePlace } from "./p03-place.ts";
import { isOwnPlan, judgePlanInfo } from "./p03-plan.ts";
import { judgeSize, judgeState, judgeWithdrawal } from "./p03-state.ts";

interface Found {
  readonly source: SourceReads;
  /** Terms of the source's purchase plan; absent without a plan. */
  readonly agreement?: Read<Json>;
}

/** The template's source in the template's region. */
export const sourceUsable: Check<Found> = {
  id: "P3",
  title: "The source can be built from",
  inFast: "whole",
  kinds: {
    AIB013: {
      severity: "error",
      basis: "documented",
      meaning: "The source, or the version of it, does not exist in the template's region.",
    },
    AIB014: { severity: "error", basis: "documented", meaning: "The source has been withdrawn from the Marketplace." },
    AIB015: {
      severity: "warning",
      basis: "documented",
      meaning: "The source will be withdrawn, or is past its end of life.",
    },
    AIB016: {
      severity: "error",
      basis: "documented",
      meaning: "The purchase plan in the template is not the source's.",
    },
    AIB017: {
      severity: "error",
      basis: "documented",
      meaning: "The terms of the source's purchase plan are not accepted in the subscription.",
    },
    AIB018: {
      severity: "error",
      basis: "documented",
      meaning: "The source is not available where the template is: not replicated, not ready, or elsewhere.",
    },
    AIB019: {
      severity: "error",
      basis: "documented",
      meaning: "The source is not generalized, or its SecurityType is none that can be built from.",
    },
    AIB020: {
      severity: "error",
      basis: "documented",
      meaning: "The system disk asked for is smaller than the source's.",
    },
  },
  applies: () => true,
  gather: async (subject, reads) => {
    const source = await readSource(subject, reads);
    const plan = traitsOfSource(subject.template.properties.source, source)?.plan;
    if (plan === undefined || !isOwnPlan(plan)) return { source };
    const path =
      `/subscriptions/${subject.plan.template.subscriptionId}/providers/Microsoft.MarketplaceOrdering/offerTypes/virtualmachine` +
      `/publishers/${plan.publisher}/offers/${plan.product}/plans/${plan.name}/agreements/current`;
    const permission = "Microsoft.MarketplaceOrdering/offertypes/publishers/offers/plans/agreements/read";
    return { source, agreement: await reads.get(path, { apiVersion: "2021-01-01", permission }) };
  },
  judge: ({ source, agreement }, subject) => {
    const traits = traitsOfSource(subject.template.properties.source, source);
    return [
      ...judgePlace(source, subject),
      ...judgeWithdrawal(source, subject),
      ...judgeState(traits, subject),
      ...judgePlanInfo(traits, agreement, subject),
      ...judgeSize(traits, subject),
    ];
  },
};
