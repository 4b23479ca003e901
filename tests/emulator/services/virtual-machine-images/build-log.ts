/** A log blob that grows while a build goes on. */
import type { World } from "../../core/types.ts";
import { formatLine, type LogLine } from "./log-format.ts";
import { stateOf } from "./state.ts";

export interface BuildLog {
  /** Adds lines; they reach the blob within a fraction of a second. */
  write(...lines: readonly LogLine[]): void;
  /** Waits until everything is in the blob. */
  close(): Promise<void>;
}

export interface LogPlace {
  readonly account: string;
  /** Folder in the container packerlogs: a GUID of its own for each run. */
  readonly folder: string;
  readonly name: "customization.log" | "validation.log";
  /** The operation id that begins each line. */
  readonly operationId: string;
}

/** Real time in ms between two writes: lines of a chatty script go together. */
const GATHER_MS = 100;

/** Opens the log; the blob is made with its first lines. Failures to write are told to the emulator's own log once. */
export function openBuildLog(world: World, place: LogPlace): BuildLog {
  const format = stateOf(world).settings.logFormat;
  let waiting = "";
  let timer: NodeJS.Timeout | undefined;
  let written = Promise.resolve();
  let complained = false;
  // Once the emulator closes there is no storage any more.
  const closing = world.closing;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const text = waiting;
    waiting = "";
    if (text === "" || closing.aborted) return;
    written = written
      .then(() => world.blobs.append(place.account, "packerlogs", `${place.folder}/${place.name}`, text))
      .catch((error: unknown) => {
        if (!complained && !closing.aborted) world.log(`build log ${place.folder}: ${String(error)}`);
        complained = true;
      });
  };
  return {
    write: (...lines) => {
      const now = world.clock.now();
      waiting += lines.map((line) => formatLine(line, place.operationId, { format, now })).join("");
      timer ??= setTimeout(flush, GATHER_MS);
    },
    close: async () => {
      flush();
      const closed = new Promise<void>((resolve) => {
        if (closing.aborted) resolve();
        else closing.addEventListener("abort", () => resolve(), { once: true });
      });
      await Promise.race([written, closed]);
    },
  };
}
