/** Which folders of the host make up the build VM's operating system, and how an image layer is laid out. */
import { lstatSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Everything that belongs to an operating system; all other folders of the host stay out of the VM. */
const SYSTEM_NAMES = ["usr", "etc", "var", "bin", "sbin", "lib", "lib32", "lib64", "libx32"] as const;

/** Folders that every machine has and that begin empty. */
export const EMPTY_DIRS = [
  "boot",
  "dev",
  "home",
  "media",
  "mnt",
  "opt",
  "proc",
  "root",
  "run",
  "srv",
  "sys",
  "tmp",
] as const;

/** Name of the part of a layer that holds what lies outside of the overlaid system folders. */
export const ROOT_PART = "root";

export interface SystemDirs {
  /** Folders to overlay one by one: real folders at the top of the host. */
  readonly overlaid: readonly string[];
  /** Links at the top of the host, e.g. `bin` to `usr/bin`, made again in the VM. */
  readonly links: readonly { readonly name: string; readonly target: string }[];
}

/**
 * Reads the host's top folder. Each system folder is overlaid on its own because a layer kept below `/` cannot be
 * stacked on `/` itself (overlayfs refuses overlapping layers).
 */
export function readSystemDirs(): SystemDirs {
  const found = SYSTEM_NAMES.map((name) => ({ name, stat: lstatSync(join("/", name), { throwIfNoEntry: false }) }));
  return {
    overlaid: found.filter((entry) => entry.stat?.isDirectory() === true).map((entry) => entry.name),
    links: found
      .filter((entry) => entry.stat?.isSymbolicLink() === true)
      .map((entry) => ({ name: entry.name, target: readlinkSync(join("/", entry.name)) })),
  };
}

/** The part of a layer an absolute path of the image lies in, and the path below that part. */
export function partOf(path: string, dirs: SystemDirs): { readonly part: string; readonly below: string } {
  const [first = "", ...rest] = path.split("/").filter((piece) => piece !== "");
  const link = dirs.links.find((candidate) => candidate.name === first);
  if (link !== undefined) return partOf(join("/", link.target, ...rest), dirs);
  return dirs.overlaid.includes(first)
    ? { part: first, below: rest.join("/") }
    : { part: ROOT_PART, below: [first, ...rest].join("/") };
}

/** Where a path of the image lies inside a layer's folder. */
export function pathInLayer(layerDir: string, path: string, dirs: SystemDirs): string {
  const { part, below } = partOf(path, dirs);
  return join(layerDir, part, below);
}
