/** Fake tasks and surroundings for tests of the runner. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunnerClock } from "../../../scripts/runner/agent/clock.ts";
import { parseTaskDefinition } from "../../../scripts/runner/package/task-definition.ts";
import type { ExtensionPackage } from "../../../scripts/runner/package/vsix.ts";
import { buildJsonReport, type JsonReport } from "../../../scripts/runner/run/report.ts";
import { runPipeline } from "../../../scripts/runner/run/run-pipeline.ts";
import type { RunReport, RunSettings, StepReport, Surroundings } from "../../../scripts/runner/run/types.ts";

/** A task made for a test. */
export interface FakeTask {
  /** Merged into a task.json named Fake, version 1.2.3, with main.js as Node20_1 and Node24 handler. */
  readonly definition?: Readonly<Record<string, unknown>>;
  /** CommonJS text by file name; `main.js` is what runs. */
  readonly scripts: Readonly<Record<string, string>>;
}

const handler = { target: "main.js" };

/** The files of a task as they lie in a package. */
export function fakeTaskFiles(task: FakeTask): Readonly<Record<string, string>> {
  const definition = {
    id: "11111111-2222-4333-8444-555555555555",
    name: "Fake",
    friendlyName: "Fake task",
    version: { Major: 1, Minor: 2, Patch: 3 },
    instanceNameFormat: "Fake of $(target)",
    inputs: [],
    execution: { Node20_1: handler, Node24: handler },
    ...task.definition,
  };
  return { "task.json": JSON.stringify(definition), ...task.scripts };
}

/** An opened package that contributes the tasks. */
export function fakeExtension(...tasks: readonly FakeTask[]): ExtensionPackage {
  const files = new Map<string, Buffer>();
  const packaged = tasks.map((task, index) => {
    const folder = `tasks/t${index}`;
    for (const [name, content] of Object.entries(fakeTaskFiles(task)))
      files.set(`${folder}/${name}`, Buffer.from(content));
    return { definition: parseTaskDefinition(files.get(`${folder}/task.json`)?.toString() ?? "", "task.json"), folder };
  });
  return { tasks: packaged, files };
}

/** A clock that the test moves. */
export interface TestClock extends RunnerClock {
  /** Every wait that was asked for, in ms. */
  readonly waits: readonly number[];
  /** Ends the waits that are over `ms` later. */
  advance(ms: number): void;
}

/** A clock that stands still; waits of less than `instantBelow` ms end at once. */
export function createTestClock(instantBelow = 0): TestClock {
  let time = 0;
  const waits: number[] = [];
  const sleepers = new Set<{ readonly due: number; readonly wake: () => void }>();
  return {
    waits,
    now: () => time,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        waits.push(ms);
        if (ms < instantBelow || signal?.aborted) return resolve();
        const sleeper = { due: time + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", () => resolve(), { once: true });
      }),
    advance(ms) {
      time += ms;
      for (const sleeper of sleepers) {
        if (sleeper.due > time) continue;
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    },
  };
}

/** One connection, `images-prod`, and a job; no server behind either. */
export const fakeSurroundings: Surroundings = {
  endpoints: [
    {
      id: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
      name: "images-prod",
      url: "https://arm.example/",
      scheme: "ServicePrincipal",
      parameters: {
        tenantid: "tenant-0001",
        serviceprincipalid: "client-0001",
        serviceprincipalkey: "key-very-secret",
      },
      data: { subscriptionid: "sub-0001", "resource.name": "x" },
    },
  ],
  service: {
    collectionUri: "https://devops.example/org/",
    projectId: "0a0a0a0a-0000-4000-8000-000000000000",
    project: "images",
    accessToken: "job-token-secret",
    oidcRequestUri: "https://devops.example/org/p/_apis/distributedtask/hubs/build/plans/plan-1/jobs/job-1/oidctoken",
    planId: "plan-1",
    jobId: undefined,
  },
  caFile: "/etc/emulator-ca.pem",
  variables: { emulatorLocation: "westeurope" },
  preload: undefined,
};

/** What a test runs; everything else has a default. */
export interface FakeRun extends Partial<Omit<RunSettings, "source" | "extension">> {
  readonly pipeline: string;
  readonly tasks?: readonly FakeTask[];
  /** Files of the repository by path. */
  readonly files?: Readonly<Record<string, string>>;
}

/** What came of it. */
export interface FakeOutcome {
  readonly report: RunReport;
  readonly json: JsonReport;
  /** The masked log with decorations. */
  readonly log: readonly string[];
  /** The step of that name. Throws when there is none. */
  readonly step: (name: string) => StepReport;
  /** Value of a variable at the end. */
  readonly variable: (name: string) => string | undefined;
}

/** Runs a pipeline with fake tasks in a work folder of its own, which is removed at the end. */
export async function runFake(run: FakeRun): Promise<FakeOutcome> {
  const folder = mkdtempSync(join(tmpdir(), "runner-test-"));
  const log: string[] = [];
  const { pipeline, tasks = [], files = {}, sink, ...settings } = run;
  const repository = join(folder, "repository");
  mkdirSync(repository);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(repository, name), content);
  try {
    const report = await runPipeline({
      source: pipeline,
      file: "pipeline.yml",
      repository,
      extension: fakeExtension(...tasks),
      surroundings: fakeSurroundings,
      nodePath: process.execPath,
      variables: {},
      inputs: {},
      connection: undefined,
      attempt: 1,
      cancel: new AbortController().signal,
      clock: createTestClock(30_000),
      signalClock: createTestClock(),
      workFolder: join(folder, "work"),
      ...settings,
      sink(line) {
        log.push(line);
        sink?.(line);
      },
    });
    return {
      report,
      json: buildJsonReport(report),
      log,
      step(name) {
        const found = report.steps.find((step) => step.name === name);
        if (found === undefined)
          throw new Error(`No step ${name}: ${report.steps.map((step) => step.name).join(", ")}`);
        return found;
      },
      variable: (name) => report.variables.find((one) => one.name.toLowerCase() === name.toLowerCase())?.value,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A pipeline of one step that uses the fake task, named `it`. */
export function fakeStep(inputs: Readonly<Record<string, string>> = {}, settings = ""): string {
  const lines = Object.entries(inputs).map(([name, value]) => `      ${name}: ${JSON.stringify(value)}`);
  return `steps:\n  - task: Fake@1\n    name: it\n${settings}    inputs:\n${lines.join("\n") || "      none: x"}\n`;
}

/** Runs the lines as a task's output: each is written with its own newline. */
export function printing(...lines: readonly string[]): FakeTask["scripts"] {
  return { "main.js": lines.map((line) => `console.log(${JSON.stringify(line)});`).join("\n") };
}
