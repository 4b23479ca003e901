/** Archives that are handed over as they are: told by their name and their first bytes together. */

/** The form of an archive, as artifacts have it. */
export type ArchiveFormat = "tar.gz" | "zip";

/** Bytes of a file's beginning that tell. */
export const headSize = 4;

const kinds: readonly { readonly format: ArchiveFormat; readonly name: RegExp; readonly starts: readonly number[] }[] =
  [
    { format: "zip", name: /\.zip$/i, starts: [0x50, 0x4b, 0x03, 0x04] },
    // An archive without entries has only its end.
    { format: "zip", name: /\.zip$/i, starts: [0x50, 0x4b, 0x05, 0x06] },
    { format: "tar.gz", name: /\.(?:tar\.gz|tgz)$/i, starts: [0x1f, 0x8b] },
  ];

/** The form of the archive; undefined for any other file, also for one that only bears such a name. */
export function archiveFormatOf(name: string, firstBytes: Uint8Array): ArchiveFormat | undefined {
  return kinds.find((kind) => kind.name.test(name) && kind.starts.every((byte, at) => firstBytes[at] === byte))?.format;
}

/** A file's name without the ending of an archive. */
export function withoutArchiveEnding(name: string): string {
  return name.replace(/\.(?:zip|tar\.gz|tgz)$/i, "");
}
