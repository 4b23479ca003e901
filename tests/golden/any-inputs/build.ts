/** From a case to the template, as the task goes. */
import type { ImageTemplate } from "../../../tasks/AzureImageBuilderV1/src/image-template.ts";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { planBuild } from "../../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import { Secret } from "../../../tasks/AzureImageBuilderV1/src/secret.ts";
import { checkOverrides } from "../../../tasks/AzureImageBuilderV1/src/template/check-overrides.ts";
import { templateOf } from "../../unit/plan/template-of.ts";
import { agentOf } from "../../unit/inputs/step.ts";
import { factsOf } from "../../unit/plan/facts.ts";
import type { Case } from "./cases.ts";

/** Part of the artifact's address that nobody may see. */
export const signature = "c2VjcmV0%2Bsignature";

/** A template and the api-version it is sent with. */
export interface Built {
  readonly template: ImageTemplate;
  readonly apiVersion: string;
}

/** The template of a case. Throws InputError where the case is wrong. */
export function build({ inputs, facts }: Case): Built {
  const plan = checkOverrides(planBuild(parseInputs(agentOf(inputs)), factsOf(facts)));
  const url = new Secret(`https://stimages.blob.core.windows.net/c/v1/${"c".repeat(64)}?sig=${signature}`);
  const digests = { sha256: "b".repeat(64), content: "c".repeat(64) };
  return {
    template: templateOf(plan, plan.artifact && { access: { kind: "delegationSas" }, url, ...digests, size: 1 }),
    apiVersion: plan.apiVersion,
  };
}
