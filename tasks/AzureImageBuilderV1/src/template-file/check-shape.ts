/** Compares a file's values with what an image template may hold, and takes out what the service gives back. */
import { problemCodes } from "../codes.ts";
import { suggest } from "../values/nearest.ts";
import { findUnresolved, type Scrutiny } from "../values/unresolved.ts";
import type { FileReport } from "./faults.ts";
import { describeNode, entryOf, type FileEntry, type FileNode, type ObjectNode, type Place, textOf } from "./nodes.ts";
import { type ObjectShape, retiredTypes, type Shape } from "./shape.ts";

/** What the check writes to. */
export interface Check {
  readonly report: FileReport;
  /** Placeholders by their text, so that each is told once. */
  readonly placeholders: Map<string, Found>;
  /** Paths of read-only properties that were taken out. */
  readonly removed: string[];
}

interface Found {
  readonly place: Place;
  readonly path: string;
  readonly more: string[];
}

/** Begins a check. */
export function beginCheck(report: FileReport): Check {
  return { report, placeholders: new Map(), removed: [] };
}

/** Ends a check: tells the placeholders, each once, and what was taken out. */
export function endCheck({ report, placeholders, removed }: Check): void {
  for (const [text, { place, path, more }] of placeholders) {
    const also = more.length === 0 ? "" : `, also in ${more.join(", ")}`;
    report.fault({
      code: problemCodes.placeholder,
      place,
      path,
      given: text,
      why: `\`${text}\` is a placeholder${also}`,
      legal: "a value of your own in its place",
    });
  }
  if (removed.length > 0) {
    report.note(`Taken out, because the service gives it and takes it not: ${removed.join(", ")}.`);
  }
}

/** The node as the service may have it. Nulls count as left out, as Resource Manager's own tools count them. */
export function checkShape(node: FileNode, shape: Shape, path: string, check: Check): FileNode {
  if (node.kind === "unknown") return node;
  switch (shape.kind) {
    case "object":
      return node.kind === "object" ? checkObject(node, shape, path, check) : mismatch(node, "an object", path, check);
    case "byType":
      return checkByType(node, shape, path, check);
    case "map":
      return node.kind === "object" ? checkMap(node, shape, path, check) : mismatch(node, "an object", path, check);
    case "list": {
      if (node.kind !== "array") return mismatch(node, "a list", path, check);
      if (node.items.length < (shape.min ?? 0)) {
        check.report.fault({ place: node.place, path, why: "the list is empty", legal: "at least one element" });
      }
      return { ...node, items: node.items.map((item, at) => checkShape(item, shape.items, `${path}[${at}]`, check)) };
    }
    case "text":
      return checkText(node, shape, path, check);
    default:
      return checkScalar(node, shape, path, check);
  }
}

function checkObject(node: ObjectNode, shape: ObjectShape, path: string, check: Check): FileNode {
  const entries = node.entries.flatMap((entry) => checkEntry(entry, shape, path, check));
  for (const name of shape.required ?? []) {
    if (entries.some((entry) => entry.name === name) || node.entries.some((entry) => isMeant(entry.name, name)))
      continue;
    check.report.fault({
      place: node.place,
      path: join(path, name),
      why: "it is missing",
      legal: describeShape(shape.properties[name]),
    });
  }
  return { ...node, entries };
}

/** A name that differs by its case is told as misspelt; it need not be told as missing too. */
function isMeant(given: string, name: string): boolean {
  return given !== name && given.toLowerCase() === name.toLowerCase();
}

function checkEntry(entry: FileEntry, shape: ObjectShape, path: string, check: Check): readonly FileEntry[] {
  const { name, value, place } = entry;
  const own = join(path, name);
  if (shape.readOnly?.includes(name) === true) {
    check.removed.push(own);
    return [];
  }
  const inner = Object.hasOwn(shape.properties, name) ? shape.properties[name] : undefined;
  if (inner !== undefined) {
    if (value.kind === "scalar" && value.value === null) return [];
    return [{ ...entry, value: checkShape(value, inner, own, check) }];
  }
  const names = Object.keys(shape.properties);
  const instead = shape.retired !== undefined && Object.hasOwn(shape.retired, name) ? shape.retired[name] : undefined;
  check.report.fault({
    place,
    path: own,
    given: name,
    why:
      instead === undefined
        ? `the service knows no property \`${name}\` here${suggest(name, names)}`
        : `the service no longer takes \`${name}\``,
    legal: instead ?? (names.join(", ") || "nothing"),
  });
  return [];
}

