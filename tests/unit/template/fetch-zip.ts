/** A zip of stored entries, with every field as a test wants it. */
import { crc32 } from "node:zlib";

/** An entry; with `mode` (file type included) as a Unix system writes it, without as Azure DevOps does. */
export interface ZipEntry {
  readonly name: string;
  readonly body?: string;
  readonly mode?: number;
  /** Whether the name is not marked as UTF-8, as Info-ZIP leaves it. */
  readonly unmarked?: boolean;
}

/** The bytes of a zip with these entries, names in UTF-8. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, body = "", mode, unmarked = false } of entries) {
    const [path, bytes] = [Buffer.from(name), Buffer.from(body)];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(unmarked ? 0 : 0x800, 2);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(path.length, 22);
    const file = Buffer.concat([Buffer.from("PK\x03\x04"), common, path, bytes]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((mode ?? 0) << 16) >>> 0, 6);
    rest.writeUInt32LE(at, 10);
    const madeBy = Buffer.from([20, mode === undefined ? 0 : 3]);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02"), madeBy, common, rest, path]));
    files.push(file);
    at += file.length;
  }
  const tail = Buffer.alloc(18);
  tail.writeUInt16LE(entries.length, 4);
  tail.writeUInt16LE(entries.length, 6);
  tail.writeUInt32LE(Buffer.concat(directory).length, 8);
  tail.writeUInt32LE(at, 12);
  return Buffer.concat([...files, ...directory, Buffer.from("PK\x05\x06"), tail]);
}
