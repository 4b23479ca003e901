/** The story of a build: inputs, facts, plan, artifact, template, build, outputs. Nothing else sequences work. */
import { publishArtifact } from "./artifact/publish.ts";
import { findStartedRun, isEnded } from "./build/attach-run.ts";
import { findExistingTemplate } from "./build/existing-template.ts";
import { expectDuration, findTraces, type Traces } from "./build/predecessor-traces.ts";
import { runBuild } from "./build/run-build.ts";
import type { RunRequest } from "./build/run-request.ts";
import { followRun, runTemplate } from "./build/run-template.ts";
import { leaveTemplate } from "./build/start-template.ts";
import type { BuildResult } from "./build/types.ts";
import { checkBuild } from "./check-build.ts";
import { noteCodes, warningCodes } from "./codes.ts";
import { describeStop, untilStopped } from "./describe-stop.ts";
import { explainFailure } from "./explain-failure.ts";
import { findImage, findTemplateImages } from "./facts/existing-image.ts";
import { gatherFacts } from "./facts/index.ts";
import type { Facts } from "./facts/types.ts";
import { requireSubscription } from "./facts/subscription.ts";
import { openTemplateFile } from "./facts/template-file.ts";
import type { Note } from "./findings.ts";
import type { ImageTemplate } from "./image-template.ts";
import { noteLater, parseAction } from "./inputs/action.ts";
import { type ExistingTemplateInputs, parseExistingTemplate } from "./inputs/existing-template.ts";
import { parseInputs } from "./inputs/index.ts";
import type { Inputs } from "./inputs/types.ts";
import { parseResolve } from "./inputs/resolve.ts";
import { parseWait } from "./inputs/wait.ts";
import { noteSecrets } from "./note-secrets.ts";
import { outcomeOfBuild, outcomeOfImage, outcomeOfRun } from "./outputs/outcome.ts";
import type { Outcome } from "./outputs/table.ts";
import { type Around, tellOutcome } from "./outputs/tell.ts";
import { planBuild } from "./plan/index.ts";
import { checkJobTimeout, type JobLimit } from "./plan/job-timeout.ts";
import type { BuildPlan } from "./plan/types.ts";
import type { Agent, Ports } from "./ports.ts";
import { checkOverrides } from "./template/check-overrides.ts";
import { describeTemplate } from "./template/describe.ts";
import { buildTemplate } from "./template/index.ts";
import { harmless } from "./values/harmless.ts";

/** The ports, and when the step began. */
type Story = Ports & Pick<Around, "startedAt">;

type Checks = Pick<Inputs, "preflight" | "skipChecks">;

/** What becomes of the run of a template: followed to its end, or left to itself. */
type Follow = "follow" | "leave";

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
      return build("follow", story);
    case "start":
      return build("leave", story);
    case "wait":
      return wait(story);
    case "preflight":
      return checkOnly(story);
    case "resolve":
      return resolve(story);
  }
}

async function build(follow: Follow, story: Story): Promise<string> {
  const existing = parseExistingTemplate(story.agent);
  if (existing !== undefined) return runExisting(existing, follow, story);
  const { plan, facts, checks } = await untilStopped(prepare(story), story);
  const notes = [...plan.notes, ...followNotes(follow, plan.buildTimeoutInMinutes, story.agent)];
  reportNotes(notes, story.agent);
  const traces = await untilStopped(findTraces(plan, story), story);
  const check = async (): Promise<void> => {
    if (checks.preflight === "none") return;
    await checkBuild({ plan, facts }, { depth: checks.preflight, skip: checks.skipChecks }, story);
  };
  const leaves = follow === "leave";
  const putOff = await untilStopped(checkNow(check, { traces, leaves }, story.agent), story);
  story.cancelled.throwIfAborted();
  const artifact = await untilStopped(publishArtifact(plan, story), story);
  const template = buildTemplate(plan, artifact);
  showTemplate(template, story.agent);
  const result = await runBuild(plan, template, story, {
    traces,
    leaves,
    perishes: artifact?.access.kind === "delegationSas" || artifact?.access.kind === "accountKey",
    ...(putOff ? { beforeCreate: check } : {}),
    expectedMs: expectDuration(plan, traces.places),
  });
  const told = [...notes, ...noteEarlier(result)];
  return tell(outcomeOfBuild({ plan, template, result }), { notes: told, source: plan.source }, story);
}

