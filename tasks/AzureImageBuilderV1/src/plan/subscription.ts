/** What the service takes of the template's own subscription only (facts, sections 1.2 and 1.4). */
import { problemCodes } from "../codes.ts";
import type { Facts } from "../facts/types.ts";
import type { Findings } from "../findings.ts";
import type { Inputs } from "../inputs/types.ts";

/** Notes a source or staging group of another subscription as a problem. */
export function checkSubscription(inputs: Inputs, { subscriptionId }: Facts, findings: Findings): void {
  const { source, stagingResourceGroup } = inputs;
  const check = (input: string, id: string, what: string): void => {
    const own = /^\/subscriptions\/([^/]+)/i.exec(id)?.[1];
    if (own === undefined || own.toLowerCase() === subscriptionId.toLowerCase()) return;
    findings.problem(input, {
      code: problemCodes.conflict,
      given: id,
      why: `it is in another subscription than the template (${subscriptionId}), where the service takes no ${what} from`,
      legal: `a ${what} of the template's subscription`,
    });
  };
  if (source.kind === "managedImage") check(source.input, source.imageId, "managed image");
  if (stagingResourceGroup !== undefined) check("stagingResourceGroup", stagingResourceGroup, "staging group");
}
