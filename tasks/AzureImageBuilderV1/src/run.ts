/** The story of a build: inputs, facts, plan, artifact, template, build, outputs. Nothing else sequences work. */
import { buildImage, checkForNews, prepare } from "./build-image.ts";
import { findStartedRun, isEnded } from "./build/attach-run.ts";
import { findExistingTemplate } from "./build/existing-template.ts";
import type { RunRequest } from "./build/run-request.ts";
import { followRun, runTemplate } from "./build/run-template.ts";
import { leaveTemplate } from "./build/start-template.ts";
import type { BuildResult } from "./build/types.ts";
import { checkBuild } from "./check-build.ts";
import { describeStop, untilStopped } from "./describe-stop.ts";
import { explainFailure } from "./explain-failure.ts";
import { findImage, findTemplateImages } from "./facts/existing-image.ts";
import { requireSubscription } from "./facts/subscription.ts";
import { parseAction } from "./inputs/action.ts";
import { type ExistingTemplateInputs, parseExistingTemplate } from "./inputs/existing-template.ts";
import { parseResolve } from "./inputs/resolve.ts";
import { parseWait } from "./inputs/wait.ts";
import { outcomeOfImage, outcomeOfRun } from "./outputs/outcome.ts";
import { checkJobTimeout } from "./plan/job-timeout.ts";
import type { Ports } from "./ports.ts";
import { type Follow, followNotes, jobOf, reportNotes, type Story, tell } from "./story.ts";

/**
 * Does what the step asks for and sets the outputs. Nothing is created before inputs and facts are known to be good.
 * Gives one sentence for the agent. Throws InputError with every bad input, and the TaskError of whatever failed.
 */
export async function run(ports: Ports): Promise<string> {
  try {
    return await act({ ...ports, startedAt: ports.clock.now() });
  } catch (error) {
    const isStop = ports.cancelled.aborted && error === ports.cancelled.reason;
    throw isStop ? describeStop(ports.agent) : await explainFailure(error);
  }
}

async function act(story: Story): Promise<string> {
  switch (parseAction(story.agent)) {
    case "build":
      return begin("follow", story);
    case "start":
      return begin("leave", story);
    case "check":
      return checkForNews(story);
    case "wait":
      return wait(story);
    case "preflight":
      return checkOnly(story);
    case "resolve":
      return resolve(story);
  }
}

async function begin(follow: Follow, story: Story): Promise<string> {
  const existing = parseExistingTemplate(story.agent);
  return existing === undefined ? buildImage(follow, story) : runExisting(existing, follow, story);
}

/** Makes all checks, and nothing else. */
async function checkOnly(story: Story): Promise<string> {
  const { plan, facts, inputs } = await untilStopped(prepare(story), story);
  reportNotes(plan.notes, story.agent);
  return untilStopped(checkBuild({ plan, facts }, { depth: "full", skip: inputs.skipChecks }, story), story);
}

/** Runs the template the step names, which stays as it is. */
async function runExisting(inputs: ExistingTemplateInputs, follow: Follow, story: Story): Promise<string> {
  const request = await findExistingTemplate(inputs, story);
  const notes = [...inputs.notes, ...followNotes(follow, request.minutes, story.agent)];
  reportNotes(notes, story.agent);
  story.cancelled.throwIfAborted();
  const result = await carryOut(request, follow, story);
  return tell(outcomeOfRun(request.ref.name, request.found, result), { notes }, story);
}

/** Follows the build that another step has started. */
async function wait(story: Story): Promise<string> {
  const inputs = parseWait(story.agent);
  const { request, started, notes: found } = await findStartedRun(inputs, requireSubscription(inputs, story), story);
  const began = started.startedAt;
  const gone = (story.clock.now().getTime() - began.getTime()) / 60_000;
  const limits = isEnded(request.found) ? [] : checkJobTimeout(request.minutes, { ...jobOf(story.agent), gone });
  const notes = [...inputs.notes, ...found, ...limits];
  reportNotes(notes, story.agent);
  story.agent.info(`Following the run of ${request.ref.name} that began at ${began.toISOString()}.`);
  const result = await followRun(request, started, story);
  return tell(outcomeOfRun(request.ref.name, request.found, result), { notes }, story);
}

/** Finds an image that is there, and sets the outputs as if this step had built it. */
async function resolve(story: Story): Promise<string> {
  const inputs = parseResolve(story.agent);
  const { wanted, notes, resourceGroup } = inputs;
  const place = { subscriptionId: requireSubscription(inputs, story), resourceGroup };
  reportNotes(notes, story.agent);
  if (wanted.kind === "template") {
    const ref = { ...place, name: wanted.templateName };
    const found = await findTemplateImages(ref, story);
    story.agent.info(`The last run of ${ref.name}: ${found.template.lastRun?.runState ?? "none"}.`);
    return tell(outcomeOfImage(found, ref.name), { notes }, story);
  }
  return tell(outcomeOfImage(await findImage(wanted, place, story)), { notes }, story);
}

async function carryOut(request: RunRequest, follow: Follow, story: Story): Promise<BuildResult> {
  if (follow === "follow") return runTemplate(request, story);
  return leaveTemplate(request, story);
}
