/**
 * Looks at a zip archive while it passes by: whether it is whole, holds what it should, and what its content is. Only the
 * end of it is kept, for the list of entries stands there.
 */
import { createHash } from "node:crypto";
import type { TaskError } from "../errors.ts";
import type { PipelineArtifact } from "../ports.ts";
import { brokenDownload, nameLeadsOut, strangeArchive } from "./faults.ts";
import { type DirectoryPlace, findDirectory, readDirectory, type ZipEntry } from "./zip-directory.ts";

/** Bytes of the end that are kept: the list of some 300,000 entries. */
const tailLimit = 32 * 1024 * 1024;

/** What is known of the archive before it is read. */
export type ExpectedZip = Pick<PipelineArtifact, "name" | "topFolder" | "files" | "bytes">;

/** What passed by. */
export interface CheckedZip {
  /** Digest of what the list of entries says; undefined where the list is too long to be kept. */
  readonly content: string | undefined;
  /** Entries that are no folders. */
  readonly files: number;
  /** Their bytes together. */
  readonly bytes: number;
}

export interface ZipCheck {
  /** Takes the next bytes, which must not be changed before the end. */
  add(bytes: Uint8Array): void;
  /** Throws a TaskError where the archive is broken off, or not what was expected. */
  end(): CheckedZip;
}

/** Begins to look at an archive. */
export function beginZipCheck(expected: ExpectedZip): ZipCheck {
  const kept: Uint8Array[] = [];
  let keptSize = 0;
  let total = 0;
  return {
    add: (bytes) => {
      total += bytes.length;
      keptSize += bytes.length;
      kept.push(bytes);
      for (let first = kept[0]; first !== undefined && keptSize - first.length >= tailLimit; first = kept[0]) {
        keptSize -= first.length;
        kept.shift();
      }
    },
    end: () => {
      const tail = Buffer.concat(kept);
      const place = findDirectory(tail, total);
      if (place === undefined) throw brokenDownload(expected.name, `after ${total} bytes it is no whole zip archive`);
      return judge(place, { tail, total, expected });
    },
  };
}

interface Judging {
  readonly tail: Buffer;
  readonly total: number;
  readonly expected: ExpectedZip;
}

function judge(place: DirectoryPlace, { tail, total, expected }: Judging): CheckedZip {
  const at = place.offset - (total - tail.length);
  // The list is longer than what is kept: only the number of entries is known.
  if (at < 0) return { content: undefined, files: expected.files ?? place.entries, bytes: expected.bytes ?? 0 };
  const entries = readDirectory(tail.subarray(at, at + place.size), place.entries);
  if (entries === undefined) throw brokenDownload(expected.name, "its list of entries is damaged");
  const fault = entries.map((entry) => faultOf(entry, expected)).find((one) => one !== undefined);
  if (fault !== undefined) throw fault;
  const files = entries.filter(({ isFolder }) => !isFolder);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const isShort = expected.files !== undefined && expected.files !== files.length;
  if (isShort || (expected.bytes !== undefined && expected.bytes !== bytes)) {
    const [told, found] = [describe(expected.files, expected.bytes), describe(files.length, bytes)];
    throw brokenDownload(expected.name, `it holds ${found}, and ${told} were published`);
  }
  return { content: digestEntries(entries), files: files.length, bytes };
}

function describe(files: number | undefined, bytes: number | undefined): string {
  return [...(files === undefined ? [] : [`${files} files`]), ...(bytes === undefined ? [] : [`${bytes} bytes`])].join(
    " with ",
  );
}

/** Such names would be written outside of the folder the archive is unpacked to. */
function faultOf({ name, isEncrypted }: ZipEntry, { name: artifact, topFolder }: ExpectedZip): TaskError | undefined {
  if (isEncrypted) return strangeArchive(artifact, `${JSON.stringify(name)} in it is encrypted`);
  const parts = name.split(/[\\/]/);
  if (name.includes("\0") || parts.includes("..")) return nameLeadsOut(artifact, name);
  if (name.startsWith(`${topFolder}/`)) return undefined;
  return strangeArchive(artifact, `${JSON.stringify(name)} in it is not inside the folder ${topFolder}`);
}

/**
 * Digest of names, CRC-32 and sizes, before and after compression. Weaker than a manifest: CRC-32 tells changes by
 * accident, not by intent.
 */
function digestEntries(entries: readonly ZipEntry[]): string {
  const hash = createHash("sha256").update("zip entries v1\0");
  for (const { name, crc32, size, compressedSize } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(`${crc32.toString(16).padStart(8, "0")}\0${size}\0${compressedSize}\0${name}\0`);
  }
  return hash.digest("hex");
}
