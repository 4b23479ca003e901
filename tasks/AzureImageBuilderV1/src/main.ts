/** Open first: wires the adapters, runs, reports once. Nothing else ends the task. */
import { tmpdir } from "node:os";
import { createDevops } from "./adapters/devops/index.ts";
import { createWorkFile, localFiles, randomHex, systemClock, watchStopSignals } from "./adapters/system/index.ts";
import { ownProcess } from "./adapters/system/processes.ts";
import { connectAgent } from "./connect.ts";
import { describeStop } from "./describe-stop.ts";
import { reportFailure } from "./report-failure.ts";
import { run } from "./run.ts";

/** After a stop signal the agent waits 7.5 s before it becomes insistent. */
const stopWithin = 6_500;

const { agent, azure, common } = connectAgent();
const stop = watchStopSignals();
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
stop.cancelled.addEventListener("abort", () => setTimeout(() => fail(describeStop(agent)), stopWithin).unref());
run({
  agent,
  clock: systemClock,
  files: localFiles,
  randomHex,
  process: ownProcess(),
  cancelled: stop.cancelled,
  artifacts: devops.artifacts,
  runs: devops.runs,
  createWorkFile: (name) => createWorkFile(agent.variable("Agent.TempDirectory") ?? tmpdir(), name),
  ...azure,
}).then((message) => end(() => agent.complete("Succeeded", message)), fail);
