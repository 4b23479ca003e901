/** Container jobs: programs are started behind a stand-in for the docker client (agent contract, sections 3.1 and 4.1). */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Environment } from "./environment.ts";

/** What the docker client does with a signal: ends at once, or goes on until it is killed. Both are seen (inferred). */
export type DockerClient = "leaves" | "stays";

/** A program to start. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Environment;
}

const standIn = fileURLToPath(new URL("docker-exec.cjs", import.meta.url));

/**
 * The client that starts the program, and what it reads from its standard input. The client itself has the agent's
 * environment, `base`; the program has its own, and no signal reaches it.
 */
export function behindDocker(
  program: Program,
  options: { readonly client: DockerClient; readonly base: Environment },
): Program & { readonly input: string } {
  return {
    file: process.execPath,
    args: [standIn],
    cwd: program.cwd,
    environment: options.base,
    input: JSON.stringify({ ...program, leavesOnSignal: options.client === "leaves" }),
  };
}

/**
 * Sends SIGKILL to every process whose environment holds `NAME=value` and whose command line holds `word`, at once, as the
 * kernel does to one that takes too much memory. Returns how many there were. Linux only: elsewhere none is found.
 */
export function killByMark(setting: string, word: string): number {
  const pids = processIds().filter(
    (pid) => readParts(pid, "environ").includes(setting) && readParts(pid, "cmdline").includes(word),
  );
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself in the meantime.
    }
  }
  return pids.length;
}

function processIds(): readonly number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function readParts(pid: number, file: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0");
  } catch {
    return [];
  }
}
