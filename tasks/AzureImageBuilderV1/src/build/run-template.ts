/** The run of a template that is there: start it, follow it, collect what it made, clean up. */
import { CanceledError, TaskError } from "../errors.ts";
import { failureCodes } from "../failure-codes.ts";
import type { LastRunStatus, RunOutput, TemplateStatus } from "../ports.ts";
import { askToCancel, type Fate, stopRun } from "./cancel-run.ts";
import { createCleaner, type Cleaner } from "./clean-up.ts";
import { collectOutputs } from "./collect-outputs.ts";
import { describeEnd } from "./failures.ts";
import { noteDuration } from "./estimate.ts";
import { type FollowedLog, followLog, type LogResult } from "./follow-log.ts";
import { findLateImages, type LateImage } from "./late-image.ts";
import type { RunEnd } from "./meaning.ts";
import { type BuildPorts, messageOf, unlessStopped } from "./ports.ts";
import { azCommand } from "../values/template-ref.ts";
import { createProgress, type Progress } from "./progress.ts";
import { noteState } from "./record.ts";
import { namesOf, type RunRequest, type StartedRun } from "./run-request.ts";
import { startTemplate } from "./start-template.ts";
import type { BuildResult, Leftovers } from "./types.ts";
import { watchRun, type Watched } from "./watch-run.ts";

/** Minutes the service takes when none are given. */
const defaultTimeout = 240;
/** What queueing and cleaning up may take besides the build, in milliseconds. */
const margin = 30 * 60_000;

/**
 * Runs the template once and follows it to its end. Throws where the run was never started: then the template is
 * deleted or named, unless it is somebody else's. Once it was started, the result says how it ended and why.
 */
export async function runTemplate(request: RunRequest, ports: BuildPorts): Promise<BuildResult> {
  return followRun(request, await startTemplate(request, ports), ports);
}

/** Follows a run to its end, whoever started it. Never throws for what a build can do: the result says it. */
export async function followRun(request: RunRequest, started: StartedRun, ports: BuildPorts): Promise<BuildResult> {
  const { ref, found } = request;
  const log = followLog(found, { ...request.log, startedAt: started.startedAt }, ports);
  const progress = createProgress(ports, request.expectedMs);
  const run: Run = { request, ports, log, progress, cleaner: createCleaner(request, ports) };
  const limitMs = (request.minutes || defaultTimeout) * 60_000 + margin;
  let last: TemplateStatus | undefined;
  const watch = { ref, ...started, limitMs, log, progress, noteTemplate: (seen: TemplateStatus) => void (last = seen) };
  const watched = await unlessStopped(watchRun(watch, ports), ports.cancelled);
  const stop = (): Promise<BuildResult> => cancel(run, { last, before: started.before });
  if (watched === "stopped") return stop();
  try {
    return await finish(watched, run);
  } catch (error) {
    if (!ports.cancelled.aborted) throw error;
    return stop();
  }
}

interface Run {
  readonly request: RunRequest;
  readonly ports: BuildPorts;
  readonly log: FollowedLog;
  readonly progress: Progress;
  readonly cleaner: Cleaner;
}

async function finish(watched: Watched, run: Run): Promise<BuildResult> {
  const { end } = watched;
  const phases = run.progress.phases();
  const log = await run.log.end();
  const told = { ...namesOf(watched.template, run.request), ...logged(log), phases, leftovers: nothing };
  if (end.kind === "ended" && (end.outcome === "Succeeded" || end.outcome === "PartiallySucceeded")) {
    const success = { ...end, outcome: end.outcome, log, elapsedMs: watched.elapsedMs };
    return { ...told, ...(await succeed(success, run)) };
  }
  const { request, ports } = run;
  const late = end.kind === "ended" && end.outcome === "Failed" ? await findLateImages(request.ref, ports) : [];
  const described = await describeEnd({ watched, log, ref: request.ref, late });
  const outcome = described.error instanceof CanceledError ? "Canceled" : "Failed";
  attach(log, { outcome, run });
  return {
    ...told,
    ...described,
    outcome,
    runOutputs: late.map(({ output }) => output),
    mayStillRun: mayStillRun(end),
    cleanUp: cleaning(run, () => cleanUpFailed({ end, outcome, late, log }, run)),
  };
}

const nothing: Leftovers = { cleanedUp: [], left: [] };

function cleaning({ cleaner }: Run, work: () => Promise<void>): () => Promise<Leftovers> {
  return async () => {
    await work();
    return cleaner.leftovers();
  };
}

function mayStillRun({ kind }: RunEnd): boolean {
  return kind === "unreadable" || kind === "canceling" || kind === "deadline";
}

