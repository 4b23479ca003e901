/** What goes into the archive: every file, folder and link under the artifact's path, dot files and empty folders too. */
import { lstat, readdir, readlink, realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import type { Dirent } from "node:fs";
import { TaskError } from "../errors.ts";
import { failureCodes } from "../failure-codes.ts";

/** One entry. `name` is its path inside the archive with `/` between parts, `path` where its content is on the agent. */
export interface ArtifactEntry {
  readonly kind: "file" | "folder" | "link";
  readonly name: string;
  readonly path: string;
}

export interface ArtifactEntries {
  /** The folder that `name`s are relative to; for a single file the one it lies in. */
  readonly root: string;
  /** In the order of their names, folders before what is in them. */
  readonly entries: readonly ArtifactEntry[];
}

/** `keep` archives links as links, `follow` what they point to: archives for Windows hold no links. */
export type Links = "keep" | "follow";

/**
 * Lists the artifact at `path`, a folder or a single file. Throws a TaskError that names the path: it is not there, a
 * link leads out of it, or it holds something that is neither file, folder nor link.
 */
export async function listEntries(path: string, links: Links): Promise<ArtifactEntries> {
  const top = await realpath(path).catch(() => missing(path));
  const found = await lstat(top);
  if (found.isFile()) {
    return { root: dirname(top), entries: [{ kind: "file", name: basename(top), path: top }] };
  }
  if (!found.isDirectory()) throw notArchivable(path);
  const entries: ArtifactEntry[] = [];
  await walk({ top, links, entries }, { folder: top, prefix: "", parents: [top] });
  return { root: top, entries };
}

interface Walk {
  readonly top: string;
  readonly links: Links;
  readonly entries: ArtifactEntry[];
}

interface Place {
  readonly folder: string;
  /** Name of the folder inside the archive, with a trailing slash; empty at the root. */
  readonly prefix: string;
  /** Real paths of the folder and those above it, against links that lead in a circle. */
  readonly parents: readonly string[];
}

async function walk(state: Walk, place: Place): Promise<void> {
  const found = await readdir(place.folder, { withFileTypes: true });
  found.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const item of found) await addItem(state, place, item);
}

async function addItem(state: Walk, place: Place, item: Dirent): Promise<void> {
  const path = join(place.folder, item.name);
  const name = `${place.prefix}${item.name}`;
  if (item.isFile()) state.entries.push({ kind: "file", name, path });
  else if (item.isDirectory()) await addFolder(state, { name, path, parents: place.parents });
  else if (item.isSymbolicLink()) await addLink(state, place, { name, path });
  else throw notArchivable(path);
}

interface Folder {
  readonly name: string;
  readonly path: string;
  readonly parents: readonly string[];
}

async function addFolder(state: Walk, { name, path, parents }: Folder): Promise<void> {
  state.entries.push({ kind: "folder", name, path });
  await walk(state, { folder: path, prefix: `${name}/`, parents: [...parents, path] });
}

async function addLink(state: Walk, place: Place, { name, path }: Omit<Folder, "parents">): Promise<void> {
  const target = await readlink(path);
  const real = await realpath(path).catch(() => undefined);
  // By its text, and by where it really leads: a link in the way can make the two differ.
  const leavesByText = isAbsolute(target) || !isInside(state.top, resolve(dirname(path), target));
  if (leavesByText || (real !== undefined && !isInside(state.top, real))) throw linkOut(path, target);
  if (state.links === "keep") {
    state.entries.push({ kind: "link", name, path });
    return;
  }
  if (real === undefined) throw linkToNothing(path, target);
  if (place.parents.includes(real)) throw linkInCircle(path, target);
  const found = await lstat(real);
  if (found.isFile()) state.entries.push({ kind: "file", name, path: real });
  else if (found.isDirectory()) await addFolder(state, { name, path: real, parents: place.parents });
  else throw notArchivable(path);
}

function isInside(top: string, path: string): boolean {
  const way = relative(top, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function missing(path: string): Promise<never> {
  const parent = await nearestFolder(dirname(resolve(path)));
  const names = (await readdir(parent)).sort();
  const shown = names.slice(0, 10).join(", ") + (names.length > 10 ? ", …" : "");
  throw new TaskError(
    failureCodes.artifactMissing,
    `artifactPath: there is nothing at ${path}. In ${parent} there is: ${names.length === 0 ? "nothing" : shown}.`,
    { next: "Give the path of a folder or file that an earlier step of the job made or downloaded." },
  );
}

async function nearestFolder(path: string): Promise<string> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isDirectory() || dirname(path) === path ? path : nearestFolder(dirname(path));
}

function linkOut(path: string, target: string): TaskError {
  return new TaskError(failureCodes.artifactLink, `The link ${path} leads out of the artifact, to ${target}.`, {
    next: "Copy the file into the artifact, or make the link relative to a place inside it.",
  });
}

function linkToNothing(path: string, target: string): TaskError {
  return new TaskError(failureCodes.artifactLink, `The link ${path} leads to ${target}, where there is nothing.`, {
    next: "Remove the link: the archive for a Windows image holds what links point to.",
  });
}

function linkInCircle(path: string, target: string): TaskError {
  return new TaskError(failureCodes.artifactLink, `The link ${path} leads to ${target}, which contains it.`, {
    next: "Remove the link: the archive for a Windows image holds what links point to.",
  });
}

function notArchivable(path: string): TaskError {
  return new TaskError(
    failureCodes.artifactEntry,
    `${path} is a device, socket or pipe; an artifact holds files only.`,
    {
      next: "Remove it, or give a path that does not contain it.",
    },
  );
}
