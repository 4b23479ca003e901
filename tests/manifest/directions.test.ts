/** The direction rules of docs/architecture.md, read from the import lines of every source file. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const taskSource = "tasks/AzureImageBuilderV1/src";
/** The second task, which uses rooms of the first. */
const secondSource = "tasks/AzureImageLifecycleV1/src";
/** Each room may use those to its left. */
const rooms = [
  "inputs",
  "facts",
  "plan",
  "artifact",
  "template",
  "request",
  "preflight",
  "log",
  "diagnosis",
  "build",
  "outputs",
];

/** Where adapters and rooms meet: the parts of a step, and what they share. */
const wiring = [
  ...["main.ts", "connect.ts", "open-agent.ts", "finish/index.ts"].map((name) => `${taskSource}/${name}`),
  `${secondSource}/main.ts`,
];

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function sourceFiles(folder: string): readonly SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|cjs|mjs|js)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => {
      const text = readFileSync(file, "utf8");
      return { path: relative(root, file).split(sep).join("/"), text, imports: importsOf(file, text) };
    });
}

/** Relative imports as paths from the repository's root, others as written. */
function importsOf(file: string, text: string): readonly string[] {
  const found = text.matchAll(/(?:\bfrom\s+|\bimport\s+|\bimport\s*\(\s*|\brequire\s*\(\s*)["']([^"']+)["']/g);
  return [...found].map((match) => {
    const name = match[1] ?? "";
    return name.startsWith(".")
      ? relative(root, join(dirname(file), name))
          .split(sep)
          .join("/")
      : name;
  });
}

/** `path -> import` for every import of `files` that `isForbidden` names. */
function offences(
  files: readonly SourceFile[],
  isForbidden: (imported: string, file: SourceFile) => boolean,
): readonly string[] {
  return files.flatMap((file) =>
    file.imports.filter((imported) => isForbidden(imported, file)).map((imported) => `${file.path} -> ${imported}`),
  );
}

function roomOf(path: string): string | undefined {
  const inside = path.startsWith(`${taskSource}/`) ? path.slice(taskSource.length + 1) : "";
  const slash = inside.indexOf("/");
  return slash < 0 ? undefined : inside.slice(0, slash);
}

describe("direction rules", () => {
  const tasks = sourceFiles("tasks");
  const emulator = sourceFiles("tests/emulator");

  it("finds the source files it judges", () => {
    assert.ok(tasks.length > 20, `${tasks.length} task files`);
    assert.ok(emulator.length > 10, `${emulator.length} emulator files`);
    assert.ok(tasks.some((file) => file.imports.some((name) => name.startsWith(taskSource))));
  });

  it("keeps tests and scripts out of what ships", () => {
    assert.deepEqual(
      offences(tasks, (name) => name.startsWith("tests/") || name.startsWith("scripts/")),
      [],
    );
  });

  it("keeps the task and the scripts out of the emulator", () => {
    assert.deepEqual(
      offences(emulator, (name) => name.startsWith("tasks/") || name.startsWith("scripts/")),
      [],
    );
  });

  it("lets a room use only the rooms to its left", () => {
    const wrongWay = offences(tasks, (name, file) => {
      const from = rooms.indexOf(roomOf(file.path) ?? "");
      const to = rooms.indexOf(roomOf(name) ?? "");
      return from >= 0 && to > from;
    });
    assert.deepEqual(wrongWay, []);
  });

  it("keeps adapters out of rooms and shared files", () => {
    const isInside = ({ path }: SourceFile): boolean => roomOf(path) !== "adapters" && !wiring.includes(path);
    assert.deepEqual(
      offences(tasks.filter(isInside), (name) => roomOf(name) === "adapters"),
      [],
    );
  });

  it("lets only the agent adapter know the task library, and only the Azure adapter the SDKs", () => {
    assert.deepEqual(
      offences(
        tasks,
        (name, file) =>
          (name.startsWith("azure-pipelines-task-lib") && !file.path.startsWith(`${taskSource}/adapters/agent/`)) ||
          (name.startsWith("@azure/") && !file.path.startsWith(`${taskSource}/adapters/azure/`)),
      ),
      [],
    );
  });

  it("keeps the environment, the clock and chance in main and the adapters", () => {
    const effects =
      /\bprocess\.env\b|\bDate\.now\(|\bnew Date\(\)|\bsetTimeout\(|\bsetInterval\(|\bMath\.random\(|\brandomBytes\(/;
    const isSecond = ({ path }: SourceFile): boolean => path.startsWith(`${secondSource}/`) && !wiring.includes(path);
    const inRooms = tasks.filter(
      (file) => isSecond(file) || rooms.includes(roomOf(file.path) ?? "") || file.path.endsWith("src/run.ts"),
    );
    assert.deepEqual(
      inRooms.filter((file) => effects.test(file.text)).map((file) => file.path),
      [],
    );
  });

  it("lets the second task use the first, and never the other way round", () => {
    const first = tasks.filter(({ path }) => path.startsWith(`${taskSource}/`));
    assert.ok(tasks.some(({ path }) => path.startsWith(`${secondSource}/`)));
    assert.deepEqual(
      offences(first, (name) => name.startsWith("tasks/AzureImageLifecycleV1")),
      [],
    );
  });

  it("reads files only in main, the adapters and the artifact room", () => {
    const outside = tasks.filter((file) => !["adapters", "artifact"].includes(roomOf(file.path) ?? ""));
    assert.deepEqual(
      offences(
        outside.filter((file) => file.path !== `${taskSource}/main.ts`),
        (name) => /^(node:)?fs(\/promises)?$/.test(name),
      ),
      [],
    );
  });
});
