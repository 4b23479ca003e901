/**
 * zip: each file deflated by itself, the larger ones piece by piece; the pieces' data, one after the other, are one deflate
 * stream (RFC 1951: blocks that end on a byte). Written front to back, without going back to a header.
 */
import { collectBytes } from "./collect-bytes.ts";
import { combineCrc32 } from "./crc32-combine.ts";
import { crc32 } from "./crc32.js";
import type { Format, Write } from "./pack.ts";
import type { Item, Meta, Piece } from "./pieces.ts";
import { storedBlocks } from "./stored.ts";
import type { JobResult } from "./workers.ts";
import { encodeCentralHeader, encodeDescriptor, encodeEnd, encodeLocalHeader, type ZipEntry } from "./zip-records.ts";

/** Files in pieces: what of the one that is being written has been written. */
interface Running {
  readonly crc: number;
  readonly packedSize: number;
  readonly offset: number;
}

/** A file's part of a piece as it goes into the archive; nothing for what has no content. */
interface Deflated {
  readonly chunks: readonly Uint8Array[];
  /** Bytes of the chunks. */
  readonly length: number;
  readonly crc: number;
}

/**
 * The format at a level of zlib's, 1 to 9; for one archive. Its directory is held in memory until the end, deflated.
 */
export function zip(level: number): Format {
  const directory = collectBytes();
  const gathered = gatherWrites();
  let entries = 0;
  let offset = 0;
  let running: Running | undefined;

  const list = (entry: ZipEntry): void => {
    directory.add(encodeCentralHeader(entry));
    entries += 1;
  };
  const encodeWhole = (meta: Meta, { chunks, length, crc }: Deflated): readonly Uint8Array[] => {
    const entry: ZipEntry = {
      ...describe(meta),
      size: meta.kind === "file" ? meta.size : length,
      crc,
      packedSize: length,
      offset,
      streamed: false,
    };
    list(entry);
    return [encodeLocalHeader(entry), ...chunks];
  };
  const encodePart = ({ meta, start, end, first, last }: Item, part: Deflated): readonly Uint8Array[] => {
    const before = first || running === undefined ? { crc: 0, packedSize: 0, offset } : running;
    const entry: ZipEntry = {
      ...describe(meta),
      crc: combineCrc32(before.crc, part.crc, end - start),
      packedSize: before.packedSize + part.length,
      offset: before.offset,
      streamed: true,
    };
    running = entry;
    if (last) list(entry);
    return [...(first ? [encodeLocalHeader(entry)] : []), ...part.chunks, ...(last ? [encodeDescriptor(entry)] : [])];
  };

  return {
    head: () => nothing,
    tail: () => nothing,
    end: nothing,
    mostItems,
    job: ({ bytes, items }, whole) => {
      const parts = items.filter(hasContent).map(({ start, end, last }) => ({ start, end, last }));
      return { kind: "deflate", bytes, whole, level, parts };
    },
    write: async (piece, result, write) => {
      for (const [item, deflated] of pair(piece, result)) {
        const own = item.first && item.last ? encodeWhole(item.meta, deflated) : encodePart(item, deflated);
        for (const chunk of own) {
          offset += chunk.length;
          if (gathered.take(chunk)) continue;
          await gathered.flush(write);
          if (!gathered.take(chunk)) await write(chunk);
        }
      }
      await gathered.flush(write);
    },
    finish: async (write: Write) => {
      for await (const chunk of directory.chunks()) await write(chunk);
      await write(encodeEnd({ entries, size: directory.size(), offset }));
    },
  };
}

const nothing = new Uint8Array();
/** Each entry of a piece is compressed by itself: pieces of many small files would hold much more than their bytes. */
const mostItems = 128;

function hasContent({ meta, start, end }: Item): boolean {
  return meta.kind === "file" && end > start;
}

function describe({ kind, name, mode, size, mtimeMs }: Meta): Pick<ZipEntry, "deflated"> & Meta {
  const path = kind === "folder" ? `${name}/` : name;
  return { kind, name: path, mode, size, mtimeMs, deflated: kind === "file" && size > 0 };
}

/** Items with what was made of them. A link's content is what it says. */
function* pair({ bytes, items }: Piece, { data, crcs }: JobResult): Iterable<readonly [Item, Deflated]> {
  let next = 0;
  for (const item of items) {
    const isMade = hasContent(item);
    const at = isMade ? next++ : -1;
    const chunks = isMade ? chunksOf(item, bytes, data[at]) : [Buffer.from(item.meta.target ?? "")];
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    yield [item, { chunks, length, crc: (isMade ? crcs[at] : chunks[0] && crc32(chunks[0])) ?? 0 }];
  }
}

function chunksOf({ start, end, last }: Item, bytes: Uint8Array, made: Uint8Array | undefined): readonly Uint8Array[] {
  return made === undefined ? storedBlocks(bytes.subarray(start, end), last) : [made];
}

interface Gathered {
  /** Copies what there is room for; false where there is none. */
  take(bytes: Uint8Array): boolean;
  flush(write: Write): Promise<void>;
}

const roomSize = 64 * 1024;

/** Headers and small files are written together: waiting for each of them would take longer than making it. */
function gatherWrites(): Gathered {
  const room = Buffer.alloc(roomSize);
  let length = 0;
  return {
    take: (bytes) => {
      if (length + bytes.length > roomSize) return false;
      room.set(bytes, length);
      length += bytes.length;
      return true;
    },
    flush: async (write) => {
      if (length > 0) await write(room.subarray(0, length));
      length = 0;
    },
  };
}
