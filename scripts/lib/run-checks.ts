/** Commands that do not depend on one another, run side by side, each with its output in one piece. */
import { spawn } from "node:child_process";
import { root } from "./paths.ts";

/** How a command ended. */
export interface Outcome {
  readonly command: string;
  readonly passed: boolean;
  /** What it wrote to both streams, in the order in which it came. */
  readonly output: string;
  readonly seconds: number;
}

/**
 * Runs command lines in the shell from the repository's root, `atOnce` (1 or more) of them at a time, started in the
 * order given. `tell` receives each outcome as soon as the command ends; all run to their end, whatever fails.
 * Resolves with whether all passed.
 */
export async function runChecks(
  commands: readonly string[],
  atOnce: number,
  tell: (outcome: Outcome) => void,
): Promise<boolean> {
  const waiting = [...commands];
  let passed = true;
  const work = async (): Promise<void> => {
    for (let command = waiting.shift(); command !== undefined; command = waiting.shift()) {
      const outcome = await runCheck(command);
      passed &&= outcome.passed;
      tell(outcome);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, commands.length) }, work));
  return passed;
}

function runCheck(command: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const start = performance.now();
    const child = spawn(command, { cwd: root, shell: true, stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    const end = (passed: boolean, more = ""): void => {
      const output = `${Buffer.concat(chunks).toString("utf8")}${more}`.trim();
      resolve({ command, passed, output, seconds: (performance.now() - start) / 1000 });
    };
    child.once("error", (error) => end(false, error.message));
    child.once("close", (code) => end(code === 0));
  });
}