function checkByType(
  node: FileNode,
  shape: Extract<Shape, { readonly kind: "byType" }>,
  path: string,
  check: Check,
): FileNode {
  if (node.kind !== "object") return mismatch(node, "an object", path, check);
  const tag = entryOf(node, shape.tag);
  const word = textOf(tag?.value);
  const legal = Object.keys(shape.shapes).filter((one) => one !== "Artifact");
  const inner = word !== undefined && Object.hasOwn(shape.shapes, word) ? shape.shapes[word] : undefined;
  if (inner === undefined) {
    const place = tag?.value.place ?? node.place;
    const scanned =
      tag !== undefined && word !== undefined && isOpen(word, "name", { place, path: join(path, shape.tag) }, check);
    const retired = word !== undefined && Object.hasOwn(retiredTypes, word) ? retiredTypes[word] : undefined;
    const why = word === undefined ? "it is missing" : `\`${word}\` is not one of the values${suggest(word, legal)}`;
    if (!scanned) check.report.fault({ place, path: join(path, shape.tag), why, legal: retired ?? legal.join(", ") });
    return node;
  }
  const checked = checkObject({ ...node, entries: node.entries.filter((one) => one !== tag) }, inner, path, check);
  return checked.kind === "object" && tag !== undefined ? { ...checked, entries: [tag, ...checked.entries] } : checked;
}

function checkMap(
  node: ObjectNode,
  shape: Extract<Shape, { readonly kind: "map" }>,
  path: string,
  check: Check,
): FileNode {
  const entries = node.entries.flatMap((entry): readonly FileEntry[] => {
    const own = `${path}['${entry.name}']`;
    if (entry.value.kind === "scalar" && entry.value.value === null) return [];
    const where = { place: entry.place, path };
    if (!isOpen(entry.name, "text", where, check) && shape.keys !== undefined) {
      const parsed = shape.keys(entry.name);
      if (!parsed.ok) check.report.fault({ ...where, given: entry.name, why: parsed.why, legal: parsed.legal });
    }
    return [{ ...entry, value: checkShape(entry.value, shape.values, own, check) }];
  });
  return { ...node, entries };
}

function checkText(
  node: FileNode,
  shape: Extract<Shape, { readonly kind: "text" }>,
  path: string,
  check: Check,
): FileNode {
  const text = textOf(node);
  if (text === undefined) return mismatch(node, "a text", path, check);
  if (isOpen(text, shape.scrutiny, { place: node.place, path }, check) || shape.parse === undefined) return node;
  const parsed = shape.parse(text);
  if (!parsed.ok) check.report.fault({ place: node.place, path, given: text, why: parsed.why, legal: parsed.legal });
  return node;
}

function checkScalar(
  node: FileNode,
  shape: Extract<Shape, { readonly kind: "int" | "bool" | "choice" }>,
  path: string,
  check: Check,
): FileNode {
  const value = node.kind === "scalar" ? node.value : undefined;
  const legal = describeShape(shape);
  const isGood =
    shape.kind === "bool"
      ? typeof value === "boolean"
      : shape.kind === "int"
        ? typeof value === "number" && Number.isInteger(value) && value >= shape.min && value <= shape.max
        : typeof value === "string" && shape.values.includes(value);
  if (isGood) return node;
  const text = textOf(node);
  if (text !== undefined && isOpen(text, "name", { place: node.place, path }, check)) return node;
  const given = text ?? (value === undefined || value === null ? undefined : String(value));
  const meant = shape.kind === "choice" && text !== undefined ? suggest(text, shape.values) : "";
  const what = given === undefined ? describeNode(node) : text === undefined ? given : `the text \`${text}\``;
  check.report.fault({ place: node.place, path, given, why: `it is ${what}${meant}`, legal });
  return node;
}

const braces = /\{[A-Za-z][\w -]*\}/g;

/** Whether a text still has placeholders; they are remembered. Those in braces count where names are expected. */
function isOpen(text: string, scrutiny: Scrutiny, where: Pick<Found, "place" | "path">, check: Check): boolean {
  const unresolved = findUnresolved(text, scrutiny);
  const found = [
    ...(unresolved === undefined ? [] : [...unresolved.why.matchAll(/`([^`]+)`/g)].map(([, one]) => one ?? "")),
    ...(scrutiny === "name" ? (text.match(braces) ?? []) : []),
  ];
  if (unresolved !== undefined && found.length === 0) {
    check.report.fault({ ...where, code: unresolved.code, given: text, why: unresolved.why, legal: unresolved.legal });
  }
  for (const one of new Set(found)) {
    const known = check.placeholders.get(one);
    if (known === undefined) check.placeholders.set(one, { ...where, more: [] });
    else if (known.path !== where.path && !known.more.includes(where.path)) known.more.push(where.path);
  }
  return unresolved !== undefined || found.length > 0;
}

function mismatch(node: FileNode, legal: string, path: string, check: Check): FileNode {
  check.report.fault({ place: node.place, path, why: `it is ${describeNode(node)}`, legal });
  return node;
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** What may stand there, in words. */
function describeShape(shape: Shape | undefined): string {
  switch (shape?.kind) {
    case undefined:
      return "nothing";
    case "object":
    case "map":
      return "an object";
    case "byType":
      return `an object with \`${shape.tag}\`: ${Object.keys(shape.shapes).join(", ")}`;
    case "list":
      return "a list";
    case "text":
      return "a text";
    case "int":
      return shape.max >= Number.MAX_SAFE_INTEGER
        ? "a whole number, without quotes"
        : `a whole number from ${shape.min} to ${shape.max}, without quotes`;
    case "bool":
      return "true or false, without quotes";
    case "choice":
      return shape.values.join(", ");
  }
}