/**
 * Checks, unless they would meet what an earlier attempt of this step has left. True where they are put off until it is
 * clear that something is built.
 */
async function checkNow(
  check: () => Promise<void>,
  { traces, leaves }: { readonly traces: Traces; readonly leaves: boolean },
  agent: Agent,
): Promise<boolean> {
  if (traces.ofThisRun === "template") {
    agent.info("An earlier attempt's image template is there: no checks are made, which would meet its traces.");
    return false;
  }
  if (traces.ofThisRun === "image" && !leaves) {
    agent.info("An earlier attempt has made an image: checks are made only if that is not the image asked for.");
    return true;
  }
  await check();
  return false;
}

/** For the summary: the log has said it when it was found. */
function noteEarlier({ earlier }: BuildResult): readonly Note[] {
  return earlier === undefined ? [] : [{ code: noteCodes.earlierAttempt, input: "templateName", message: earlier }];
}

/** What the step describes, planned with what Azure says of it. */
async function prepare(
  story: Story,
): Promise<{ readonly plan: BuildPlan; readonly facts: Facts; readonly checks: Checks }> {
  const inputs = parseInputs(story.agent, await openTemplateFile(story));
  const facts = await gatherFacts(inputs, story);
  const plan = checkOverrides(planBuild(inputs, facts));
  return { plan: { ...plan, notes: [...plan.notes, ...noteSecrets(plan, story.agent)] }, facts, checks: inputs };
}

/** Makes all checks, and nothing else. */
async function checkOnly(story: Story): Promise<string> {
  const { plan, facts, checks } = await untilStopped(prepare(story), story);
  reportNotes(plan.notes, story.agent);
  return untilStopped(checkBuild({ plan, facts }, { depth: "full", skip: checks.skipChecks }, story), story);
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

/** What there is to say about following the build, or about not following it. */
function followNotes(follow: Follow, minutes: number, agent: Agent): readonly Note[] {
  return follow === "leave" ? noteLater(agent) : checkJobTimeout(minutes, jobOf(agent));
}

function jobOf(agent: Agent): JobLimit {
  return { jobTimeout: agent.variable("System.JobTimeout"), job: agent.variable("System.PhaseName") ?? "Build" };
}

function reportNotes(notes: readonly Note[], agent: Agent): void {
  for (const { input, message, code } of notes) {
    const text = `${input}: ${harmless(message)}`;
    if (warningCodes.includes(code)) agent.warning(text, code);
    else agent.info(`${code} ${text}`);
  }
}

function showTemplate(template: ImageTemplate, agent: Agent): void {
  agent.group("Image template");
  agent.info(describeTemplate(template, (text) => agent.hideSecrets(text)));
  agent.endGroup();
}

/** Leaves behind what there is to leave. Gives the sentence for the agent; throws what the build failed by. */
async function tell(outcome: Outcome, around: Omit<Around, "startedAt">, story: Story): Promise<string> {
  await tellOutcome(outcome, { ...around, startedAt: story.startedAt }, story);
  const { error, outcome: end, runOutputs } = outcome.result;
  if (error !== undefined) throw error;
  if (end === "Started") return `Build of ${outcome.templateName} started; it goes on without this step.`;
  const ids = runOutputs.map(({ artifactId, artifactUri }) => artifactId ?? artifactUri).join(", ");
  if (outcome.isFound) return `Image found: ${ids}`;
  return outcome.result.earlier === undefined ? `Image built: ${ids}` : `Image of an earlier attempt: ${ids}`;
}
