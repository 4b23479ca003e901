/** `npm run task`: runs a pipeline with the packaged task as the build agent does, against the emulator. */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { isSuccess } from "./runner/agent/results.ts";
import { parseTaskOptions, UsageError, usage, type TaskOptions } from "./runner/options.ts";
import { preparePackage } from "./runner/package/freshness.ts";
import { PipelineError } from "./runner/pipeline/reader.ts";
import { createConsole } from "./runner/run/console.ts";
import { runSession, withEmulator } from "./runner/session.ts";

const root = resolve(import.meta.dirname, "..");

/** Aborted by the first Ctrl+C or SIGTERM; the next one ends the process at once. */
function interruption(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  return interrupted.signal;
}

async function main(options: TaskOptions): Promise<number> {
  if (options.node !== undefined && !existsSync(options.node)) {
    throw new UsageError(`--node ${options.node}: there is no such program.`);
  }
  const stream = options.json === "-" ? process.stderr : process.stdout;
  const write = (text: string): void => void stream.write(text);
  const extension = await preparePackage(root, (line) => write(`${line}\n`));
  const report = await withEmulator((emulator) => {
    const { connection } = options;
    const known = Object.keys(emulator.description.connections);
    if (connection !== undefined && !known.some((name) => name.toLowerCase() === connection.toLowerCase())) {
      throw new UsageError(`--connection ${connection}: the emulator has ${known.join(", ")}.`);
    }
    const sink = createConsole({ write, colour: stream.isTTY });
    return runSession(emulator, { ...options, extension, nodePath: options.node, cancel: interruption(), sink });
  });
  write(`\nResult: ${report.result}\n`);
  const json = `${JSON.stringify(report, undefined, 2)}\n`;
  if (options.json === "-") process.stdout.write(json);
  else if (options.json !== undefined) await writeFile(options.json, json);
  return isSuccess(report.result) ? 0 : 1;
}

try {
  process.exitCode = await main(parseTaskOptions(process.argv.slice(2)));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const isUsage = error instanceof UsageError;
  process.stderr.write(isUsage ? `${message}\n${usage}\n` : `${message}\n`);
  if (!isUsage && !(error instanceof PipelineError) && error instanceof Error)
    process.stderr.write(`${error.stack ?? ""}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
