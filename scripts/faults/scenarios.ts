/** Runs of the task that together ask everything the task ever asks. */
import type { Emulator } from "../../tests/emulator/index.ts";
import type { BuilderChange } from "../../tests/emulator/services/virtual-machine-images/index.ts";
import { failing, followed, second } from "./builders.ts";
import { earlierRun, seedMadeImage, seedTwin } from "./earlier-runs.ts";
import { seedFailed, seedGoingOn, seedImage, seedSucceeded } from "./earlier-attempts.ts";
import { seedOldBlobs, seedRun, seedStored, seedTemplate, seedVersion } from "./seeds.ts";

/** A run without any fault, and what it needs. */
export interface Scenario {
  readonly name: string;
  readonly what: string;
  /** Beside those that every run has. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Connection by name; default: workload identity federation. */
  readonly connection?: string;
  /** World by name; default: the one with pipelines. */
  readonly world?: string;
  readonly builder?: BuilderChange;
  /** Emulated milliseconds in a real one; default: the usual. */
  readonly scale?: number;
  /** Each run has a process of its own: a library keeps something for as long as the process lives. */
  readonly alone?: boolean;
  /** ID of the pipeline run; default: the world's own. */
  readonly run?: number;
  /** How many reads of the template are told apart before anything is done; default 2. */
  readonly reads?: number;
  /** A line that it says, whatever it has to bear on the way. */
  readonly says?: string;
  /** Of the job; default: the first. */
  readonly attempt?: number;
  /** The job is cancelled when a line or a task variable, `name=value`, has this text. */
  readonly cancelAt?: string;
  /** Code by which it ends; absent: it succeeds. */
  readonly code?: string;
  /** Sites with such a name are its own, because they mean something else there. */
  readonly own?: RegExp;
  /** Names of what is there before and may stay. */
  readonly there?: readonly string[];
  /** What lies in the cloud before. */
  readonly seed?: (emulator: Emulator) => Promise<void>;
}

const gallery = { sourceImage: "Canonical:ubuntu-24_04-lts:server", galleryImage: "{definition}", preflight: "none" };
const files = { artifactPath: "{artifact}", storageAccount: "stimages", inlineScript: "echo installed" };
const script = { inlineScript: "echo installed" };
const checkIds = Array.from({ length: 15 }, (_, index) => `P${index + 1}`);
const allBut = (id: string): string => checkIds.filter((one) => one !== id).join(",");
const checking = { ...gallery, ...files, action: "preflight", preflight: "full", subnet: "{subnet}" };

const signIns: readonly Scenario[] = (
  [
    ["federation", "images-prod"],
    ["secret", "images-key"],
    ["certificate", "images-certificate"],
    ["managed identity", "images-managed-identity"],
  ] as const
).map(([name, connection]) => ({
  name,
  what: `an image that is there is found, by a connection with a ${name}`.replace("a federation", "federation"),
  inputs: { action: "resolve", galleryImage: "{definition}" },
  connection,
  seed: seedVersion,
  own: /entra|oidc|instance-metadata/,
  alone: name === "managed identity",
}));

const checks: readonly Scenario[] = checkIds.map((id) => ({
  name: `check ${id}`,
  what: `one check of the preflight, ${id}`,
  inputs: { ...checking, skipChecks: allBut(id) },
}));

/** The run that stores the artifact, which others find. */
export const storing = "upload";

/** The run that makes the template, which others find as an earlier attempt's. */
export const making = "start";

/** The run that leaves a build, an image and a statement, which later runs of the pipeline find. */
export const leaving = "earlier run";

const reusing = { ...gallery, ...script, reuse: "ifUnchanged", reuseMaxAgeDays: "365" };

/** A run that asks for what an earlier run has made. */
const reuses: readonly Scenario[] = [
  {
    name: leaving,
    what: "a build that later runs of the pipeline find",
    inputs: { ...reusing, cleanup: "never" },
    run: earlierRun,
  },
  {
    name: "image used again",
    what: "an earlier run has made the image, which is taken",
    inputs: reusing,
    seed: seedMadeImage,
    own: /devops\/.*_apis\/build|galleries.*\/versions$/,
    says: "variable reused=true",
  },
  {
    name: "check for news",
    what: "an earlier run has made the image: nothing is new",
    inputs: { ...gallery, ...script, action: "check", reuseMaxAgeDays: "365" },
    seed: seedMadeImage,
    own: /devops\/.*_apis\/build|galleries.*\/versions$/,
    says: "variable buildNeeded=false",
  },
  {
    name: "another run's build",
    what: "another run builds the very same image: its build is followed",
    inputs: reusing,
    seed: seedTwin,
    own: /^GET imageTemplates/,
    builder: followed,
    reads: 5,
    says: "variable reused=true",
  },
];

