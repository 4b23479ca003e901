/**
 * How a build begins: anew, or where an earlier attempt of the same step has come to. The service's own word on the
 * template under the step's name decides (predecessor.ts); every wait has its limit.
 */
import { ServiceError } from "../errors.ts";
import { failureCodes } from "../failure-codes.ts";
import type { ImageTemplate } from "../image-template.ts";
import type { BuildPlan } from "../plan/types.ts";
import type { RunOutput, TemplateStatus } from "../ports.ts";
import { cleanupOf } from "./clean-up.ts";
import { createTemplate } from "./create-template.ts";
import { deleteTemplate } from "./delete-template.ts";
import { phaseOf } from "./meaning.ts";
import { type Mark, readMark } from "./ownership.ts";
import { readPatiently } from "./ports.ts";
import { decideOnPredecessor, type NextStep, type Perishing } from "./predecessor.ts";
import { findPredecessorImages } from "./predecessor-image.ts";
import type { Traces } from "./predecessor-traces.ts";
import { busy, waitOut } from "./predecessor-wait.ts";
import { describeStranger } from "./predecessor-words.ts";
import { noteState } from "./record.ts";
import type { RunRequest, StartedRun } from "./run-request.ts";
import { findTwin } from "./twin.ts";
import { findHolder, stagingLimit, type StagingPorts, waitForStagingGroup } from "./staging-holder.ts";

export interface Beginning {
  /** What was found before the artifact was packed; absent: nothing was looked for. */
  readonly traces?: Traces;
  /** The template is to stay for a later step: an image alone does not do. */
  readonly leaves?: boolean;
  /** The template's address of the artifact works for some hours only. */
  readonly perishes?: boolean;
  /** The name is made of the request alone. When the step began: another run's build of the same request is followed. */
  readonly joinsSince?: Date;
  /** Checks that were put off because an earlier attempt seemed to have built the image already; before anything is created. */
  readonly beforeCreate?: () => Promise<void>;
}

export type Begun =
  /** The template is there; its run is to be asked for. */
  | { readonly kind: "ready"; readonly request: RunRequest }
  /** An earlier attempt has started the run, which may have ended well. `earlier` says so in a sentence. */
  | {
      readonly kind: "started";
      readonly request: RunRequest;
      readonly started: StartedRun;
      readonly earlier: string;
      /** Another pipeline run's, which is followed and left alone. */
      readonly isTwin?: boolean;
    }
  /** An earlier attempt has made the images; `found` is its template where it is still there, of no use. */
  | {
      readonly kind: "made";
      readonly outputs: readonly RunOutput[];
      readonly found?: TemplateStatus;
      readonly earlier: string;
    }
  /** Somebody else holds the name, which is made of the request, and is not to be followed; `why` is a clause. */
  | { readonly kind: "occupied"; readonly why: string };

/** How long a template at rest may be said to be busy: results lag each other by up to 65 s. */
const deletePatience = 2 * 60_000;
/** Milliseconds before a template that was there is looked for again. */
const secondLook = 5_000;
/** How often the state may turn out to be another one before that is given up. */
const turns = 12;

/**
 * Begins the build of `template`. Throws a TaskError where the name is somebody else's or a wait was in vain, and what
 * createTemplate throws.
 */
export async function beginBuild(
  plan: BuildPlan,
  template: ImageTemplate,
  ports: StagingPorts,
  options: Beginning = {},
): Promise<Begun> {
  const mark = readMark(template.tags ?? {});
  if (mark === undefined) throw new TypeError("The template has no tags of this task.");
  const start: Start = { plan, template, ports, options, mark, deadline: ports.clock.now().getTime() + stagingLimit };
  for (let turn = 0; turn < turns; turn += 1) {
    const found = await lookAgain(turn === 0 ? options.traces?.template : undefined, { plan, ports });
    const begun = await takeStep(decideOnPredecessor(found, mark, wishesOf(options)), {
      ...start,
      isFirst: turn === 0,
    });
    if (begun !== undefined) return begun;
  }
  throw busy(plan, "does not come to rest");
}

/** The template under the name. One that was there a moment ago is not gone by a single 404: the service's answers lag. */
async function lookAgain(
  before: TemplateStatus | undefined,
  { plan, ports }: Pick<Start, "plan" | "ports">,
): Promise<TemplateStatus | undefined> {
  const read = (): Promise<TemplateStatus | undefined> =>
    readPatiently(() => ports.templates.get(plan.template), ports);
  const found = await read();
  if (found !== undefined || before === undefined) return found;
  await ports.clock.sleep(secondLook, ports.cancelled);
  return read();
}

interface Start {
  readonly plan: BuildPlan;
  readonly template: ImageTemplate;
  readonly ports: StagingPorts;
  readonly options: Beginning;
  readonly mark: Mark;
  /** Until when a staging group is waited for, in milliseconds since 1970. */
  readonly deadline: number;
}

interface Turn extends Start {
  /** Nothing has been waited for since the traces were read. */
  readonly isFirst: boolean;
}

/** Undefined where the state is to be read again. */
async function takeStep(next: NextStep, turn: Turn): Promise<Begun | undefined> {
  const { plan, ports, mark } = turn;
  switch (next.kind) {
    case "build":
      return build(turn);
    case "waitFor":
      await waitOut(next.state, turn);
      return undefined;
    case "deleteAndBuild":
      return beginAgain(next, turn);
    case "run":
      ports.agent.info(`Image template ${plan.template.name} of an earlier attempt is there, and was not run yet.`);
      return { kind: "ready", request: describeRequest(next.found, turn) };
    case "attach":
    case "take":
      return attach(next, turn);
    case "join":
      return join(turn);
    case "refuse":
      throw describeStranger(next.stranger, plan.template, { found: next.found, mark });
  }
}

