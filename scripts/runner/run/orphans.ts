/** Ends what a job's steps left running (agent contract, section 4.1): processes that carry the job's mark. */
import { readdir, readFile } from "node:fs/promises";

/** The environment variable by which the agent knows its own processes. */
export const lookupVariable = "VSTS_PROCESS_LOOKUP_ID";

/** Kills every process whose environment holds the mark; returns their ids. Linux only: elsewhere none is found. */
export async function endOrphans(mark: string): Promise<readonly number[]> {
  const names = await readdir("/proc").catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const marked = await Promise.all(pids.map((pid) => hasMark(pid, mark)));
  const orphans = pids.filter((pid, index) => marked[index] === true && pid !== process.pid);
  for (const pid of orphans) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself in the meantime.
    }
  }
  return orphans;
}

async function hasMark(pid: number, mark: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
  return environment.split("\0").includes(`${lookupVariable}=${mark}`);
}
