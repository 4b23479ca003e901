/**
 * Sees to it that only one process looks after the build. In a container job the agent cannot signal the main part, which
 * then still works when the post-job part begins (agent contract, section 4.1).
 */
import type { Agent, Clock, ProcessIdentity } from "../ports.ts";

/** Processes of this machine. */
export interface Processes {
  isAlive(process: ProcessIdentity): "yes" | "perhaps" | "no";
  signal(process: ProcessIdentity, signal: "SIGINT" | "SIGKILL"): void;
}

/** Milliseconds that the main part has to end by itself, as an agent would give it; then, after a kill; between looks. */
const patience = 10_000;
const afterKill = 2_000;
const pause = 250;

/**
 * Ends the main part where it still lives, first asking it to. True where it lived. One that cannot be told from another
 * process of the same ID is waited for and never signalled.
 */
export async function endMain(
  main: ProcessIdentity,
  { agent, clock, processes }: { readonly agent: Agent; readonly clock: Clock; readonly processes: Processes },
): Promise<boolean> {
  const alive = processes.isAlive(main);
  if (alive === "no") return false;
  const gone = async (ms: number): Promise<boolean> => {
    for (const end = clock.now().getTime() + ms; clock.now().getTime() < end;) {
      await clock.sleep(pause);
      if (processes.isAlive(main) === "no") return true;
    }
    return false;
  };
  if (alive === "perhaps") return gone(patience);
  agent.info(`The step's main part (process ${main.pid}) still works, as in a container job; it is asked to stop.`);
  processes.signal(main, "SIGINT");
  if (await gone(patience)) return true;
  agent.info("It does not stop, and is ended.");
  processes.signal(main, "SIGKILL");
  await gone(afterKill);
  return true;
}
