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

type Field = readonly [bytes: 1 | 2 | 4 | 8, value: number];

/** Stand for "see the zip64 record". */
const no16 = 0xffff;
const no32 = 0xffffffff;
/** Deflated data can be longer than what went in, by less than a thousandth. */
const surelyShort = 0xf0000000;

const zip64Extra = 0x0001;
const timeExtra = 0x5455;
const bothUnknown: readonly Field[] = [
  [8, 0],
  [8, 0],
];
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
  const extra = Buffer.concat([...(wide ? [encodeExtra(zip64Extra, bothUnknown)] : []), encodeTime(entry)]);
  const head = encode([
    [4, 0x04034b50],
    ...encodeCommon(entry, wide),
    [4, numbers.crc],
    [4, wide ? no32 : numbers.packedSize],
    [4, wide ? no32 : numbers.size],
    [2, bytes.length],
    [2, extra.length],
  ]);
  return Buffer.concat([head, bytes, extra]);
}

/** What stands after the content of a streamed entry. */
export function encodeDescriptor(entry: ZipEntry): Uint8Array {
  const bytes = isWide(entry) ? 8 : 4;
  return encode([
    [4, 0x08074b50],
    [4, entry.crc],
    [bytes, entry.packedSize],
    [bytes, entry.size],
  ]);
}

/** The entry's record in the central directory. */
export function encodeCentralHeader(entry: ZipEntry): Uint8Array {
  const { name, crc, size, packedSize, offset, kind, mode } = entry;
  const bytes = Buffer.from(name);
  const wide = [size, packedSize, offset].filter((value) => value >= no32).map((value): Field => [8, value]);
  const extra = Buffer.concat([...(wide.length > 0 ? [encodeExtra(zip64Extra, wide)] : []), encodeTime(entry)]);
  const needed = wide.length > 0 || isWide(entry);
  const head = encode([
    [4, 0x02014b50],
    [2, madeByUnix | zip64Version],
    ...encodeCommon(entry, needed),
    [4, crc],
    [4, Math.min(packedSize, no32)],
    [4, Math.min(size, no32)],
    [2, bytes.length],
    [2, extra.length],
    // No comment; the first disk; no hint that it is text.
    [2, 0],
    [2, 0],
    [2, 0],
    [4, (typeBits[kind] | mode) * 0x10000 + (kind === "folder" ? dosFolder : 0)],
    [4, Math.min(offset, no32)],
  ]);
  return Buffer.concat([head, bytes, extra]);
}

/** What ends the file. */
export function encodeEnd({ entries, size, offset }: CentralDirectory): Uint8Array {
  const isLong = entries >= no16 || size >= no32 || offset >= no32;
  const wide: readonly Field[] = [
    [4, 0x06064b50],
    // Bytes of this record that follow.
    [8, 44],
    [2, madeByUnix | zip64Version],
    [2, zip64Version],
    [4, 0],
    [4, 0],
    [8, entries],
    [8, entries],
    [8, size],
    [8, offset],
    // Where this record is.
    [4, 0x07064b50],
    [4, 0],
    [8, offset + size],
    [4, 1],
  ];
  const short: readonly Field[] = [
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, Math.min(entries, no16)],
    [2, Math.min(entries, no16)],
    [4, Math.min(size, no32)],
    [4, Math.min(offset, no32)],
    [2, 0],
  ];
  return encode(isLong ? [...wide, ...short] : short);
}

/** The numbers of a streamed entry have 8 bytes each. */
function isWide({ streamed, size }: ZipEntry): boolean {
  return streamed && size >= surelyShort;
}

function encodeCommon({ streamed, deflated, mtimeMs }: ZipEntry, wide: boolean): readonly Field[] {
  const [time, date] = dosTime(mtimeMs);
  return [
    [2, wide ? zip64Version : version],
    [2, namesAreUtf8 | (streamed ? numbersFollow : 0)],
    [2, deflated ? 8 : 0],
    [2, time],
    [2, date],
  ];
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
  // 1: of the three times it may hold, only that of modification.
  return encodeExtra(timeExtra, [
    [1, 1],
    [4, seconds],
  ]);
}

function encodeExtra(id: number, fields: readonly Field[]): Uint8Array {
  return encode([[2, id], [2, lengthOf(fields)], ...fields]);
}

/** Numbers one after the other, the lowest byte first. */
function encode(fields: readonly Field[]): Uint8Array {
  const buffer = Buffer.alloc(lengthOf(fields));
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value), at);
    else buffer.writeUIntLE(value, at, bytes);
    at += bytes;
  }
  return buffer;
}

function lengthOf(fields: readonly Field[]): number {
  return fields.reduce((sum, [bytes]) => sum + bytes, 0);
}
