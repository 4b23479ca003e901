/** A lane of the matrix: an emulator, and beside it a process that runs the task's story; one run after the other. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeDevopsWorld } from "../../tests/contract/devops-world.ts";
import { readWorld, type WorldFile } from "../../tests/emulator/core/world-file.ts";
import { createEmulator, type Emulator } from "../../tests/emulator/index.ts";
import { configureImageBuilder } from "../../tests/emulator/services/virtual-machine-images/index.ts";
import { findLeftovers } from "./leftovers.ts";
import { shortPhases } from "./builders.ts";
import { keepMade } from "./earlier-attempts.ts";
import { keepLeft, pipeline } from "./earlier-runs.ts";
import { leaving, making, type Scenario, scenarios, storing } from "./scenarios.ts";
import { keepStored } from "./seeds.ts";
import type { Order } from "./story.ts";
import type { RunReport } from "./report.ts";
import type { Part, PartFault, StoryEnd } from "./types.ts";

/** One run of a scenario, with faults or with none. */
export interface RunOrder {
  readonly id: number;
  readonly scenario: string;
  /** Made by the emulator, or by the machine that refuses connections. */
  readonly faults: readonly PartFault[];
  readonly by: "emulator" | "machine";
  readonly skewMs: number;
}

/** Emulated milliseconds in a real one, unless a scenario says otherwise. */
const usualScale = 250;
/** Real milliseconds after which a story hangs: one takes less than a second, and the first of a process loads the SDKs. */
const longestStory = { first: 120_000, later: 30_000 };

/** The story's program, bundled. */
const [storyModule = ""] = process.argv.slice(2);
const machineModule = fileURLToPath(new URL("../../tests/emulator/core/emulated-machine.cjs", import.meta.url));

interface Worker {
  readonly process: ChildProcess;
  readonly scale: number;
  /** It has run a story. */
  isWarm: boolean;
}

const devops = makeDevopsWorld();
const emulator: Emulator = await createEmulator({ world: devops.world, scale: usualScale, warm: true });
const folder = mkdtempSync(join(tmpdir(), "aib-faults-"));
const artifact = join(folder, "artifact");
mkdirSync(artifact);
writeFileSync(join(artifact, "install.sh"), "#!/bin/sh\necho installed\n");
let worker: Worker | undefined;
/** Name of the world as it is. */
let world: string | undefined;

