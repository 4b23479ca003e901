/** Starts a step's process and ends it as the agent does (agent contract, sections 3.1 and 4.1). */
import { spawn, type ChildProcess } from "node:child_process";
import type { RunnerClock } from "./clock.ts";
import type { Environment } from "./environment.ts";
import { createLineSplitter } from "./lines.ts";

/** The agent's waits, in ms: after SIGINT, after SIGTERM, and for children that hold the output after the exit. */
export const agentWaits = { sigint: 7_500, sigterm: 2_500, output: 5_000 } as const;

/** Where a line came from. */
export type OutputStream = "stdout" | "stderr";

/** What to start, and who may end it. */
export interface ProcessOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Environment;
  /** Written to standard input before it is closed; default: nothing. */
  readonly input?: string;
  /** Each line of standard output and standard error, in the order they arrive. */
  readonly onLine: (line: string, stream: OutputStream) => void;
  /** Called with the process id once it runs. */
  readonly onStart?: (pid: number | undefined) => void;
  /** Aborted: SIGINT, wait, SIGTERM, wait, SIGKILL. */
  readonly cancel: AbortSignal;
  /** Aborted: SIGKILL at once. */
  readonly kill?: AbortSignal;
  /** Aborted: the process is left alone and its output dropped (`task.complete … done=true`). */
  readonly release?: AbortSignal;
  /** What the waits of the cancel sequence are measured by. */
  readonly clock: RunnerClock;
  /** Milliseconds, where the job's variables change them. */
  readonly waits?: { readonly sigint?: number; readonly sigterm?: number };
}

/** How the process ended. */
export interface ProcessOutcome {
  /** Undefined when a signal ended it or it was left running. */
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  /** Signals that were sent, in order. */
  readonly sent: readonly NodeJS.Signals[];
  readonly released: boolean;
}

/** Runs a program without a shell, its input closed after what is written to it. Throws an Error when it cannot be started. */
export async function runProcess(options: ProcessOptions): Promise<ProcessOutcome> {
  const child = spawn(options.file, options.args, {
    cwd: options.cwd,
    env: { ...options.environment },
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: true,
  });
  await started(child, options);
  options.onStart?.(child.pid);
  child.stdin?.on("error", () => undefined).end(options.input ?? "");
  const ended = new AbortController();
  const output = followOutput(child, options.onLine);
  const exit = new Promise<Pick<ProcessOutcome, "exitCode" | "signal">>((resolve) => {
    child.once("exit", (exitCode, signal) => resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined }));
  });
  const sent: NodeJS.Signals[] = [];
  const stop = cancelWhenAsked(child, options, { sent, ended: ended.signal });
  const first = await Promise.race([exit, aborted(options.release, ended.signal)]);
  if (first === "aborted") {
    ended.abort();
    output.drop();
    child.unref();
    return { exitCode: undefined, signal: undefined, sent, released: true };
  }
  ended.abort();
  await stop;
  await output.finish(options.clock);
  return { ...first, sent, released: false };
}

function started(child: ChildProcess, options: ProcessOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("spawn", () => {
      child.on("error", () => undefined);
      resolve();
    });
    child.once("error", (cause) => {
      reject(new Error(`${options.file} could not be started in ${options.cwd}: ${cause.message}.`, { cause }));
    });
  });
}

/** Resolves with "aborted" when `signal` fires before `ended`; else never. */
function aborted(signal: AbortSignal | undefined, ended: AbortSignal): Promise<"aborted"> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve("aborted");
    signal?.addEventListener("abort", () => resolve("aborted"), { once: true, signal: ended });
  });
}

/** The cancel sequence; ends with the process. */
async function cancelWhenAsked(
  child: ChildProcess,
  options: ProcessOptions,
  state: { readonly sent: NodeJS.Signals[]; readonly ended: AbortSignal },
): Promise<void> {
  const send = (signal: NodeJS.Signals): void => {
    if (state.ended.aborted || state.sent.includes("SIGKILL")) return;
    state.sent.push(signal);
    child.kill(signal);
  };
  options.kill?.addEventListener("abort", () => send("SIGKILL"), { once: true, signal: state.ended });
  if (options.kill?.aborted) send("SIGKILL");
  if (!options.cancel.aborted) {
    await new Promise<void>((resolve) => {
      options.cancel.addEventListener("abort", () => resolve(), { once: true, signal: state.ended });
      state.ended.addEventListener("abort", () => resolve(), { once: true });
    });
  }
  send("SIGINT");
  await options.clock.sleep(options.waits?.sigint ?? agentWaits.sigint, state.ended);
  send("SIGTERM");
  await options.clock.sleep(options.waits?.sigterm ?? agentWaits.sigterm, state.ended);
  send("SIGKILL");
}

/** Reads both streams by line; `finish` waits for children that still hold them, but not for long. */
function followOutput(
  child: ChildProcess,
  onLine: ProcessOptions["onLine"],
): { readonly finish: (clock: RunnerClock) => Promise<void>; readonly drop: () => void } {
  let dropped = false;
  const names: readonly OutputStream[] = ["stdout", "stderr"];
  const streams = names.flatMap((name) => child[name] ?? []);
  const splitters = streams.map((stream) => {
    const name = stream === child.stderr ? "stderr" : "stdout";
    const splitter = createLineSplitter((line) => {
      if (!dropped) onLine(line, name);
    });
    stream.on("data", (chunk: Buffer) => splitter.write(chunk));
    return splitter;
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    async finish(clock) {
      const waited = new AbortController();
      await Promise.race([closed, clock.sleep(agentWaits.output, waited.signal)]);
      waited.abort();
      for (const stream of streams) stream.destroy();
      for (const splitter of splitters) splitter.end();
      dropped = true;
    },
    drop() {
      dropped = true;
      for (const stream of streams) stream.destroy();
    },
  };
}
