/** What asking before a build costs: reads and seconds, seen from outside of the packaged task. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmulator, type Emulator } from "../../tests/emulator/index.ts";
import { root } from "../lib/paths.ts";
import { preparePackage } from "../runner/package/freshness.ts";
import { sampleVariables } from "../runner/sample.ts";
import { runSession } from "../runner/session.ts";
import { type Line, lineOf } from "./types.ts";

/** Milliseconds that every answer of the emulator comes late. */
const latency = 100;

type Depth = "fast" | "full";

/** An artifact, a gallery and a network; the step has a fault that is found without a read, so that nothing is built. */
const pipelineOf = (depth: Depth): string => `
steps:
  - task: AzureImageBuilder@1
    name: image
    inputs:
      azureSubscription: $(serviceConnection)
      resourceGroup: $(resourceGroup)
      managedIdentity: $(imageIdentity)
      sourceImage: Canonical:ubuntu-24_04-lts:server
      artifactPath: $(Build.SourcesDirectory)
      storageAccount: $(storageAccount)
      inlineScript: sudo reboot
      galleryImage: $(imageDefinition)
      subnet: $(subnet)
      preflight: ${depth}
`;

/** Of one run: what planning reads, then what the checks read; seconds of both. */
interface Asked {
  readonly planning: Cost;
  readonly checks: Cost;
}

interface Cost {
  readonly reads: number;
  readonly seconds: number;
}

/** Runs the step some times with each depth. Throws an Error where it does not end with the one fault it has. */
export async function measurePreflight(rounds: number, say: (text: string) => void): Promise<readonly Line[]> {
  const extension = await preparePackage(root, say);
  const emulator = await createEmulator({ scale: 1, warm: true });
  try {
    emulator.addFault({ match: {}, times: Number.MAX_SAFE_INTEGER, action: { delayMs: latency } });
    const runs: Record<Depth, Asked[]> = { fast: [], full: [] };
    for (let round = 0; round < rounds; round += 1) {
      for (const depth of ["fast", "full"] as const) {
        const asked = await askOnce(emulator, { depth, extension });
        const { planning, checks } = asked;
        say(`${depth}: ${checks.reads} reads in ${checks.seconds} s, after ${planning.reads} in ${planning.seconds} s`);
        runs[depth].push(asked);
      }
    }
    return linesOf(runs);
  } finally {
    await emulator.close();
  }
}

async function askOnce(
  emulator: Emulator,
  { depth, extension }: { readonly depth: Depth; readonly extension: string },
): Promise<Asked> {
  const folder = mkdtempSync(join(tmpdir(), "aib-bench-preflight-"));
  const pipeline = join(folder, "pipeline.yml");
  writeFileSync(pipeline, pipelineOf(depth));
  const now = (): number => emulator.world.clock.now().getTime();
  const before = emulator.requests().length;
  const log: string[] = [];
  let [began, planned, checked]: (number | undefined)[] = [];
  const sink = (line: string): void => {
    log.push(line);
    // The header's last line, the plan's first note, and the table of the checks.
    if (began === undefined && line.startsWith("====") && log.length > 5) began = now();
    if (planned === undefined && /\bAIB2\d\d \w+:/.test(line)) planned = now();
    if (checked === undefined && /\[group\]Preflight: /.test(line)) checked = now();
  };
  try {
    const variables = { ...sampleVariables(emulator.description), subnet: emulator.description.resources.subnet };
    const { steps } = await runSession(emulator, { pipeline, extension, variables, sink });
    const errors = steps.flatMap(({ issues }) => issues.filter(({ type }) => type === "error"));
    const codes = errors.map(({ code }) => code).join(" ");
    if (codes !== "AIB092 AIB609" || began === undefined || planned === undefined || checked === undefined) {
      throw new Error(`The step was to end with AIB092 and AIB609 alone, and ended with ${codes}:\n${log.join("\n")}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const reads = readsOf(emulator, before);
  const [start, middle, end] = [began, planned, checked];
  const cost = (from: number, to: number): Cost => ({
    reads: reads.filter((at) => at >= from && at < to).length,
    seconds: (to - from) / 1000,
  });
  return { planning: cost(start, middle), checks: cost(middle, end) };
}

/** When the task asked Azure something: neither sign-ins nor Azure DevOps. Milliseconds. */
function readsOf(emulator: Emulator, from: number): readonly number[] {
  return emulator
    .requests()
    .slice(from)
    .filter(({ service, userAgent = "" }) => {
      return userAgent.startsWith("AzureImageBuilder/") && service !== "entra" && service !== "devops";
    })
    .map(({ time }) => Date.parse(time));
}

function linesOf({ fast, full }: Readonly<Record<Depth, readonly Asked[]>>): readonly Line[] {
  const where = `at the emulator with ${latency} ms latency a call; artifact, gallery and network`;
  const reads = (name: string, costs: readonly Cost[], note: string, bound?: { readonly atMost: number }): Line =>
    lineOf(`reads of ${name}`, costs.map((one) => one.reads), { unit: "reads", bound, note }); // prettier-ignore
  const time = (name: string, costs: readonly Cost[], note: string, bound?: { readonly atMost: number }): Line =>
    lineOf(`time of ${name}`, costs.map(({ seconds }) => seconds), { unit: "s", bound, note }); // prettier-ignore
  const checks = `from the plan's first line to the checks' table, ${where}`;
  const planning = `from the start of the task's process to the plan's first line, signing in included, ${where}`;
  const ofChecks = (runs: readonly Asked[]): readonly Cost[] => runs.map((one) => one.checks);
  const ofPlanning = fast.map((one) => one.planning);
  return [
    reads("preflight: fast", ofChecks(fast), checks, { atMost: 20 }),
    time("preflight: fast", ofChecks(fast), checks, { atMost: 3 }),
    reads("preflight: full", ofChecks(full), checks),
    time("preflight: full", ofChecks(full), checks),
    reads("planning before it", ofPlanning, planning),
    time("planning before it", ofPlanning, planning),
  ];
}
