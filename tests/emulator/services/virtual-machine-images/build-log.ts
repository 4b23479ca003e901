/** What Packer says while a build goes on: at once in the build's container, some time later in a growing append blob. */
import type { World } from "../../core/types.ts";
import { formatLine, type LogLine } from "./log-format.ts";
import { stateOf } from "./state.ts";

export interface BuildLog {
  /** Adds lines; they reach the blob with its next write. */
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
  /** Takes the same lines as the output of the container the build runs in. */
  readonly print: (line: Buffer) => void;
}

/**
 * Opens the log. The blob is made with its first write, `logBlobDelay` after this, and grows every `logBlobEvery`; the end
 * of the build writes the rest. Failures to write are told to the emulator's own log once.
 */
export function openBuildLog(world: World, place: LogPlace): BuildLog {
  const { settings } = stateOf(world);
  const style = settings;
  const due = world.clock.now().getTime() + settings.logBlobDelay;
  const blob = openBlob(world, place);
  let isWaiting = false;
  const schedule = (): void => {
    if (isWaiting) return;
    isWaiting = true;
    const wait = Math.max(settings.logBlobEvery, due - world.clock.now().getTime());
    const written = world.clock.sleep(wait).then(() => {
      isWaiting = false;
      blob.flush();
    });
    // Rejects when the emulator closes: there is no storage any more.
    written.catch(() => undefined);
  };
  return {
    write: (...lines) => {
      const now = world.clock.now();
      for (const line of lines) {
        const bytes = formatLine(line, place.operationId, { style, now });
        place.print(bytes);
        blob.add(bytes);
      }
      schedule();
    },
    close: blob.close,
  };
}

interface LogBlob {
  readonly add: (bytes: Buffer) => void;
  /** Sends what was added; writes go one after the other. */
  readonly flush: () => void;
  readonly close: () => Promise<void>;
}

function openBlob(world: World, place: LogPlace): LogBlob {
  let waiting: Buffer[] = [];
  let written = Promise.resolve();
  let complained = false;
  // Once the emulator closes there is no storage any more.
  const closing = world.closing;
  const flush = (): void => {
    const content = Buffer.concat(waiting);
    waiting = [];
    if (content.length === 0 || closing.aborted) return;
    written = written
      .then(() => world.blobs.append(place.account, "packerlogs", `${place.folder}/${place.name}`, content))
      .catch((error: unknown) => {
        if (!complained && !closing.aborted) world.log(`build log ${place.folder}: ${String(error)}`);
        complained = true;
      });
  };
  return {
    add: (bytes) => void waiting.push(bytes),
    flush,
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
