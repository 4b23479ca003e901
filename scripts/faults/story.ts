/**
 * A process that tells the step's story again and again, with an agent of its own and the emulator's clock (node -r): the
 * main part, and then the post-job part where it has something to do. It gets orders from its parent, one at a time, says
 * `post-job` before that part, which begins at the word `go on`, and says how each order ended.
 */
import { once } from "node:events";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { type Azure, createAzure } from "../../tasks/AzureImageBuilderV1/src/adapters/azure/index.ts";
import { createDevops } from "../../tasks/AzureImageBuilderV1/src/adapters/devops/index.ts";
import {
  createWorkFile,
  localFiles,
  randomHex,
  systemClock,
} from "../../tasks/AzureImageBuilderV1/src/adapters/system/index.ts";
import { readUpload, uploadVariable } from "../../tasks/AzureImageBuilderV1/src/artifact/upload-record.ts";
import { readRecord, recordVariable } from "../../tasks/AzureImageBuilderV1/src/build/record.ts";
import { CanceledError, InputError, TaskError } from "../../tasks/AzureImageBuilderV1/src/errors.ts";
import { failureCodes } from "../../tasks/AzureImageBuilderV1/src/failure-codes.ts";
import type { Processes } from "../../tasks/AzureImageBuilderV1/src/finish/end-main.ts";
import { finishBuild } from "../../tasks/AzureImageBuilderV1/src/finish/finish-build.ts";
import { ownRecords, type Unfinished } from "../../tasks/AzureImageBuilderV1/src/finish/own-records.ts";
import { removeUpload } from "../../tasks/AzureImageBuilderV1/src/finish/remove-upload.ts";
import { reportFailure } from "../../tasks/AzureImageBuilderV1/src/report-failure.ts";
import { run } from "../../tasks/AzureImageBuilderV1/src/run.ts";
import { createNetwork } from "./network.ts";
import { createStoryAgent, type StoryAgent, type StoryJob } from "./story-agent.ts";
import type { PartFault, StoryEnd } from "./types.ts";

/** What to run. */
export interface Order extends StoryJob {
  /** Connections for these requests are refused. */
  readonly refuse: readonly PartFault[];
  /** By how much this machine's clock is ahead of the services', in milliseconds. */
  readonly skewMs: number;
  /** The job is cancelled when a line or a task variable, `name=value`, has this text. */
  readonly cancelAt?: string;
}

interface ScaledClock {
  readonly installDate: (read: () => Setting) => void;
  readonly readSetting: (text: string) => Setting;
}
interface Setting {
  readonly realStart: number;
  readonly start: number;
  readonly scale: number;
}

const { installDate, readSetting } = createRequire(import.meta.url)(
  "../../tests/emulator/core/scaled-clock.cjs",
) as ScaledClock;
const setting = readSetting(process.env["SCALED_CLOCK"] ?? "");
let skewMs = 0;
installDate(() => ({ ...setting, start: setting.start + skewMs }));

const crashes: unknown[] = [];
process.on("unhandledRejection", (reason) => void crashes.push(reason));
process.on("uncaughtException", (error) => void crashes.push(error));

/** How a part of the step ended. */
type PartEnd = Pick<StoryEnd, "outcome" | "code" | "message">;

/** What a part has of its order: where it says something, what stops it, and its network. */
interface Stage {
  readonly order: Order;
  readonly say: (line: string) => void;
  readonly noted: (text: string) => void;
  readonly stop: AbortController;
}

async function carryOut(order: Order): Promise<StoryEnd> {
  skewMs = order.skewMs;
  const lines: string[] = [];
  const stop = new AbortController();
  const watch = (text: string): void => {
    if (order.cancelAt === undefined || !text.includes(order.cancelAt)) return;
    const cancel = (): void =>
      stop.abort(new CanceledError(failureCodes.canceled, "The build agent asked the task to stop (SIGINT)."));
    setImmediate(cancel);
  };
  const say = (line: string): void => {
    lines.push(line);
    watch(line);
  };
  const network = createNetwork(order.refuse);
  const stage: Stage = { order, say, noted: watch, stop };
  try {
    const agent = createStoryAgent(order, stage);
    const main = await network.carryOut("main", () => untilCrash(() => tellMain(agent, stage)));
    const unfinished = readUnfinished(agent.environment());
    const attached = agent.attached();
    if (main.outcome === "crashed" || unfinished === undefined)
      return { ...main, lines, refused: network.counts(), attached };
    await nextPart();
    const status = stop.signal.aborted ? "Canceled" : main.outcome === "succeeded" ? "Succeeded" : "Failed";
    const postJob = await network.carryOut("post-job", () => untilCrash(() => tellPostJob(unfinished, status, stage)));
    const end = postJob.outcome === "succeeded" ? main : postJob;
    return { ...end, lines, refused: network.counts(), attached };
  } finally {
    network.end();
  }
}

