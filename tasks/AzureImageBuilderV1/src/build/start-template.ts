/** Starts the run of a template, to be followed or left to itself. */
import { askToCancel } from "./cancel-run.ts";
import { createCleaner } from "./clean-up.ts";
import { type BuildPorts, messageOf } from "./ports.ts";
import { namesOf, type RunRequest, type StartedRun } from "./run-request.ts";
import { runShows, startRun } from "./start-run.ts";
import type { BuildResult } from "./types.ts";

/** Asks for the run; resolves when it is under way. Throws as runTemplate does. */
export async function startTemplate(request: RunRequest, ports: BuildPorts): Promise<StartedRun> {
  const { ref, found } = request;
  const before = found.lastRun?.startTime;
  const startedAt = ports.clock.now();
  ports.agent.info(`Starting the run of ${ref.name}.`);
  try {
    return { before, handle: await startRun(ref, before, ports), startedAt };
  } catch (error) {
    const cleaner = createCleaner(request, ports);
    if (ports.cancelled.aborted) {
      // The request may have been carried out: cancelling does no harm where there is no run.
      await askToCancel(ref, ports);
      cleaner.leave("stays");
    } else await cleaner.delete();
    throw error;
  }
}

/**
 * Starts the run and leaves it to itself, once the template shows it: who looks for it later must not take the run
 * before it for this one. Throws as runTemplate does.
 */
export async function leaveTemplate(request: RunRequest, ports: BuildPorts): Promise<BuildResult> {
  const { before } = await startTemplate(request, ports);
  try {
    if (before !== undefined && !(await runShows(request.ref, before, ports))) {
      ports.agent.info("The template does not show the run yet; wait some minutes before you wait for it by a step.");
    }
  } catch (error) {
    if (ports.cancelled.aborted) {
      await askToCancel(request.ref, ports);
      createCleaner(request, ports).leave("stays");
      throw error;
    }
    ports.agent.info(`The run was accepted; whether the template shows it could not be read. ${messageOf(error)}`);
  }
  return describeStarted(request);
}

function describeStarted(request: RunRequest): BuildResult {
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
