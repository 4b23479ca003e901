/** Open first: wires the adapters, runs, reports once. Nothing else ends the task. */
import task from "../task.json" with { type: "json" };
import { createLifecycleAzure } from "../../AzureImageBuilderV1/src/adapters/azure/lifecycle.ts";
import { systemClock, watchStopSignals } from "../../AzureImageBuilderV1/src/adapters/system/index.ts";
import { openAgent } from "../../AzureImageBuilderV1/src/open-agent.ts";
import { reportFailure } from "../../AzureImageBuilderV1/src/report-failure.ts";
import { describeStop, run } from "./run.ts";

/** After a stop signal the agent waits 7.5 s before it becomes insistent. */
const stopWithin = 6_500;

const { agent, options } = openAgent(task);
const azure = createLifecycleAzure(options);
const stop = watchStopSignals();

let ended = false;
function end(report: () => void): void {
  if (ended) return;
  ended = true;
  report();
  azure.close();
  stop.release();
  // What still holds the process, e.g. a request nobody waits for, is not worth waiting for.
  setTimeout(() => process.exit(0), 2_000).unref();
}
const fail = (error: unknown): void => end(() => agent.complete("Failed", reportFailure(error, agent)));

process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);
// A process with nothing left to do would end without a word, which an agent takes for success.
process.on("beforeExit", () => fail(new Error("The task came to no end.")));
stop.cancelled.addEventListener("abort", () => setTimeout(() => fail(describeStop()), stopWithin).unref());
run({ agent, clock: systemClock, cancelled: stop.cancelled, ...azure }).then(
  (message) => end(() => agent.complete("Succeeded", message)),
  fail,
);
