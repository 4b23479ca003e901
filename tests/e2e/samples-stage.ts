/** A stage for the samples: an emulator of its own for each, with builds whose scripts are not really run. */
import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { readyVersion } from "../../scripts/runner/made.ts";
import { preparePackage } from "../../scripts/runner/package/freshness.ts";
import type { JsonReport } from "../../scripts/runner/run/report.ts";
import { sampleVariables } from "../../scripts/runner/sample.ts";
import { runSession } from "../../scripts/runner/session.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import { shortBuild } from "./short-build.ts";

const root = resolve(import.meta.dirname, "../..");

/** The folder of the samples. */
export const samplesFolder = join(root, "samples");

/** What a user sees of a sample's run. */
export interface SampleRun {
  readonly report: JsonReport;
  readonly log: string;
}

export interface SampleStage {
  readonly emulator: Emulator;
  /** ID of the world's default resource group. */
  readonly group: string;
  /** Runs the pipeline at `path` below samples/ with the values a user would write into its variables. */
  run(path: string, variables?: Readonly<Record<string, string>>): Promise<SampleRun>;
  /** Numbers of the versions of a definition of the world's gallery. */
  versions(definition: string): readonly string[];
  /** Short names of the regions of a version that is ready. Throws an AssertionError where it is not. */
  regionsOf(imageId: string | undefined): readonly string[];
  close(): Promise<void>;
}

/** Opens it in a world of tests/emulator/worlds; the extension is packaged where needed. */
export async function openSampleStage(world = "samples"): Promise<SampleStage> {
  const extension = await preparePackage(root, () => undefined);
  const emulator = await createEmulator({
    world,
    scale: 150,
    imageBuilder: {
      buildVm: "simulated",
      durations: shortBuild,
      logBlobDelay: 20_000,
      lag: { min: 1_500, max: 5_000 },
    },
  });
  const { resources } = emulator.description;
  return {
    emulator,
    group: resources.resourceGroup,
    run: async (path, variables = {}) => {
      const lines: string[] = [];
      const report = await runSession(emulator, {
        pipeline: join(samplesFolder, path),
        extension,
        variables: { ...sampleVariables(emulator.description), ...variables },
        sink: (line) => void lines.push(line),
      });
      return { report, log: lines.join("\n") };
    },
    versions: (definition) =>
      emulator.world.resources
        .list(`${resources.gallery}/images/${definition}`, "Microsoft.Compute/galleries/images/versions")
        .map(({ name }) => name),
    regionsOf: (imageId) => {
      const version = readyVersion(emulator, imageId ?? "");
      assert.ok(version !== undefined, `no version is ready at "${imageId}"`);
      return version.regions.map((name) => name.replaceAll(" ", "").toLowerCase());
    },
    close: () => emulator.close(),
  };
}

/** It succeeded, its own tasks said neither errors nor warnings, and no macro of a script was left over. */
export function checkGood({ report, log }: SampleRun): void {
  assert.equal(report.result, "Succeeded", log.slice(-4000));
  const issues = report.steps.flatMap(({ name, issues: all }) => all.map(({ message }) => `${name}: ${message}`));
  assert.deepEqual(issues, []);
  assert.doesNotMatch(log, /command not found/);
}

/** What the log shows of the steps of a task that is not run here, in their order: names and values of inputs as lines. */
export function shownSteps(log: string, task: string): readonly string[] {
  return log
    .split("##[section]Starting: ")
    .filter((part) => part.includes(`${task} is not run here`))
    .map((part) => part.split("##[section]Finishing: ")[0] ?? "");
}
