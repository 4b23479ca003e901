/** Keeps the developer's files out of the VM where they lie inside a system folder of the host. */
import { lstatSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { runToEnd } from "./processes.ts";
import { partOf, pathInLayer, ROOT_PART, type SystemDirs } from "./system-dirs.ts";

/** Folders of every host that belong to its users, not to its system. */
const ALWAYS_HIDDEN = ["/var/tmp", "/var/mail", "/var/spool/cron"];

/**
 * Writes a layer in which the given paths are deleted. Paths outside of the system folders need no entry: they are
 * not part of the VM at all.
 * @throws Error when a deletion mark cannot be made (it is a device file: root only)
 */
export async function hideFromVm(maskDir: string, paths: readonly string[], dirs: SystemDirs): Promise<void> {
  const inside = [...ALWAYS_HIDDEN, ...paths].filter((path) => partOf(path, dirs).part !== ROOT_PART);
  const present = inside.filter((path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined);
  // The shallowest first: what lies below a deleted folder needs no mark of its own.
  const marks: string[] = [];
  for (const path of [...new Set(present)].sort((a, b) => a.length - b.length)) {
    if (!marks.some((mark) => path.startsWith(`${mark}/`))) marks.push(path);
  }
  for (const path of marks) {
    const mark = pathInLayer(maskDir, path, dirs);
    mkdirSync(dirname(mark), { recursive: true });
    const made = await runToEnd("mknod", [mark, "c", "0", "0"]);
    if (made.code !== 0) throw new Error(`${path} cannot be hidden from the build VM: ${made.errors.trim()}`);
  }
}
