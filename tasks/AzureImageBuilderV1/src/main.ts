/** Open first: wires the adapters, runs, reports once. Nothing else ends the task. */
import { tmpdir } from "node:os";
import task from "../task.json" with { type: "json" };
import { createAgent } from "./adapters/agent/index.ts";
import { createAzure } from "./adapters/azure/index.ts";
import { createDevops } from "./adapters/devops/index.ts";
import { createWorkFile, localFiles, randomHex, systemClock, watchStopSignals } from "./adapters/system/index.ts";
import { TaskError } from "./errors.ts";
import { failureCodes } from "./failure-codes.ts";
import { reportFailure } from "./report-failure.ts";
import { run } from "./run.ts";
import type { Secret } from "./secret.ts";

/** After a stop signal the agent waits 7.5 s before it becomes insistent. */
const stopWithin = 6_500;

const agent = createAgent();
const stop = watchStopSignals();
const common = {
  systemToken: () => agent.systemToken(),
  network: () => agent.network(),
  mask: (secret: Secret) => agent.setSecret(secret),
  userAgent: `AzureImageBuilder/${task.version.Major}.${task.version.Minor}.${task.version.Patch}`,
  environment: process.env,
};
const azure = createAzure({
  ...common,
  connection: () => {
    const connection = agent.endpoint(agent.input("azureSubscription"));
    if (connection !== undefined) return connection;
    throw new TaskError(failureCodes.connection, "The agent did not hand over the service connection.");
  },
  oidcRequestUri: () => agent.variable("System.OidcRequestUri"),
  now: () => systemClock.now(),
});
const devops = createDevops({
  ...common,
  collection: () => agent.endpoint("SYSTEMVSSCONNECTION")?.url,
  clock: systemClock,
});

let ended = false;
function end(report: () => void): void {
  if (ended) return;
  ended = true;
  report();
  azure.close();
  devops.close();
  stop.release();
  // What still holds the process, e.g. a request nobody waits for, is not worth waiting for.
  setTimeout(() => process.exit(0), 2_000).unref();
}
const fail = (error: unknown): void => end(() => agent.complete("Failed", reportFailure(error, agent)));

process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);
// A process with nothing left to do would end without a word, which an agent takes for success.
process.on("beforeExit", () => fail(new Error("The task came to no end.")));
stop.cancelled.addEventListener("abort", () => setTimeout(() => fail(stop.cancelled.reason), stopWithin).unref());
run({
  agent,
  clock: systemClock,
  files: localFiles,
  randomHex,
  cancelled: stop.cancelled,
  artifacts: devops.artifacts,
  createWorkFile: (name) => createWorkFile(agent.variable("Agent.TempDirectory") ?? tmpdir(), name),
  ...azure,
}).then((message) => end(() => agent.complete("Succeeded", message)), fail);
