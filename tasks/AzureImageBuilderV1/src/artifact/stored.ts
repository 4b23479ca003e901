/** Bytes that do not shrink, framed as deflate and gzip have them, without a copy. */

/** A stored block's length has 16 bits (RFC 1951, section 3.2.4). */
const mostStored = 65_535;

/** No name, no time, no system told (RFC 1952, section 2.3). */
const memberHead = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/**
 * Stored blocks of deflate, to be written one after the other: views of `bytes` with what stands before each. They end at
 * a whole byte, so that any deflate data can follow where they are not the last ones of a stream.
 */
export function storedBlocks(bytes: Uint8Array, isLast: boolean): readonly Uint8Array[] {
  const count = Math.max(1, Math.ceil(bytes.length / mostStored));
  return Array.from({ length: count }, (_, index) => {
    const part = bytes.subarray(index * mostStored, (index + 1) * mostStored);
    const head = new DataView(new ArrayBuffer(5));
    head.setUint8(0, isLast && index === count - 1 ? 1 : 0);
    head.setUint16(1, part.length, true);
    head.setUint16(3, ~part.length, true);
    return [new Uint8Array(head.buffer), part];
  }).flat();
}

/** A gzip member of stored blocks, likewise; `crc` is the CRC-32 of `bytes`, which are less than 4 GiB. */
export function storedMember(bytes: Uint8Array, crc: number): readonly Uint8Array[] {
  const tail = new DataView(new ArrayBuffer(8));
  tail.setUint32(0, crc, true);
  tail.setUint32(4, bytes.length, true);
  return [memberHead, ...storedBlocks(bytes, true), new Uint8Array(tail.buffer)];
}
