/** The actions that plan an image: build it, or take one that is there; or only say which of the two it would be. */
import { publishArtifact } from "./artifact/publish.ts";
import { type Asked, askForImage, checkAge } from "./ask-for-image.ts";
import { expectDuration, findTraces, type Traces } from "./build/predecessor-traces.ts";
import { type BuildOptions, runBuild, runSharedBuild } from "./build/run-build.ts";
import type { BuildResult } from "./build/types.ts";
import { checkBuild } from "./check-build.ts";
import { noteCodes } from "./codes.ts";
import { TaskError } from "./errors.ts";
import { untilStopped } from "./describe-stop.ts";
import { failureCodes } from "./failure-codes.ts";
import { gatherFacts } from "./facts/index.ts";
import { rememberVersions } from "./facts/remember.ts";
import { refuseTakenVersions } from "./facts/taken-versions.ts";
import { openTemplateFile } from "./facts/template-file.ts";
import type { Facts } from "./facts/types.ts";
import type { Note } from "./findings.ts";
import type { ImageTemplate } from "./image-template.ts";
import { parseInputs } from "./inputs/index.ts";
import type { Inputs } from "./inputs/types.ts";
import { noteSecrets } from "./note-secrets.ts";
import { outcomeOfBuild, outcomeOfReuse } from "./outputs/outcome.ts";
import { publishOutputs, toOutputs } from "./outputs/to-outputs.ts";
import { planBuild } from "./plan/index.ts";
import type { ArtifactRef, BuildPlan } from "./plan/types.ts";
import type { Agent } from "./ports.ts";
import { describeRequest, requestDigest, type RequestForm } from "./request/index.ts";
import type { Verdict } from "./reuse/types.ts";
import { type Follow, followNotes, reportNotes, type Story, tell } from "./story.ts";
import { checkOverrides } from "./template/check-overrides.ts";
import { describeTemplate } from "./template/describe.ts";
import { draftTemplate } from "./template/draft.ts";
import { buildTemplate } from "./template/index.ts";

/** What the step describes, planned with what Azure says of it. */
export interface Prepared {
  readonly plan: BuildPlan;
  readonly facts: Facts;
  readonly inputs: Inputs;
}

/** Throws InputError with every bad input. */
export async function prepare(story: Story): Promise<Prepared> {
  const inputs = parseInputs(story.agent, await openTemplateFile(story));
  const facts = await gatherFacts(inputs, story);
  const plan = checkOverrides(planBuild(inputs, facts));
  if (inputs.reusable !== undefined) checkAge(plan, inputs.reusable);
  return { plan: { ...plan, notes: [...plan.notes, ...noteSecrets(plan, story.agent)] }, facts, inputs };
}

/** Builds the image, or takes one that was made of the same things. Gives the sentence for the agent. */
export async function buildImage(follow: Follow, story: Story): Promise<string> {
  const reading = { ...story, facts: rememberVersions(story.facts) };
  const prepared = await untilStopped(prepare(reading), story);
  const { plan } = prepared;
  const notes = [...plan.notes, ...followNotes(follow, plan.buildTimeoutInMinutes, story.agent)];
  reportNotes(notes, story.agent);
  const asked = follow === "leave" ? undefined : await untilStopped(ask(prepared, reading), story);
  if (asked?.verdict.kind === "reuse") return reuse(asked, asked.verdict, notes, story);
  const known = asked ?? { plan, traces: await untilStopped(findTraces(plan, reading), story) };
  const because = asked === undefined ? [] : tellWhy(asked.verdict, story.agent);
  const build = await buildAnew({ ...prepared, ...known, isAsked: asked !== undefined }, follow, story);
  const { result, artifact } = build;
  const form = describeRequest(build.plan, artifact?.content);
  const provenancePath = await leaveProvenance({ plan: build.plan, form, result }, prepared.facts, story);
  const outcome = {
    ...outcomeOfBuild(build),
    ...(follow === "leave" ? {} : { reused: result.isTwin === true }),
    ...(asked?.verdict.kind === "build" ? { reason: asked.verdict.reason } : {}),
    provenancePath,
  };
  const told = [...notes, ...because, ...noteEarlier(result)];
  return tell(outcome, { notes: told, source: build.plan.source }, story);
}

