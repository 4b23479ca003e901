/** The run of a template that is there: start it, watch it, collect what it made, clean up. */
import { CanceledError, TaskError } from "../errors.ts";
import { failureCodes } from "../failure-codes.ts";
import type { RunOutput, TemplateRef, TemplateStatus } from "../ports.ts";
import { collectOutputs } from "./collect-outputs.ts";
import { deleteTemplate, reportTemplate } from "./delete-template.ts";
import { describeEnd } from "./failures.ts";
import { azCommand, type BuildPorts, messageOf, templateIdOf, within } from "./ports.ts";
import { startRun } from "./start-run.ts";
import type { Afterwards, BuildResult } from "./types.ts";
import { watchRun, type Watched } from "./watch-run.ts";

/** Minutes the service takes when none are given. */
const defaultTimeout = 240;
/** What queueing and cleaning up may take besides the build, in milliseconds. */
const margin = 30 * 60_000;
/** On cancel the agent leaves the task some seconds. */
const cancelLimit = 4_000;

/** What to run. */
export interface RunRequest {
  readonly ref: TemplateRef;
  /** As it was before the run. */
  readonly found: TemplateStatus;
  /** The template's own limit in minutes; 0 is the service's. */
  readonly minutes: number;
  /** Names of the run's outputs, in the order in which they are told. */
  readonly outputNames: readonly string[];
  readonly afterwards: Afterwards;
}

/**
 * Runs the template once and follows it to its end. Throws where the run was never started: then the template is
 * deleted or named, unless it is somebody else's. Once it was started, the result says how it ended and why.
 */
export async function runTemplate(request: RunRequest, ports: BuildPorts): Promise<BuildResult> {
  const { ref, found } = request;
  const before = found.lastRun?.startTime;
  ports.agent.info(`Starting the run of ${ref.name}.`);
  const handle = await startRun(ref, before, ports).catch((error: unknown) => notStarted(error, request, ports));
  const watch = { ref, before, handle, limitMs: (request.minutes || defaultTimeout) * 60_000 + margin };
  try {
    return await finish(await watchRun(watch, ports), { request, ports });
  } catch (error) {
    if (!ports.cancelled.aborted) throw error;
    return cancel({ request, ports });
  }
}

async function notStarted(error: unknown, request: RunRequest, ports: BuildPorts): Promise<never> {
  if (ports.cancelled.aborted) {
    // The request may have been carried out: cancelling does no harm where there is no run.
    await askToCancel(request.ref, ports);
    leave({ request, ports }, "stays");
  } else if (request.afterwards !== "notOurs") await deleteTemplate(request.ref, ports);
  throw error;
}

interface Build {
  readonly request: RunRequest;
  readonly ports: BuildPorts;
}

async function finish(watched: Watched, build: Build): Promise<BuildResult> {
  const { end } = watched;
  if (end.kind === "ended" && (end.outcome === "Succeeded" || end.outcome === "PartiallySucceeded")) {
    return succeed(end.outcome, watched, build);
  }
  const { request, ports } = build;
  const error = describeEnd(watched, request);
  const outcome = error instanceof CanceledError ? "Canceled" : "Failed";
  const mayStillRun = end.kind === "unreadable" || end.kind === "canceling" || end.kind === "deadline";
  if (end.kind === "deadline") await askToCancel(request.ref, ports);
  if (outcome === "Canceled" && request.afterwards !== "notOurs") await deleteTemplate(request.ref, ports);
  else if (end.kind !== "gone") leave(build, "stays");
  return { ...partial(watched.template, request), outcome, runOutputs: [], error, mayStillRun };
}

async function succeed(
  outcome: "Succeeded" | "PartiallySucceeded",
  watched: Watched,
  build: Build,
): Promise<BuildResult> {
  const { request, ports } = build;
  const result = partial(watched.template, request);
  const found = await readResults(request, ports);
  if (found instanceof TaskError) {
    leave(build, "stays, because its results could not be read");
    return { ...result, outcome: "Failed", runOutputs: [], error: found, mayStillRun: false };
  }
  if (outcome === "PartiallySucceeded") ports.agent.warning("The build succeeded for some of its targets only.");
  if (request.afterwards === "delete") await deleteTemplate(request.ref, ports);
  if (request.afterwards === "keepForImage")
    ports.agent.info(`Image template ${request.ref.name} stays: the image would go with it.`);
  return { ...result, outcome, runOutputs: found, mayStillRun: false };
}

/** Names a template of the task's own that stays; about somebody else's there is nothing to say. */
function leave({ request, ports }: Build, why: string): void {
  if (request.afterwards !== "notOurs") reportTemplate(request.ref, ports, why);
}

async function readResults(
  { ref, outputNames }: RunRequest,
  ports: BuildPorts,
): Promise<readonly RunOutput[] | TaskError> {
  const next = `Read them by hand: ${azCommand("show", ref).replace(" show ", " show-runs ")}`;
  const missing = (why: string): TaskError =>
    new TaskError(failureCodes.resultsMissing, `The image was built, but its id could not be read: ${why}`, { next });
  try {
    const outputs = await collectOutputs(ref, outputNames, ports);
    return outputs.length > 0 ? outputs : missing("the list of run outputs is empty.");
  } catch (error) {
    ports.cancelled.throwIfAborted();
    return missing(messageOf(error));
  }
}

/** The task is to stop: the service is asked to stop too, and the log says what goes on. */
async function cancel(build: Build): Promise<BuildResult> {
  const { request, ports } = build;
  const accepted = await askToCancel(request.ref, ports);
  leave(build, accepted ? "stays until the run has been cancelled" : "stays");
  const error = new CanceledError(failureCodes.canceled, "The pipeline run was cancelled while the image was built.");
  return { ...partial(undefined, request), outcome: "Canceled", runOutputs: [], error, mayStillRun: !accepted };
}

async function askToCancel(ref: TemplateRef, ports: BuildPorts): Promise<boolean> {
  const { agent, clock, templates } = ports;
  agent.info(`Asking the service to cancel the run of ${ref.name}.`);
  try {
    await within(cancelLimit, clock, templates.cancelRun(ref));
    agent.info("The service cancels the run; that takes it some minutes.");
    return true;
  } catch (error) {
    const command = azCommand("cancel", ref);
    agent.warning(`The run may go on: ${messageOf(error)} To cancel it: ${command}`, failureCodes.templateLeft);
    return false;
  }
}

function partial(
  last: TemplateStatus | undefined,
  { ref, found }: RunRequest,
): Pick<BuildResult, "templateId" | "sourceVersion"> {
  const exact = last?.exactSourceVersion ?? found.exactSourceVersion;
  // A gallery version's is a whole id; a marketplace image's may still be the word.
  const version = exact?.split("/").at(-1);
  return {
    templateId: templateIdOf(ref),
    ...(version === undefined || version.toLowerCase() === "latest" ? {} : { sourceVersion: version }),
  };
}
