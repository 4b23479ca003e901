/** Packs entries: reads each file once, compresses on all processors, digests what was read, writes in order. */
import type { Entry } from "./entries.ts";
import { beginManifest } from "./manifest.ts";
import { createPieceWriter, type Item, type Meta, type Piece, type PieceWriter } from "./pieces.ts";
import { type Modes, openFile } from "./read-file.ts";
import type { Job, JobResult, Range, Workers } from "./workers.ts";

/** Takes the next bytes of the archive; resolves when there is room for more, and the bytes may be changed. */
export type Write = (bytes: Uint8Array) => Promise<void>;

type PieceJob = Extract<Job, { readonly kind: "gzip" | "deflate" }>;

/** A form of archive. */
export interface Format {
  /** Bytes before and after an entry's content, as part of what is compressed. */
  head(meta: Meta): Uint8Array;
  tail(meta: Meta): Uint8Array;
  /** The last bytes of what is compressed. */
  readonly end: Uint8Array;
  /** Entries of a piece at most; absent: as many as are usual. */
  readonly mostItems?: number;
  /** What a thread does with a piece, `whole` being the files that lie in it as a whole. */
  job(piece: Piece, whole: readonly Range[]): PieceJob;
  /** Writes a piece of which `result` was made. */
  write(piece: Piece, result: JobResult, write: Write): Promise<void>;
  /** Writes what follows the last piece. */
  finish(write: Write): Promise<void>;
}

export interface PackOptions {
  readonly workers: Workers;
  readonly modes: Modes;
  readonly signal: AbortSignal;
}

/** What was packed. */
export interface Packed {
  /** The content digest, lower-case hex. */
  readonly content: string;
  /** How many files and links. */
  readonly files: number;
  /** Bytes of all files. */
  readonly size: number;
  /** Files that have become executable because of their first line. */
  readonly madeExecutable: number;
}

/**
 * Packs the entries in `format`. Throws a TaskError that names what cannot be read or packed, what `write` throws, and
 * the signal's reason; what has been written by then is no archive.
 */
export async function pack(
  entries: Iterable<Entry>,
  format: Format,
  options: PackOptions & { readonly write: Write },
): Promise<Packed> {
  const { workers, signal, write } = options;
  const manifest = beginManifest();
  const pieces = createPieceWriter(workers, {
    run: (piece) => {
      const whole = piece.items.filter(isWholeFile).map(({ start, end }): Range => [start, end]);
      return workers.run(format.job(piece, whole));
    },
    done: async (piece, result) => {
      const digests = result.digests.values();
      for (const item of piece.items.filter(({ last }) => last)) {
        const digest = isWholeFile(item) ? digests.next().value : await item.digest;
        manifest.add({ ...item.meta, digest: digest ?? "" });
      }
      await format.write(piece, result, write);
    },
    mostItems: format.mostItems,
    signal,
  });
  try {
    const counts = await addAll(entries, { ...options, format, pieces });
    await pieces.end();
    await format.finish(write);
    return { content: manifest.digest(), ...counts };
  } catch (error) {
    await pieces.stop(error);
    throw error;
  }
}

interface Packing {
  readonly format: Format;
  readonly modes: Modes;
  readonly pieces: PieceWriter;
}

async function addAll(entries: Iterable<Entry>, packing: Packing): Promise<Omit<Packed, "content">> {
  const { format, modes, pieces } = packing;
  const counts = { files: 0, size: 0, madeExecutable: 0 };
  for (const entry of entries) {
    if (entry.kind === "file") {
      const { size, mode } = await addFile(entry, packing);
      counts.size += size;
      if (modes === "derived" && (mode & 0o100) !== 0) counts.madeExecutable += 1;
    } else {
      const meta = metaOf(entry, modes);
      await pieces.add(format.head(meta));
      await pieces.entry(meta);
    }
    if (entry.kind !== "folder") counts.files += 1;
  }
  await pieces.add(format.end);
  return counts;
}

async function addFile({ kind, name, path }: Entry, { format, modes, pieces }: Packing): Promise<Meta> {
  const file = openFile(path, modes);
  try {
    const { size, mode, mtimeMs } = file;
    const meta: Meta = { kind, name, mode, size, mtimeMs };
    await pieces.add(format.head(meta));
    await pieces.content(meta, (into) => file.read(into));
    file.close();
    await pieces.add(format.tail(meta));
    return meta;
  } finally {
    file.discard();
  }
}

function isWholeFile({ meta, first, last }: Item): boolean {
  return meta.kind === "file" && first && last;
}

/** An entry without content as it is packed. */
export function metaOf({ kind, name, target, mode = 0o755, mtimeMs = 0 }: Entry, modes: Modes): Meta {
  const own = { kind, name, size: 0, mtimeMs, mode: modes === "agent" ? mode : 0o755 };
  return target === undefined ? own : { ...own, target };
}
