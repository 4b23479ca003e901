/** Archives as streams, one writer for each format. Nothing is held in memory but the entries' names and a few buffers. */
import { Stats } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { Pack } from "tar";
import { ZipFile } from "yazl";
import { TaskError } from "../errors.ts";
import { failureCodes } from "../failure-codes.ts";
import type { ArtifactPlan } from "../plan/types.ts";
import type { ArtifactEntries, Links } from "./list-entries.ts";

type Format = ArtifactPlan["format"];

/** Bytes read at once from a file; the library keeps up to four such buffers. */
const readSize = 1024 * 1024;
const compressionLevel = 6;

/** Who owns the files on the agent, and where on its disk they are, means nothing in the image. */
const anonymous = {
  uid: 0,
  gid: 0,
  atime: undefined,
  ctime: undefined,
  dev: undefined,
  ino: undefined,
  nlink: undefined,
};

/** How links go into an archive of each format. */
export const linksIn: Record<Format, Links> = { "tar.gz": "keep", zip: "follow" };

const writers: Record<Format, (entries: ArtifactEntries) => Readable> = { "tar.gz": writeTarGz, zip: writeZip };

/** The archive's bytes. The stream fails with a TaskError where an entry cannot be read as it was listed. */
export function createArchive(entries: ArtifactEntries, format: Format): Readable {
  return writers[format](entries);
}

function writeTarGz({ root, entries }: ArtifactEntries): Readable {
  const pack = new Pack({
    cwd: root,
    noDirRecurse: true,
    // Without it a file that shrinks while it is read would be padded with zeros.
    strict: true,
    maxReadSize: readSize,
    onWriteEntry: (entry) => {
      // A copy: the library finds hard links by the original.
      if (entry.stat) entry.stat = Object.assign(Object.create(Stats.prototype) as Stats, entry.stat, anonymous);
    },
  });
  // An error may come before anyone reads; the stream then gives it to its reader.
  pack.on("error", () => undefined);
  for (const { name } of entries) pack.add(name);
  pack.end();
  // The end of the chain carries the error to whoever reads it.
  return pipeline(Readable.from(withNamedErrors(pack)), createGzip({ level: compressionLevel }), () => undefined);
}

function writeZip({ entries }: ArtifactEntries): Readable {
  const zip = new ZipFile();
  const output = Readable.from(withNamedErrors(zip.outputStream as Readable));
  zip.on("error", (error: unknown) => (zip.outputStream as Readable).destroy(toError(error)));
  for (const { kind, name, path } of entries) {
    if (kind === "folder") zip.addEmptyDirectory(checkedName(name));
    else zip.addFile(path, checkedName(name), { compressionLevel });
  }
  zip.end();
  return output;
}

/** Names Windows cannot hold would unpack to something else, or not at all. */
function checkedName(name: string): string {
  if (!/[\\:*?"<>|\u0000-\u001f]/.test(name)) return name;
  throw new TaskError(
    failureCodes.artifactEntry,
    `The name ${JSON.stringify(name)} is not possible in a Windows image.`,
    {
      next: 'Rename the file; Windows allows none of \\ : * ? " < > | in a name.',
    },
  );
}

async function* withNamedErrors(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* source;
  } catch (error) {
    throw readFailed(toError(error));
  }
}

function readFailed(error: Error): TaskError {
  if (error instanceof TaskError) return error;
  const { path } = error as { readonly path?: unknown };
  const where = typeof path === "string" && !error.message.includes(path) ? ` (${path})` : "";
  return new TaskError(failureCodes.artifactRead, `The artifact could not be read: ${error.message}${where}.`, {
    cause: error,
    next: "See that nothing changes the files while the step runs, and that the agent may read them.",
  });
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
