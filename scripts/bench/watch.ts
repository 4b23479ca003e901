/** How a build is watched: what the task reads, and how late it says what has happened. Seen from outside of it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmulator, type Emulator, type LoggedRequest } from "../../tests/emulator/index.ts";
import { buildVmSupport } from "../../tests/emulator/services/virtual-machine-images/state.ts";
import { root } from "../lib/paths.ts";
import { preparePackage } from "../runner/package/freshness.ts";
import { sampleVariables } from "../runner/sample.ts";
import { runSession } from "../runner/session.ts";
import { type Line, lineOf } from "./types.ts";
import { busiestMinute, lagsOf, markOf, noteMarks } from "./watch-figures.ts";

/**
 * Emulated milliseconds in a real one. A request of 20 ms takes 0.4 s of a lag of 15 s then, and a stop of the machine of
 * 100 ms takes 2 s; the build of some 21 minutes takes about one.
 */
const scale = 20;
const marks = 40;
/** Real seconds between two marked lines: 4.6 s of the emulated clock, no part of any interval of reading. */
const pause = 0.23;

const what = `one build by the packaged task, emulated at ${scale} times real time`;

const pipeline = `
steps:
  - task: AzureImageBuilder@1
    name: image
    inputs:
      azureSubscription: $(serviceConnection)
      resourceGroup: $(resourceGroup)
      managedIdentity: $(imageIdentity)
      sourceImage: Canonical:ubuntu-24_04-lts:server
      inlineScript: |
        n=1
        while [ $n -le ${marks} ]; do
          echo "${markOf("$n")}"
          n=$((n + 1))
          sleep ${pause}
        done
      galleryImage: $(imageDefinition)
`;

/** What was seen; times of the emulator's clock, in milliseconds. */
interface Watched {
  readonly written: ReadonlyMap<number, number>;
  readonly printed: ReadonlyMap<number, number>;
  /** The end that the template tells, and when the task said it. */
  readonly end: { readonly told: number; readonly said: number };
  readonly requests: readonly LoggedRequest[];
  /** How the script ran. */
  readonly machine: string;
}

/** Runs one build and gives its lines. Throws an Error where the build fails or is not told as expected. */
export async function measureWatch(say: (text: string) => void): Promise<readonly Line[]> {
  const extension = await preparePackage(root, say);
  const output = Array.from({ length: marks }, (_, index) => markOf(index + 1));
  const emulator = await createEmulator({
    scale,
    warm: true,
    world: "log-with-token",
    // Where scripts cannot really run: all lines at once.
    imageBuilder: { simulatedSteps: [{ script: markOf("$n"), exitCode: 0, output }] },
  });
  try {
    return linesOf(await watchBuild(emulator, extension), say);
  } finally {
    await emulator.close();
  }
}