interface Failure {
  readonly end: RunEnd;
  readonly outcome: "Failed" | "Canceled";
  readonly late: readonly LateImage[];
  readonly log: LogResult;
}

async function cleanUpFailed({ end, outcome, late, log }: Failure, run: Run): Promise<void> {
  const { request, ports, cleaner } = run;
  if (end.kind === "deadline" && request.mark !== undefined && (await askToCancel(request.ref, ports)))
    noteState(request, "canceling", ports);
  if (mayStillRun(end)) return cleaner.handOver("stays");
  // A version is copied from what lies in the template's staging resources.
  if (late.some(({ state }) => state.toLowerCase() !== "succeeded"))
    return cleaner.leave("stays until the image version's replication has ended, which may need its staging resources");
  if (end.kind === "gone") return noteState(request, "done", ports);
  await afterFailure(outcome, run, log);
}

/** With the template goes the log, and a build VM that was kept to be looked at: only what is no longer needed is deleted. */
async function afterFailure(outcome: "Failed" | "Canceled", run: Run, log: LogResult): Promise<void> {
  const { cleaner, request } = run;
  if (outcome === "Canceled") return cleaner.afterCancel();
  if (request.keepsVm) return cleaner.leave("stays, with its build VM to be looked at");
  if (log.path === undefined) return cleaner.leave("stays, because the build's log goes with it");
  return cleaner.afterFailure();
}

interface Success {
  readonly outcome: "Succeeded" | "PartiallySucceeded";
  /** The run as the template shows it. */
  readonly run: LastRunStatus;
  readonly log: LogResult;
  readonly elapsedMs: number;
}

async function succeed(
  { outcome, run: { message }, log, elapsedMs }: Success,
  run: Run,
): Promise<Pick<BuildResult, "outcome" | "runOutputs" | "error" | "mayStillRun" | "cleanUp">> {
  const { request, ports, cleaner } = run;
  const found = await readResults(request, ports);
  if (found instanceof TaskError) {
    attach(log, { outcome: "Failed", run });
    const cleanUp = cleaning(run, async () => cleaner.leave("stays, because its results could not be read"));
    return { outcome: "Failed", runOutputs: [], error: found, mayStillRun: false, cleanUp };
  }
  attach(log, { outcome, run });
  if (outcome === "PartiallySucceeded") {
    ports.agent.warning(
      `The build succeeded for some of its targets only.${message ? ` The service says: ${message}` : ""}`,
    );
  }
  const cleanUp = cleaning(run, async () => {
    noteState(request, "told", ports);
    await cleaner.afterSuccess();
    await noteDuration(found, elapsedMs, ports);
  });
  return { outcome, runOutputs: found, mayStillRun: false, cleanUp };
}

/** Makes the log part of the run's own, where that is wished. */
function attach(
  { path }: LogResult,
  { outcome, run }: { readonly outcome: BuildResult["outcome"]; readonly run: Run },
): void {
  const { agent } = run.ports;
  const wish = run.request.log.attach;
  if (path === undefined || wish === "never" || (wish === "onFailure" && outcome === "Succeeded")) return;
  agent.upload("log", path);
  agent.info(`The whole log of the build is attached to this run ("Download logs"), and on the agent: ${path}`);
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

/** The task is to stop: what becomes of the run is decided and told before anything else. */
async function cancel(
  run: Run,
  seen: { readonly last: TemplateStatus | undefined; readonly before: string | undefined },
): Promise<BuildResult> {
  const { request, ports, progress, cleaner } = run;
  const { fate, why } = await stopRun({ ...request, before: seen.before }, seen.last, ports);
  cleaner.handOver(why);
  const log = await run.log.end();
  attach(log, { outcome: "Canceled", run });
  return {
    ...namesOf(seen.last, request),
    ...logged(log),
    phases: progress.phases(),
    leftovers: cleaner.leftovers(),
    outcome: "Canceled",
    runOutputs: [],
    error: new CanceledError(failureCodes.canceled, ends[fate]),
    mayStillRun: fate === "left" || fate === "refused",
  };
}

const ends: Readonly<Record<Fate, string>> = {
  canceling: "The pipeline run was cancelled while the image was built; the service cancels the build.",
  left: "The pipeline run was cancelled while the image was built; the build goes on.",
  ended: "The pipeline run was cancelled when the build had just ended.",
  refused: "The pipeline run was cancelled while the image was built; the build may go on.",
};

function logged({ steps, path }: LogResult): Pick<BuildResult, "steps" | "logPath"> {
  return { steps, ...(path === undefined ? {} : { logPath: path }) };
}
