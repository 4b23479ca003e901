/** A stage for builds that end in every way there is: one emulator, one build after the other, each with its own wishes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { realClock, scaledClock } from "../../scripts/runner/agent/clock.ts";
import { preparePackage } from "../../scripts/runner/package/freshness.ts";
import { openPackage } from "../../scripts/runner/package/vsix.ts";
import { buildJsonReport, type JsonReport } from "../../scripts/runner/run/report.ts";
import { recordRun } from "../../scripts/runner/record-run.ts";
import { runIdOf } from "../../scripts/runner/run-ids.ts";
import { runPipeline } from "../../scripts/runner/run/run-pipeline.ts";
import type { PipelineIdentity, RunReport, StartedPart } from "../../scripts/runner/run/types.ts";
import { sampleVariables } from "../../scripts/runner/sample.ts";
import { describeSurroundings } from "../../scripts/runner/surroundings.ts";
import { createEmulator, type Emulator, type EmulatorOptions } from "../emulator/index.ts";
import { type BuilderChange, configureImageBuilder } from "../emulator/services/virtual-machine-images/index.ts";
import { shortBuild } from "./short-build.ts";

const root = resolve(import.meta.dirname, "../..");

/** How the service behaves unless a build wishes it otherwise: nothing is really run. */
const usual: BuilderChange = {
  buildVm: "simulated",
  durations: shortBuild,
  logBlobDelay: 20_000,
  lag: { min: 1_500, max: 5_000 },
  simulatedSteps: [],
};

/** What a user sees of a build. */
export interface Ending {
  readonly report: JsonReport;
  /** The step of the task. */
  readonly step: JsonReport["steps"][number];
  readonly outputs: Readonly<Record<string, string>>;
  readonly lines: readonly string[];
  readonly log: string;
  /** The message of the step's last error: the last lines of the log. */
  readonly error: string;
  /** The build's log that is attached to the run; undefined where there is none. */
  readonly attached: string | undefined;
  /** What was found before the build, as it is attached to the run; empty where nothing was checked. */
  readonly preflight: { readonly page: string; readonly json: string };
  readonly summary: string;
  /** Requests of this build. */
  readonly requests: ReturnType<Emulator["requests"]>;
}

export interface Build {
  /** How the service behaves in this build, on top of the usual. */
  readonly builder?: BuilderChange;
  /** Secret variables of the pipeline. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Each line of the log as it comes. */
  readonly onLine?: (line: string) => void;
  /** Aborted: the pipeline run is cancelled. */
  readonly cancel?: AbortSignal;
  /** A part of the task that has just been started. */
  readonly onPart?: (part: StartedPart) => void;
  /** Of the same pipeline run as the build before, from 2; default: a new run's first. */
  readonly attempt?: number;
  /** Whose run it is; default: the runner's own. */
  readonly identity?: PipelineIdentity;
  /** Aborted: the agent is lost with all that runs on it. */
  readonly lost?: AbortSignal;
  /** Lines of the step beside its inputs, each indented by four blanks. */
  readonly settings?: string;
}

export interface EndingsStage {
  readonly emulator: Emulator;
  /** Runs the task with these inputs, as lines of YAML beside those every build has. */
  bake(inputs: string, build?: Build): Promise<Ending>;
  /** Names of the image templates that are there. */
  templates(): readonly string[];
  close(): Promise<void>;
}

/** Opens an emulator and a folder for pipelines; the extension is packaged where needed. */
export async function openEndingsStage(options: EmulatorOptions = {}): Promise<EndingsStage> {
  const extension = await preparePackage(root, () => undefined);
  const emulator = await createEmulator({ scale: 150, warm: true, ...options });
  const folder = mkdtempSync(join(tmpdir(), "endings-"));
  return {
    emulator,
    bake: (inputs, build = {}) => bake({ emulator, folder, extension }, inputs, build),
    templates: () =>
      emulator.world.resources.list("", "Microsoft.VirtualMachineImages/imageTemplates").map(({ name }) => name),
    close: async () => {
      rmSync(folder, { recursive: true, force: true });
      await emulator.close();
    },
  };
}

