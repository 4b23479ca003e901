/** Processes of this machine by ID and start: an ID alone may be another process's by now. */
import { readFileSync } from "node:fs";
import type { ProcessIdentity } from "../../ports.ts";

/** This process. */
export function ownProcess(): ProcessIdentity {
  return { pid: process.pid, ...startOf(process.pid) };
}

/**
 * Whether the process lives: `yes` where ID and start agree, `perhaps` where a process of that ID lives and its start
 * cannot be compared, as off Linux.
 */
export function isAlive({ pid, start }: ProcessIdentity): "yes" | "perhaps" | "no" {
  const found = startOf(pid);
  if (found !== undefined && start !== undefined) return found.start === start ? "yes" : "no";
  return canBeSignalled(pid) ? "perhaps" : "no";
}

/** Sends the signal; nothing happens where the process has ended. */
export function sendSignal({ pid }: ProcessIdentity, signal: "SIGINT" | "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself, or is another user's: whoever waits for its end sees that.
  }
}

/** The 22nd field of `/proc/<pid>/stat`; the second, the program's name, may hold anything. Zombies do not count. */
function startOf(pid: number): { readonly start: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, ...fields] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const start = fields[18];
    return start === undefined || state === "Z" || state === "X" ? undefined : { start };
  } catch {
    return undefined;
  }
}

function canBeSignalled(pid: number): boolean {
  // Where there is a /proc, what it does not show does not live.
  if (process.platform === "linux") return startOf(pid) !== undefined;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
