/** Opens an extension package as the service does: a zip with a manifest and task folders (agent contract, section 8). */
import { chmod, mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { buffer } from "node:stream/consumers";
import { openPromise } from "yauzl";
import { parseTaskDefinition, type TaskDefinition } from "./task-definition.ts";

/** A task and where it lies in its package. */
export interface PackagedTask {
  readonly definition: TaskDefinition;
  /** Folder inside the package, with `/`. */
  readonly folder: string;
}

/** An opened package. */
export interface ExtensionPackage {
  readonly tasks: readonly PackagedTask[];
  /** Content by path inside the package, with `/`. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/**
 * Reads a `.vsix`: every task of every contribution of type `ms.vss-distributed-task.task`, in one folder or in one
 * folder for each major version. Throws an Error when the file is no package or a contribution has no task.
 */
export async function openPackage(file: string): Promise<ExtensionPackage> {
  const files = await readZip(file);
  const tasks = contributionFolders(files, file).flatMap((folder) => tasksUnder(files, folder));
  if (tasks.length === 0) throw new Error(`${file} contributes no task: no task.json under a contribution's folder.`);
  return { tasks, files };
}

async function readZip(file: string): Promise<ReadonlyMap<string, Buffer>> {
  const zip = await openPromise(file);
  const files = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry()) {
    if (!entry.fileName.endsWith("/")) {
      files.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)));
    }
  }
  return files;
}

/** Folders named by `properties.name` of the task contributions in extension.vsomanifest. */
function contributionFolders(files: ReadonlyMap<string, Buffer>, file: string): readonly string[] {
  const manifest = files.get("extension.vsomanifest");
  if (manifest === undefined) throw new Error(`${file} has no extension.vsomanifest: it is no extension package.`);
  const { contributions = [] } = JSON.parse(manifest.toString("utf8").replace(/^\uFEFF/, "")) as {
    readonly contributions?: readonly { readonly type?: string; readonly properties?: { readonly name?: string } }[];
  };
  return contributions
    .filter((contribution) => contribution.type === "ms.vss-distributed-task.task")
    .map((contribution) => contribution.properties?.name ?? "")
    .filter((name) => name !== "");
}

function tasksUnder(files: ReadonlyMap<string, Buffer>, folder: string): readonly PackagedTask[] {
  const root = folder.replace(/\/+$/, "");
  return [...files]
    .filter(([path]) => path === `${root}/task.json` || (path.startsWith(`${root}/`) && isMajorFolder(path, root)))
    .map(([path, content]) => ({
      definition: parseTaskDefinition(content.toString("utf8"), path),
      folder: dirname(path),
    }));
}

/** `<contribution>/<one folder>/task.json`. */
function isMajorFolder(path: string, root: string): boolean {
  return /^[^/]+\/task\.json$/.test(path.slice(root.length + 1));
}

/**
 * Copies a task to `<tasksFolder>/<Name>_<id>/<version>`, where the agent keeps it, and takes the right to write away.
 * Returns that folder.
 */
export async function installTask(source: ExtensionPackage, task: PackagedTask, tasksFolder: string): Promise<string> {
  const { name, id, version } = task.definition;
  const target = join(tasksFolder, `${name}_${id}`, version.text);
  for (const [path, content] of source.files) {
    if (!path.startsWith(`${task.folder}/`)) continue;
    const file = join(
      target,
      path
        .slice(task.folder.length + 1)
        .split("/")
        .join(sep),
    );
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  await setReadOnly(target, true);
  return target;
}

/** Removes a folder of installed tasks, which are read-only. */
export async function removeTasks(tasksFolder: string): Promise<void> {
  await setReadOnly(tasksFolder, false);
  await rm(tasksFolder, { recursive: true, force: true });
}

async function setReadOnly(folder: string, readOnly: boolean): Promise<void> {
  const exists = await stat(folder).catch(() => undefined);
  if (exists === undefined) return;
  if (!readOnly) await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await setReadOnly(path, readOnly);
    else await chmod(path, readOnly ? 0o444 : 0o644);
  }
  if (readOnly) await chmod(folder, 0o555);
}
