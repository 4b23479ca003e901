/** What an archive holds, one entry after the other. */

/** One entry. */
export interface Entry {
  readonly kind: "file" | "folder" | "link";
  /** Path inside the archive, `/` between parts, without one at the end. */
  readonly name: string;
  /** Where its content is on the agent. */
  readonly path: string;
  /** Permission bits of a folder (0 to 0o7777); those of a file are read when it is opened. */
  readonly mode?: number;
  /** Modification time of a folder or link, in milliseconds since 1970. */
  readonly mtimeMs?: number;
  /** What a link says. */
  readonly target?: string;
}

/** How the archive's system takes names and links. */
export interface WalkOptions {
  /** `keep` archives links as links, `follow` what they point to: archives for Windows hold no links. */
  readonly links: "keep" | "follow";
  /** `windows` refuses names that NTFS cannot hold and names that differ by case alone. */
  readonly names: "any" | "windows";
}
