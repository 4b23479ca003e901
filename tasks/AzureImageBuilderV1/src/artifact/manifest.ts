/**
 * The content digest: SHA-256 over a list of paths, kinds, modes and file digests. It names what an artifact holds, not
 * how it is packed: no times, no owners, no compression. docs/artifacts.md has the form.
 */
import { createHash } from "node:crypto";
import type { Entry } from "./entries.ts";

/** What the digest knows of an entry. */
export interface Listed extends Pick<Entry, "kind" | "name" | "target"> {
  /** Permission bits; of no meaning for links. */
  readonly mode: number;
  /** SHA-256 of a file's bytes in lower-case hex; empty for others. */
  readonly digest: string;
}

export interface Manifest {
  /** Takes the next entry, in the order of the walk. */
  add(entry: Listed): void;
  /** Lower-case hex. */
  digest(): string;
}

/** Begins a list. Every field ends with a NUL, which no path can hold. */
export function beginManifest(): Manifest {
  const hash = createHash("sha256").update("artifact v1\0");
  return {
    add: ({ kind, name, target = "", mode, digest }) => {
      const detail = kind === "link" ? target : digest;
      const bits = kind === "link" ? "" : mode.toString(8).padStart(4, "0");
      hash.update(`${kind}\0${bits}\0${detail}\0${name}\0`);
    },
    digest: () => hash.digest("hex"),
  };
}
