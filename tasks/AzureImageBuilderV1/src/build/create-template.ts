/** Creates the image template and sees that it is ready to run (wire notes, section 3). */
import { CanceledError, ServiceError } from "../errors.ts";
import { failureCodes } from "../failure-codes.ts";
import type { BuildPlan } from "../plan/types.ts";
import type { TemplateStatus } from "../ports.ts";
import type { ImageTemplate } from "../image-template.ts";
import { cleanupOf } from "./clean-up.ts";
import { deleteTemplate, reportTemplate } from "./delete-template.ts";
import { isOwn, readMark } from "./ownership.ts";
import { type BuildPorts, isUncertain, mayPass, messageOf, readPatiently, within } from "./ports.ts";
import { noteState } from "./record.ts";

const attempts = 3;
/** Milliseconds between reads of a template that is being created by someone who lost the operation. */
const pause = 6_000;
/** How often an absent template is read before it counts as not created: a create may show late. */
const absentReads = 4;
/** How long a template may stay in Creating, in milliseconds. */
const creatingLimit = 60 * 60_000;
/** On cancel the agent leaves the task some seconds. */
const cancelLimit = 3_000;

/**
 * Creates `template` under the plan's name, which was seen to be free; gives what the service made of it. Throws a
 * ServiceError where the service refuses or fails, with its error tree and the template's own error; a template that
 * failed is deleted, or named where that is not possible.
 */
export async function createTemplate(
  plan: BuildPlan,
  template: ImageTemplate,
  ports: BuildPorts,
): Promise<TemplateStatus> {
  const ref = plan.template;
  ports.agent.info(`Creating image template ${ref.name} in resource group ${ref.resourceGroup}.`);
  const options = { apiVersion: plan.apiVersion, signal: ports.cancelled };
  for (let attempt = 1; ; attempt += 1) {
    ports.cancelled.throwIfAborted();
    noteState(cleanupOf(plan, template), "creating", ports);
    try {
      await ports.templates.create(ref, template, options);
      // It may show late, as after a create whose answer got lost.
      const made = await settle({ plan, template, ports }, { mayShowLate: true });
      if (made !== undefined) return made;
      throw new ServiceError(failureCodes.templateFailed, `Image template ${ref.name} was created and is not there.`);
    } catch (error) {
      const made = await afterFailure(error, { plan, template, ports });
      if (made !== undefined) return made;
      // What may have been created all the same is left to the post-job part to look for.
      if (!isUncertain(error)) noteState(cleanupOf(plan, template), "done", ports);
      if (!mayPass(error) || attempt === attempts) throw error;
      ports.agent.info(`${error.message} Nothing was created; trying again (${attempt + 1} of ${attempts}).`);
      await ports.clock.sleep(Math.max(pause, error.retryAfterMs ?? 0), ports.cancelled);
    }
  }
}

interface Attempt {
  readonly plan: BuildPlan;
  readonly template: ImageTemplate;
  readonly ports: BuildPorts;
}

/** Finds out what a failed create left: the template after all, nothing (undefined), or a failed one (throws). */
async function afterFailure(error: unknown, attempt: Attempt): Promise<TemplateStatus | undefined> {
  const { plan, ports } = attempt;
  if (ports.cancelled.aborted) throw await abandoned(attempt);
  if (!(error instanceof ServiceError)) return undefined;
  // Whatever was refused: the request itself, or a look at how far it is. Nothing is created twice without this read.
  const mayShowLate = error.code !== failureCodes.templateFailed && isUncertain(error);
  const found = await settle(attempt, { mayShowLate }).catch((late: unknown) => {
    ports.cancelled.throwIfAborted();
    reportTemplate(plan.template, ports, `may have been created and cannot be read: ${messageOf(late)}`);
    throw error;
  });
  if (found === undefined) return undefined;
  if (found.provisioningState === "Succeeded") return found;
  ports.agent.info(`Image template ${plan.template.name} is in state ${found.provisioningState ?? "unknown"}.`);
  const about = cleanupOf(plan, attempt.template);
  if (await deleteTemplate(about, ports)) noteState(about, "done", ports);
  throw describeFailed(error, found, plan);
}

/** Waits until the template is no longer being created. Undefined where there is none, or it is someone else's. */
async function settle(
  { plan, template, ports }: Attempt,
  { mayShowLate }: { readonly mayShowLate: boolean },
): Promise<TemplateStatus | undefined> {
  const end = ports.clock.now().getTime() + creatingLimit;
  let absent = 0;
  for (;;) {
    const found = await readPatiently(() => ports.templates.get(plan.template), ports);
    if (found === undefined) absent += 1;
    else if (found.provisioningState !== "Creating" || ports.clock.now().getTime() > end) {
      return isOurs(found, template) ? found : undefined;
    }
    if (absent === absentReads || (absent > 0 && !mayShowLate)) return undefined;
    await ports.clock.sleep(pause, ports.cancelled);
  }
}

function isOurs(found: TemplateStatus, { tags = {} }: ImageTemplate): boolean {
  const mark = readMark(tags);
  return mark !== undefined && isOwn(found, mark);
}

/** One try: the service deletes nothing that it still creates. The record lets the post-job part see to the rest. */
async function abandoned({ plan, template, ports }: Attempt): Promise<CanceledError> {
  ports.agent.info(
    `Cancelled while image template ${plan.template.name} was being created; asking for its deletion. ` +
      "The post-job part of this step sees that it is deleted.",
  );
  await within(cancelLimit, ports.clock, deleteTemplate(cleanupOf(plan, template), ports, 0)).catch((late: unknown) =>
    reportTemplate(plan.template, ports, `may stay: ${messageOf(late)}`),
  );
  return new CanceledError(
    failureCodes.canceled,
    "The pipeline run was cancelled while the image template was created.",
  );
}

function describeFailed(error: unknown, found: TemplateStatus, plan: BuildPlan): ServiceError {
  const { code, message } = found.provisioningError ?? {};
  const own = [code, message].filter((part) => part !== undefined && part !== "").join(": ");
  const first = error instanceof Error ? error.message : String(error);
  const text = own === "" || first.includes(message ?? own) ? first : `${first}\n  -> template: ${own}`;
  const known = error instanceof ServiceError ? error : undefined;
  return new ServiceError(failureCodes.templateFailed, text, {
    serviceCode: known?.serviceCode,
    requestId: known?.requestId,
    next: `See that the managed identity ${plan.identityId} may read the source and write the targets.`,
    cause: error,
  });
}
