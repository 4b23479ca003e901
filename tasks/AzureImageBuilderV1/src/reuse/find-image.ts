/** Looks for an image that was made of the same things, and says why there is none that counts. */
import type { ImagePlaces } from "../facts/made-images.ts";
import type { RunIdentity } from "../facts/types.ts";
import { noteCodes } from "../codes.ts";
import type { Note } from "../findings.ts";
import type { TemplateDistributor } from "../image-template.ts";
import type { ReuseInputs } from "../inputs/types.ts";
import type { BuildPlan } from "../plan/types.ts";
import type { Ports } from "../ports.ts";
import { type Change, compareForms, requestDigest, type RequestForm, unpinned } from "../request/index.ts";
import { regionName } from "../values/regions.ts";
import { tagNames, tagOf } from "../values/tag-names.ts";
import { type Candidate, findCandidates } from "./candidates.ts";
import { formatAge, judge, judgeAge, type Wanted } from "./judge.ts";
import { findTrust, type Makers, type Trust } from "./trust.ts";
import type { BuildReason, Refusal, Verdict } from "./types.ts";

/** Candidates whose runs are read at most: each costs up to three requests to Azure DevOps. */
const mostAsked = 5;

/** What is asked for, and what is known. */
export interface Question {
  readonly plan: BuildPlan;
  readonly targets: readonly TemplateDistributor[];
  readonly places: ImagePlaces;
  readonly form: RequestForm;
  readonly run: RunIdentity;
  readonly reuse: ReuseInputs;
}

type ReusePorts = Pick<Ports, "agent" | "clock" | "runs">;

/** The verdict; what is not used again and why is in the log. Throws nothing that Azure DevOps says. */
export async function findReusable(question: Question, ports: ReusePorts): Promise<Verdict> {
  const { plan, targets, run } = question;
  const impossible = whyNever(targets, run) ?? sentence(unpinned(plan));
  if (impossible !== undefined) return { kind: "build", reason: "notComparable", text: impossible };
  const digest = requestDigest(question.form);
  const refused: Refusal[] = [];
  for (const candidate of findCandidates(targets, question.places, digest).slice(0, mostAsked)) {
    const found = await examine(candidate, { question, digest }, ports);
    if (found.kind === "reuse") return found;
    ports.agent.info(`${nameOf(candidate)} has the same request digest and ${found.why}.`);
    refused.push(found);
  }
  const [first] = refused;
  if (first !== undefined) {
    const others = refused.length === 1 ? "" : ` So it is with ${refused.length - 1} more.`;
    return { kind: "build", reason: first.reason, text: `The newest image of this request ${first.why}.${others}` };
  }
  return compareWithNewest(question, ports);
}

function whyNever(targets: readonly TemplateDistributor[], { kind, definition }: RunIdentity): string | undefined {
  if (targets.some(({ type }) => type === "VHD")) return "A VHD bears no tags by which it could be found again.";
  if (kind === "release")
    return "What a classic release has attached cannot be read again: images are used again in pipelines only.";
  return definition === "" ? "The agent does not say which pipeline this is (System.DefinitionId)." : undefined;
}

async function examine(
  candidate: Candidate,
  { question, digest }: { readonly question: Question; readonly digest: string },
  { clock, runs }: ReusePorts,
): Promise<Extract<Verdict, { kind: "reuse" }> | (Refusal & { readonly kind: "refused" })> {
  const { plan, reuse } = question;
  const excludeFromLatest = plan.target.kind === "gallery" && plan.target.excludeFromLatest;
  const wanted: Wanted = { now: clock.now(), maxAgeDays: reuse.maxAgeDays, excludeFromLatest };
  const fault = judge(candidate, wanted);
  if (fault !== undefined) return { kind: "refused", ...fault };
  const trust = await findTrust(candidate, { makers: makersOf(question), digest }, { runs });
  if (trust.kind === "refused") return trust;
  const madeAt = candidate.images[0]?.publishedAt ?? trust.statement.finishedOn;
  // An image that nobody dates is taken for one that is too old.
  if (madeAt === undefined) return { kind: "refused", reason: "tooOld", why: "has no date" };
  const late = judgeAge(madeAt, wanted);
  if (late !== undefined) return { kind: "refused", ...late };
  return describe(candidate, trust, { question, age: wanted.now.getTime() - madeAt.getTime() });
}

