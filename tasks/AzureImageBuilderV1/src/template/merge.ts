/** Merges overrides into a template: objects deeply, lists and values as a whole; null takes a property out. */
import type { ImageTemplate } from "../image-template.ts";
import { fromJson, type FileNode, type Json, type ObjectNode, toJson } from "../template-file/nodes.ts";

/** `template` with `overrides`, each value at its place; what is the template's own stands at the beginning. */
export function mergeNodes(template: ImageTemplate, overrides: ObjectNode): FileNode {
  const plain = JSON.parse(JSON.stringify(template)) as Json;
  return merge(fromJson(plain, { line: 1, column: 1 }), overrides);
}

/** `template` with `overrides`, which are known to give a template. */
export function mergeOverrides(template: ImageTemplate, overrides: ObjectNode): ImageTemplate {
  return toJson(mergeNodes(template, overrides)) as unknown as ImageTemplate;
}

function merge(base: FileNode | undefined, over: FileNode): FileNode {
  if (over.kind !== "object") return over;
  const kept = base?.kind === "object" ? base.entries : [];
  const given = new Map(over.entries.map((entry) => [entry.name, entry]));
  const before = kept.flatMap((entry) => {
    const change = given.get(entry.name);
    if (change === undefined) return [entry];
    return isNull(change.value) ? [] : [{ ...change, value: merge(entry.value, change.value) }];
  });
  const names = new Set(kept.map(({ name }) => name));
  const added = over.entries
    .filter(({ name, value }) => !names.has(name) && !isNull(value))
    .map((entry) => ({ ...entry, value: merge(undefined, entry.value) }));
  return { ...over, entries: [...before, ...added] };
}

function isNull(node: FileNode): boolean {
  return node.kind === "scalar" && node.value === null;
}
