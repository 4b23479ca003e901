/** The build: create the template, run it, watch it, collect what it made, clean up. */
import { CanceledError, TaskError } from "../errors.ts";
import { failureCodes } from "../failure-codes.ts";
import type { BuildPlan } from "../plan/types.ts";
import type { RunOutput, TemplateStatus } from "../ports.ts";
import type { ImageTemplate } from "../image-template.ts";
import { collectOutputs } from "./collect-outputs.ts";
import { createTemplate } from "./create-template.ts";
import { deleteTemplate, reportTemplate } from "./delete-template.ts";
import { describeEnd } from "./failures.ts";
import { azCommand, type BuildPorts, messageOf, templateIdOf, within } from "./ports.ts";
import { startRun } from "./start-run.ts";
import type { BuildResult } from "./types.ts";
import { watchRun, type Watched } from "./watch-run.ts";

/** Minutes the service takes when none are given. */
const defaultTimeout = 240;
/** What queueing and cleaning up may take besides the build, in milliseconds. */
const margin = 30 * 60_000;
/** On cancel the agent leaves the task some seconds. */
const cancelLimit = 4_000;

/**
 * Builds the image. Throws where the run was never started: then the template is deleted or named. Once it was
 * started, the result says how it ended and why.
 */
export async function runBuild(plan: BuildPlan, template: ImageTemplate, ports: BuildPorts): Promise<BuildResult> {
  const created = await createTemplate(plan, template, ports);
  const before = created.lastRun?.startTime;
  ports.agent.info(`Starting the run of ${plan.template.name}.`);
  const handle = await startRun(plan.template, before, ports).catch((error: unknown) => notStarted(error, plan, ports));
  const minutes = plan.buildTimeoutInMinutes || defaultTimeout;
  const watch = { ref: plan.template, before, handle, limitMs: minutes * 60_000 + margin };
  try {
    return await finish(await watchRun(watch, ports), { plan, created, ports });
  } catch (error) {
    if (!ports.cancelled.aborted) throw error;
    return cancel(plan, created, ports);
  }
}

async function notStarted(error: unknown, plan: BuildPlan, ports: BuildPorts): Promise<never> {
  if (ports.cancelled.aborted) {
    // The request may have been carried out: cancelling does no harm where there is no run.
    await askToCancel(plan, ports);
    reportTemplate(plan.template, ports, "stays");
  } else await deleteTemplate(plan.template, ports);
  throw error;
}

interface Build {
  readonly plan: BuildPlan;
  readonly created: TemplateStatus;
  readonly ports: BuildPorts;
}

async function finish(watched: Watched, build: Build): Promise<BuildResult> {
  const { end } = watched;
  if (end.kind === "ended" && (end.outcome === "Succeeded" || end.outcome === "PartiallySucceeded")) {
    return succeed(end.outcome, watched, build);
  }
  const { plan, ports } = build;
  const error = describeEnd(watched, plan);
  const outcome = error instanceof CanceledError ? "Canceled" : "Failed";
  const mayStillRun = end.kind === "unreadable" || end.kind === "canceling" || end.kind === "deadline";
  if (end.kind === "deadline") await askToCancel(plan, ports);
  if (outcome === "Canceled") await deleteTemplate(plan.template, ports);
  else if (end.kind !== "gone") reportTemplate(plan.template, ports, "stays");
  return { ...partial(watched.template, build), outcome, runOutputs: [], error, mayStillRun };
}

async function succeed(
  outcome: "Succeeded" | "PartiallySucceeded",
  watched: Watched,
  build: Build,
): Promise<BuildResult> {
  const { plan, ports } = build;
  const result = partial(watched.template, build);
  const found = await readResults(plan, ports);
  if (found instanceof TaskError) {
    reportTemplate(plan.template, ports, "stays, because its results could not be read");
    return { ...result, outcome: "Failed", runOutputs: [], error: found, mayStillRun: false };
  }
  if (outcome === "PartiallySucceeded") ports.agent.warning("The build succeeded for some of its targets only.");
  if (plan.deleteTemplate) await deleteTemplate(plan.template, ports);
  else ports.agent.info(`Image template ${plan.template.name} stays: the image would go with it.`);
  return { ...result, outcome, runOutputs: found, mayStillRun: false };
}

async function readResults(plan: BuildPlan, ports: BuildPorts): Promise<readonly RunOutput[] | TaskError> {
  const next = `Read them by hand: ${azCommand("show", plan.template).replace(" show ", " show-runs ")}`;
  const missing = (why: string): TaskError =>
    new TaskError(failureCodes.resultsMissing, `The image was built, but its id could not be read: ${why}`, { next });
  try {
    const outputs = await collectOutputs(plan.template, outputNames(plan), ports);
    return outputs.length > 0 ? outputs : missing("the list of run outputs is empty.");
  } catch (error) {
    ports.cancelled.throwIfAborted();
    return missing(messageOf(error));
  }
}

/** Names of the run's outputs, in the order of the plan. */
function outputNames({ distribute, target, otherTargets }: BuildPlan): readonly string[] {
  return (distribute ?? [target, ...otherTargets]).map(({ runOutputName }) => runOutputName);
}

/** The task is to stop: the service is asked to stop too, and the log says what goes on. */
async function cancel(plan: BuildPlan, created: TemplateStatus, ports: BuildPorts): Promise<BuildResult> {
  const accepted = await askToCancel(plan, ports);
  reportTemplate(plan.template, ports, accepted ? "stays until the run has been cancelled" : "stays");
  const error = new CanceledError(failureCodes.canceled, "The pipeline run was cancelled while the image was built.");
  return {
    ...partial(undefined, { plan, created, ports }),
    outcome: "Canceled",
    runOutputs: [],
    error,
    mayStillRun: !accepted,
  };
}

async function askToCancel(plan: BuildPlan, ports: BuildPorts): Promise<boolean> {
  const { agent, clock, templates } = ports;
  agent.info(`Asking the service to cancel the run of ${plan.template.name}.`);
  try {
    await within(cancelLimit, clock, templates.cancelRun(plan.template));
    agent.info("The service cancels the run; that takes it some minutes.");
    return true;
  } catch (error) {
    const command = azCommand("cancel", plan.template);
    agent.warning(`The run may go on: ${messageOf(error)} To cancel it: ${command}`, failureCodes.templateLeft);
    return false;
  }
}

function partial(
  last: TemplateStatus | undefined,
  { plan, created }: Build,
): Pick<BuildResult, "templateId" | "sourceVersion"> {
  const exact = last?.exactSourceVersion ?? created.exactSourceVersion;
  // A gallery version's is a whole id; a marketplace image's may still be the word.
  const version = exact?.split("/").at(-1);
  return {
    templateId: templateIdOf(plan.template),
    ...(version === undefined || version.toLowerCase() === "latest" ? {} : { sourceVersion: version }),
  };
}
