/** Packages whose code is in the bundle, as the bundler tells it: their licences, and which of them uses which. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { root } from "./paths.ts";

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** From `node_modules/` on, with `/`: its key in the lock file. */
  readonly folder: string;
  /** As its package.json says: an SPDX expression; undefined where it says nothing. */
  readonly licence: string | undefined;
  /** Texts of its licence and notice files; empty where it carries none. */
  readonly text: string;
  /** Folders of the bundled packages that it imports, sorted. */
  readonly uses: readonly string[];
}

export interface BundledCode {
  /** Sorted by folder. */
  readonly packages: readonly BundledPackage[];
  /** Folders of the packages that the task's own code imports, sorted. */
  readonly direct: readonly string[];
}

/**
 * Reads what of the bundler's account counts: packages of which at least a byte is in the output. What one uses is told by
 * all its files that were read: many an index file only hands on, and leaves nothing of itself in the output.
 */
export async function readBundledCode({ inputs, outputs }: Metafile): Promise<BundledCode> {
  const entries = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const bundled = entries.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => packageOf(path));
  const places = new Map(bundled.filter((one) => one !== undefined).map(({ folder, place }) => [folder, place]));
  const users = new Map<string, Set<string>>();
  for (const [path, { imports }] of Object.entries(inputs)) {
    const user = packageOf(path)?.folder ?? "";
    const uses = users.get(user) ?? new Set<string>();
    users.set(user, uses);
    const targets = imports.map(({ path: target }) => packageOf(target)?.folder ?? "");
    for (const target of targets.filter((one) => one !== user && places.has(one))) uses.add(target);
  }
  const usesOf = (folder: string): readonly string[] => [...(users.get(folder) ?? [])].sort();
  const sorted = [...places].sort(([one], [other]) => (one < other ? -1 : 1));
  const packages = sorted.map(([folder, place]) => readPackage({ folder, place, uses: usesOf(folder) }));
  return { packages: await Promise.all(packages), direct: usesOf("") };
}

/** What is in several bundles together: each package once, with what it uses in any of them. */
export function mergeCode(all: readonly BundledCode[]): BundledCode {
  const byFolder = new Map<string, BundledPackage>();
  for (const one of all.flatMap(({ packages }) => packages)) {
    const uses = new Set([...(byFolder.get(one.folder)?.uses ?? []), ...one.uses]);
    byFolder.set(one.folder, { ...one, uses: [...uses].sort() });
  }
  const sorted = [...byFolder.values()].sort((one, other) => (one.folder < other.folder ? -1 : 1));
  return { packages: sorted, direct: [...new Set(all.flatMap(({ direct }) => direct))].sort() };
}

/** The package of a file: its folder from the first `node_modules` on, and the same relative to the repository. */
function packageOf(path: string): { readonly folder: string; readonly place: string } | undefined {
  const place = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
  return place === undefined ? undefined : { folder: place.slice(place.indexOf("node_modules/")), place };
}

async function readPackage({
  folder,
  place,
  uses,
}: {
  readonly folder: string;
  readonly place: string;
  readonly uses: readonly string[];
}): Promise<BundledPackage> {
  const path = join(root, place);
  const { name, version, license } = JSON.parse(await readFile(join(path, "package.json"), "utf8")) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  const files = (await readdir(path)).filter((file) => /^(licen[cs]e|copying|notice)(\.|-|$)/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(path, file), "utf8")));
  const text = texts.map((part) => part.replace(/\r\n/g, "\n").trim()).join("\n\n");
  return { name, version, folder, licence: license, text, uses };
}
