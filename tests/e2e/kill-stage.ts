/** A stage for jobs that end badly and are run again: one emulator, attempts of one job in one pipeline run. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type RunnerClock, scaledClock } from "../../scripts/runner/agent/clock.ts";
import { preparePackage } from "../../scripts/runner/package/freshness.ts";
import { type ExtensionPackage, openPackage } from "../../scripts/runner/package/vsix.ts";
import { runPipeline } from "../../scripts/runner/run/run-pipeline.ts";
import type { RunReport, RunSettings, StepReport } from "../../scripts/runner/run/types.ts";
import { sampleVariables } from "../../scripts/runner/sample.ts";
import { describeSurroundings } from "../../scripts/runner/surroundings.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import type { BuilderChange } from "../emulator/services/virtual-machine-images/index.ts";

const root = resolve(import.meta.dirname, "../..");

/** Where the stage's pipeline puts the artifact. */
export const fileInImage = { path: "/srv/site/index.html", content: "<h1>hello</h1>\n" };

/** Minutes a job of the stage may take, by its YAML. */
const jobMinutes = 90;

/** The job that is run, attempt by attempt; `settings` are lines of the job. */
const pipelineOf = (settings: string): string => `
variables: { serviceConnection: "", resourceGroup: "", imageIdentity: "", imageDefinition: "", storageAccount: "" }
jobs:
  - job: Bake
    timeoutInMinutes: ${jobMinutes}
${settings}
    steps:
      - task: AzureImageBuilder@1
        name: image
        inputs:
          azureSubscription: $(serviceConnection)
          resourceGroup: $(resourceGroup)
          managedIdentity: $(imageIdentity)
          sourceImage: Canonical:ubuntu-24_04-lts:server
          artifactPath: site
          storageAccount: $(storageAccount)
          inlineScript: sudo mkdir -p /srv && sudo cp -r /tmp/site /srv/
          galleryImage: $(imageDefinition)
          buildTimeoutInMinutes: 60
          preflight: none
          verbosity: quiet
`;

/** How one attempt of the job goes. */
export type Attempt = Partial<Pick<RunSettings, "cancel" | "lost" | "onTaskStart" | "dockerClient">> & {
  /** From 1. */
  readonly number: number;
  /** Aborted: the job's time limit is reached; else it never is. */
  readonly limit?: AbortSignal;
  /** Each line of the log as it comes. */
  readonly onLine?: (line: string) => void;
};

