/** The list at the end of a zip archive: where it is, and what it says (APPNOTE.TXT, sections 4.3.12 to 4.3.16). */

/** Where the list of entries lies. */
export interface DirectoryPlace {
  /** Bytes from the beginning of the archive. */
  readonly offset: number;
  readonly size: number;
  readonly entries: number;
}

/** An entry of the list. */
export interface ZipEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly isEncrypted: boolean;
  readonly crc32: number;
  /** Bytes before and after compression. */
  readonly size: number;
  readonly compressedSize: number;
}

const endSignature = 0x06054b50;
const endSize = 22;
const longestComment = 0xffff;
const locatorSignature = 0x07064b50;
const locatorSize = 20;
const end64Signature = 0x06064b50;
const end64Size = 56;
const entrySignature = 0x02014b50;
const entrySize = 46;
const zip64Field = 1;

/**
 * The place of the list, from the last bytes of an archive of `total` bytes; undefined where they are no archive's end,
 * which is what a broken download looks like.
 */
export function findDirectory(tail: Buffer, total: number): DirectoryPlace | undefined {
  const start = total - tail.length;
  for (let at = tail.length - endSize; at >= Math.max(0, tail.length - endSize - longestComment); at -= 1) {
    if (tail.readUInt32LE(at) !== endSignature || tail.readUInt16LE(at + 20) !== tail.length - at - endSize) continue;
    const place = readEnd(tail, at, start);
    if (place !== undefined) return place;
  }
  return undefined;
}

function readEnd(tail: Buffer, at: number, start: number): DirectoryPlace | undefined {
  const entries = tail.readUInt16LE(at + 10);
  const size = tail.readUInt32LE(at + 12);
  const offset = tail.readUInt32LE(at + 16);
  const isLong = entries === 0xffff || size === 0xffffffff || offset === 0xffffffff;
  const long = at < locatorSize ? undefined : readLongEnd(tail, at - locatorSize, start);
  if (long !== undefined) return long;
  return !isLong && offset + size === start + at ? { offset, size, entries } : undefined;
}

function readLongEnd(tail: Buffer, locator: number, start: number): DirectoryPlace | undefined {
  if (tail.readUInt32LE(locator) !== locatorSignature) return undefined;
  const at = Number(tail.readBigUInt64LE(locator + 8)) - start;
  if (at < 0 || at + end64Size > locator || tail.readUInt32LE(at) !== end64Signature) return undefined;
  const entries = Number(tail.readBigUInt64LE(at + 32));
  const size = Number(tail.readBigUInt64LE(at + 40));
  const offset = Number(tail.readBigUInt64LE(at + 48));
  return offset + size === start + at ? { offset, size, entries } : undefined;
}

/** The entries of a list; undefined where the bytes are not `count` entries and nothing else. */
export function readDirectory(list: Buffer, count: number): readonly ZipEntry[] | undefined {
  const entries: ZipEntry[] = [];
  let at = 0;
  while (at + entrySize <= list.length && list.readUInt32LE(at) === entrySignature) {
    const [name, extra, comment] = [28, 30, 32].map((field) => list.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ];
    const next = at + entrySize + name + extra + comment;
    if (next > list.length) return undefined;
    entries.push(readEntry(list, at, { name, extra }));
    at = next;
  }
  return at === list.length && entries.length === count ? entries : undefined;
}

function readEntry(list: Buffer, at: number, lengths: { readonly name: number; readonly extra: number }): ZipEntry {
  const nameAt = at + entrySize;
  const name = list.toString("utf8", nameAt, nameAt + lengths.name);
  const extra = list.subarray(nameAt + lengths.name, nameAt + lengths.name + lengths.extra);
  const short = { size: list.readUInt32LE(at + 24), compressedSize: list.readUInt32LE(at + 20) };
  return {
    name,
    isFolder: name.endsWith("/"),
    isEncrypted: (list.readUInt16LE(at + 8) & 1) !== 0,
    crc32: list.readUInt32LE(at + 16),
    ...longSizes(short, extra),
  };
}

/** Sizes beyond 4 GiB stand in the extra field, in this order and only where the short field is full. */
function longSizes(
  { size, compressedSize }: Pick<ZipEntry, "size" | "compressedSize">,
  extra: Buffer,
): Pick<ZipEntry, "size" | "compressedSize"> {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== zip64Field) continue;
    const values = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    let from = 0;
    const long = (short: number): number => {
      if (short !== 0xffffffff || from + 8 > values.length) return short;
      from += 8;
      return Number(values.readBigUInt64LE(from - 8));
    };
    return { size: long(size), compressedSize: long(compressedSize) };
  }
  return { size, compressedSize };
}
