/** What it costs to use an image again: reads, requests and seconds, seen from outside of the packaged task. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmulator, type LoggedRequest } from "../../tests/emulator/index.ts";
import { root } from "../lib/paths.ts";
import { preparePackage } from "../runner/package/freshness.ts";
import type { JsonReport } from "../runner/run/report.ts";
import { sampleVariables } from "../runner/sample.ts";
import { runSession } from "../runner/session.ts";
import { ratios, type Run, type Say, sideBySide, type Sizes } from "./side-by-side.ts";
import type { Stage } from "./stage.ts";
import { projectTree, type Tree } from "./trees.ts";
import { type Line, lineOf } from "./types.ts";

/** Milliseconds that every answer of the emulator comes late. */
const latency = 100;
const MB = 1_000_000;

type Way = "reuse" | "check";

const pipelineOf = (tree: string, way: Way): string => `
steps:
  - task: AzureImageBuilder@1
    name: image
    inputs:
      azureSubscription: $(serviceConnection)
      resourceGroup: $(resourceGroup)
      managedIdentity: $(imageIdentity)
      sourceImage: Canonical:ubuntu-24_04-lts:server
      artifactPath: ${tree}
      storageAccount: $(storageAccount)
      inlineScript: sudo true
      galleryImage: $(imageDefinition)
      action: ${way === "check" ? "check" : "build"}
      reuse: ifUnchanged
      reuseMaxAgeDays: 7
`;

/** Of one step. */
interface Cost {
  /** Of Resource Manager. */
  readonly reads: number;
  readonly devops: number;
  /** Of the storage account. */
  readonly blobs: number;
  readonly seconds: number;
}

/** Makes an image, and then asks for it some times. Throws an Error where it is not found again. */
export async function measureReuse(stage: Stage, { rounds, quick }: Sizes, say: Say): Promise<readonly Line[]> {
  const extension = await preparePackage(root, say);
  const share = quick ? 0.2 : 1;
  const tree = projectTree(join(root, "node_modules"), join(stage.folder, "unchanged"), {
    files: 17_000 * share,
    size: 154 * MB * share,
  });
  const costs = await withImage({ extension, tree }, (bake) => askAgain(bake, rounds, say));
  return [...linesOf(costs, tree), ...(await besideReading(stage, tree, { rounds, say }))];
}

type Bake = (way: Way) => Promise<Cost>;

/** Builds the image without latency and as fast as it goes; then the clock is the real one. */
async function withImage<T>(
  { extension, tree }: { readonly extension: string; readonly tree: Tree },
  work: (bake: Bake) => Promise<T>,
): Promise<T> {
  const emulator = await createEmulator({ scale: 150, warm: true, imageBuilder: { buildVm: "simulated" } });
  const folder = mkdtempSync(join(tmpdir(), "aib-bench-reuse-"));
  try {
    const pipeline = join(folder, "pipeline.yml");
    const run = async (way: Way): Promise<{ readonly report: JsonReport; readonly log: string }> => {
      writeFileSync(pipeline, pipelineOf(tree.path, way));
      const log: string[] = [];
      const variables = sampleVariables(emulator.description);
      const sink = (line: string): void => void log.push(line);
      const report = await runSession(emulator, { pipeline, extension, variables, sink });
      return { report, log: log.join("\n") };
    };
    const first = await run("reuse");
    if (first.report.result !== "Succeeded") throw new Error(`The image was not built:\n${first.log}`);
    await emulator.adjustClock({ scale: 1 });
    emulator.addFault({ match: {}, times: Number.MAX_SAFE_INTEGER, action: { delayMs: latency } });
    return await work(async (way) => {
      const before = emulator.requests().length;
      const { report, log } = await run(way);
      const outputs = report.steps.find(({ name }) => name === "image")?.outputs ?? {};
      const isFound = way === "check" ? outputs["buildNeeded"] === "false" : outputs["reused"] === "true";
      if (report.result !== "Succeeded" || !isFound) throw new Error(`The image was not used again:\n${log}`);
      return costOf(report, emulator.requests().slice(before));
    });
  } finally {
    rmSync(folder, { recursive: true });
    await emulator.close();
  }
}

