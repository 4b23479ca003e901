/** What is left of a machine becomes an image: its own plumbing is taken out of the layer first. */
import { readdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { ACCOUNT_FILES, BUILD_USER, withoutBuildUser } from "./guest-user.ts";
import { ownEntry, readOwnFile, readThrough } from "./layers.ts";
import type { Plumbing } from "./plumbing.ts";
import { pathInLayer, type SystemDirs } from "./system-dirs.ts";
import type { ImageLayer } from "./types.ts";

export interface Below {
  /** Layers of the source image, newest first. */
  readonly parents: readonly ImageLayer[];
  readonly dirs: SystemDirs;
}

/**
 * Removes from the image's layer the traces of the machine: deletion marks of plumbing files, plumbing files that were
 * only touched, and account files that differ from those below only by the build user.
 */
export function removePlumbing(layer: ImageLayer, plumbing: Plumbing, below: Below): void {
  for (const path of [...plumbing.files, `/home/${BUILD_USER}`]) {
    if (!isTrace(path, { layer, plumbing, below })) continue;
    const inLayer = pathInLayer(layer.dir, path, below.dirs);
    rmSync(inLayer, { recursive: true });
    removeEmptyFolders(dirname(inLayer), layer.dir);
  }
}

function isTrace(
  path: string,
  { layer, plumbing, below }: { readonly layer: ImageLayer; readonly plumbing: Plumbing; readonly below: Below },
): boolean {
  const original = readThrough(below.parents, path, below.dirs);
  switch (ownEntry(layer, path, below.dirs)) {
    case "none":
      return false;
    case "whiteout":
      return original === undefined;
    case "entry": {
      const own = readOwnFile(layer, path, below.dirs);
      if (own === undefined) return false;
      const placed = readOwnFile(plumbing.layer, path, below.dirs);
      return placed?.equals(own) === true || isAccountsAsBefore(path, own, original);
    }
  }
}

function isAccountsAsBefore(path: string, own: Buffer, original: Buffer | undefined): boolean {
  const isAccountFile = ACCOUNT_FILES.some((file) => file === path);
  if (!isAccountFile || original === undefined) return false;
  return withoutBuildUser(own.toString()).trim() === withoutBuildUser(original.toString()).trim();
}

/** Folders that overlayfs made only to hold what has been removed; the ones below show through again. */
function removeEmptyFolders(folder: string, layerDir: string): void {
  // The part of the layer itself stays: it is what is mounted.
  if (dirname(folder) === layerDir || readdirSync(folder).length > 0) return;
  rmdirSync(folder);
  removeEmptyFolders(dirname(folder), layerDir);
}
