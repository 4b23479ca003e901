/** What the tests of archives share: packing a folder into a file, and telling what a folder holds. */
import { createHash } from "node:crypto";
import { closeSync, openSync, realpathSync, writeSync } from "node:fs";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { Entry } from "../../../tasks/AzureImageBuilderV1/src/artifact/entries.ts";
import { type Format, pack, type Packed } from "../../../tasks/AzureImageBuilderV1/src/artifact/pack.ts";
import { tarGz } from "../../../tasks/AzureImageBuilderV1/src/artifact/tar.ts";
import { walkFolder } from "../../../tasks/AzureImageBuilderV1/src/artifact/walk.ts";
import type { Workers } from "../../../tasks/AzureImageBuilderV1/src/artifact/workers.ts";
import { zip } from "../../../tasks/AzureImageBuilderV1/src/artifact/zip.ts";

export const formats: Readonly<Record<"tar.gz" | "zip", (level: number) => Format>> = { "tar.gz": tarGz, zip };

export type FormatName = keyof typeof formats;

/** A signal that is never aborted. */
export const goOn = new AbortController().signal;

/** Everything in a folder, with links as links and any names. */
export function entriesOf(folder: string): Iterable<Entry> {
  return walkFolder(realpathSync(folder), { links: "keep", names: "any" });
}

/** Packs entries into a file. */
export async function packInto(
  file: string,
  entries: Iterable<Entry>,
  options: { readonly workers: Workers; readonly format: FormatName; readonly level?: number },
): Promise<Packed> {
  const { workers, format, level = 6 } = options;
  const fd = openSync(file, "w");
  try {
    return await pack(entries, formats[format](level), {
      workers,
      modes: "agent",
      signal: goOn,
      write: async (bytes) => void writeSync(fd, bytes),
    });
  } finally {
    closeSync(fd);
  }
}

/** What a reader of archives brings back besides contents. */
export interface Restored {
  readonly modes: boolean;
  /** False: a link comes back as a file with what the link says. */
  readonly links: boolean;
}

/** Every entry of a folder by its name: kind, mode, and digest or target. */
export async function describeFolder(folder: string, restored: Restored): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const visit = async (path: string, prefix: string): Promise<void> => {
    for (const name of (await readdir(path)).sort()) {
      found.set(prefix + name, await describeEntry(join(path, name), restored));
      if ((await lstat(join(path, name))).isDirectory()) await visit(join(path, name), `${prefix}${name}/`);
    }
  };
  await visit(folder, "");
  return found;
}

async function describeEntry(path: string, { modes, links }: Restored): Promise<string> {
  const stat = await lstat(path);
  const mode = modes ? (stat.mode & 0o7777).toString(8) : "any mode";
  if (stat.isDirectory()) return `folder ${mode}`;
  if (!stat.isSymbolicLink()) return `file ${links ? mode : "any mode"} ${digestOf(await readFile(path))}`;
  const target = await readlink(path);
  return links ? `link ${target}` : `file any mode ${digestOf(target)}`;
}

export function digestOf(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
