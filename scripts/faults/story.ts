/**
 * A process that runs the task's story again and again, as main.ts wires it, with an agent of its own and the emulator's
 * clock (node -r). It gets orders from its parent, one at a time, and says how each ended.
 */
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { createAzure } from "../../tasks/AzureImageBuilderV1/src/adapters/azure/index.ts";
import { createDevops } from "../../tasks/AzureImageBuilderV1/src/adapters/devops/index.ts";
import {
  createWorkFile,
  localFiles,
  randomHex,
  systemClock,
} from "../../tasks/AzureImageBuilderV1/src/adapters/system/index.ts";
import { CanceledError, InputError, TaskError } from "../../tasks/AzureImageBuilderV1/src/errors.ts";
import { failureCodes } from "../../tasks/AzureImageBuilderV1/src/failure-codes.ts";
import { reportFailure } from "../../tasks/AzureImageBuilderV1/src/report-failure.ts";
import { run } from "../../tasks/AzureImageBuilderV1/src/run.ts";
import type { Fault } from "../../tests/emulator/index.ts";
import { createStoryAgent, type StoryJob } from "./story-agent.ts";
import { refuseConnections } from "./refuse.ts";
import type { StoryEnd } from "./types.ts";

/** What to run. */
export interface Order extends StoryJob {
  /** Connections for these requests are refused. */
  readonly refuse: readonly Fault[];
  /** By how much this machine's clock is ahead of the services', in milliseconds. */
  readonly skewMs: number;
  /** The job is cancelled when a line has this text. */
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

async function carryOut(order: Order): Promise<StoryEnd> {
  skewMs = order.skewMs;
  crashes.length = 0;
  const stop = new AbortController();
  const cancel = (): void =>
    stop.abort(new CanceledError(failureCodes.canceled, "The build agent asked the task to stop (SIGINT)."));
  const lines: string[] = [];
  const agent = createStoryAgent(order, (line) => {
    lines.push(line);
    if (order.cancelAt !== undefined && line.includes(order.cancelAt)) setImmediate(cancel);
  });
  const common = {
    systemToken: () => agent.systemToken(),
    // The emulator's authority is one of the process's own: reading all authorities anew for each story takes longer than it.
    network: () => ({ proxyFor: () => undefined, tls: { checkServer: true } }),
    mask: () => undefined,
    userAgent: "AzureImageBuilder/1.0.0",
    environment: {},
  };
  const azure = createAzure({
    ...common,
    connection: () => {
      const connection = agent.endpoint(agent.input("azureSubscription"));
      if (connection === undefined) throw new Error("The order names a connection that it does not hold.");
      return connection;
    },
    oidcRequestUri: () => agent.variable("System.OidcRequestUri"),
    now: () => systemClock.now(),
  });
  const devops = createDevops({
    ...common,
    collection: () => order.collectionUri,
    clock: systemClock,
  });
  const refusing = refuseConnections(order.refuse);
  try {
    const ended = await run({
      agent,
      clock: systemClock,
      process: { pid: process.pid },
      files: localFiles,
      randomHex,
      cancelled: stop.signal,
      artifacts: devops.artifacts,
      createWorkFile: (name) => createWorkFile(order.variables["Agent.TempDirectory"] ?? tmpdir(), name),
      ...azure,
    }).then(
      (message) => ({ outcome: "succeeded", code: "", message }) as const,
      (error: unknown) => ({ ...codeOf(error), message: reportFailure(error, agent) }),
    );
    // What was left to itself may still fail.
    await new Promise((resolve) => setImmediate(resolve));
    const crash = crashes[0];
    if (crash !== undefined) {
      return { ...ended, outcome: "crashed", message: stackOf(crash), lines, refused: [] };
    }
    return { ...ended, lines, refused: refusing.counts() };
  } finally {
    refusing.end();
    azure.close();
    devops.close();
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function codeOf(error: unknown): Pick<StoryEnd, "outcome" | "code"> {
  if (error instanceof InputError) return { outcome: "named-error", code: error.problems[0]?.code ?? error.code };
  if (error instanceof TaskError) return { outcome: "named-error", code: error.code };
  return { outcome: "crashed", code: failureCodes.unexpected };
}

process.on("message", (order: Order) => {
  carryOut(order).then(
    (end) => process.send?.(end),
    (error: unknown) => {
      const message = stackOf(error);
      process.send?.({ outcome: "crashed", code: "", message, lines: [], refused: [] } satisfies StoryEnd);
    },
  );
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