async function bake(
  { emulator, folder, extension }: { emulator: Emulator; folder: string; extension: string },
  inputs: string,
  { builder = {}, secrets = {}, onLine, attempt = 1, lost, settings = "", cancel, onPart, identity }: Build,
): Promise<Ending> {
  const durations = { ...shortBuild, ...builder.durations };
  configureImageBuilder(emulator.world, { ...usual, ...builder, durations });
  const before = emulator.requests().length;
  const workFolder = mkdtempSync(join(folder, "run-"));
  const file = join(workFolder, "azure-pipelines.yml");
  writeFileSync(file, pipelineOf(inputs, settings));
  const lines: string[] = [];
  const clock = emulator.world.clock.environment();
  const own = { runId: runIdOf(emulator, attempt), attempt, ...(identity === undefined ? {} : { identity }) };
  const recording = recordRun(emulator, own);
  const run = await runPipeline({
    source: readFileSync(file, "utf8"),
    file,
    repository: workFolder,
    extension: await openPackage(extension),
    surroundings: describeSurroundings(emulator.description, clock),
    nodePath: process.execPath,
    variables: sampleVariables(emulator.description),
    secretVariables: secrets,
    inputs: {},
    connection: undefined,
    ...own,
    onStepEnd: recording.onStepEnd,
    cancel: cancel ?? new AbortController().signal,
    ...(onPart === undefined ? {} : { onTaskStart: onPart }),
    ...(lost === undefined ? {} : { lost }),
    clock: scaledClock(JSON.parse(clock) as Parameters<typeof scaledClock>[0]),
    signalClock: realClock,
    sink: (line) => {
      lines.push(line);
      onLine?.(line);
    },
    workFolder,
  });
  recording.end(run.result);
  return describeEnding(run, lines, emulator.requests().slice(before));
}

function describeEnding(run: RunReport, lines: readonly string[], requests: Ending["requests"]): Ending {
  const report = buildJsonReport(run);
  const step = report.steps.find(({ name }) => name === "image");
  if (step === undefined) throw new Error(`The pipeline has no step of the task:\n${lines.join("\n")}`);
  // As the files were handed over: no agent masks what is in them.
  const attached = (type: string, name: RegExp): string | undefined => {
    const found = run.attachments.find(
      (one) => one.type === `Distributedtask.Core.${type}` && name.test(basename(one.path)),
    );
    return found === undefined ? undefined : readFileSync(found.path, "utf8");
  };
  return {
    report,
    outputs: step.outputs,
    step,
    lines,
    log: lines.join("\n"),
    error: step.issues.filter(({ type }) => type === "error").at(-1)?.message ?? "",
    attached: attached("FileAttachment", /\.log$/),
    summary: attached("Summary", /^Image /) ?? "",
    preflight: {
      page: attached("Summary", /^Preflight /) ?? "",
      json: attached("FileAttachment", /^preflight\.json$/) ?? "",
    },
    requests,
  };
}

const pipelineOf = (inputs: string, settings: string): string => `
variables: { serviceConnection: "", resourceGroup: "", imageIdentity: "", imageDefinition: "", storageAccount: "" }
steps:
  - task: AzureImageBuilder@1
    name: image
${settings}
    inputs:
      azureSubscription: $(serviceConnection)
      resourceGroup: $(resourceGroup)
      managedIdentity: $(imageIdentity)
${inputs}
`;

/** Inputs of a Linux build of the steps given as YAML, to the world's gallery. */
export const linux = (steps: string, more = ""): string =>
  `      sourceImage: Canonical:ubuntu-24_04-lts:server
      galleryImage: $(imageDefinition)
      steps: |
${indent(steps)}
${more}`;

/** Lines two levels deeper than an input. */
export const indent = (text: string): string =>
  text
    .split("\n")
    .map((line) => `        ${line}`)
    .join("\n");

/**
 * What holds for every log: groups are closed before others open and at the end, and the attached file has no control
 * characters. Throws an Error that says where it does not.
 */
export function checkLog({ lines, attached }: Ending): void {
  let open = 0;
  for (const line of lines) {
    if (line.startsWith("##[group]")) open += 1;
    if (line.startsWith("##[endgroup]")) open -= 1;
    if (open < 0 || open > 1) throw new Error(`groups are not balanced at: ${line}`);
  }
  if (open !== 0) throw new Error("a group is open at the end");
  const control = /[^\P{Cc}\t\n]/u.exec(attached ?? "");
  if (control !== null) throw new Error(`the attached log has ${JSON.stringify(control[0])} at ${control.index}`);
}