/** A second attempt of the step, and what its predecessor has left. */
const attempts: readonly Scenario[] = (
  [
    ["attempt goes on", "its build goes on, and is followed", seedGoingOn, /imageTemplates/],
    ["attempt succeeded", "its build has succeeded, and its image is taken", seedSucceeded, /imageTemplates/],
    [
      "attempt failed",
      "its build has failed: it is deleted, and the build begins again",
      seedFailed,
      /^DELETE|^GET imageTemplates\/\{\}(, again| after delete)?$/,
    ],
    [
      "attempt's image",
      "its template is gone, and its image is taken",
      seedImage,
      /imageTemplates|galleries.*\/versions$/,
    ],
  ] as const
).map(([name, what, seed, own]) => ({
  name,
  what: `an earlier attempt of the step: ${what}`,
  inputs: { ...gallery, ...script },
  attempt: 2,
  seed,
  own,
  builder: name === "attempt goes on" ? followed : {},
}));

/** All scenarios; where several ask the same, the first stands for it: those that ask little come first. */
export const scenarios: readonly Scenario[] = [
  ...signIns,
  {
    name: "planning",
    what: "what a build is planned by, and no check",
    inputs: { ...checking, skipChecks: checkIds.join(",") },
  },
  ...checks,
  {
    name: "start",
    what: "a build is started and left to itself",
    inputs: { ...gallery, ...script, action: "start" },
  },
  {
    name: "stored",
    what: "the artifact is in the container already",
    inputs: { ...gallery, ...files, action: "start" },
    seed: seedStored,
  },
  {
    name: "old blobs",
    what: "blobs that nobody uses any more are removed",
    inputs: { ...gallery, ...files, action: "start" },
    seed: seedOldBlobs,
    there: ["incoming/0123456789abcdef"],
  },
  {
    name: "upload",
    what: "files of the agent are uploaded, and a build is started, without keys",
    inputs: { ...gallery, ...files, action: "start" },
  },
  {
    name: "signed address",
    what: "the build machine fetches the artifact by a signed address",
    inputs: { ...gallery, ...files, action: "start", artifactAccess: "delegationSas" },
    seed: seedStored,
  },
  {
    name: "artifact of a run",
    what: "an artifact of another pipeline's run, by Azure DevOps",
    inputs: {
      ...{ ...gallery, ...script, artifactName: "web", artifactPipeline: "web", artifactBranch: "main" },
      ...{ storageAccount: "stimages", action: "start" },
    },
  },
  {
    name: "source version",
    what: "a build from a version in a gallery",
    inputs: { ...gallery, ...script, sourceImage: "{definition}/versions/1.0.0", action: "start" },
    seed: seedVersion,
  },
  {
    name: "build",
    what: "an image version, followed to its end",
    inputs: { ...gallery, ...script },
    builder: followed,
  },
  {
    name: "build fails",
    what: "a build whose step fails",
    inputs: { ...gallery, ...script },
    builder: { ...followed, ...failing },
    code: "AIB602",
    own: /after run|runOutputs|^DELETE/,
  },
  {
    name: "existing template",
    what: "a template that is there is run",
    inputs: { templateName: "kept" },
    seed: seedTemplate,
    there: ["kept"],
    own: /imageTemplates/,
  },
  {
    name: "wait",
    what: "a build that another step has started is followed",
    inputs: { action: "wait", templateName: "kept" },
    seed: seedRun,
    there: ["kept"],
    own: /^GET imageTemplates/,
  },
  {
    name: "account key",
    what: "an address signed by the account's key",
    inputs: { ...gallery, ...files, action: "start", artifactAccess: "accountKey" },
    world: "log-with-key",
    seed: seedStored,
  },
  {
    name: "log by key",
    what: "the build's log, read by the staging account's key",
    inputs: { ...gallery, ...script },
    builder: followed,
    world: "log-with-key",
  },
  {
    name: "log of the container",
    what: "the build's log, read from the container that builds",
    inputs: { ...gallery, ...script },
    world: "log-from-container",
    builder: { ...followed, logBlobDelay: 600 * second },
  },
  {
    name: "create fails",
    what: "a template that the service does not take, because its identity may not write",
    inputs: { ...gallery, ...script },
    world: "preflight/identity-without-rights",
    code: "AIB503",
    own: /^PUT|operations|after create|^DELETE/,
  },
  {
    name: "cancel",
    what: "the job is cancelled while the build customizes",
    inputs: { ...gallery, ...script },
    builder: { durations: { customizing: 300 * second } },
    cancelAt: "ustomizing",
    scale: 100,
    code: "AIB902",
    own: /after run|cancel|^DELETE|post-job/,
  },
  {
    name: "cancel upload",
    what: "the job is cancelled while files of the agent are uploaded",
    inputs: { ...gallery, ...files, action: "start" },
    cancelAt: "AibUpload={",
    scale: 100,
    code: "AIB902",
    own: /post-job/,
  },
  ...attempts,
  ...reuses,
];
