/** Runs of the task that together ask everything the task ever asks. */
import type { Emulator } from "../../tests/emulator/index.ts";
import type { BuilderChange } from "../../tests/emulator/services/virtual-machine-images/index.ts";
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
  /** The job is cancelled when a line has this text. */
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

const second = 1_000;

/** Phases as short as they can be while each of them is still seen by a read. */
export const shortPhases: BuilderChange = {
  buildVm: "simulated",
  durations: {
    create: 6 * second,
    createScripts: 2 * second,
    createSubnet: second,
    createFailed: 6 * second,
    queued: 4 * second,
    containerStart: second,
    building: 10 * second,
    customizing: 2 * second,
    validating: 2 * second,
    optimizing: { Linux: 2 * second, Windows: 2 * second },
    simulated: { step: 2 * second, WindowsRestart: 2 * second, WindowsUpdate: 2 * second },
    distribute: { ManagedImage: 8 * second, SharedImage: 8 * second, VHD: 8 * second },
    cancel: 12 * second,
    delete: 20 * second,
  },
  logBlobDelay: 3 * second,
  lag: { min: 1.5 * second, max: 4 * second },
  simulatedSteps: [],
};

const gallery = { sourceImage: "Canonical:ubuntu-24_04-lts:server", galleryImage: "{definition}", preflight: "none" };
const files = { artifactPath: "{artifact}", storageAccount: "stimages", inlineScript: "echo installed" };
const script = { inlineScript: "echo installed" };
const failing: BuilderChange = {
  simulatedSteps: [{ exitCode: 1, output: ["E: Unable to locate package nginy"] }],
};

const checkIds = Array.from({ length: 15 }, (_, index) => `P${index + 1}`);
const allBut = (id: string): string => checkIds.filter((one) => one !== id).join(",");
const checking = { ...gallery, ...files, action: "preflight", preflight: "full", subnet: "{subnet}" };

const signIns: readonly Scenario[] = (
  [
    ["federation", "images-prod"],
    ["secret", "images-key"],
    ["certificate", "images-certificate"],
  ] as const
).map(([name, connection]) => ({
  name,
  what: `an image that is there is found, by a connection with a ${name}`.replace("a federation", "federation"),
  inputs: { action: "resolve", galleryImage: "{definition}" },
  connection,
  seed: seedVersion,
  own: /entra|oidc/,
}));

const checks: readonly Scenario[] = checkIds.map((id) => ({
  name: `check ${id}`,
  what: `one check of the preflight, ${id}`,
  inputs: { ...checking, skipChecks: allBut(id) },
}));

/** A build that is followed for long enough to be read several times. */
const followed: BuilderChange = { durations: { building: 75 * second, distribute: sameTime(20 * second) } };

function sameTime(ms: number): { readonly ManagedImage: number; readonly SharedImage: number; readonly VHD: number } {
  return { ManagedImage: ms, SharedImage: ms, VHD: ms };
}

/** The run that stores the artifact, which others find. */
export const storing = "upload";

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
    own: /after run|cancel|^DELETE/,
  },
];
