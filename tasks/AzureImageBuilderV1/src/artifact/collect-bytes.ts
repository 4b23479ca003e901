/** Many small arrays, held until they are wanted without what each of them would cost. */
import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";

/** Collected bytes. */
export interface Bytes {
  add(bytes: Uint8Array): void;
  /** What was added, in order, in chunks of some size. Nothing may be added any more. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Bytes that were added. */
  size(): number;
}

const chunkSize = 256 * 1024;
const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Begins with none. What has become a chunk is deflated beside: records of a zip's directory shrink to a fifth or less. */
export function collectBytes(): Bytes {
  const full: Promise<Uint8Array>[] = [];
  let before: Promise<unknown> = Promise.resolve();
  let last = Buffer.alloc(chunkSize);
  let length = 0;
  let size = 0;
  const pack = async (bytes: Uint8Array): Promise<Uint8Array> => {
    // One at a time: zlib takes a quarter of a megabyte for each.
    await before;
    return deflate(bytes, { level: 1 });
  };
  return {
    add: (bytes) => {
      if (length + bytes.length > last.length) {
        const packed = pack(last.subarray(0, length));
        before = packed.catch(() => undefined);
        full.push(packed);
        last = Buffer.alloc(Math.max(chunkSize, bytes.length));
        length = 0;
      }
      last.set(bytes, length);
      length += bytes.length;
      size += bytes.length;
    },
    chunks: async function* () {
      for (const chunk of full) yield await inflate(await chunk);
      if (length > 0) yield last.subarray(0, length);
    },
    size: () => size,
  };
}
