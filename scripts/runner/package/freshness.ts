/** Finds the extension's package, and makes it when it is missing or older than what it is made of. */
import { spawn } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Everything the package is made of, relative to the project's root. */
const sources = [
  "tasks",
  "images",
  "vss-extension.json",
  "package.json",
  "package-lock.json",
  "overview.md",
  "LICENSE",
];

/** The newest package under `dist/`, or undefined when there is none or a source is newer. */
export async function findFreshPackage(root: string): Promise<string | undefined> {
  const dist = join(root, "dist");
  const names = (await readdir(dist).catch(() => [])).filter((name) => name.endsWith(".vsix"));
  const found = await Promise.all(
    names.map(async (name) => ({ file: join(dist, name), time: (await stat(join(dist, name))).mtimeMs })),
  );
  const newest = found.sort((one, other) => other.time - one.time)[0];
  const changed = await Promise.all(sources.map((source) => newestTime(join(root, source))));
  return newest !== undefined && Math.max(...changed) <= newest.time ? newest.file : undefined;
}

async function newestTime(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const times = await Promise.all(files.map(async (file) => (await stat(file)).mtimeMs));
  return Math.max(0, ...times);
}

/** The package's file; runs `npm run package` first where needed. Throws an Error with its output when that fails. */
export async function preparePackage(root: string, tell: (line: string) => void): Promise<string> {
  const ready = await findFreshPackage(root);
  if (ready !== undefined) return ready;
  tell("Packaging the extension ...");
  await runScript(root, "scripts/package.ts");
  const made = await findFreshPackage(root);
  if (made === undefined)
    throw new Error("npm run package has left no .vsix under dist/ that is newer than the sources.");
  return made;
}

function runScript(root: string, script: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", script], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => output.push(chunk));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${script} ended with ${String(code)}:\n${Buffer.concat(output).toString("utf8")}`));
    });
  });
}
