/** JSON with the place of each value in its text. */

/** A place in a file, counted from 1. */
export interface Place {
  /** The file as the user named it; undefined for text of an input. */
  readonly file?: string | undefined;
  readonly line: number;
  readonly column: number;
}

/** A JSON value without places. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** A value and where it stands. What an expression made stands where the expression does. */
export type FileNode =
  | { readonly kind: "object"; readonly entries: readonly FileEntry[]; readonly place: Place }
  | { readonly kind: "array"; readonly items: readonly FileNode[]; readonly place: Place }
  | { readonly kind: "scalar"; readonly value: string | number | boolean | null; readonly place: Place }
  /** What an expression would have made that failed: the failure is told, the rest is still looked at. */
  | { readonly kind: "unknown"; readonly place: Place };

/** A property of an object. */
export interface FileEntry {
  readonly name: string;
  readonly place: Place;
  readonly value: FileNode;
}

/** An object among the nodes. */
export type ObjectNode = Extract<FileNode, { readonly kind: "object" }>;

/** The plain value of a node; null for what is unknown. */
export function toJson(node: FileNode): Json {
  switch (node.kind) {
    case "object":
      return Object.fromEntries(node.entries.map(({ name, value }) => [name, toJson(value)]));
    case "array":
      return node.items.map(toJson);
    case "scalar":
      return node.value;
    case "unknown":
      return null;
  }
}

/** Whether an expression inside failed. */
export function hasUnknown(node: FileNode): boolean {
  switch (node.kind) {
    case "object":
      return node.entries.some(({ value }) => hasUnknown(value));
    case "array":
      return node.items.some(hasUnknown);
    default:
      return node.kind === "unknown";
  }
}

/** A plain value as a node, all of it at `place`. */
export function fromJson(value: Json, place: Place): FileNode {
  if (isList(value)) return { kind: "array", items: value.map((item) => fromJson(item, place)), place };
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([name, inner]) => ({ name, place, value: fromJson(inner, place) }));
    return { kind: "object", entries, place };
  }
  return { kind: "scalar", value, place };
}

/** Whether a value is a list; narrows read-only lists, which Array.isArray does not. */
export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** The property of an object, by its exact name. */
export function entryOf(node: FileNode | undefined, name: string): FileEntry | undefined {
  return node?.kind === "object" ? node.entries.find((entry) => entry.name === name) : undefined;
}

/** A property's value, its name compared without case, as Resource Manager compares names in deployment templates. */
export function childOf(node: FileNode | undefined, name: string): FileNode | undefined {
  if (node?.kind !== "object") return undefined;
  const found = node.entries.find((entry) => entry.name.toLowerCase() === name.toLowerCase());
  return found?.value;
}

/** A node's text; undefined where it is no text. */
export function textOf(node: FileNode | undefined): string | undefined {
  return node?.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
}

/** What a node is, for messages: `a text`, `a list` ... */
export function describeNode(node: FileNode): string {
  if (node.kind === "object") return "an object";
  if (node.kind === "array") return "a list";
  if (node.kind === "unknown") return "unknown";
  if (node.value === null) return "null";
  const names = { string: "a text", number: "a number", boolean: "true or false" } as const;
  const type = typeof node.value;
  return type === "string" || type === "number" || type === "boolean" ? names[type] : "a value";
}
