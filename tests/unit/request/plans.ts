/** Plans of steps, for tests of what a request is. */
import type { Facts } from "../../../tasks/AzureImageBuilderV1/src/facts/types.ts";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { planBuild } from "../../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import type { BuildPlan } from "../../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import { describeRequest, type RequestForm } from "../../../tasks/AzureImageBuilderV1/src/request/index.ts";
import { checkOverrides } from "../../../tasks/AzureImageBuilderV1/src/template/check-overrides.ts";
import { agentOf, step, type StepInputs } from "../inputs/step.ts";
import { factsOf } from "../plan/facts.ts";

/** The artifact's content digest where a test does not say another. */
export const content = "c".repeat(64);

/** The plan of a step of which `inputs` say what is not usual. */
export function planOf(inputs: StepInputs = {}, facts: Partial<Facts> = {}): BuildPlan {
  return checkOverrides(planBuild(parseInputs(agentOf(step(inputs))), factsOf(facts)));
}

/** The form of that plan. */
export function formOf(inputs: StepInputs = {}, facts: Partial<Facts> = {}): RequestForm {
  return describeRequest(planOf(inputs, facts), content);
}
