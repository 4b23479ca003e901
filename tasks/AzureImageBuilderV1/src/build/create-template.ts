/** Creates the image template and sees that it is ready to run (wire notes, section 3). */
import { CanceledError, ServiceError, TaskError } from "../errors.ts";
import { failureCodes } from "../failure-codes.ts";
import type { BuildPlan } from "../plan/types.ts";
import type { TemplateStatus } from "../ports.ts";
import type { ImageTemplate } from "../image-template.ts";
import { deleteTemplate, reportTemplate } from "./delete-template.ts";
import {
  azCommand,
  type BuildPorts,
  isUncertain,
  mayPass,
  messageOf,
  readPatiently,
  templateIdOf,
  within,
} from "./ports.ts";

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
 * Creates `template` under the plan's name; gives what the service made of it. Throws a TaskError where the name is
 * taken, a ServiceError where the service refuses or fails, with its error tree and the template's own error; a
 * template that failed is deleted, or named where that is not possible.
 */
export async function createTemplate(
  plan: BuildPlan,
  template: ImageTemplate,
  ports: BuildPorts,
): Promise<TemplateStatus> {
  const ref = plan.template;
  const read = (): Promise<TemplateStatus | undefined> => readPatiently(() => ports.templates.get(ref), ports);
  if ((await read()) !== undefined) throw nameTaken(plan);
  ports.agent.info(`Creating image template ${ref.name} in resource group ${ref.resourceGroup}.`);
  const options = { apiVersion: plan.apiVersion, signal: ports.cancelled };
  for (let attempt = 1; ; attempt += 1) {
    try {
      await ports.templates.create(ref, template, options);
      const made = await read();
      if (made !== undefined) return made;
      throw new ServiceError(failureCodes.templateFailed, `Image template ${ref.name} was created and is not there.`);
    } catch (error) {
      const made = await afterFailure(error, { plan, template, ports });
      if (made !== undefined) return made;
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
  if (ports.cancelled.aborted) throw await abandoned(plan, ports);
  const operationFailed = error instanceof ServiceError && error.code === failureCodes.templateFailed;
  if (!operationFailed && !isUncertain(error)) return undefined;
  const found = await settle(attempt, { mayShowLate: !operationFailed });
  if (found === undefined) return undefined;
  if (found.provisioningState === "Succeeded") return found;
  ports.agent.info(`Image template ${plan.template.name} is in state ${found.provisioningState ?? "unknown"}.`);
  await deleteTemplate(plan.template, ports);
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

function isOurs(found: TemplateStatus, template: ImageTemplate): boolean {
  return Object.entries(template.tags ?? {}).every(([name, value]) => found.tags[name] === value);
}

async function abandoned(plan: BuildPlan, ports: BuildPorts): Promise<CanceledError> {
  ports.agent.info(`Cancelled while image template ${plan.template.name} was being created; asking for its deletion.`);
  await within(cancelLimit, ports.clock, deleteTemplate(plan.template, ports, 0)).catch((late: unknown) =>
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

function nameTaken(plan: BuildPlan): TaskError {
  const { template } = plan;
  return new TaskError(
    failureCodes.templateExists,
    `There is already an image template ${templateIdOf(template)}; the service does not replace templates.`,
    { next: `Choose another templateName, or delete that template: ${azCommand("delete", template)}` },
  );
}
