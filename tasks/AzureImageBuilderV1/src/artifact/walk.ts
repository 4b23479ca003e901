/**
 * Every file, folder and link under the artifact's path: dot files and empty folders too, in the order of their names,
 * which is the same on every agent. One at a time, so that a tree of any size needs no memory.
 */
import { type Dirent, lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync, type Stats } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import type { Entry, WalkOptions } from "./entries.ts";
import { cannotRead, linkInCircle, linkOut, linkToNothing, notArchivable, strangeName } from "./faults.ts";
import { defaultIgnore, ignoreFile, type IgnoreRules, parseIgnore } from "./ignore.ts";
import { windowsNameCheck } from "./windows-names.ts";

interface Walk extends WalkOptions {
  readonly top: string;
  readonly rules: IgnoreRules;
}

interface Place {
  readonly folder: string;
  /** Name of the folder inside the archive, with a trailing slash; empty at the root. */
  readonly prefix: string;
  /** Real paths of the folder and those above it, against links that lead in a circle. */
  readonly parents: readonly string[];
}

/**
 * The entries of the folder `top`, a real path. Throws a TaskError that names the path: a link leads out of the artifact,
 * something is neither file, folder nor link, a name the archive's system cannot hold, or something cannot be read.
 */
export function* walkFolder(top: string, options: WalkOptions): Generator<Entry> {
  const walk = { ...options, top, rules: readIgnore(top) };
  yield* walkPlace(walk, { folder: top, prefix: "", parents: [top] });
}

function readIgnore(top: string): IgnoreRules {
  const path = join(top, ignoreFile);
  const isThere = lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
  return isThere ? parseIgnore(read(path, () => readFileSync(path, "utf8"))) : defaultIgnore;
}

function* walkPlace(walk: Walk, place: Place): Generator<Entry> {
  const items = read(place.folder, () => readdirSync(place.folder, { withFileTypes: true }));
  items.sort((a, b) => (a.name < b.name ? -1 : 1));
  const check = walk.names === "windows" ? windowsNameCheck(place) : () => undefined;
  for (const item of items) {
    if (place.prefix === "" && item.name === ignoreFile) continue;
    let isIn = false;
    for (const entry of walkItem(walk, place, item)) {
      // Only names that get into the archive matter; the item itself comes first.
      if (!isIn) check(item.name);
      isIn = true;
      yield entry;
    }
  }
}

function* walkItem(walk: Walk, place: Place, item: Dirent): Generator<Entry> {
  const path = place.folder + sep + item.name;
  const name = place.prefix + item.name;
  // Node cannot open what it could not decode.
  if (item.name.includes("\ufffd") && !walk.rules.isOut(name)) throw strangeName(place.folder, item.name);
  if (item.isDirectory()) yield* walkSubfolder(walk, { folder: path, prefix: `${name}/`, parents: place.parents });
  else if (walk.rules.isOut(name)) return;
  else if (item.isFile()) yield { kind: "file", name, path };
  else if (item.isSymbolicLink()) yield* walkLink(walk, place, { name, path });
  else throw notArchivable(path);
}

/** A folder comes before what is in it; one that is left out comes only with something in it that is taken back in. */
function* walkSubfolder(walk: Walk, { folder, prefix, parents }: Place): Generator<Entry> {
  const name = prefix.slice(0, -1);
  const stat = read(folder, () => lstatSync(folder));
  const own: Entry = { kind: "folder", name, path: folder, ...modeOf(stat) };
  let isIn = !walk.rules.isOut(prefix);
  if (!isIn && walk.rules.isFinal) return;
  if (isIn) yield own;
  for (const entry of walkPlace(walk, { folder, prefix, parents: [...parents, folder] })) {
    if (!isIn) yield own;
    isIn = true;
    yield entry;
  }
}

function modeOf({ mode, mtimeMs }: Stats): Pick<Entry, "mode" | "mtimeMs"> {
  return { mode: mode & 0o7777, mtimeMs };
}

interface Link {
  readonly name: string;
  readonly path: string;
}

function* walkLink(walk: Walk, place: Place, { name, path }: Link): Generator<Entry> {
  const target = read(path, () => readlinkSync(path));
  const real = realPathOf(path);
  // By its text, and by where it really leads: a link in the way can make the two differ.
  const leavesByText = isAbsolute(target) || !isInside(walk.top, resolve(dirname(path), target));
  if (leavesByText || (real !== undefined && !isInside(walk.top, real))) throw linkOut(path, target);
  if (walk.links === "keep") {
    yield { kind: "link", name, path, target, mtimeMs: read(path, () => lstatSync(path)).mtimeMs };
    return;
  }
  if (real === undefined) throw linkToNothing(path, target);
  if (place.parents.includes(real)) throw linkInCircle(path, target);
  const found = read(real, () => lstatSync(real));
  if (found.isFile()) yield { kind: "file", name, path: real };
  else if (found.isDirectory())
    yield* walkSubfolder(walk, { folder: real, prefix: `${name}/`, parents: place.parents });
  else throw notArchivable(path);
}

function realPathOf(path: string): string | undefined {
  try {
    // The other one shortens `link/..` by its text.
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

function isInside(top: string, path: string): boolean {
  const way = relative(top, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function read<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw cannotRead(path, error);
  }
}
