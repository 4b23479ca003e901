/** Few dependencies, each with its reason, each locked by its content, none that runs code when it is installed for the task. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/lib/paths.ts";

const read = (name: string): string => readFileSync(join(root, name), "utf8");
const manifest = JSON.parse(read("package.json")) as Readonly<
  Record<"dependencies" | "devDependencies" | "optionalDependencies", Readonly<Record<string, string>>>
>;

interface LockEntry {
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
}

const lock = JSON.parse(read("package-lock.json")) as { readonly packages: Readonly<Record<string, LockEntry>> };
const entries = Object.entries(lock.packages).filter(([folder]) => folder !== "");

/** Rows of the table under a heading of docs/dependencies.md: the packages of the first cell, and the reason. */
function rows(heading: string): readonly { readonly names: readonly string[]; readonly why: string }[] {
  const [, section = ""] = read("docs/dependencies.md").split(`\n## ${heading}\n`);
  const lines = (section.split("\n## ")[0] ?? "").split("\n").filter((line) => line.startsWith("| `"));
  return lines.map((line) => {
    const [, first = "", why = ""] = line.split("|");
    return { names: [...first.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name), why: why.trim() };
  });
}

describe("docs/dependencies.md", () => {
  it("has exactly one row, with a reason, for each package that the task is made of", () => {
    const told = rows("What runs in the task");
    assert.deepEqual(told.flatMap(({ names }) => names).sort(), Object.keys(manifest.dependencies).sort());
    for (const { names, why } of told) assert.ok(names.length === 1 && why.length > 8, names.join());
  });

  it("names exactly the packages that build and test", () => {
    const told = rows("What builds and tests").flatMap(({ names, why }) => {
      assert.ok(why.length > 4, names.join());
      return names.filter((name) => name !== "@types/*" && !(name in manifest.dependencies));
    });
    const used = Object.keys({ ...manifest.devDependencies, ...manifest.optionalDependencies });
    assert.deepEqual(told.toSorted(), used.filter((name) => !name.startsWith("@types/")).sort());
  });
});

describe("The lock file", () => {
  it("has the hash of every package", () => {
    const without = entries.filter(([, { integrity }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ""));
    assert.deepEqual(without, []);
    assert.ok(entries.length > 500);
  });

  it("names no address: every package is the registry's of whoever installs, and its hash says that it is the same", () => {
    assert.deepEqual(
      entries.filter(([, { resolved, link }]) => resolved !== undefined || link === true),
      [],
    );
    assert.match(read(".npmrc"), /^omit-lockfile-registry-resolved=true$/m);
  });

  it("has no package for the task that runs code when it is installed", () => {
    const running = entries.filter(([, { hasInstallScript, dev }]) => hasInstallScript === true && dev !== true);
    assert.deepEqual(running, []);
  });
});
