/** Reading through a stack of image layers, as overlayfs would, without mounting it. */
import { lstatSync, readFileSync, type Stats } from "node:fs";
import { join } from "node:path";
import { partOf, pathInLayer, type SystemDirs } from "./system-dirs.ts";
import type { ImageLayer } from "./types.ts";

/** Does overlayfs mark this entry as deleted? A character device with number 0, 0. */
export function isWhiteout(stat: Stats): boolean {
  return stat.isCharacterDevice() && stat.rdev === 0;
}

type Lookup = "deleted" | "absent" | { readonly path: string };

/** Looks for a path in one layer; a deleted parent deletes what is below it. */
function lookUp(layer: ImageLayer, path: string, dirs: SystemDirs): Lookup {
  const { part, below } = partOf(path, dirs);
  let at = join(layer.dir, part);
  for (const piece of below.split("/")) {
    at = join(at, piece);
    const stat = lstatSync(at, { throwIfNoEntry: false });
    if (stat === undefined) return "absent";
    if (isWhiteout(stat)) return "deleted";
  }
  return { path: at };
}

/**
 * Content of a regular file as the VM sees it: the newest layer that has it wins, then the host.
 * @param layers newest first
 * @returns undefined where there is none
 */
export function readThrough(layers: readonly ImageLayer[], path: string, dirs: SystemDirs): Buffer | undefined {
  for (const layer of layers) {
    const found = lookUp(layer, path, dirs);
    if (found === "deleted") return undefined;
    if (found !== "absent") return readRegularFile(found.path);
  }
  return partOf(path, dirs).part === "root" ? undefined : readRegularFile(path);
}

function readRegularFile(path: string): Buffer | undefined {
  const isFile = lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  return isFile ? readFileSync(path) : undefined;
}

/** What a layer itself says about a path: a file or folder, a deletion, or nothing. */
export function ownEntry(layer: ImageLayer, path: string, dirs: SystemDirs): "entry" | "whiteout" | "none" {
  const stat = lstatSync(pathInLayer(layer.dir, path, dirs), { throwIfNoEntry: false });
  if (stat === undefined) return "none";
  return isWhiteout(stat) ? "whiteout" : "entry";
}

/** A regular file of a layer itself. */
export function readOwnFile(layer: ImageLayer, path: string, dirs: SystemDirs): Buffer | undefined {
  return readRegularFile(pathInLayer(layer.dir, path, dirs));
}
