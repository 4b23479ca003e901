/** The records of a zip file (PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 to 4.5), zip64 where a number needs it. */
import type { Meta } from "./pieces.ts";

/** An entry as the file tells of it. */
export interface ZipEntry extends Pick<Meta, "kind" | "mode" | "size" | "mtimeMs"> {
  /** Path with `/`, at the end of a folder's too. */
  readonly name: string;
  readonly deflated: boolean;
  readonly crc: number;
  /** Bytes as they lie in the file. */
  readonly packedSize: number;
  /** Bytes before the entry. */
  readonly offset: number;
  /** Its numbers follow its content: they are not known when its header is written. */
  readonly streamed: boolean;
}

/** Where the central directory is. */
export interface CentralDirectory {
  readonly entries: number;
  /** Bytes. */
  readonly size: number;
  readonly offset: number;
}

/** Bytes of the numbers of a record, one after the other. */
type Layout = readonly (1 | 2 | 4 | 8)[];

const localLayout: Layout = [4, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2];
const centralLayout: Layout = [4, 2, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2, 2, 2, 2, 4, 4];
const endLayout: Layout = [4, 2, 2, 2, 2, 4, 4, 2];
/** With where the record is. */
const end64Layout: Layout = [4, 8, 2, 2, 4, 4, 8, 8, 8, 8, 4, 4, 8, 4];
const timeLayout: Layout = [2, 2, 1, 4];
const descriptorLayout: Layout = [4, 4, 4, 4];
const wideDescriptorLayout: Layout = [4, 4, 8, 8];

/** Stand for "see the zip64 record". */
const no16 = 0xffff;
const no32 = 0xffffffff;
/** Deflated data can be longer than what went in, by less than a thousandth. */
const surelyShort = 0xf0000000;

const zip64Extra = 0x0001;
const timeExtra = 0x5455;
const bothUnknown = [0, 0];
const version = 20;
const zip64Version = 45;
const madeByUnix = 3 << 8;
const dosFolder = 0x10;
const namesAreUtf8 = 0x0800;
const numbersFollow = 0x0008;
const typeBits = { file: 0o100000, folder: 0o040000, link: 0o120000 } as const;

/** What stands before an entry's content. */
export function encodeLocalHeader(entry: ZipEntry): Uint8Array {
  const { name, crc, size, packedSize, streamed } = entry;
  const wide = isWide(entry);
  const bytes = Buffer.from(name);
  const numbers = streamed ? { crc: 0, size: 0, packedSize: 0 } : { crc, size, packedSize };
  // Both sizes have 8 bytes then, which also says how wide the numbers after the content are.
  const extra = Buffer.concat([...(wide ? [encodeLong(bothUnknown)] : []), encodeTime(entry)]);
  const head = encode(localLayout, [
    0x04034b50,
    ...commonOf(entry, wide),
    numbers.crc,
    wide ? no32 : numbers.packedSize,
    wide ? no32 : numbers.size,
    bytes.length,
    extra.length,
  ]);
  return Buffer.concat([head, bytes, extra]);
}

/** What stands after the content of a streamed entry. */
export function encodeDescriptor(entry: ZipEntry): Uint8Array {
  const { crc, packedSize, size } = entry;
  return encode(isWide(entry) ? wideDescriptorLayout : descriptorLayout, [0x08074b50, crc, packedSize, size]);
}

/** The entry's record in the central directory. */
export function encodeCentralHeader(entry: ZipEntry): Uint8Array {
  const { name, crc, size, packedSize, offset, kind, mode } = entry;
  const bytes = Buffer.from(name);
  const wide = [size, packedSize, offset].filter((value) => value >= no32);
  const extra = Buffer.concat([...(wide.length > 0 ? [encodeLong(wide)] : []), encodeTime(entry)]);
  const needed = wide.length > 0 || isWide(entry);
  const head = encode(centralLayout, [
    0x02014b50,
    madeByUnix | zip64Version,
    ...commonOf(entry, needed),
    crc,
    Math.min(packedSize, no32),
    Math.min(size, no32),
    bytes.length,
    extra.length,
    // No comment; the first disk; no hint that it is text.
    ...[0, 0, 0],
    (typeBits[kind] | mode) * 0x10000 + (kind === "folder" ? dosFolder : 0),
    Math.min(offset, no32),
  ]);
  return Buffer.concat([head, bytes, extra]);
}

/** What ends the file. */
export function encodeEnd({ entries, size, offset }: CentralDirectory): Uint8Array {
  const isLong = entries >= no16 || size >= no32 || offset >= no32;
  const short = encode(endLayout, [
    0x06054b50,
    0,
    0,
    Math.min(entries, no16),
    Math.min(entries, no16),
    Math.min(size, no32),
    Math.min(offset, no32),
    0,
  ]);
  if (!isLong) return short;
  // Bytes of this record that follow its length, and then who made it; all is on the first disk.
  const record = [0x06064b50, 44, madeByUnix | zip64Version, zip64Version, 0, 0, entries, entries, size, offset];
  return Buffer.concat([encode(end64Layout, [...record, 0x07064b50, 0, offset + size, 1]), short]);
}

/** The numbers of a streamed entry have 8 bytes each. */
function isWide({ streamed, size }: ZipEntry): boolean {
  return streamed && size >= surelyShort;
}

/** From the version that is needed to the date. */
function commonOf({ streamed, deflated, mtimeMs }: ZipEntry, wide: boolean): readonly number[] {
  const [time, date] = dosTime(mtimeMs);
  const flags = namesAreUtf8 | (streamed ? numbersFollow : 0);
  return [wide ? zip64Version : version, flags, deflated ? 8 : 0, time, date];
}

/** In UTC: the agent's zone means nothing in the image. Two seconds are its smallest step, 1980 its first year. */
function dosTime(mtimeMs: number): readonly [time: number, date: number] {
  const at = new Date(Math.min(Math.max(mtimeMs, Date.UTC(1980, 0)), Date.UTC(2107, 11, 31)));
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
  const date = ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate();
  return [time, date];
}

/** Info-ZIP's extended timestamp: the modification time in seconds since 1970, as far as 31 bits reach. */
function encodeTime({ mtimeMs }: ZipEntry): Uint8Array {
  const seconds = Math.min(Math.max(0, Math.floor(mtimeMs / 1000)), 0x7fffffff);
  // Of 5 bytes; 1: of the three times it may hold, only that of modification.
  return encode(timeLayout, [timeExtra, 5, 1, seconds]);
}

/** The extra field for numbers that are too large for their own ones. */
function encodeLong(values: readonly number[]): Uint8Array {
  return encode([2, 2, ...values.map(() => 8 as const)], [zip64Extra, 8 * values.length, ...values]);
}

/**
 * Numbers one after the other, the lowest byte first. Layouts are apart from values, and the memory comes out of Node's
 * pool: of some hundred thousand entries' records nothing much may be left for the collector.
 */
function encode(layout: Layout, values: readonly number[]): Uint8Array {
  const buffer = Buffer.allocUnsafe(layout.reduce<number>((sum, bytes) => sum + bytes, 0));
  let at = 0;
  let index = 0;
  for (const bytes of layout) {
    const value = values[index] ?? 0;
    index += 1;
    at = bytes === 8 ? buffer.writeBigUInt64LE(BigInt(value), at) : buffer.writeUIntLE(value, at, bytes);
  }
  return buffer;
}
