/** Lanes side by side: each takes the next run as soon as it has ended one. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { distFolder, root, taskFolder } from "../lib/paths.ts";
import type { RunOrder } from "./lane.ts";
import type { RunReport } from "./report.ts";

export type Run = Omit<RunOrder, "id">;

export interface Lanes {
  /** Carries out all runs; `done` hears of each. Resolves with the reports in the order of `runs`. */
  all(runs: readonly Run[], done?: (count: number) => void): Promise<readonly RunReport[]>;
  /** Carries out one run on each lane. */
  each(run: Run): Promise<readonly RunReport[]>;
  close(): void;
}

/** How many lanes this machine serves: each of them waits more than it works. */
export const lanesHere = (): number => Math.min(2 * availableParallelism(), 6);

const laneModule = fileURLToPath(new URL("lane.ts", import.meta.url));

/** Opens `count` lanes. Throws an Error where one does not come up. */
export async function openLanes(count: number): Promise<Lanes> {
  const story = await bundleStory(join(distFolder, "faults"));
  const lanes = Array.from({ length: count }, () =>
    fork(laneModule, [story], {
      execArgv: ["--import", "tsx", "--no-experimental-require-module"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    }),
  );
  await Promise.all(lanes.map(heard));
  let id = 0;
  const carryOut = async (lane: ChildProcess, run: Run): Promise<RunReport> => {
    lane.send({ ...run, id: (id += 1) });
    return (await heard(lane)) as RunReport;
  };
  return {
    all: async (runs, done = () => undefined) => {
      const reports: RunReport[] = [];
      let next = 0;
      let count = 0;
      const work = async (lane: ChildProcess): Promise<void> => {
        for (;;) {
          const at = next;
          const run = runs[at];
          if (run === undefined) return;
          next += 1;
          reports[at] = await carryOut(lane, run);
          done((count += 1));
        }
      };
      await Promise.all(lanes.map(work));
      return reports;
    },
    each: (run) => Promise.all(lanes.map((lane) => carryOut(lane, run))),
    close: () => lanes.filter(({ connected }) => connected).forEach((lane) => lane.disconnect()),
  };
}

/** The program that tells stories, as one file: its parts would take seconds to load. */
async function bundleStory(outdir: string): Promise<string> {
  await build({
    absWorkingDir: root,
    entryPoints: { story: "scripts/faults/story.ts", "pack-worker": join(taskFolder, "src/artifact/pack-worker.js") },
    outdir,
    bundle: true,
    platform: "node",
    // Some packages' main file loads its parts by names that a bundle does not have.
    mainFields: ["module", "main"],
    format: "esm",
    target: "node20",
    banner: {
      js: 'import { createRequire as storyRequire } from "node:module"; const require = storyRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  return join(outdir, "story.js");
}

/** The next message; a lane that ends instead is an error. */
async function heard(lane: ChildProcess): Promise<unknown> {
  const gone = new AbortController();
  const fail = (): void => gone.abort(new Error("A lane of the fault matrix has ended; see its error above."));
  lane.once("exit", fail);
  try {
    const [message] = (await once(lane, "message", { signal: gone.signal })) as [unknown];
    return message;
  } catch (error) {
    throw gone.signal.aborted ? gone.signal.reason : error;
  } finally {
    lane.off("exit", fail);
  }
}