/** Throws an Error where the step changes something: it may only read. Tokens are asked for by POST, and are not counted. */
function costOf({ steps }: JsonReport, requests: readonly LoggedRequest[]): Cost {
  const doors = new Set(["entra", "devops", "blob"]);
  const arm = requests.filter(({ service }) => !doors.has(service));
  const changes = arm.filter(({ method }) => method !== "GET");
  if (changes.length > 0) throw new Error(`Something was changed: ${changes.map(({ url }) => url).join(" ")}`);
  const of = (door: string): number => requests.filter(({ service }) => service === door).length;
  const ms = steps.find(({ name }) => name === "image")?.durationMs ?? Number.NaN;
  return { reads: arm.length, devops: of("devops"), blobs: of("blob"), seconds: ms / 1000 };
}

type Costs = Readonly<Record<Way, readonly Cost[]>>;

async function askAgain(bake: Bake, rounds: number, say: Say): Promise<Costs> {
  const costs: Record<Way, Cost[]> = { reuse: [], check: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const way of ["reuse", "check"] as const) {
      const cost = await bake(way);
      say(
        `${way}: ${cost.reads} reads, ${cost.devops} requests to Azure DevOps, ${cost.blobs} to storage, ${cost.seconds} s`,
      );
      costs[way].push(cost);
    }
  }
  return costs;
}

function linesOf({ reuse, check }: Costs, tree: Tree): readonly Line[] {
  const size = `an artifact of ${tree.files} files and ${Math.round(tree.size / MB)} MB`;
  const where = `at the emulator with ${latency} ms latency a call; ${size}`;
  const line = (name: string, unit: string, values: readonly number[], note: string, atMost?: number): Line =>
    lineOf(name, values, { unit, note, ...(atMost === undefined ? {} : { bound: { atMost } }) });
  const reads = (costs: readonly Cost[]): readonly number[] => costs.map((one) => one.reads);
  const seconds = (costs: readonly Cost[]): readonly number[] => costs.map((one) => one.seconds);
  const whole = `the whole step, from the start of its process to its end, signing in included; ${where}`;
  return [
    line("ARM reads of a step that reuses", "reads", reads(reuse), `of Resource Manager; ${where}`, 12),
    line("time of a step that reuses", "s", seconds(reuse), whole, 5),
    line("requests to Azure DevOps of a step that reuses", "reqs", reuse.map(({ devops }) => devops),
      "for the federated connection's token, the image's run and what that run attached"),
    line("requests to storage of a step that reuses", "reqs", reuse.map(({ blobs }) => blobs),
      "nothing is uploaded or looked for", 0),
    line("ARM reads of action: check", "reads", reads(check), `of Resource Manager; ${where}`, 12),
    line("time of action: check", "s", seconds(check), whole, 5),
  ]; // prettier-ignore
}

/** What a step that reuses does with the artifact, beside reading its files, and beside what one that builds does with it. */
async function besideReading(stage: Stage, tree: Tree, run: Run): Promise<readonly Line[]> {
  const job = (kind: "read" | "digest" | "publish") => async (): Promise<number> =>
    (await stage.job({ job: kind, path: tree.path })).ms;
  const times = await sideBySide({ read: job("read"), digest: job("digest"), publish: job("publish") }, run);
  return [
    lineOf("digest first/read", ratios(times.digest, times.read), {
      unit: "ratio",
      note: `content digest of the ${tree.files} unchanged files, beside reading each of them; its bound is that of artifact-speed`,
    }),
    lineOf("digest first/package-and-upload", ratios(times.digest, times.publish), {
      unit: "ratio",
      note: "the same, beside packing them and uploading to the discarding service",
    }),
  ];
}
