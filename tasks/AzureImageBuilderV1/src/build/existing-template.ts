/** The template that the step names: read before its run is asked for. */
import { problemCodes } from "../codes.ts";
import { readPatiently } from "./ports.ts";
import { azCommand, templateIdOf } from "../values/template-ref.ts";
import type { RunRequest } from "./run-request.ts";
import { TaskError } from "../errors.ts";
import { failureCodes } from "../failure-codes.ts";
import { collectFindings } from "../findings.ts";
import { endOf } from "../facts/end-of.ts";
import type { ExistingTemplateInputs } from "../inputs/existing-template.ts";
import { outcomeOf } from "./meaning.ts";
import type { Ports, TemplateRef, TemplateStatus } from "../ports.ts";
import { requireSubscription } from "../facts/subscription.ts";

/**
 * The run to ask for. Throws InputError where there is no such template, a TaskError where it cannot be run now, and
 * ServiceError where it cannot be read.
 */
export async function findExistingTemplate(
  inputs: ExistingTemplateInputs,
  ports: Pick<Ports, "agent" | "templates" | "clock" | "cancelled">,
): Promise<RunRequest> {
  const findings = collectFindings();
  const subscriptionId = requireSubscription(inputs, ports);
  const ref = { subscriptionId, resourceGroup: inputs.resourceGroup, name: inputs.templateName };
  const found = await readPatiently(() => ports.templates.get(ref), ports);
  if (found !== undefined)
    return { ...toRequest(ref, found), log: { verbosity: inputs.verbosity, attach: inputs.attachLog } };
  findings.problem("templateName", {
    code: problemCodes.notFound,
    given: ref.name,
    why: `there is no image template ${templateIdOf(ref)}, and the step describes none to make`,
    legal: "the name of a template in the resource group, or a source image and a target for a new one",
  });
  throw endOf(findings);
}

/** A template that is being made, has failed or runs already is refused here: the service would say only that it may not. */
function toRequest(ref: TemplateRef, found: TemplateStatus): Omit<RunRequest, "log"> {
  const { provisioningState, provisioningError, lastRun, targets } = found;
  const refuse = (why: string, next: string): never => {
    throw new TaskError(failureCodes.templateNotReady, `Image template ${ref.name} cannot be run: ${why}.`, { next });
  };
  if (provisioningState !== "Succeeded") {
    const reason = [provisioningError?.code, provisioningError?.message]
      .filter((part) => part !== undefined)
      .join(": ");
    refuse(
      `its state is ${provisioningState ?? "unknown"}${reason === "" ? "" : ` (${reason})`}`,
      `See what is wrong with it: ${azCommand("show", ref)}`,
    );
  }
  if (lastRun !== undefined && outcomeOf(lastRun) === undefined) {
    refuse(
      `a run of it goes on (${lastRun.runSubState ?? lastRun.runState}, since ${lastRun.startTime ?? "just now"})`,
      `Wait for that run's end, or cancel it: ${azCommand("cancel", ref)}`,
    );
  }
  return {
    ref,
    found,
    minutes: found.buildTimeoutInMinutes ?? 0,
    outputNames: targets.map(({ runOutputName }) => runOutputName),
    afterwards: "notOurs",
    cleanup: "never",
    onCancel: "leave",
    keepsVm: false,
  };
}
