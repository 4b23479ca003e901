/** Opens the ports for the post-job part. It never fails the job: it ends Succeeded, with warnings for what is left. */
import { connectAgent } from "../connect.ts";
import { sendSignal, isAlive, ownProcess } from "../adapters/system/processes.ts";
import { systemClock, watchStopSignals } from "../adapters/system/index.ts";
import { finishBuild } from "./finish-build.ts";
import { ownRecords, type Unfinished } from "./own-records.ts";
import { removeUpload } from "./remove-upload.ts";

/** Finishes what the records of this pipeline run tell of, and ends the process. */
export function finish(unfinished: Unfinished): void {
  const { agent, azure } = connectAgent();
  const stop = watchStopSignals();
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    agent.complete("Succeeded", "");
    azure.close();
    stop.release();
    // What still holds the process, e.g. a request nobody waits for, is not worth waiting for.
    setTimeout(() => process.exit(0), 2_000).unref();
    if (stop.cancelled.aborted) process.exit(0);
  };
  const fail = (error: unknown): void => {
    agent.info(`The post-job part could not finish: ${error instanceof Error ? error.message : String(error)}`);
    end();
  };
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  process.on("beforeExit", end);
  const processes = { isAlive, signal: sendSignal };
  const ports = {
    ...{ agent, processes, clock: systemClock, process: ownProcess(), cancelled: stop.cancelled },
    ...{ templates: azure.templates, blobs: azure.blobs, facts: azure.facts },
  };
  const work = async (): Promise<void> => {
    const { build, upload } = ownRecords(unfinished, agent);
    if (upload !== undefined) await removeUpload(upload, ports);
    if (build !== undefined) await finishBuild(build, ports);
  };
  work().then(end, fail);
}
