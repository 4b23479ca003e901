/** Time, randomness, the disk, and the agent's wish that the task stop. */
import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CanceledError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import type { Clock, LocalFiles, WorkFile } from "../../ports.ts";

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

/**
 * Begins a text file `name` in a folder of its own in `folder`, readable by this user alone: the agent shows the bare name.
 * Writes block, so that all is on the disk when the agent kills the task. A disk that is full fails `close`, not the build.
 */
export function createWorkFile(folder: string, name: string): WorkFile {
  const own = join(folder, `image-builder-${randomHex(4)}`);
  const path = join(own, name);
  let failure: Error | undefined;
  const guard = (work: () => void): void => {
    if (failure !== undefined) return;
    try {
      work();
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
  };
  let fd: number | undefined;
  return {
    path,
    write: (text) =>
      guard(() => {
        if (fd === undefined) {
          mkdirSync(own, { recursive: true, mode: 0o700 });
          fd = openSync(path, "wx", 0o600);
        }
        writeSync(fd, text);
      }),
    close: async () => {
      guard(() => (fd === undefined ? undefined : closeSync(fd)));
      if (failure !== undefined) throw failure;
    },
  };
}

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
