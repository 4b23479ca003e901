/** tar in gzip: members of a megabyte, one after the other, are one gzip file (RFC 1952, section 2.2). */
import { Header, type HeaderData, Pax } from "tar";
import type { Format } from "./pack.ts";
import type { Meta } from "./pieces.ts";
import { storedMember } from "./stored.ts";

const blockSize = 512;

/** The format at a level of zlib's, 1 to 9. Owners are root: who they are on the agent means nothing in the image. */
export function tarGz(level: number): Format {
  return {
    head: encodeHead,
    tail: ({ size }) => new Uint8Array((blockSize - (size % blockSize)) % blockSize),
    end: new Uint8Array(2 * blockSize),
    job: ({ bytes }, whole) => ({ kind: "gzip", bytes, whole, level }),
    write: async ({ bytes }, { data: [made], crcs: [crc = 0] }, write) => {
      for (const chunk of made === undefined ? storedMember(bytes, crc) : [made]) await write(chunk);
    },
    finish: async () => undefined,
  };
}

const types = { file: "File", folder: "Directory", link: "SymbolicLink" } as const;

/** A header, and before it the extended one where the plain one cannot hold everything. */
function encodeHead({ kind, name, target, mode, size, mtimeMs }: Meta): Uint8Array {
  const path = kind === "folder" ? `${name}/` : name;
  const data: HeaderData = {
    path,
    mode,
    uid: 0,
    gid: 0,
    size,
    mtime: new Date(Math.max(0, Math.floor(mtimeMs / 1000) * 1000)),
    type: types[kind],
    ...(target === undefined ? {} : { linkpath: target }),
  };
  const header = new Header(data);
  const block = Buffer.alloc(blockSize);
  if (!header.encode(block, 0)) return block;
  const extended = new Pax({ path, size, ...(target === undefined ? {} : { linkpath: target }) }).encode();
  return Buffer.concat([extended, block]);
}