async function build(turn: Turn): Promise<Begun | undefined> {
  const { plan, template, ports, options } = turn;
  const made = await madeBefore(turn);
  if (made !== undefined) return made;
  await options.beforeCreate?.();
  await waitForStagingGroup(template, turn.deadline, ports);
  try {
    return { kind: "ready", request: describeRequest(await createTemplate(plan, template, ports), turn) };
  } catch (error) {
    if (ports.cancelled.aborted || !(error instanceof ServiceError) || !(await mayBegin(error, turn))) throw error;
    return undefined;
  }
}

/** Whether a create that failed met somebody else, so that another look is worth while. */
async function mayBegin(error: ServiceError, { plan, template, ports }: Turn): Promise<boolean> {
  // Another process of this step was quicker.
  if (error.status === 409) return (await ports.templates.get(plan.template)) !== undefined;
  if (error.code !== failureCodes.templateFailed) return false;
  // Two templates were waiting for the staging group, and the other one got it.
  const holder = await findHolder(template, ports);
  if (holder === undefined || holder.ref.name === plan.template.name) return false;
  ports.agent.info(`Image template ${holder.ref.name} was given the staging resource group first.`);
  return true;
}

async function madeBefore({ plan, template, ports, options, mark, isFirst }: Turn): Promise<Begun | undefined> {
  // A later step asks the template for the image: without it, it must be built again.
  if (options.leaves === true) return undefined;
  const { traces } = options;
  const known = isFirst && traces?.template === undefined ? traces?.places : undefined;
  const maker = { ...mark, template: plan.template.name };
  const outputs = await findPredecessorImages(template.properties.distribute, { maker, known }, ports);
  if (outputs === undefined) return undefined;
  const ids = outputs.map(({ artifactId }) => artifactId).join(", ");
  const earlier = `An earlier attempt of this step has built the image: ${ids}. Nothing is built again.`;
  ports.agent.info(earlier);
  return { kind: "made", outputs, earlier };
}

/** Deletes what is of no use, unless its images have come about all the same. */
async function beginAgain(
  { found, why }: NextStep & { readonly kind: "deleteAndBuild" },
  turn: Turn,
): Promise<Begun | undefined> {
  const { plan, ports } = turn;
  const { name } = plan.template;
  const made = await madeBefore(turn);
  if (made?.kind === "made") return { ...made, found };
  ports.agent.info(`Image template ${name} of an earlier attempt is deleted, because ${why}; the build begins again.`);
  if (await deleteTemplate({ ref: plan.template, mark: turn.mark }, ports, deletePatience)) {
    await waitOut("Deleting", turn);
    return undefined;
  }
  // Something may go on in it after all: then that is what to go on with.
  const now = await readPatiently(() => ports.templates.get(plan.template), ports);
  if (decideOnPredecessor(now, turn.mark, wishesOf(turn.options)).kind === "deleteAndBuild")
    throw busy(plan, "could not be deleted");
  return undefined;
}

function attach({ found, run, kind }: NextStep & { readonly kind: "attach" | "take" }, turn: Turn): Begun {
  const { ports } = turn;
  const request = describeRequest(found, turn);
  const since = run.startTime === undefined ? "" : ` at ${run.startTime}`;
  const earlier =
    kind === "take"
      ? `An earlier attempt of this step began the build${since}, and it has ended (${run.runState}). Nothing is built again.`
      : `An earlier attempt of this step began the build${since}, and it goes on (${phaseOf(run)}). This one takes it over.`;
  ports.agent.info(earlier);
  if (turn.options.leaves !== true) noteState(request, "running", ports);
  const startedAt = run.startTime === undefined ? ports.clock.now() : new Date(run.startTime);
  return { kind: "started", request, started: { before: undefined, handle: undefined, startedAt }, earlier };
}

function wishesOf({ perishes = false, joinsSince }: Beginning): Perishing {
  return { perishes, joins: joinsSince !== undefined };
}

/** Follows another run's build of the same request; its template stays that run's to clean up. */
async function join(turn: Turn): Promise<Begun | undefined> {
  const { plan, template, ports, options } = turn;
  const since = options.joinsSince ?? ports.clock.now();
  const twin = await findTwin({ template, ref: plan.template, since }, ports);
  if (twin.kind === "gone") return undefined;
  if (twin.kind === "occupied") return twin;
  const { found } = twin;
  const maker = readMark(found.tags)?.run ?? "another pipeline run";
  const earlier = `${maker} builds the very same image: its build is followed, and nothing is built twice.`;
  ports.agent.info(`Image template ${plan.template.name}: ${earlier}`);
  const request: RunRequest = { ...describeRequest(found, turn), afterwards: "notOurs", mark: undefined };
  const { startTime } = found.lastRun ?? {};
  const startedAt = startTime === undefined ? ports.clock.now() : new Date(startTime);
  const started = { before: undefined, handle: undefined, startedAt };
  return { kind: "started", request, started, earlier, isTwin: true };
}

function describeRequest(found: TemplateStatus, { plan, template }: Start): RunRequest {
  const { distribute, target, otherTargets } = plan;
  return {
    ...cleanupOf(plan, template),
    found,
    // Another process of this step may be at work, too: whatever runs in a template of this mark is the build asked for.
    mayRun: true,
    minutes: plan.buildTimeoutInMinutes,
    outputNames: (distribute ?? [target, ...otherTargets]).map(({ runOutputName }) => runOutputName),
    log: { verbosity: plan.verbosity, attach: plan.attachLog },
  };
}
