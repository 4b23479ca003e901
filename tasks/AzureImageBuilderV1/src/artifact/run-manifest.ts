/**
 * What the manifest of a pipeline artifact tells: its files with their sizes and content hashes. Azure DevOps makes the
 * zip anew for each download, so that its bytes tell nothing; the manifest is stored, and names every file's content by a
 * hash (the form is seen in public accounts of `Artifacts - Get File`: `items` of `path`, `blob.id` and `blob.size`).
 */
import { createHash } from "node:crypto";

/** An artifact's content, as its manifest tells it. */
export interface ManifestFacts {
  /** Content digest, lower-case hex SHA-256. */
  readonly content: string;
  /** Entries with content of their own. */
  readonly files: number;
  /** Their bytes together. */
  readonly bytes: number;
}

type Item = Readonly<Record<string, unknown>> & {
  readonly path: string;
  readonly blob?: { readonly id: string; readonly size: number } | null;
};

/**
 * Reads the manifest of the artifact whose archive has `topFolder` at its top; undefined where the text is no manifest,
 * or one that leaves part of the content to other manifests. The digest does not depend on the order of items or fields;
 * it covers the folder's name too, because archives of equal files with another folder at the top are not the same.
 */
export function readManifest(text: string, topFolder: string): ManifestFacts | undefined {
  const items = readItems(text);
  if (items === undefined) return undefined;
  const hash = createHash("sha256").update(`pipeline artifact v1\0${topFolder}\0`);
  for (const item of items.toSorted((a, b) => (a.path < b.path ? -1 : 1))) hash.update(`${canonical(item)}\0`);
  const sizes = items.flatMap(({ blob }) => blob?.size ?? []);
  return { content: hash.digest("hex"), files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

function readItems(text: string): readonly Item[] | undefined {
  const manifest = asFields(parseJson(text));
  const { items, manifestReferences = [] } = manifest ?? {};
  if (!Array.isArray(items) || !Array.isArray(manifestReferences) || manifestReferences.length > 0) return undefined;
  const all: readonly unknown[] = items;
  return all.every(isItem) ? all : undefined;
}

function isItem(value: unknown): value is Item {
  const { path, blob } = asFields(value) ?? {};
  if (typeof path !== "string" || path === "") return false;
  if (blob === undefined || blob === null) return true;
  const { id, size } = asFields(blob) ?? {};
  return typeof id === "string" && id !== "" && typeof size === "number" && Number.isSafeInteger(size) && size >= 0;
}

/** JSON with the names of every object in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) => {
    const fields = asFields(inner);
    return fields === undefined || Array.isArray(inner)
      ? inner
      : Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function asFields(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}
