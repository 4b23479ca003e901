/** Prepares a release in the working tree: the same version everywhere, and a dated heading in the changelog. Publishes nothing. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { applyEdits, modify, parse } from "jsonc-parser";
import { compareVersions, parseVersion } from "./version.ts";

/** Where a version stands: file, and paths in it. */
const places: readonly (readonly [file: string, paths: readonly (readonly string[])[]])[] = [
  ["vss-extension.json", [["version"]]],
  ["package.json", [["version"]]],
  ["package-lock.json", [["version"], ["packages", "", "version"]]],
];

const taskFiles = ["tasks/AzureImageBuilderV1/task.json", "tasks/AzureImageLifecycleV1/task.json"];
const changelog = "CHANGELOG.md";

/** What is refused, all at once; each says what to do. */
export class ReleaseRefused extends Error {}

/**
 * Writes `version` into the manifests, both tasks and the changelog below `root`; `date` is the day, as 2026-01-31. Gives the
 * files written. Throws ReleaseRefused, and writes nothing, where the tree has changes, the changelog nothing new, or the
 * version does not fit.
 */
export function prepareRelease(root: string, version: string, date: string): readonly string[] {
  const read = (name: string): string => readFileSync(join(root, name), "utf8");
  const problems = [...describeTree(root), ...describeVersion(read, version), ...describeChangelog(read(changelog))];
  if (problems.length > 0) throw new ReleaseRefused(problems.join("\n"));
  const [Major, Minor, Patch] = parseVersion(version);
  const written: readonly (readonly [string, string])[] = [
    ...places.map(
      ([name, paths]) => [name, paths.reduce((text, path) => put(text, path, version), read(name))] as const,
    ),
    ...taskFiles.map((name) => [name, put(read(name), ["version"], { Major, Minor, Patch })] as const),
    [changelog, read(changelog).replace(/^## Unreleased$/m, `## Unreleased\n\n## ${version} (${date})`)],
  ];
  for (const [name, text] of written) writeFileSync(join(root, name), text);
  return written.map(([name]) => name);
}

/** The text with another value at a path, and its form as it was. */
function put(text: string, path: readonly string[], value: unknown): string {
  const formattingOptions = { insertSpaces: true, tabSize: 2 };
  return applyEdits(text, modify(text, [...path], value, { formattingOptions }));
}

function describeTree(root: string): readonly string[] {
  const changes = execFileSync("git", ["status", "--porcelain"], { cwd: root, encoding: "utf8" }).trimEnd();
  if (changes === "") return [];
  return [`The working tree has changes, which would become part of the release: commit them first.\n${changes}`];
}

function describeVersion(read: (name: string) => string, version: string): readonly string[] {
  const [major] = parseVersion(version);
  const released = (parse(read("vss-extension.json")) as { readonly version: string }).version;
  const older = compareVersions(version, released) > 0 ? [] : [`${version} is not above ${released}, the extension's version: take a higher one.`]; // prettier-ignore
  const tasks = taskFiles.flatMap((name) => {
    const { Major, Minor, Patch } = (parse(read(name)) as { readonly version: Readonly<Record<string, number>> })
      .version;
    const current = [Major, Minor, Patch].join(".");
    if (major !== Major)
      return [`${name} is of major version ${String(Major)}: another one needs a folder of its own.`];
    return compareVersions(version, current) < 0
      ? [`${version} is below ${current} of ${name}: take a higher one.`]
      : [];
  });
  return [...older, ...tasks];
}

function describeChangelog(text: string): readonly string[] {
  const [, section] = /^## Unreleased$([^]*?)(?=^## |(?![^]))/m.exec(text) ?? [];
  if (section === undefined) return [`${changelog} has no heading "## Unreleased": add it above the last release.`];
  if (/^- /m.test(section)) return [];
  return [`${changelog} says nothing under "## Unreleased": write what a user notices.`];
}
