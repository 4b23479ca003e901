/** The package: a clean folder with only what runs, zipped by tfx, and read back to see what is really in it. */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { openPromise } from "yauzl";
import { bundleTask } from "./bundle-task.ts";
import { type BundledCode, mergeCode } from "./bundled-packages.ts";
import { checkLicences } from "./check-licences.ts";
import { checkExtension, checkTask, type ExtensionManifest, type TaskManifest } from "./check-task.ts";
import { evenZip } from "./even-zip.ts";
import {
  type Development,
  stampExtension,
  type StampedExtension,
  type StampedTask,
  stampTask,
} from "../release/development.ts";
import { root, type TaskPlace, tasks } from "./paths.ts";
import { describeMaterials, type Product, readIntegrities } from "./sbom.ts";

/** The most that one task has in the package, in bytes. */
export const sizeLimit = 1_000_000;

/** Files that tfx adds to what is staged. */
const tfxFiles = ["[Content_Types].xml", "extension.vsixmanifest", "extension.vsomanifest"];

export interface Package {
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** Names in the package, sorted. */
  readonly names: readonly string[];
  /** The bill of materials beside it, the same as in it. */
  readonly materials: string;
  /** What is wrong with it; empty when it is good. Then, and only then, `file` and `materials` exist. */
  readonly problems: readonly string[];
}

/** Files of images/ that the marketplace shows. */
const pictures = ["icon-128.png", "log.png", "failure.png", "summary.png"];

/** Name of the bill of materials in each task's folder, and the end of its name beside the package. */
const materialsName = "sbom.cdx.json";

/**
 * Builds, checks and writes the package to `folder`, replacing older ones there. The same sources give the same bytes with
 * the same Node. The times in it are none, or those of SOURCE_DATE_EPOCH (seconds since 1970). With `development` the package
 * is a development build, stamped as such. Throws where a tool fails.
 */
