/** A stage for the second task: one emulator with versions and machines, pipelines of a single step each. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { preparePackage } from "../../scripts/runner/package/freshness.ts";
import { sampleVariables } from "../../scripts/runner/sample.ts";
import { runSession } from "../../scripts/runner/session.ts";
import { createEmulator, type Emulator, type EmulatorOptions } from "../emulator/index.ts";

const root = resolve(import.meta.dirname, "../..");

/** What a user sees of a step. */
export interface Told {
  readonly result: string;
  readonly log: string;
  /** Codes of its issues, with what the task says as errors and warnings. */
  readonly codes: readonly string[];
  readonly planned: readonly Deed[];
  readonly done: readonly Deed[];
  readonly latest: string | undefined;
  /** Requests that change something, of this step. */
  readonly changes: readonly string[];
}

interface Deed {
  readonly id: string;
  readonly what: string;
  readonly why: string;
}

export interface LifecycleStage {
  readonly emulator: Emulator;
  /** Runs `AzureImageLifecycle@1` with these inputs in a pipeline run of its own. */
  step(inputs: Readonly<Record<string, string>>, options?: { readonly cancelAt?: RegExp }): Promise<Told>;
  /** Runs a whole pipeline. */
  run(pipeline: string, onLine?: (line: string) => void): Promise<{ readonly log: string; readonly result: string }>;
  /** ID of a version of the world's definition. */
  version(name: string): string;
  /** Short text about a version: excluded or not, its regions. Empty where there is none. */
  look(name: string): string;
  /** Numbers of the versions that are there. */
  versions(): readonly string[];
  close(): Promise<void>;
}

/** Opens it in the world `lifecycle`. */
export async function openLifecycleStage(options: EmulatorOptions = {}): Promise<LifecycleStage> {
  const extension = await preparePackage(root, () => undefined);
  const emulator = await createEmulator({ world: "lifecycle", scale: 150, ...options });
  const folder = mkdtempSync(join(tmpdir(), "lifecycle-"));
  const definition = emulator.description.resources.definition;
  const run: LifecycleStage["run"] = async (text, onLine) => {
    const { report, log } = await runText(text, onLine);
    return { log, result: report.result };
  };
  const runText = async (text: string, onLine: (line: string) => void = () => undefined, cancel?: AbortSignal) => {
    const pipeline = join(mkdtempSync(join(folder, "run-")), "azure-pipelines.yml");
    writeFileSync(pipeline, text);
    const lines: string[] = [];
    const report = await runSession(emulator, {
      pipeline,
      extension,
      variables: sampleVariables(emulator.description),
      ...(cancel === undefined ? {} : { cancel }),
      sink: (line) => {
        lines.push(line);
        onLine(line);
      },
    });
    return { report, log: lines.join("\n") };
  };
  return {
    emulator,
    run,
    step: async (inputs, { cancelAt } = {}) => {
      const before = emulator.requests().length;
      const cancel = new AbortController();
      const onLine = (line: string): void => {
        if (cancelAt?.test(line) === true) cancel.abort();
      };
      const { report, log } = await runText(pipelineOf(inputs), onLine, cancel.signal);
      const step = report.steps.find(({ name }) => name === "care");
      const list = (name: string): readonly Deed[] => JSON.parse(step?.outputs[name] ?? "[]") as readonly Deed[];
      return {
        result: step?.result ?? "none",
        log,
        codes: (step?.issues ?? []).map(({ code }) => code ?? ""),
        planned: list("planned"),
        done: list("done"),
        latest: step?.outputs["latestVersion"],
        changes: changesOf(emulator.requests().slice(before)),
      };
    },
    version: (name) => `${definition}/versions/${name}`,
    look: (name) => {
      const found = emulator.world.resources.get(`${definition}/versions/${name}`);
      if (found === undefined) return "";
      const { publishingProfile: profile } = found.body["properties"] as {
        readonly publishingProfile: {
          readonly excludeFromLatest: boolean;
          readonly targetRegions: readonly { readonly name: string }[];
        };
      };
      const regions = profile.targetRegions.map((region) => region.name).join(", ");
      return `${profile.excludeFromLatest ? "excluded" : "part of latest"}: ${regions}`;
    },
    versions: () =>
      emulator.world.resources.list(definition, "Microsoft.Compute/galleries/images/versions").map(({ name }) => name),
    close: async () => {
      rmSync(folder, { recursive: true, force: true });
      await emulator.close();
    },
  };
}

const pipelineOf = (inputs: Readonly<Record<string, string>>): string => `
variables: { serviceConnection: "", resourceGroup: "", imageDefinition: "", storageAccount: "" }
steps:
  - checkout: none
  - task: AzureImageLifecycle@1
    name: care
    inputs:
      azureSubscription: $(serviceConnection)
${Object.entries(inputs)
  .map(([name, value]) => `      ${name}: ${JSON.stringify(value)}`)
  .join("\n")}
`;

function changesOf(requests: ReturnType<Emulator["requests"]>): readonly string[] {
  return requests
    .filter(({ method, url }) => !["GET", "HEAD"].includes(method) && !/oauth2|oidctoken|federat/i.test(url))
    .map(({ method, url }) => `${method} ${decodeURIComponent(new URL(url).pathname).split("/").slice(-2).join("/")}`);
}