async function watchBuild(emulator: Emulator, extension: string): Promise<Watched> {
  const folder = mkdtempSync(join(tmpdir(), "aib-bench-watch-"));
  const file = join(folder, "pipeline.yml");
  writeFileSync(file, pipeline);
  const now = (): number => emulator.world.clock.now().getTime();
  const written = noteWrites(emulator, now);
  const printed = new Map<number, number>();
  const log: string[] = [];
  let end: Watched["end"] | undefined;
  try {
    const variables = sampleVariables(emulator.description);
    const sink = (line: string): void => {
      log.push(line);
      noteMarks(printed, line, now());
      if (/^\d\d:\d\d:\d\d {2}Succeeded\b/.test(line)) end ??= { told: endOfRun(emulator), said: now() };
    };
    const { result } = await runSession(emulator, { pipeline: file, extension, variables, sink });
    if (result !== "Succeeded" || end === undefined) {
      throw new Error(`The watched build ended as ${result}:\n${log.slice(-30).join("\n")}`);
    }
    const { mode } = await buildVmSupport(emulator.world);
    const machine =
      mode === "simulated" ? "simulated, all lines written at once" : "run in the emulator's build machine";
    return { written, printed, end, requests: emulator.requests(), machine };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** When each marked line lay in the log's blob: noted as the emulator's service writes it. */
function noteWrites({ world }: Emulator, now: () => number): ReadonlyMap<number, number> {
  const seen = new Map<number, number>();
  const { blobs } = world;
  const append = blobs.append.bind(blobs);
  blobs.append = async (account, container, blob, content) => {
    await append(account, container, blob, content);
    if (blob.endsWith("/customization.log")) noteMarks(seen, content.toString(), now());
  };
  return seen;
}

/** The end of the only template's run. */
function endOfRun({ world }: Emulator): number {
  const [template] = world.resources.list("", "Microsoft.VirtualMachineImages/imageTemplates");
  const { lastRunStatus } = (template?.body.properties ?? {}) as { readonly lastRunStatus?: { endTime?: string } };
  return Date.parse(lastRunStatus?.endTime ?? "");
}

function linesOf({ written, printed, end, requests, machine }: Watched, say: (text: string) => void): readonly Line[] {
  const reads = requests
    .filter(isRead)
    .map(({ service, time }) => ({ isArm: service !== "blob", at: Date.parse(time) }));
  const start = Date.parse(requests.find(isStart)?.time ?? "");
  const during = reads.filter(({ at }) => at >= start && at <= end.said);
  const lags = lagsOf(written, printed).map((ms) => ms / 1000);
  const minutes = ((end.said - start) / 60_000).toFixed(1);
  say(`${minutes} min, ${during.length} reads, lags ${lags.map((lag) => lag.toFixed(1)).join(" ")} s`);
  return [...readLines(reads, during, `${what}; its run took ${minutes} min`), ...lagLines(lags, end, machine)];
}

interface Read {
  readonly isArm: boolean;
  readonly at: number;
}

function readLines(all: readonly Read[], during: readonly Read[], build: string): readonly Line[] {
  const timesOf = (reads: readonly Read[]): readonly number[] => reads.map(({ at }) => at);
  const arm = (reads: readonly Read[]): readonly Read[] => reads.filter(({ isArm }) => isArm);
  const count = (name: string, value: number, note: string, bound?: { readonly atMost: number }): Line =>
    lineOf(name, [value], { unit: "reads", bound, note });
  const counted = "of template, operation and log, as the emulator has seen them";
  return [
    count("reads a minute, busiest", busiestMinute(timesOf(during)), `${counted}; ${build}`, { atMost: 12 }),
    count("ARM reads a minute, busiest", busiestMinute(timesOf(arm(during))), "those of Resource Manager alone"),
    count("reads of a run", during.length, "from the request that starts the run to the line that tells its end"),
    count("ARM reads of a run", arm(during).length, "those of Resource Manager alone"),
    count("ARM reads of a build", arm(all).length, "with what is read before the run and after it"),
  ];
}

function lagLines(lags: readonly number[], { told, said }: Watched["end"], machine: string): readonly Line[] {
  const bound = { atMost: 15 };
  const unit = "s";
  const note = `of ${lags.length} lines of a script, from the time they lay in the log's blob to the pipeline's log; ${what}; ${machine}`;
  return [
    lineOf("lag of log lines, largest", [Math.max(...lags)], { unit, bound, note }),
    lineOf("lag of log lines, median", lags, { unit, note }),
    lineOf("lag of the end", [(said - told) / 1000], {
      unit,
      bound,
      note: "from lastRunStatus.endTime to the task's line",
    }),
  ];
}

/** Reads of the task's own: the build machine and the image builder have other names, and tokens are not reads. */
function isRead({ method, service, userAgent = "" }: LoggedRequest): boolean {
  return method === "GET" && userAgent.startsWith("AzureImageBuilder/") && service !== "entra" && service !== "devops";
}

function isStart({ method, url }: LoggedRequest): boolean {
  return method === "POST" && /\/imageTemplates\/[^/]+\/run$/i.test(new URL(url).pathname);
}