/** Says whether a build would make something new, and sets the outputs of the image that would do. */
export async function checkForNews(story: Story): Promise<string> {
  const reading = { ...story, facts: rememberVersions(story.facts) };
  const prepared = await untilStopped(prepare(reading), story);
  reportNotes(prepared.plan.notes, story.agent);
  const asked = await untilStopped(ask(prepared, reading), story);
  if (asked === undefined) throw new TypeError("A step that checks was taken for one that does not.");
  const { verdict } = asked;
  reportVerdict(verdict, story.agent);
  const outcome = { ...outcomeOfReuse(asked), isFound: true, needed: verdict.kind === "build" };
  const reason = verdict.kind === "build" ? { reason: verdict.reason } : {};
  publishOutputs(toOutputs({ ...outcome, ...reason }), story.agent);
  if (verdict.kind === "build") return `A build would make something new (${verdict.reason}).`;
  return "Nothing is new: a build would make the same image again.";
}

async function ask({ plan, facts, inputs }: Prepared, story: Story): Promise<Asked | undefined> {
  const { reusable, templateName } = inputs;
  if (reusable === undefined) return undefined;
  return askForImage({ plan, facts, reusable, isNamed: templateName !== undefined }, story);
}

function reportVerdict(verdict: Verdict, agent: Agent): void {
  if (verdict.kind === "build") return agent.info(`An image is to be built (${verdict.reason}). ${verdict.text}`);
  agent.info(verdict.text);
  reportNotes(verdict.notes, agent);
}

function tellWhy(verdict: Verdict, agent: Agent): readonly Note[] {
  reportVerdict(verdict, agent);
  if (verdict.kind === "reuse") return verdict.notes;
  return [{ code: noteCodes.builtBecause, input: "reuse", message: `${verdict.reason}: ${verdict.text}` }];
}

async function reuse(
  asked: Asked,
  verdict: Verdict & { readonly kind: "reuse" },
  notes: readonly Note[],
  story: Story,
): Promise<string> {
  reportVerdict(verdict, story.agent);
  const outcome = { ...outcomeOfReuse(asked), reused: true };
  return tell(outcome, { notes: [...notes, ...verdict.notes], source: asked.plan.source }, story);
}

/** What is built, and what is known by now. */
interface Work extends Prepared {
  readonly traces: Traces;
  /** Content digest of the artifact, where it was asked for. */
  readonly content?: string | undefined;
  /** The template is named by the request, unless the user names it. */
  readonly isAsked: boolean;
}

interface Build {
  readonly plan: BuildPlan;
  readonly template: ImageTemplate;
  readonly result: BuildResult;
  readonly artifact: ArtifactRef | undefined;
}

