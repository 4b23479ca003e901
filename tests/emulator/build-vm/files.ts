/** What is in an image: the merged view of its layers without the host below. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { quote } from "./boot-script.ts";
import { runToEnd } from "./processes.ts";
import { readSystemDirs, ROOT_PART, type SystemDirs } from "./system-dirs.ts";
import type { ImageFile } from "../core/types.ts";
import type { ImageLayer } from "./types.ts";

/** Begins the second part of the listing; no path printed by find begins with a slash. */
const HASHES_MARK = "//hashes";

/** The script that mounts the layers over nothing and lists them; the mounts end with its mount namespace. */
function listingScript(dir: string, layers: readonly ImageLayer[], dirs: SystemDirs): string {
  const mounts = [ROOT_PART, ...dirs.overlaid].map((part) => {
    // `points` has the folders to mount on, and is the second layer that a read-only overlay must have.
    const lower = [...layers.map((layer) => `${layer.dir}/${part}`), `${dir}/points/${part}`].join(":");
    const target = part === ROOT_PART ? "merged" : `merged/${part}`;
    return `mount -t overlay overlay -o ${quote(`lowerdir=${lower}`)} ${target}`;
  });
  return [
    "set -e",
    "mount --make-rprivate /",
    `cd ${quote(dir)}`,
    ...mounts,
    "cd merged",
    // Deletion marks are named by find and do not exist: its complaints mean nothing.
    `find . -mindepth 1 -printf '%P\\0%y\\0%m\\0%s\\0%l\\0' 2>/dev/null || :`,
    `printf '%s\\0' ${HASHES_MARK}`,
    `find . -type f -exec sha256sum -z {} + 2>/dev/null || :`,
  ].join("\n");
}

/**
 * Lists the entries that builds wrote, sorted by path; entries of the host are not among them.
 * @param layers the image's layers, newest first
 * @throws Error when the layers cannot be mounted
 */
export async function listLayerFiles(layersDir: string, layers: readonly ImageLayer[]): Promise<readonly ImageFile[]> {
  const dirs = readSystemDirs();
  const dir = mkdtempSync(join(layersDir, "list-"));
  try {
    const points = [ROOT_PART, ...dirs.overlaid, ...dirs.overlaid.map((part) => `${ROOT_PART}/${part}`)];
    for (const point of points) mkdirSync(join(dir, "points", point), { recursive: true });
    mkdirSync(join(dir, "merged"));
    const listing = await runToEnd("unshare", ["--mount", "sh", "-c", listingScript(dir, layers, dirs)]);
    if (listing.code !== 0) throw new Error(`the image's layers cannot be read: ${listing.errors.trim()}`);
    return withoutEmptyPoints(parseListing(listing.output.toString()), dirs);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Kinds of `find`; devices, pipes and sockets are not listed. */
const KINDS: Readonly<Record<string, ImageFile["kind"] | undefined>> = { f: "file", d: "directory", l: "link" };

function parseListing(text: string): readonly ImageFile[] {
  const fields = text.split("\0");
  const mark = fields.indexOf(HASHES_MARK);
  const hashes = new Map(
    fields.slice(mark + 1).map((line) => [line.slice(line.indexOf("  ") + 4), line.slice(0, 64)] as const),
  );
  const files: ImageFile[] = [];
  for (let at = 0; at + 5 <= mark; at += 5) {
    const [path = "", letter = "", mode = "", size, target] = fields.slice(at, at + 5);
    const kind = KINDS[letter];
    if (kind === undefined) continue;
    const common = { path: `/${path}`, kind, size: kind === "file" ? Number(size) : 0, mode: Number.parseInt(mode, 8) };
    if (kind === "file") files.push({ ...common, sha256: hashes.get(path) ?? "" });
    else files.push(kind === "link" ? { ...common, target: target ?? "" } : common);
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Leaves out system folders in which no layer wrote anything: they are only where the view is mounted. */
function withoutEmptyPoints(files: readonly ImageFile[], dirs: SystemDirs): readonly ImageFile[] {
  const isEmptyPoint = (file: ImageFile): boolean =>
    dirs.overlaid.includes(file.path.slice(1)) && !files.some((other) => other.path.startsWith(`${file.path}/`));
  return files.filter((file) => !isEmptyPoint(file));
}
