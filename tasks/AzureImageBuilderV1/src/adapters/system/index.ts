/** Time, randomness, the disk, and the agent's wish that the task stop. */
import { randomBytes } from "node:crypto";
import { open, readFile, stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { CanceledError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import type { Clock, LocalFiles } from "../../ports.ts";

/** The machine's clock. `sleep` rejects with the signal's reason. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, { signal });
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    }
  },
};

/** The agent's disk. What is neither file nor folder counts as a file: reading it says what is wrong. */
export const localFiles: LocalFiles = {
  kind: async (path) => {
    const found = await stat(path).catch(() => undefined);
    return found && (found.isDirectory() ? "folder" : "file");
  },
  head: async (path, count) => {
    const file = await open(path).catch(() => undefined);
    if (file === undefined) return new Uint8Array();
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  },
  read: async (path, limit) => ((await stat(path)).size > limit ? undefined : readFile(path)),
};

/** `bytes` random bytes in lower-case hex. */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}

/** Signals by which a build agent asks a task to stop: SIGINT, 7.5 s later SIGTERM (SIGBREAK on Windows), then a kill. */
const stopSignals = ["SIGINT", "SIGTERM", "SIGBREAK"] as const;

/** A signal that is aborted, with a CanceledError, when the agent asks the task to stop; `release` stops listening. */
export function watchStopSignals(): { readonly cancelled: AbortSignal; readonly release: () => void } {
  const controller = new AbortController();
  const stop = (name: string): void =>
    controller.abort(new CanceledError(failureCodes.canceled, `The build agent asked the task to stop (${name}).`));
  for (const name of stopSignals) process.on(name, stop);
  return {
    cancelled: controller.signal,
    release: () => {
      for (const name of stopSignals) process.off(name, stop);
    },
  };
}
