/** Starting the programs that make up a build VM, and reading what they say. */
import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** What programs see of the host's environment: where to find each other, nothing of the developer's. */
export const CLEAN_ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LANG: "C.UTF-8",
};

/** Starts a program with a clean environment, away from the current folder. */
export function start(program: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn(program, [...args], { cwd: "/", env: CLEAN_ENVIRONMENT, stdio: "pipe" });
}

/**
 * Waits for the line `ready` on a program's standard output.
 * @throws Error with what the program wrote to standard error, when it ends first or cannot be started
 */
export async function waitUntilReady(child: ChildProcessWithoutNullStreams): Promise<void> {
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  child.stdin.on("error", () => undefined);
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(errors.trim() || `ended with ${code ?? "a signal"}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line === "ready") resolve();
    });
  });
}

/** Runs a program to its end; true where it ended with 0. Its words are dropped. */
export async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  return (await runToEnd(program, args)).code === 0;
}

/** Runs a program to its end and gives its exit code, standard output and standard error. A missing program gives 127. */
export async function runToEnd(
  program: string,
  args: readonly string[],
): Promise<{ readonly code: number; readonly output: Buffer; readonly errors: string }> {
  const child = start(program, args);
  const output: Buffer[] = [];
  let errors = "";
  child.stdin.end();
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const code = await new Promise<number>((resolve) => {
    child.once("error", (error) => {
      errors += error.message;
      resolve(127);
    });
    child.once("close", (status) => resolve(status ?? 1));
  });
  return { code, output: Buffer.concat(output), errors };
}

/** Kills a program and waits until it is gone. Idempotent. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