export async function packageExtension(folder: string, development?: Development): Promise<Package> {
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(join(folder, ".package-"));
  try {
    return await packageIn(work, folder, development);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function packageIn(work: string, folder: string, development?: Development): Promise<Package> {
  const stage = join(work, "stage");
  const time = readSourceDate(process.env["SOURCE_DATE_EPOCH"]);
  const code = await stageFiles(stage);
  if (development !== undefined) await stamp(stage, development);
  const manifest = await readJson<ExtensionManifest & Product>(join(stage, "vss-extension.json"));
  const materials = describeMaterials(manifest, code, { integrities: await readIntegrities(), time });
  for (const { packed } of tasks) await writeFile(join(stage, packed, materialsName), materials);
  const staged = await listFiles(stage);
  const hasTask = (name: string): boolean =>
    staged.some((file) => file.startsWith(`${name}/`) && file.endsWith("/task.json"));
  const draft = join(work, "draft.vsix");
  const warnings = await runTfx(stage, draft);
  await evenZip(draft, time);
  const size = (await stat(draft)).size;
  const entries = await readEntries(draft);
  const names = entries.map(({ name }) => name);
  const problems = [
    ...(await checkTasks(stage)),
    ...checkExtension(manifest, hasTask),
    ...checkLicences(code.packages),
    ...warnings,
    ...compareNames(names, staged),
    ...tasks.flatMap((task) => checkSize(task, entries)),
  ];
  const name = join(folder, `${manifest.publisher}.${manifest.id}-${manifest.version}`);
  const made = { file: `${name}.vsix`, materials: `${name}.${materialsName}` };
  if (problems.length === 0) {
    await removeOlder(folder, made.file);
    await writeFile(made.materials, materials);
    await rename(draft, made.file);
  }
  return { ...made, size, names, problems };
}

/** Throws an Error where the variable holds something else than whole seconds. */
function readSourceDate(text: string | undefined): Date | undefined {
  if (text === undefined || text === "") return undefined;
  if (/^\d{1,12}$/.test(text)) return new Date(Number(text) * 1000);
  throw new Error(`SOURCE_DATE_EPOCH is "${text}": expected whole seconds since 1970.`);
}

async function stageFiles(stage: string): Promise<BundledCode> {
  const copies = [
    [join(root, "vss-extension.json"), join(stage, "vss-extension.json")],
    [join(root, "overview.md"), join(stage, "overview.md")],
    [join(root, "LICENSE"), join(stage, "LICENSE")],
    ...pictures.map((name) => [join(root, "images", name), join(stage, "images", name)] as const),
    ...tasks.flatMap(({ folder, packed }) =>
      ["task.json", "icon.png"].map((name) => [join(folder, name), join(stage, packed, name)] as const),
    ),
  ] as const;
  for (const [from, to] of copies) await cp(from, to, { recursive: true });
  const bundles: BundledCode[] = [];
  for (const task of tasks) bundles.push(await bundleTask(join(stage, task.packed), task));
  return mergeCode(bundles);
}

/** Gives what is staged the names and IDs of a development build. */
async function stamp(stage: string, development: Development): Promise<void> {
  const extension = join(stage, "vss-extension.json");
  const write = (file: string, value: unknown): Promise<void> =>
    writeFile(file, `${JSON.stringify(value, undefined, 2)}\n`);
  await write(extension, stampExtension(await readJson<StampedExtension>(extension), development));
  for (const { packed } of tasks) {
    const file = join(stage, packed, "task.json");
    await write(file, stampTask(await readJson<StampedTask>(file), development));
  }
}

async function checkTasks(stage: string): Promise<readonly string[]> {
  const checked = tasks.map(async ({ packed }) =>
    checkTask(await readJson<TaskManifest>(join(stage, packed, "task.json")), join(stage, packed)),
  );
  return (await Promise.all(checked)).flat();
}

/** What an agent downloads is one task's folder: each has a limit of its own. */
function checkSize({ packed }: TaskPlace, entries: readonly PackedEntry[]): readonly string[] {
  const folder = `${packed.split(sep).join("/")}/`;
  const size = entries.filter(({ name }) => name.startsWith(folder)).reduce((sum, entry) => sum + entry.size, 0);
  return size > sizeLimit ? [`${folder} has ${size} bytes, more than ${sizeLimit}`] : [];
}

/** Runs tfx, which needs no network for this, and gives its warnings. Throws an Error with what it printed. */
async function runTfx(stage: string, file: string): Promise<readonly string[]> {
  const tfx = join(root, "node_modules", "tfx-cli", "_build", "tfx-cli.js");
  const args = ["extension", "create", "--root", stage, "--manifests", "vss-extension.json", "--output-path", file];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [tfx, ...args, "--no-prompt", "--no-color"], {
    cwd: stage,
  });
  return `${stdout}\n${stderr}`
    .split(/\r?\n/)
    .filter((line) => /\bwarning\b/i.test(line))
    .map((line) => `tfx: ${line.trim()}`);
}

interface PackedEntry {
  readonly name: string;
  /** Bytes in the package. */
  readonly size: number;
}

/** Sorted by name. */
async function readEntries(file: string): Promise<readonly PackedEntry[]> {
  const zip = await openPromise(file);
  const entries: PackedEntry[] = [];
  for await (const { fileName, compressedSize } of zip.eachEntry())
    entries.push({ name: fileName, size: compressedSize });
  return entries.sort((one, other) => (one.name < other.name ? -1 : 1));
}

function compareNames(packed: readonly string[], staged: readonly string[]): readonly string[] {
  const expected = new Set([...staged.filter((name) => name !== "vss-extension.json"), ...tfxFiles]);
  const files = packed.map((name) => decodeURI(name)).filter((name) => !name.endsWith("/"));
  return [
    ...files.filter((name) => !expected.has(name)).map((name) => `the package holds ${name}, which was not staged`),
    ...[...expected].filter((name) => !files.includes(name)).map((name) => `the package lacks ${name}`),
  ];
}

async function removeOlder(folder: string, file: string): Promise<void> {
  const older = (await readdir(folder)).filter(
    (name) => (name.endsWith(".vsix") || name.endsWith(`.${materialsName}`)) && join(folder, name) !== file,
  );
  await Promise.all(older.map((name) => rm(join(folder, name))));
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((item) => item.isFile());
  return files.map(({ parentPath, name }) => relative(folder, join(parentPath, name)).split(sep).join("/")).sort();
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, "utf8")) as T;
}