/** What a user sees of an attempt. */
export interface Attempted {
  readonly report: RunReport;
  readonly log: string;
  /** The part of the log that the post-job part wrote; empty where it did not run. */
  readonly after: string;
  readonly step: StepReport;
  /** Output variables of the step by name. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** What is in the emulated Azure beyond what was there at first. */
export interface Left {
  readonly templates: readonly string[];
  /** Gallery image versions, as `<id> <provisioning state>`. */
  readonly versions: readonly string[];
  /** Resource ids of anything else. */
  readonly others: readonly string[];
  /** Names of blobs that are no complete artifact. */
  readonly blobs: readonly string[];
}

export interface KillStage {
  readonly emulator: Emulator;
  run(attempt: Attempt): Promise<Attempted>;
  /** What is left once the deletions that are under way have ended. */
  left(): Promise<Left>;
  /** Everything as at first. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export interface KillStageOptions {
  readonly scale: number;
  readonly imageBuilder: BuilderChange;
  /** Lines of the job, each indented by four blanks; default: none. */
  readonly job?: string;
}

/** Opens an emulator and a repository with an artifact; the extension is packaged where needed. */
export async function openKillStage({ scale, imageBuilder, job = "" }: KillStageOptions): Promise<KillStage> {
  const extension = await openPackage(await preparePackage(root, () => undefined));
  const emulator = await createEmulator({ scale, imageBuilder, warm: true });
  const folder = mkdtempSync(join(tmpdir(), "kill-"));
  const repository = join(folder, "repository");
  mkdirSync(join(repository, "site"), { recursive: true });
  writeFileSync(join(repository, "site/index.html"), fileInImage.content);
  const known = new Set(idsOf(emulator));
  return {
    emulator,
    run: (attempt) => runAttempt({ emulator, folder, repository, extension, pipeline: pipelineOf(job) }, attempt),
    left: () => leftIn(emulator, known),
    reset: () => emulator.reset(),
    async close() {
      await emulator.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Place {
  readonly emulator: Emulator;
  readonly folder: string;
  readonly repository: string;
  readonly extension: ExtensionPackage;
  readonly pipeline: string;
}

/** The emulator's clock, by which the job's time limit comes when the test says so. */
function limitedClock(clock: RunnerClock, limit: AbortSignal): RunnerClock {
  const reached = (over?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      for (const signal of [limit, over]) {
        if (signal?.aborted) resolve();
        signal?.addEventListener("abort", () => resolve(), { once: true });
      }
    });
  return { ...clock, sleep: (ms, over) => (ms === jobMinutes * 60_000 ? reached(over) : clock.sleep(ms, over)) };
}

async function runAttempt(place: Place, { number, onLine, limit, ...settings }: Attempt): Promise<Attempted> {
  const { emulator, folder, repository, extension, pipeline } = place;
  const workFolder = mkdtempSync(join(folder, "run-"));
  const lines: string[] = [];
  const clock = emulator.world.clock.environment();
  const scaled = scaledClock(JSON.parse(clock) as Parameters<typeof scaledClock>[0]);
  const report = await runPipeline({
    source: pipeline,
    file: "azure-pipelines.yml",
    repository,
    extension,
    surroundings: describeSurroundings(emulator.description, clock),
    nodePath: process.execPath,
    variables: sampleVariables(emulator.description),
    inputs: {},
    connection: undefined,
    attempt: number,
    cancel: new AbortController().signal,
    clock: limitedClock(scaled, limit ?? new AbortController().signal),
    signalClock: scaled,
    sink(line) {
      lines.push(line);
      onLine?.(line);
    },
    workFolder,
    ...settings,
  });
  rmSync(workFolder, { recursive: true, force: true });
  const step = report.steps.find(({ name }) => name === "image");
  if (step === undefined) throw new Error(`The step of the task did not run:\n${lines.join("\n")}`);
  const begin = lines.findIndex((line) => line.startsWith("##[section]Starting: Post-job"));
  return {
    report,
    log: lines.join("\n"),
    after: begin < 0 ? "" : lines.slice(begin).join("\n"),
    step,
    outputs: Object.fromEntries([...step.outputs].map(([name, { value }]) => [name, value])),
  };
}

function idsOf({ world }: Emulator): readonly string[] {
  return world.resources.list("").map(({ id }) => id);
}

const stateOf = (body: Readonly<Record<string, unknown>>): string =>
  (body.properties as { readonly provisioningState?: string } | undefined)?.provisioningState ?? "";

async function leftIn(emulator: Emulator, known: ReadonlySet<string>): Promise<Left> {
  const { world } = emulator;
  const isTemplate = (type: string): boolean => /\/imageTemplates$/i.test(type);
  const fresh = () => world.resources.list("").filter(({ id }) => !known.has(id));
  const isGoing = () => fresh().some(({ type, body }) => isTemplate(type) && stateOf(body) === "Deleting");
  while (isGoing()) await world.clock.sleep(2_000);
  const found = fresh();
  const isVersion = (type: string): boolean => /\/images\/versions$/i.test(type);
  const account = emulator.description.resources.storageAccount.split("/").at(-1) ?? "";
  const blobs = await world.blobs.list(account, "imagebuilder");
  return {
    templates: found.filter(({ type }) => isTemplate(type)).map(({ name }) => name),
    versions: found.filter(({ type }) => isVersion(type)).map(({ id, body }) => `${id} ${stateOf(body)}`),
    // What a template has, its staging group and what lies in it, goes with it.
    others: found.filter(({ type }) => !isTemplate(type) && !isVersion(type)).map(({ id }) => id),
    blobs: blobs.map(({ name }) => name).filter((name) => !/^v1\/[0-9a-f]{64}\.tar\.gz$/.test(name)),
  };
}
