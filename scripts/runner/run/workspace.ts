/** The folders of a run: one work folder for each job, as if each ran on an agent of its own, and the artifacts. */
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { chmod, copyFile, cp, lstat, mkdir, readdir, readlink, symlink } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The folders of one job; absolute paths. */
export interface JobFolders {
  /** The agent's own. */
  readonly home: string;
  /** `Agent.WorkFolder`. */
  readonly work: string;
  /** `Pipeline.Workspace`. */
  readonly build: string;
  readonly sources: string;
  readonly staging: string;
  readonly binaries: string;
  readonly testResults: string;
  readonly temp: string;
  readonly tools: string;
  /** Where installed tasks lie. */
  readonly tasks: string;
}

/** Makes the folders of one job under `root`. */
export async function createJobFolders(root: string): Promise<JobFolders> {
  const work = join(root, "_work");
  const build = join(work, "1");
  const folders = {
    home: join(root, "agent"),
    work,
    build,
    sources: join(build, "s"),
    staging: join(build, "a"),
    binaries: join(build, "b"),
    testResults: join(build, "TestResults"),
    temp: join(work, "_temp"),
    tools: join(work, "_tool"),
    tasks: join(work, "_tasks"),
  };
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true });
  return folders;
}

/** What a checkout would bring may not be bigger; a folder that is no repository might hold anything. */
const mostFiles = 50_000;

/**
 * Copies what `checkout: self` would bring: in a git repository the files that are tracked or new and not ignored,
 * else the whole folder. Modes and links are kept. Throws an Error when there are more than 50,000 files.
 */
export async function checkOut(repository: string, sources: string): Promise<number> {
  const files = (await gitFiles(repository)) ?? (await allFiles(repository));
  for (const file of files) await copyEntry(join(repository, file), join(sources, file));
  return files.length;
}

/** The commit that is checked out; zeros where there is none. */
export async function sourceVersion(repository: string): Promise<string> {
  const { stdout } = await execute("git", ["-C", repository, "rev-parse", "HEAD"]).catch(() => ({ stdout: "" }));
  return stdout.trim() || "0".repeat(40);
}

async function gitFiles(repository: string): Promise<readonly string[] | undefined> {
  const list = ["-C", repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const result = await execute("git", list, { maxBuffer: 1 << 28 }).catch(() => undefined);
  if (result === undefined) return undefined;
  const names = [...new Set(result.stdout.split("\0").filter((name) => name !== ""))];
  const present = await Promise.all(names.map((name) => lstat(join(repository, name)).catch(() => undefined)));
  return names.filter((_name, index) => present[index]?.isFile() || present[index]?.isSymbolicLink());
}

async function allFiles(root: string): Promise<readonly string[]> {
  const found: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && entry.name !== ".git") await walk(path);
      else if (entry.isFile() || entry.isSymbolicLink()) found.push(relative(root, path));
      if (found.length > mostFiles) {
        throw new Error(
          `The pipeline's folder ${root} stands for its repository and holds more than ${mostFiles} files. ` +
            "Put the pipeline into a folder of its own.",
        );
      }
    }
  };
  await walk(root);
  return found;
}

async function copyEntry(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const { mode, isLink } = await lstat(from).then((stats) => ({ mode: stats.mode, isLink: stats.isSymbolicLink() }));
  if (isLink) return symlink(await readlink(from), to);
  await copyFile(from, to);
  await chmod(to, mode & 0o777);
}

/** The artifacts of a run, by name. */
export interface ArtifactStore {
  /** Adds a file, or what is in a folder, to `folder` of an artifact. Throws an Error when there is no such path. */
  publish(artifact: string, folder: string, path: string): void;
  names(): Promise<readonly string[]>;
  /** Throws an Error that lists the known ones when there is no such artifact. */
  download(artifact: string, target: string): Promise<void>;
}

/** Artifacts of one run under `root`. */
export function createArtifactStore(root: string): ArtifactStore {
  const names = async (): Promise<readonly string[]> => (existsSync(root) ? readdir(root) : []);
  return {
    publish(artifact, folder, path) {
      if (!existsSync(path)) throw new Error(`there is no file or folder "${path}"`);
      const target = join(root, artifact, folder);
      mkdirSync(target, { recursive: true });
      copyPlain(path, statSync(path).isFile() ? join(target, basename(path)) : target);
    },
    names,
    async download(artifact, target) {
      const known = await names();
      if (!known.includes(artifact)) {
        throw new Error(`The run has no artifact "${artifact}". It has: ${known.join(", ") || "none"}.`);
      }
      await cp(join(root, artifact), target, { recursive: true });
      await forgetModes(target);
    },
  };
}

/** Copies what links lead to in their place; a link that leads nowhere is left out. */
function copyPlain(from: string, to: string): void {
  const found = statSync(from, { throwIfNoEntry: false });
  if (found?.isFile()) copyFileSync(from, to);
  if (!found?.isDirectory()) return;
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) copyPlain(join(from, name), join(to, name));
}

/** Pipeline artifacts keep neither modes nor links: what is downloaded is plain files (inferred from users' reports). */
async function forgetModes(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) await chmod(join(entry.parentPath, entry.name), 0o644);
  }
}
