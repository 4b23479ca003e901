/** Runs the packaged task with secrets that are known, and gathers every text that it leaves anywhere. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { realClock, scaledClock } from "../../scripts/runner/agent/clock.ts";
import { preparePackage } from "../../scripts/runner/package/freshness.ts";
import { openPackage } from "../../scripts/runner/package/vsix.ts";
import { runPipeline } from "../../scripts/runner/run/run-pipeline.ts";
import type { RunReport } from "../../scripts/runner/run/types.ts";
import { sampleVariables } from "../../scripts/runner/sample.ts";
import { describeSurroundings, proxyPassword } from "../../scripts/runner/surroundings.ts";
import type { ConnectionDescription } from "../emulator/core/description.ts";
import { createEmulator, type Emulator, type EmulatorOptions } from "../emulator/index.ts";
import { type BuilderChange, configureImageBuilder } from "../emulator/services/virtual-machine-images/index.ts";
import type { Place } from "./find-leaks.ts";

const root = resolve(import.meta.dirname, "../..");

/** Phases as short as they can be while each of them is still seen by a read. Emulated ms. */
const builder: BuilderChange = {
  buildVm: "simulated",
  durations: {
    queued: 20_000,
    building: 45_000,
    customizing: 5_000,
    validating: 20_000,
    optimizing: { Linux: 30_000, Windows: 30_000 },
    distribute: { ManagedImage: 30_000, SharedImage: 40_000, VHD: 30_000 },
    delete: 20_000,
    cancel: 30_000,
  },
  logBlobDelay: 20_000,
  lag: { min: 1_500, max: 5_000 },
  simulatedSteps: [],
};

export interface CanaryRun {
  /** What the run is called in the list of places. */
  readonly name: string;
  readonly connection: string;
  /** Authorization parameters in place of the connection's own. */
  readonly parameters?: ConnectionDescription["parameters"];
  /** Lines of YAML, indented as inputs. */
  readonly inputs: string;
  readonly secrets: Readonly<Record<string, string>>;
  /** What lies in the repository, by path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly simulatedSteps?: BuilderChange["simulatedSteps"];
  readonly proxied?: boolean;
}

export interface CanaryEnd {
  readonly result: RunReport["result"];
  readonly issues: RunReport["steps"][number]["issues"];
  /** As the process printed it, before any masking. */
  readonly raw: string;
  readonly places: readonly Place[];
}

export interface CanaryStage {
  readonly emulator: Emulator;
  run(run: CanaryRun): Promise<CanaryEnd>;
  close(): Promise<void>;
}

/** Opens an emulator and a folder for pipelines; the extension is packaged where needed. */
export async function openCanaryStage(options: EmulatorOptions): Promise<CanaryStage> {
  const extension = await preparePackage(root, () => undefined);
  const emulator = await createEmulator({ scale: 150, warm: true, ...options });
  const folder = mkdtempSync(join(tmpdir(), "canary-"));
  return {
    emulator,
    run: (run) => runOne({ emulator, folder, extension }, run),
    close: async () => {
      rmSync(folder, { recursive: true, force: true });
      await emulator.close();
    },
  };
}

interface Hall {
  readonly emulator: Emulator;
  readonly folder: string;
  readonly extension: string;
}

async function runOne({ emulator, folder, extension }: Hall, run: CanaryRun): Promise<CanaryEnd> {
  configureImageBuilder(emulator.world, { ...builder, simulatedSteps: run.simulatedSteps ?? [] });
  const repository = mkdtempSync(join(folder, "repository-"));
  const workFolder = mkdtempSync(join(folder, "agent-"));
  for (const [path, content] of Object.entries(run.files ?? {})) {
    mkdirSync(join(repository, path, ".."), { recursive: true });
    writeFileSync(join(repository, path), content);
  }
  const [printed, shown]: [string[], string[]] = [[], []];
  const clock = emulator.world.clock.environment();
  const description = { ...emulator.description, connections: connectionsOf(emulator, run) };
  const report = await runPipeline({
    source: pipelineOf(run),
    file: "azure-pipelines.yml",
    repository,
    extension: await openPackage(extension),
    surroundings: describeSurroundings(description, clock, { proxied: run.proxied ?? false }),
    nodePath: process.execPath,
    variables: { ...sampleVariables(emulator.description), "System.Debug": "true" },
    secretVariables: { ...(run.proxied ? proxyPassword(emulator.description) : {}), ...run.secrets },
    inputs: {},
    connection: undefined,
    attempt: 1,
    cancel: new AbortController().signal,
    onOutput: (line) => printed.push(line),
    clock: scaledClock(JSON.parse(clock) as Parameters<typeof scaledClock>[0]),
    signalClock: realClock,
    sink: (line) => shown.push(line),
    workFolder,
  });
  const step = report.steps.find(({ name }) => name === "image");
  return {
    result: step?.result ?? report.result,
    issues: step?.issues ?? [],
    raw: printed.join("\n"),
    places: placesOf(run.name, { printed, shown, report, workFolder }),
  };
}

function connectionsOf(
  { description }: Emulator,
  { connection: name, parameters }: CanaryRun,
): Readonly<Record<string, ConnectionDescription>> {
  const own = description.connections[name];
  if (own === undefined) throw new Error(`The world has no connection ${name}.`);
  return { ...description.connections, [name]: { ...own, parameters: { ...own.parameters, ...parameters } } };
}

const pipelineOf = ({ connection, inputs }: CanaryRun): string => `
variables: { serviceConnection: "", resourceGroup: "", imageIdentity: "", imageDefinition: "", storageAccount: "" }
steps:
  - checkout: self
  - task: AzureImageBuilder@1
    name: image
    inputs:
      azureSubscription: ${connection}
      resourceGroup: $(resourceGroup)
      managedIdentity: $(imageIdentity)
      sourceImage: Canonical:ubuntu-24_04-lts:server
      galleryImage: $(imageDefinition)
${inputs}
`;

/** The commands that carry a secret by contract: they are how an agent learns it. */
const tellsAgent = /^##vso\[task\.setsecret\]|^##vso\[task\.set(?:task)?variable [^\]]*issecret=true/i;

function placesOf(
  name: string,
  left: {
    readonly printed: readonly string[];
    readonly shown: readonly string[];
    readonly report: RunReport;
    readonly workFolder: string;
  },
): readonly Place[] {
  const { printed, shown, report, workFolder } = left;
  const texts = report.steps.flatMap(({ issues, outputs }) => [
    ...issues.map(({ message }) => message),
    ...[...outputs].map(([output, { value }]) => `${output}=${value}`),
  ]);
  return [
    { name: `${name}: what the process printed`, text: printed.filter((line) => !tellsAgent.test(line)).join("\n") },
    { name: `${name}: the pipeline's log`, text: shown.join("\n") },
    { name: `${name}: issues and output variables`, text: texts.join("\n") },
    { name: `${name}: timeline`, text: JSON.stringify(report.timeline) },
    ...filesBelow(workFolder, workFolder).map(({ name: path, text }) => ({ name: `${name}: ${path}`, text })),
  ];
}

/** Attachments and the agent's temporary folder among them; what was checked out is the user's own. */
function filesBelow(folder: string, top: string): readonly Place[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    const inside = relative(top, path);
    if (/^\d+\/_work\/1\/s$/.test(inside)) return [];
    if (entry.isDirectory()) return filesBelow(path, top);
    return entry.isFile() ? [{ name: inside, text: readFileSync(path, "utf8") }] : [];
  });
}
