/** Starts the run of a template, to be followed or left to itself. */
import { CanceledError } from "../errors.ts";
import { failureCodes } from "../failure-codes.ts";
import type { TemplateRef } from "../ports.ts";
import { stopRun } from "./cancel-run.ts";
import { createCleaner } from "./clean-up.ts";
import { type BuildPorts, messageOf, unlessStopped, within } from "./ports.ts";
import { noteState, type Recorded } from "./record.ts";
import { namesOf, type RunRequest, type StartedRun } from "./run-request.ts";
import { findLateRun, startRun } from "./start-run.ts";
import type { BuildResult } from "./types.ts";

/** On cancel the agent leaves the task some seconds. */
const cancelLimit = 3_000;

/** Asks for the run; resolves when it is under way. Throws as runTemplate does. */
export async function startTemplate(request: RunRequest, ports: BuildPorts): Promise<StartedRun> {
  const { ref, found, mayRun = false } = request;
  const before = found.lastRun?.startTime;
  if (ports.cancelled.aborted) throw await giveUp(request, ports);
  const startedAt = ports.clock.now();
  noteState({ ...request, before }, "running", ports);
  ports.agent.info(`Starting the run of ${ref.name}.`);
  try {
    const accepted = await unlessStopped(startRun(ref, { before, mayRun }, ports), ports.cancelled);
    if (accepted === "stopped") throw await stopStarted({ ...request, before }, ports);
    // A run that was there already has a log of its own time.
    const began = accepted.handle === undefined ? accepted.run.startTime : undefined;
    return {
      before,
      handle: accepted.handle,
      startedAt: began === undefined ? startedAt : new Date(Math.min(Date.parse(began), startedAt.getTime())),
    };
  } catch (error) {
    if (!ports.cancelled.aborted) await createCleaner(request, ports).delete();
    throw error;
  }
}

/** Nothing runs: the template is of no use. What time does not allow here the post-job part does. */
async function giveUp(request: RunRequest, ports: BuildPorts): Promise<CanceledError> {
  const cleaner = createCleaner(request, ports);
  ports.agent.info(`Cancelled before the run of ${request.ref.name} was asked for.`);
  await within(cancelLimit, ports.clock, cleaner.delete()).catch(() => cleaner.handOver("stays"));
  return new CanceledError(failureCodes.canceled, "The pipeline run was cancelled before the build was started.");
}

/** The request may have been carried out. */
async function stopStarted(about: Recorded, ports: BuildPorts): Promise<CanceledError> {
  const { why } = await stopRun(about, undefined, ports);
  createCleaner(about, ports).handOver(why);
  return new CanceledError(failureCodes.canceled, "The pipeline run was cancelled while the build was started.");
}

/**
 * Starts the run and leaves it to itself, once the template shows it: who looks for it later must not take the run
 * before it for this one. Throws as runTemplate does.
 */
export async function leaveTemplate(request: RunRequest, ports: BuildPorts): Promise<BuildResult> {
  const { before } = await startTemplate(request, ports);
  try {
    const shows = await unlessStopped(showsRun(request.ref, before, ports), ports.cancelled);
    if (shows === "stopped") throw await stopStarted({ ...request, before }, ports);
    if (!shows) {
      ports.agent.info("The template does not show the run yet; wait some minutes before you wait for it by a step.");
    }
  } catch (error) {
    if (ports.cancelled.aborted) throw error;
    ports.agent.info(`The run was accepted; whether the template shows it could not be read. ${messageOf(error)}`);
  }
  noteState({ ...request, before }, "left", ports);
  return describeStarted(request);
}

/** Without a run before it, what shows is this one. */
async function showsRun(ref: TemplateRef, before: string | undefined, ports: BuildPorts): Promise<boolean> {
  return before === undefined || (await findLateRun(ref, before, ports)) !== undefined;
}

/** The result of a step that leaves the build to itself. */
export function describeStarted(request: RunRequest): BuildResult {
  return {
    ...namesOf(undefined, request),
    outcome: "Started",
    runOutputs: [],
    phases: [],
    steps: [],
    leftovers: { cleanedUp: [], left: [] },
    mayStillRun: true,
  };
}
