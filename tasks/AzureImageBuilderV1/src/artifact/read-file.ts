/** One file of the artifact, opened: what is read must be what was there. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { cannotRead, hasChanged, notArchivable } from "./faults.ts";

/** An open file. Every method throws a TaskError that names the path. */
export interface OpenFile {
  /** Bytes. */
  readonly size: number;
  readonly mtimeMs: number;
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  /** Fills `into` from where the last read ended; `into` is not longer than what is left. */
  read(into: Uint8Array): void;
  /** Closes it; throws where the file changed in the meantime. */
  close(): void;
  /** Closes it where it is still open, whatever has become of it. */
  discard(): void;
}

/** Whose modes count: the agent's, or, where it has none, what a file's first line tells. */
export type Modes = "agent" | "derived";

/** Modes of files whose agent has none. */
export const plain = 0o644;
export const executable = 0o755;
// A link that took the file's place since the walk is not followed, a pipe not waited for; Windows knows neither flag.
const { O_NOFOLLOW, O_NONBLOCK } = constants as { readonly O_NOFOLLOW?: number; readonly O_NONBLOCK?: number };
const flags = constants.O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0);

/** Opens the file at `path`. Throws a TaskError where it cannot be read or is no file any more. */
export function openFile(path: string, modes: Modes): OpenFile {
  const guard = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw cannotRead(path, error);
    }
  };
  const fd = guard(() => openSync(path, flags));
  let isOpen = true;
  const discard = (): void => {
    if (isOpen) closeSync(fd);
    isOpen = false;
  };
  try {
    const before = guard(() => fstatSync(fd));
    if (!before.isFile()) throw notArchivable(path);
    return {
      size: before.size,
      mtimeMs: before.mtimeMs,
      mode: modes === "agent" ? before.mode & 0o7777 : guard(() => (beginsWithInterpreter(fd) ? executable : plain)),
      read: (into) => {
        for (let done = 0; done < into.length;) {
          const count = guard(() => readSync(fd, into, done, into.length - done, null));
          if (count === 0) throw hasChanged(path);
          done += count;
        }
      },
      close: () => {
        const after = guard(() => fstatSync(fd));
        discard();
        if (!isSame(before, after)) throw hasChanged(path);
      },
      discard,
    };
  } catch (error) {
    discard();
    throw error;
  }
}

function isSame(before: Stats, after: Stats): boolean {
  return before.size === after.size && before.mtimeMs === after.mtimeMs && before.ctimeMs === after.ctimeMs;
}

function beginsWithInterpreter(fd: number): boolean {
  const start = Buffer.alloc(2);
  return readSync(fd, start, 0, 2, 0) === 2 && start.toString("latin1") === "#!";
}
