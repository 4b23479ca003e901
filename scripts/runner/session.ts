/** One run of a pipeline against an emulator in this process: what `npm run task` and `npm run demo` share. */
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createEmulator, type Emulator } from "../../tests/emulator/index.ts";
import { realClock, scaledClock } from "./agent/clock.ts";
import type { LogSink } from "./agent/log.ts";
import type { TaskResult } from "./agent/results.ts";
import { UsageError } from "./options.ts";
import { openPackage } from "./package/vsix.ts";
import { recordRun } from "./record-run.ts";
import { runIdOf } from "./run-ids.ts";
import { buildJsonReport, type JsonReport } from "./run/report.ts";
import { runPipeline } from "./run/run-pipeline.ts";
import type { PipelineIdentity } from "./run/types.ts";
import { describeSurroundings, proxyPassword } from "./surroundings.ts";

/** Emulated milliseconds in a real one: a build of twenty minutes takes some seconds. */
export const sessionScale = 120;

/** What to run, and how. */
export interface SessionOptions {
  readonly pipeline: string;
  /** The `.vsix`. */
  readonly extension: string;
  readonly nodePath?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly connection?: string;
  readonly attempt?: number;
  /** Whose run it is; default: a pipeline named `local`, on `refs/heads/main`. */
  readonly identity?: PipelineIdentity;
  /** Azure is reached by its public host names through the emulator's proxy. */
  readonly proxied?: boolean;
  readonly secretVariables?: Readonly<Record<string, string>>;
  readonly cancelAfterMs?: number;
  /** Aborted: the run is cancelled. */
  readonly cancel?: AbortSignal;
  readonly sink: LogSink;
}

/** Starts an emulator for `use` and closes it afterwards, whatever happens. */
export async function withEmulator<T>(use: (emulator: Emulator) => Promise<T>, scale = sessionScale): Promise<T> {
  const emulator = await createEmulator({ scale });
  try {
    return await use(emulator);
  } finally {
    await emulator.close();
  }
}

/**
 * Runs a pipeline file against the emulator; the file's folder stands for the repository.
 * Throws a PipelineError when the pipeline is not valid, a UsageError when there is no such file.
 */
export async function runSession(emulator: Emulator, options: SessionOptions): Promise<JsonReport> {
  const file = resolve(options.pipeline);
  const isFile = (await stat(file).catch(() => undefined))?.isFile() ?? false;
  if (!isFile) throw new UsageError(`There is no pipeline file ${options.pipeline}.`);
  const workFolder = await mkdtemp(join(tmpdir(), "aib-run-"));
  const late = new AbortController();
  const cancel = options.cancel === undefined ? late.signal : AbortSignal.any([late.signal, options.cancel]);
  let timer: NodeJS.Timeout | undefined;
  const clock = emulator.world.clock.environment();
  const { attempt = 1, identity } = options;
  const run = { runId: runIdOf(emulator, attempt), attempt, ...(identity === undefined ? {} : { identity }) };
  const recording = recordRun(emulator, run);
  let result: TaskResult | undefined;
  try {
    const report = await runPipeline({
      source: await readFile(file, "utf8"),
      file: options.pipeline,
      repository: dirname(file),
      extension: await openPackage(options.extension),
      surroundings: describeSurroundings(emulator.description, clock, { proxied: options.proxied }),
      nodePath: options.nodePath ?? process.execPath,
      variables: options.variables ?? {},
      secretVariables: {
        ...(options.proxied === true ? proxyPassword(emulator.description) : {}),
        ...options.secretVariables,
      },
      inputs: options.inputs ?? {},
      connection: options.connection,
      ...run,
      cancel,
      onTaskStart: () => {
        if (options.cancelAfterMs !== undefined) timer ??= setTimeout(() => late.abort(), options.cancelAfterMs);
      },
      onStepEnd: recording.onStepEnd,
      clock: scaledClock(JSON.parse(clock) as Parameters<typeof scaledClock>[0]),
      signalClock: realClock,
      sink: options.sink,
      workFolder,
    });
    result = report.result;
    return buildJsonReport(report);
  } finally {
    recording.end(result);
    clearTimeout(timer);
    await rm(workFolder, { recursive: true, force: true });
  }
}
