/** Values for a template's parameters: a parameters file, a JSON object, or lines of `name: value`. */
import { problemCodes } from "../codes.ts";
import { type Node, parseStructure } from "../values/structure.ts";
import type { FileReport } from "./faults.ts";
import { readJson } from "./json-text.ts";
import { childOf, type FileNode, type Place, textOf } from "./nodes.ts";

/** What the user gave for one parameter. */
export interface GivenParameter {
  readonly name: string;
  readonly place: Place;
  readonly value: FileNode;
  /** Written without quotes in a line: the parameter's type decides what it is. */
  readonly plain: boolean;
}

/** The text with the values. `file` is undefined where it stands in the input itself. */
export interface ParametersText {
  readonly text: string;
  readonly file?: string | undefined;
}

const legal = "a parameters file, a JSON object, or lines `name: value`";

/** Whether the input's text is the path of a file: one line that is neither an object nor `name: value`. */
export function isParametersPath(text: string): boolean {
  return !/[\r\n]/.test(text) && !text.startsWith("{") && !/^[\w.-]+\s*:(?:\s|$)/.test(text);
}

/** Why a file cannot be read by its name alone: Bicep has to be compiled. Undefined for others. */
export function bicepFault(path: string): { readonly why: string; readonly legal: string } | undefined {
  if (!/\.bicep(?:param)?$/i.test(path)) return undefined;
  const command = /param$/i.test(path) ? "build-params" : "build";
  return { why: "Bicep itself is not read", legal: `the JSON that \`az bicep ${command}\` makes of it` };
}

/** Reads the values. What is wrong goes into the report. */
export function readParameters({ text, file }: ParametersText, report: FileReport): readonly GivenParameter[] {
  if (file === undefined && !text.trimStart().startsWith("{")) return readLines(text, report);
  const read = readJson(text, file);
  if ("fault" in read) {
    const { why, place } = read.fault;
    report.fault({ input: "templateParameters", code: problemCodes.badJson, place, why, legal });
    return [];
  }
  const { node } = read;
  const inner = childOf(node, "parameters");
  const isFile = inner?.kind === "object" && (file !== undefined || childOf(node, "$schema") !== undefined);
  return isFile ? readEnvelope(inner, report) : readObject(node, report);
}

function readObject(node: FileNode, report: FileReport): readonly GivenParameter[] {
  if (node.kind !== "object") {
    report.fault({ input: "templateParameters", place: node.place, why: "this is not an object", legal });
    return [];
  }
  return node.entries
    .filter(({ name }) => name !== "$schema" && name !== "contentVersion")
    .map(({ name, place, value }) => ({ name, place, value, plain: false }));
}

/** `{ "name": { "value": … } }`, the form of a parameters file. */
function readEnvelope(node: FileNode & { readonly kind: "object" }, report: FileReport): readonly GivenParameter[] {
  return node.entries.flatMap(({ name, place, value: holder }) => {
    const value = childOf(holder, "value");
    if (value !== undefined) return [{ name, place, value, plain: false }];
    const isSecret = childOf(holder, "reference") !== undefined;
    report.fault({
      input: "templateParameters",
      place,
      path: name,
      why: isSecret
        ? "its value is in a key vault, which is not read: everything in an image template can be read by others"
        : "it has no `value`",
      legal: `{ "value": … }`,
    });
    return [];
  });
}

function readLines(text: string, report: FileReport): readonly GivenParameter[] {
  const parsed = parseStructure(text, legal);
  if (!parsed.ok) {
    const place = { line: parsed.line ?? 1, column: parsed.column ?? 1 };
    report.fault({ input: "templateParameters", code: parsed.code, place, why: parsed.why, legal });
    return [];
  }
  const { value: root } = parsed;
  if (root.kind !== "map") {
    report.fault({ input: "templateParameters", place: root, why: "these are not lines `name: value`", legal });
    return [];
  }
  return root.entries.map(({ name, value, line, column }) => ({
    name,
    place: { line, column },
    value: toFileNode(value),
    plain: value.kind === "text" && value.plain,
  }));
}

function toFileNode(node: Node): FileNode {
  const place = { line: node.line, column: node.column };
  switch (node.kind) {
    case "text":
      return { kind: "scalar", value: node.text, place };
    case "list":
      return { kind: "array", items: node.items.map(toInnerNode), place };
    case "map":
      return {
        kind: "object",
        entries: node.entries.map(({ name, value, line, column }) => ({
          name,
          place: { line, column },
          value: toInnerNode(value),
        })),
        place,
      };
  }
}

/** Below the first level no declared type helps: words without quotes are what YAML takes them for. */
function toInnerNode(node: Node): FileNode {
  return node.kind === "text" && node.plain ? plainNode(node.text, node) : toFileNode(node);
}

/** A word without quotes as number, truth or null where it reads as one. */
export function plainNode(text: string, place: Place): FileNode {
  const at = { ...(place.file === undefined ? {} : { file: place.file }), line: place.line, column: place.column };
  if (/^-?(?:0|[1-9]\d{0,14})$/.test(text)) return { kind: "scalar", value: Number(text), place: at };
  if (/^(?:true|false)$/i.test(text)) return { kind: "scalar", value: text.toLowerCase() === "true", place: at };
  if (/^(?:null|~|)$/i.test(text)) return { kind: "scalar", value: null, place: at };
  return { kind: "scalar", value: text, place: at };
}

/** The declared type of a parameter in lower case; `$ref` is followed through `definitions`. Undefined: unknown. */
export function declaredType(declaration: FileNode, definitions: FileNode | undefined): string | undefined {
  const seen = new Set<string>();
  let node: FileNode | undefined = declaration;
  for (;;) {
    const type = textOf(childOf(node, "type"));
    if (type !== undefined) return type.toLowerCase();
    const reference: string | undefined = textOf(childOf(node, "$ref"));
    if (reference === undefined || seen.has(reference)) return undefined;
    seen.add(reference);
    node = childOf(definitions, reference.replace(/^#\/definitions\//, ""));
  }
}