async function workerFor({ scale = usualScale, alone = false }: Scenario): Promise<Worker> {
  const isUsable = worker?.scale === scale && worker.process.connected && !(alone && worker.isWarm);
  if (isUsable && worker !== undefined) return worker;
  worker?.process.kill("SIGKILL");
  if (emulator.world.clock.scale !== scale) await emulator.adjustClock({ scale });
  const { metadataUrl } = emulator.description;
  const child = fork(storyModule, [], {
    execArgv: ["-r", machineModule],
    env: {
      ...process.env,
      NODE_EXTRA_CA_CERTS: emulator.description.caFile,
      SCALED_CLOCK: emulator.world.clock.environment(),
      LINK_LOCAL: metadataUrl === undefined ? "" : new URL(metadataUrl).host,
    },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const made = { process: child, scale, isWarm: false };
  worker = made;
  await once(child, "message");
  return made;
}

async function carryOut(order: RunOrder): Promise<RunReport> {
  const scenario = scenarios.find(({ name }) => name === order.scenario);
  if (scenario === undefined) throw new Error(`There is no scenario ${order.scenario}.`);
  const child = await workerFor(scenario);
  underWay = 0;
  await emulator.reset(scenario.world === world ? undefined : worldOf(scenario));
  world = scenario.world;
  const durations = { ...shortPhases.durations, ...scenario.builder?.durations };
  configureImageBuilder(emulator.world, { ...shortPhases, ...scenario.builder, durations });
  await scenario.seed?.(emulator);
  const begun = new Set<Part>();
  const begin = (part: Part): void => {
    begun.add(part);
    if (order.by === "machine") return;
    for (const { part: own, ...fault } of order.faults) if (own === part) emulator.addFault(fault);
  };
  const before = emulator.requests().length;
  let ofMain: number | undefined;
  const began = performance.now();
  begin("main");
  const end = await tell(child, toStory(order, scenario), async () => {
    await untilQuiet();
    ofMain = emulator.requests().length - before;
    begin("post-job");
  });
  const ms = Math.round(performance.now() - began);
  const requests = emulator.requests().slice(before);
  if (scenario.name === storing && end.outcome === "succeeded") await keepStored(emulator);
  if (scenario.name === making && end.outcome === "succeeded") await keepMade(emulator);
  if (scenario.name === leaving && end.outcome === "succeeded") await keepLeft(emulator, end.attached);
  const leftovers = await findLeftovers(emulator, end.lines, scenario.there ?? []);
  const met =
    order.by === "machine" ? end.refused : order.faults.map((fault) => (begun.has(fault.part) ? timesMet(fault) : 0));
  return { id: order.id, end, requests, ofMain: ofMain ?? requests.length, leftovers, met, ms };
}

/** Requests that have arrived and are not answered yet. */
let underWay = 0;
emulator.watch(({ stage }) => void (underWay += stage === "arrived" ? 1 : -1));

/** A process takes longer to begin than what the one before has sent takes to be done. */
async function untilQuiet(): Promise<void> {
  for (let looks = 0; underWay > 0 && looks < 400; looks += 1) await new Promise((resolve) => setTimeout(resolve, 5));
}

function timesMet({ match, times = 1 }: PartFault): number {
  const left = emulator.faults().find((fault) => JSON.stringify(fault.match) === JSON.stringify(match));
  return times - (left?.times ?? 0);
}

/** Pipelines and their runs are the same in all worlds of an emulator. */
function worldOf({ world }: Scenario): WorldFile {
  return world === undefined ? devops.world : { ...readWorld(world), devops: devops.world.devops };
}

/** The end of the story; a story that hangs is ended with its process. `next` is awaited between the step's parts. */
async function tell(teller: Worker, story: Order, next: () => Promise<void>): Promise<StoryEnd> {
  const { process: child, isWarm } = teller;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), isWarm ? longestStory.later : longestStory.first);
  const hear = async (): Promise<StoryEnd | "post-job"> => {
    const [said] = (await once(child, "message", { signal: limit.signal })) as [StoryEnd | "post-job"];
    return said;
  };
  try {
    const answer = hear();
    child.send(story);
    let said = await answer;
    if (said === "post-job") {
      await next();
      const last = hear();
      child.send("go on");
      said = await last;
    }
    if (said === "post-job") throw new Error("A step has one post-job part.");
    teller.isWarm = true;
    return said;
  } catch {
    child.kill("SIGKILL");
    worker = undefined;
    return { outcome: "hung", code: "", message: "no end", lines: [], refused: [], attached: [] };
  } finally {
    clearTimeout(timer);
  }
}

function toStory({ by, faults, skewMs }: RunOrder, scenario: Scenario): Order {
  const { description } = emulator;
  const { resources, job, connections } = description;
  const named: Readonly<Record<string, string>> = { ...resources, artifact };
  const inputs = {
    azureSubscription: scenario.connection ?? "images-prod",
    resourceGroup: "rg-images",
    managedIdentity: resources.identity,
    ...scenario.inputs,
  };
  const filled = Object.entries(inputs).map(([name, text]) => [
    name,
    text.replace(/\{([a-zA-Z]+)\}/g, (all, key: string) => named[key] ?? all),
  ]);
  return {
    inputs: Object.fromEntries(filled) as Record<string, string>,
    variables: {
      "System.OidcRequestUri": job.oidcRequestUri,
      "System.CollectionUri": job.collectionUri,
      "System.TeamProject": job.project,
      "System.TeamProjectId": job.projectId,
      "System.JobTimeout": "360",
      "System.StageName": "__default",
      "System.PhaseName": "Job",
      "System.JobAttempt": String(scenario.attempt ?? 1),
      "System.DefinitionId": String(pipeline.id),
      "Build.BuildId": String(scenario.run ?? 501),
      "Build.SourceBranch": pipeline.branch,
      "Build.BuildNumber": "20261123.1",
      "Build.DefinitionName": pipeline.name,
      "Agent.TempDirectory": folder,
      "Build.SourcesDirectory": folder,
      "System.DefaultWorkingDirectory": folder,
    },
    connections,
    collectionUri: job.collectionUri,
    accessToken: job.accessToken,
    skewMs,
    refuse: by === "machine" ? faults : [],
    ...(scenario.cancelAt === undefined ? {} : { cancelAt: scenario.cancelAt }),
  };
}

let ended = false;
async function end(): Promise<void> {
  if (ended) return;
  ended = true;
  worker?.process.kill("SIGKILL");
  await emulator.close();
  devops.remove();
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

process.on("message", (order: RunOrder) => {
  carryOut(order).then(
    (report) => process.send?.(report),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on("disconnect", () => void end());
process.send?.("ready");
