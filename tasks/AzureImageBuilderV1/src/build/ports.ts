/** What the build room asks of the world, and the small helpers its steps share. */
import { ServiceError } from "../errors.ts";
import type { Ports } from "../ports.ts";

export type BuildPorts = Pick<
  Ports,
  | "agent"
  | "clock"
  | "templates"
  | "facts"
  | "images"
  | "logs"
  | "createWorkFile"
  | "cancelled"
  | "randomHex"
  | "process"
>;

/** Milliseconds before the second, third … try of a single read; after the last it fails. */
const pauses = [2_000, 4_000, 8_000, 16_000, 30_000];

/**
 * Whether the cause may pass: no answer, 408, 429, 5xx, and the service's generic internal error, which it also gives
 * to plain reads for some minutes (wire notes, section 6).
 */
export function mayPass(error: unknown): error is ServiceError {
  if (!(error instanceof ServiceError)) return false;
  const { status, serviceCode } = error;
  if (serviceCode === "InternalOperationError") return true;
  return status === undefined || status === 408 || status === 429 || (status >= 500 && status !== 501);
}

/** Whether a request may have been carried out although it failed: unlike a 429, which says that it was not. */
export function isUncertain(error: unknown): boolean {
  return mayPass(error) && error.status !== 429;
}

/** Reads once, and again for a passing cause, some five times within a minute. Throws the last error. */
export async function readPatiently<T>(
  read: () => Promise<T>,
  { clock, cancelled }: Pick<BuildPorts, "clock" | "cancelled">,
): Promise<T> {
  for (const pause of pauses) {
    try {
      return await read();
    } catch (error) {
      if (!mayPass(error)) throw error;
      await clock.sleep(Math.max(pause, error.retryAfterMs ?? 0), cancelled);
    }
  }
  return read();
}

/** The result of `work`, or a rejection after `ms`; what is under way goes on unheeded. */
export async function within<T>(ms: number, clock: BuildPorts["clock"], work: Promise<T>): Promise<T> {
  const done = new AbortController();
  const late = clock.sleep(ms, done.signal).then(() => Promise.reject(new Error("No answer in time.")));
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort();
    late.catch(() => undefined);
  }
}

/** What `work` gives, or that the task is to stop: then nothing that is under way is waited for. */
export async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T | "stopped"> {
  const done = new AbortController();
  const stopped = new Promise<"stopped">((resolve) => {
    if (signal.aborted) resolve("stopped");
    signal.addEventListener("abort", () => resolve("stopped"), { once: true, signal: done.signal });
  });
  try {
    return await Promise.race([stopped, work]);
  } catch (error) {
    if (signal.aborted) return "stopped";
    throw error;
  } finally {
    done.abort();
  }
}

/** An error's message, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
