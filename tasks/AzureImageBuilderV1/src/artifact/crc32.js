// @ts-check
/** CRC-32 as gzip and zip have it. Plain JavaScript, because the thread that compresses needs it. */
import zlib from "node:zlib";

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0xedb88320;
  return crc;
});

/**
 * The CRC-32 of bytes, for a Node that cannot tell.
 * @param {Uint8Array} bytes
 */
export function crc32ByTable(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

/**
 * The CRC-32 of bytes, 0 to 2^32 - 1. Node can tell from 20.15 on; agents may bring an older one.
 * @type {(bytes: Uint8Array) => number}
 */
export const crc32 =
  /** @type {{ crc32?: (bytes: Uint8Array) => number }} */ (zlib).crc32 === undefined
    ? crc32ByTable
    : (bytes) => zlib.crc32(bytes);
