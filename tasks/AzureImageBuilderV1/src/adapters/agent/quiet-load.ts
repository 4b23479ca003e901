/**
 * Keeps azure-pipelines-task-lib from printing what it reads: as debug lines it prints the variables it reads while it
 * loads, the proxy's password among them, and later each value that is asked for. Import this before the library.
 */
import { Writable } from "node:stream";
import * as internal from "azure-pipelines-task-lib/internal.js";

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });

internal._setStdStream(nowhere);

/** Lets the library print from now on; call it when the library is loaded. */
export function speak(): void {
  internal._setStdStream(process.stdout);
}

/** Runs `read` without the library's debug lines, which would print the value before anyone can mask it. */
export function unseen<T>(read: () => T): T {
  internal._setStdStream(nowhere);
  try {
    return read();
  } finally {
    speak();
  }
}