function makersOf({ run, reuse }: Question): Makers {
  return { own: run, branches: reuse.branches };
}

function describe(
  candidate: Candidate,
  { run }: Trust & { readonly kind: "trusted" },
  { question, age }: { readonly question: Question; readonly age: number },
): Extract<Verdict, { kind: "reuse" }> {
  const text =
    `${nameOf(candidate)} was made of the same things ${formatAge(age)} ago, by run ${run.number} of ${run.definitionName} ` +
    `on ${run.branch}. Trusted: Azure DevOps says so of that run, and the provenance it attached names this image and this request.`;
  return {
    kind: "reuse",
    outputs: candidate.images.map(({ name, id }) => ({ name, artifactId: id })),
    regions: Object.fromEntries(candidate.images.map(({ name, regions }) => [name, regions])),
    maker: run,
    text,
    notes: noteRegions(candidate, question),
  };
}

/** Nothing is altered: to replicate is a change that somebody has to want. */
function noteRegions({ images }: Candidate, { targets }: Question): readonly Note[] {
  return targets.flatMap((target, index) => {
    const image = images[index];
    const wanted =
      target.type === "SharedImage" ? (target.targetRegions ?? []).map(({ name }) => regionName(name)) : [];
    const lacking = wanted.filter((region) => image?.regions.includes(region) === false);
    if (image === undefined || lacking.length === 0) return [];
    const message =
      `${image.id} is not in ${lacking.join(", ")}. Nothing was altered: AzureImageLifecycle@1 with action: promote ` +
      "replicates it to more regions.";
    return [{ code: noteCodes.regionsLacking, input: "targetRegions", message }];
  });
}

/** Why the newest image of this pipeline is not of this request. */
async function compareWithNewest(question: Question, { agent, runs }: ReusePorts): Promise<Verdict> {
  const candidates = findCandidates(question.targets, question.places).slice(0, mostAsked);
  let refused: Refusal | undefined;
  for (const candidate of candidates) {
    const digest = tagOf(candidate.images[0]?.tags ?? {}, tagNames.request) ?? "";
    const trust = await findTrust(candidate, { makers: makersOf(question), digest }, { runs });
    if (trust.kind === "trusted") return describeChanges(candidate, compareForms(trust.statement.form, question.form));
    agent.info(`${nameOf(candidate)} ${trust.why}.`);
    refused ??= trust;
  }
  if (refused === undefined) {
    return { kind: "build", reason: "noImage", text: "No image made by this task is where this one goes." };
  }
  return { kind: "build", reason: refused.reason, text: `The newest image of this task ${refused.why}.` };
}

const reasons: Readonly<Record<Change["part"], BuildReason>> = {
  source: "newSource",
  artifact: "changedArtifact",
  steps: "changedSteps",
  validation: "changedSteps",
  disks: "changedSettings",
  identities: "changedSettings",
  optimize: "changedSettings",
  definition: "changedSettings",
  security: "changedSettings",
};

function describeChanges(candidate: Candidate, changes: readonly Change[]): Verdict {
  const [first] = changes;
  // A digest of an older form stands for the same things, and cannot be compared.
  if (first === undefined) {
    return {
      kind: "build",
      reason: "notComparable",
      text: `${nameOf(candidate)} was made by another form of the request.`,
    };
  }
  const texts = changes.map(({ text }) => text).join("; ");
  return { kind: "build", reason: reasons[first.part], text: `Since ${nameOf(candidate)}: ${texts}.` };
}

function sentence(clause: string | undefined): string | undefined {
  return clause === undefined ? undefined : `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;
}

/** The version of a gallery, the name of another image. */
function nameOf({ images }: Candidate): string {
  const id = images[0]?.id ?? "";
  const [, definition, version] = /\/images\/([^/]+)\/versions\/([^/]+)$/i.exec(id) ?? [];
  return version === undefined ? id.slice(id.lastIndexOf("/") + 1) : `${definition} ${version}`;
}
