/** POST run and POST cancel, and what the template shows meanwhile (wire notes, section 4). */
import type { Reply, RouteContext, World } from "../../core/types.ts";
import { normaliseRegion } from "../compute/common.ts";
import { notAllowed } from "./errors.ts";
import { endOperation, operationHeaders, startOperation } from "./operations.ts";
import { conductRun, type RunOutcome } from "./run.ts";
import { createRunControl } from "./run-control.ts";
import { stateOf, type LastRunStatus, type Operation, type RunSubState, type Template } from "./state.ts";
import { requestedTemplate, saveTemplate } from "./store.ts";
import { NEVER, patientClock, RUN_DIGITS, serviceTime } from "./times.ts";

/** 0 means 240 minutes (wire notes, section 4). */
const DEFAULT_TIMEOUT_MINUTES = 240;

/** The service's internal words for the states in its refusals (wire notes, section 6). */
export function internalStates(template: Template): { readonly provisioning: string; readonly run: string } {
  const provisioning =
    template.provisioningState === "Succeeded" ? "provisioned" : template.provisioningState.toLowerCase();
  return { provisioning, run: template.lastRunStatus?.runState.toLowerCase() ?? "none" };
}

export function isRunActive(template: Template): boolean {
  const state = template.lastRunStatus?.runState;
  return state === "Running" || state === "Canceling";
}

/** POST run: 202, the work goes on. */
export function postRun(context: RouteContext): Reply {
  const template = requestedTemplate(context);
  if (template.provisioningState !== "Succeeded" || isRunActive(template)) {
    const { provisioning, run } = internalStates(template);
    throw notAllowed("Microsoft.VirtualMachineImages/imageTemplates/run/action", provisioning, run);
  }
  const operation = startRun(context, template);
  return {
    status: 202,
    mark: "recorded",
    fact: "wire 2 POST run",
    headers: operationHeaders(context, operation, true),
  };
}

/** Starts a run of the template. */
export function startRun(context: RouteContext, template: Template): Operation {
  const { world, apiVersion } = context;
  const { chance } = stateOf(world);
  // The template's own time lies a little before the operation's.
  const startTime = serviceTime(new Date(world.clock.now().getTime() - chance.between(60, 600)), RUN_DIGITS, chance);
  const show = (status: Partial<LastRunStatus>): void => {
    const { runSubState, ...rest } = {
      startTime,
      endTime: NEVER,
      runState: "Running" as const,
      message: "",
      ...status,
    };
    template.lastRunStatus = runSubState === undefined ? rest : orderedStatus({ ...rest, runSubState });
    saveTemplate(world, template);
  };
  show({ runSubState: "Queued" });
  const minutes = Number(template.properties["buildTimeoutInMinutes"] ?? 0) || DEFAULT_TIMEOUT_MINUTES;
  const control = createRunControl(world, minutes * 60_000);
  template.cancelRun = () => {
    show({ runState: "Canceling", message: "Canceling image build" });
    control.end("canceled");
  };
  const enter = (runSubState: RunSubState): void => {
    if (control.reason() === undefined) show({ runSubState });
  };
  const operation = startOperation(world, normaliseRegion(template.location));
  const closing = world.closing;
  const sleep = patientClock(world);
  const work = conductRun({ world, template, control, apiVersion, enter }).then((outcome) =>
    finishRun({ world, template, operation, show, sleep }, outcome),
  );
  world.background(
    work.catch((error: unknown) => {
      if (!closing.aborted) throw error;
    }),
  );
  return operation;
}

/** Key order of the recordings. */
function orderedStatus(status: LastRunStatus): LastRunStatus {
  const { startTime, endTime, runState, runSubState, message } = status;
  return { startTime, endTime, runState, runSubState, message };
}

interface FinishedRun {
  readonly world: World;
  readonly template: Template;
  readonly operation: Operation;
  readonly show: (status: Partial<LastRunStatus>) => void;
  readonly sleep: (ms: number) => Promise<void>;
}

/** The template ends first, the operation up to 65 s later (recorded 2022 and 2025). */
async function finishRun(run: FinishedRun, outcome: RunOutcome): Promise<void> {
  const { world, template, operation, show, sleep } = run;
  if (outcome.kind === "closed") return;
  const { settings, chance } = stateOf(world);
  if (outcome.kind === "canceled") await sleep(settings.durations.cancel);
  template.cancelRun = undefined;
  show({ ...finalStatus(outcome), endTime: serviceTime(world.clock.now(), RUN_DIGITS, chance) });
  await sleep(chance.between(settings.lag.min, settings.lag.max));
  endOperation(world, operation, operationEnd(outcome));
}

function finalStatus(outcome: Exclude<RunOutcome, { kind: "closed" }>): Pick<LastRunStatus, "runState" | "message"> {
  switch (outcome.kind) {
    case "succeeded":
      return { runState: "Succeeded", message: "" };
    case "partial":
      return { runState: "PartiallySucceeded", message: outcome.message };
    case "failed":
      return { runState: "Failed", message: outcome.message };
    case "canceled":
      return { runState: "Canceled", message: "The build was canceled" };
  }
}

/** The operation's end; those of a cancelled and of a partly served run are inferred. */
function operationEnd(outcome: Exclude<RunOutcome, { kind: "closed" }>): Parameters<typeof endOperation>[2] {
  switch (outcome.kind) {
    case "succeeded":
      return {};
    case "partial":
      return { error: { code: "InternalOperationError", message: outcome.message } };
    case "failed":
      return { error: { code: outcome.code, message: outcome.message } };
    case "canceled":
      return { status: "Canceled" };
  }
}

/** POST cancel: 204 with no header of an operation; it means "asked". */
export function postCancel(context: RouteContext): Reply {
  const template = requestedTemplate(context);
  if (template.lastRunStatus?.runState !== "Running" || template.cancelRun === undefined) {
    const { provisioning, run } = internalStates(template);
    throw notAllowed("Microsoft.VirtualMachineImages/imageTemplates/cancel/action", provisioning, run);
  }
  template.cancelRun("canceled");
  return { status: 204, mark: "recorded", fact: "wire 2 POST cancel" };
}
