/** Azure DevOps, by azure-devops-node-api: the only folder that imports it. */
import type { Clock, PipelineArtifacts, PipelineRuns } from "../../ports.ts";
import type { Client, DevopsOptions } from "./client.ts";
import { isPassing } from "../passing.ts";
import { toServiceError, understood } from "./errors.ts";

export type { DevopsOptions } from "./client.ts";

/** The Azure DevOps side of the ports. */
export interface Devops {
  readonly artifacts: PipelineArtifacts;
  readonly runs: PipelineRuns;
  /** Closes idle connections, so that the process can end. */
  close(): void;
}

const tries = 4;
const firstPause = 1_000;

/** Wires the port to the job's own connection. Nothing is loaded or sent before it is used. */
export function createDevops(options: DevopsOptions): Devops {
  let client: Promise<Client> | undefined;
  let close: () => void = () => undefined;
  const open = (): Promise<Client> =>
    (client ??= import("./client.ts").then(({ connect }) => {
      const opened = connect(options);
      close = opened.close;
      return opened;
    }));
  const asking = <T>(what: string, request: () => Promise<T>): Promise<T> => ask(what, request, options.clock);
  return {
    artifacts: {
      find: async (name, run) => {
        const { findArtifact } = await import("./find-artifact.ts");
        const client = await open();
        const search = findArtifact(client, { name, run }, asking);
        return understood(`Azure DevOps, artifact ${name}`, search);
      },
      open: (artifact, signal) =>
        openLater(async () => {
          const { download } = await import("./download.ts");
          return download(await open(), artifact, signal);
        }),
    },
    runs: {
      find: async (project, runId) => {
        const { findRun } = await import("./runs.ts");
        return understood(`Azure DevOps, run ${runId}`, findRun(await open(), { project, runId }, asking));
      },
      attachment: async (run, type, limit) => {
        const { readAttachments } = await import("./runs.ts");
        const reading = readAttachments(await open(), { run, type, limit }, asking);
        return understood(`Azure DevOps, attachments of run ${run.runId}`, reading);
      },
    },
    close: () => close(),
  };
}

/** Reads again for a passing cause: 408, 429, 5xx and what breaks on the way. */
async function ask<T>(what: string, request: () => Promise<T>, clock: Clock): Promise<T> {
  for (let count = 1; ; count += 1) {
    try {
      return await request();
    } catch (failure) {
      const error = toServiceError(failure, `Azure DevOps, ${what}`);
      if (count === tries || !isPassing(error)) throw error;
      await clock.sleep(error.retryAfterMs ?? firstPause * 2 ** (count - 1));
    }
  }
}

async function* openLater(open: () => Promise<AsyncIterable<Uint8Array>>): AsyncGenerator<Uint8Array> {
  yield* await open();
}