async function buildAnew(work: Work, follow: Follow, story: Story): Promise<Build> {
  const { plan, facts, inputs, traces } = work;
  const check = async (planned: BuildPlan): Promise<void> => {
    const { preflight: depth, skipChecks: skip } = inputs;
    if (depth === "none" || skip.includes("P8")) {
      refuseTakenVersions(draftTemplate(planned).properties.distribute, traces.places);
    }
    if (depth === "none") return;
    await checkBuild({ plan: planned, facts }, { depth, skip }, story);
  };
  const leaves = follow === "leave";
  const isShared = work.isAsked && inputs.templateName === undefined;
  const how = { traces, leaves, isShared };
  const putOff = await untilStopped(
    checkNow(() => check(plan), how, story.agent),
    story,
  );
  story.cancelled.throwIfAborted();
  const artifact = await untilStopped(publishArtifact(plan, story), story);
  if (work.content !== undefined && artifact?.content !== work.content) throw changedMeanwhile();
  const begin: Begin = async (planned, run) => {
    const template = templateOf(planned, artifact);
    showTemplate(template, story.agent);
    const result = await run(planned, template, story, {
      ...(planned === plan ? { traces } : {}),
      leaves,
      perishes: artifact?.access.kind === "delegationSas" || artifact?.access.kind === "accountKey",
      ...(putOff ? { beforeCreate: () => check(planned) } : {}),
      expectedMs: expectDuration(plan, traces.places),
    });
    return { plan: planned, template, artifact, result };
  };
  if (!isShared) return begin(plan, runBuild);
  const shared = await begin(plan, (one, template, ports, rest) =>
    runSharedBuild(one, template, ports, { ...rest, joinsSince: story.startedAt }),
  );
  const { result } = shared;
  if (!("kind" in result) && (result.isTwin !== true || result.outcome !== "Canceled")) return { ...shared, result };
  story.cancelled.throwIfAborted();
  return begin(aside(work, "kind" in result ? result.why : "its build was cancelled", story.agent), runBuild);
}

/** Builds the template of a plan by one of two ways. */
type Begin = <R>(
  plan: BuildPlan,
  run: (plan: BuildPlan, template: ImageTemplate, ports: Story, options: BuildOptions) => Promise<R>,
) => Promise<Omit<Build, "result"> & { readonly result: R }>;

/** The plan under a name of the step's own, because the one that the request makes is taken. */
function aside({ plan, inputs, facts }: Work, why: string, agent: Agent): BuildPlan {
  const { template, imageTags } = planBuild(inputs, facts);
  agent.info(
    `Image template ${plan.template.name} of another run is not followed, because ${why}: this step builds under the ` +
      `name ${template.name}.`,
  );
  return { ...plan, template, imageTags };
}

function templateOf(plan: BuildPlan, artifact: ArtifactRef | undefined): ImageTemplate {
  return buildTemplate(plan, artifact, requestDigest(describeRequest(plan, artifact?.content)));
}

function changedMeanwhile(): TaskError {
  return new TaskError(
    failureCodes.artifactRead,
    "The artifact changed between the look for an image that is there and its upload.",
    { next: "See that nothing changes the files while the step runs." },
  );
}

/**
 * Checks, unless they would meet what an earlier attempt of this step has left. True where they are put off until it is
 * clear that something is built.
 */
async function checkNow(
  check: () => Promise<void>,
  { traces, leaves, isShared }: { readonly traces: Traces; readonly leaves: boolean; readonly isShared: boolean },
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
  if (isShared && traces.template !== undefined) {
    agent.info(
      "Another run's image template of this request is there: checks are made only if it is not to be followed.",
    );
    return true;
  }
  await check();
  return false;
}

/** The path of the statement; undefined where there is none. Of another run's build that run tells. */
async function leaveProvenance(
  { plan, form, result }: { readonly plan: BuildPlan; readonly form: RequestForm; readonly result: BuildResult },
  { run }: Facts,
  story: Story,
): Promise<string | undefined> {
  if (result.isTwin === true) return undefined;
  // Loaded at the end: it would cost every step's start.
  const { publishProvenance } = await import("./provenance/publish.ts");
  return publishProvenance({ plan, form, run, result, startedAt: story.startedAt }, story);
}

/** For the summary: the log has said it when it was found. */
function noteEarlier({ earlier }: BuildResult): readonly Note[] {
  return earlier === undefined ? [] : [{ code: noteCodes.earlierAttempt, input: "templateName", message: earlier }];
}

function showTemplate(template: ImageTemplate, agent: Agent): void {
  agent.group("Image template");
  agent.info(describeTemplate(template, (text) => agent.hideSecrets(text)));
  agent.endGroup();
}