/** The end of a part; what it left to itself may still fail. */
async function untilCrash(part: () => Promise<PartEnd>): Promise<PartEnd> {
  crashes.length = 0;
  const end = await part();
  await new Promise((resolve) => setImmediate(resolve));
  const [crash] = crashes;
  return crash === undefined ? end : { ...end, outcome: "crashed", message: stackOf(crash) };
}

/** As main.ts wires it. */
async function tellMain(given: StoryAgent, { order, stop }: Stage): Promise<PartEnd> {
  let hasEnded = false;
  const agent: StoryAgent = {
    ...given,
    setTaskVariable: (name, value) => (hasEnded ? undefined : given.setTaskVariable(name, value)),
  };
  const azure = openAzure(agent);
  const devops = createDevops({ ...common(agent), collection: () => order.collectionUri, clock: systemClock });
  try {
    return await run({
      agent,
      clock: systemClock,
      process: { pid: process.pid },
      files: localFiles,
      randomHex,
      cancelled: stop.signal,
      artifacts: devops.artifacts,
      runs: devops.runs,
      createWorkFile: (name) => createWorkFile(order.variables["Agent.TempDirectory"] ?? tmpdir(), name),
      ...azure,
    }).then(
      (message) => ({ outcome: "succeeded", code: "", message }) as const,
      (error: unknown) => ({ ...codeOf(error), message: reportFailure(error, agent) }),
    );
  } finally {
    hasEnded = true;
    azure.close();
    devops.close();
  }
}

/** As finish.ts reads it from its environment. */
function readUnfinished(environment: Readonly<Record<string, string>>): Unfinished | undefined {
  const record = readRecord(environment[recordVariable]);
  const upload = readUpload(environment[uploadVariable]);
  const build = record?.state === "done" || record?.state === "left" ? undefined : record;
  return build === undefined && upload === undefined ? undefined : { build, upload };
}

const mainIsGone: Processes = { isAlive: () => "no", signal: () => undefined };

/** As finish/index.ts wires it; the main part's process is gone. */
async function tellPostJob(unfinished: Unfinished, status: string, stage: Stage): Promise<PartEnd> {
  const { order } = stage;
  const job = { ...order, variables: { ...order.variables, "Agent.JobStatus": status } };
  const agent = createStoryAgent(job, stage);
  const azure = openAzure(agent);
  const ports = {
    agent,
    clock: systemClock,
    process: { pid: process.pid },
    processes: mainIsGone,
    cancelled: new AbortController().signal,
    ...azure,
  };
  try {
    const { build, upload } = ownRecords(unfinished, agent);
    if (upload !== undefined) await removeUpload(upload, ports);
    if (build !== undefined) await finishBuild(build, ports);
    return { outcome: "succeeded", code: "", message: "" };
  } catch (error) {
    return { outcome: "crashed", code: failureCodes.unexpected, message: stackOf(error) };
  } finally {
    azure.close();
  }
}

const common = (agent: StoryAgent): Omit<Parameters<typeof createDevops>[0], "collection" | "clock"> => ({
  systemToken: () => agent.systemToken(),
  // The emulator's authority is one of the process's own: reading all authorities anew for each story takes longer than it.
  network: () => ({ proxyFor: () => undefined, tls: { checkServer: true } }),
  mask: () => undefined,
  userAgent: "AzureImageBuilder/1.0.0",
  environment: {},
});

function openAzure(agent: StoryAgent): Azure {
  return createAzure({
    ...common(agent),
    connection: () => {
      const connection = agent.endpoint(agent.input("azureSubscription"));
      if (connection === undefined) throw new Error("The order names a connection that it does not hold.");
      return connection;
    },
    oidcRequestUri: () => agent.variable("System.OidcRequestUri"),
    now: () => systemClock.now(),
  });
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function codeOf(error: unknown): Pick<PartEnd, "outcome" | "code"> {
  if (error instanceof InputError) return { outcome: "named-error", code: error.problems[0]?.code ?? error.code };
  if (error instanceof TaskError) return { outcome: "named-error", code: error.code };
  return { outcome: "crashed", code: failureCodes.unexpected };
}

/** Tells the parent that the main part has ended, and waits until the post-job part may begin. */
async function nextPart(): Promise<void> {
  const goOn = once(process, "message");
  process.send?.("post-job");
  await goOn;
}

process.on("message", (order: Order | "go on") => {
  if (order === "go on") return;
  carryOut(order).then(
    (end) => process.send?.(end),
    (error: unknown) => {
      const message = stackOf(error);
      process.send?.({
        outcome: "crashed",
        code: "",
        message,
        lines: [],
        refused: [],
        attached: [],
      } satisfies StoryEnd);
    },
  );
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
