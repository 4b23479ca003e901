/** ARM deployment templates: parameters, variables and expressions, as far as the image template in them needs them. */
import { problemCodes } from "../codes.ts";
import { suggest } from "../values/nearest.ts";
import { typeOf } from "./expression/arguments.ts";
import { ExpressionError } from "./expression/errors.ts";
import { evaluate, type Names, type Surroundings } from "./expression/evaluate.ts";
import { isExpression, parseExpression, unescapeLiteral } from "./expression/parse.ts";
import { isSame } from "./expression/same.ts";
import { beginReport, type FileReport, placeInText } from "./faults.ts";
import {
  childOf,
  entryOf,
  fromJson,
  hasUnknown,
  isList,
  type FileEntry,
  type FileNode,
  type Json,
  type ObjectNode,
  textOf,
  toJson,
} from "./nodes.ts";
import { declaredType, type GivenParameter, plainNode } from "./parameters.ts";

/** A deployment template, its parameters' values and where it would be deployed. */
export interface Deployment {
  readonly root: FileNode;
  readonly given: readonly GivenParameter[];
  readonly surroundings: Surroundings;
  readonly report: FileReport;
}

/** Evaluates parts of a deployment template. */
export interface DeploymentReader {
  /** The node without expressions; one that failed is told in the report and leaves an unknown node. */
  resolve(node: FileNode, path: string): FileNode;
  /** As `resolve`, but failures are nobody's business. */
  quietly(node: FileNode): FileNode;
}

/** Types of values that a declared type takes. */
const types: Readonly<Record<string, readonly string[]>> = {
  string: ["string"],
  securestring: ["string"],
  int: ["int"],
  bool: ["bool"],
  object: ["object"],
  secureobject: ["object"],
  array: ["array"],
};

/** Opens a deployment template. Values for parameters it does not declare are faults at once; the rest when needed. */
export function openDeployment(deployment: Deployment): DeploymentReader {
  const { root, given, report } = deployment;
  const names = namesOf(deployment);
  const declared = childOf(root, "parameters");
  const declaredNames = declared?.kind === "object" ? declared.entries.map(({ name }) => name) : [];
  for (const { name, place } of given) {
    if (declaredNames.some((one) => one.toLowerCase() === name.toLowerCase())) continue;
    report.fault({
      input: "templateParameters",
      code: problemCodes.badParameter,
      place,
      why: `the template has no parameter \`${name}\`${suggest(name, declaredNames)}`,
      legal: declaredNames.join(", ") || "nothing: the template has no parameters",
    });
  }
  return {
    resolve: (node, path) => tryResolve(node, path, { names, report }),
    quietly: (node) => {
      const silent = { ...deployment, report: beginReport() };
      return tryResolve(node, "", { names: namesOf(silent), report: silent.report });
    },
  };
}

/** Looks names up in the template, each worked out once. */
function namesOf(deployment: Deployment): Names {
  const { surroundings } = deployment;
  const names = (inDefault: boolean): Names => ({ parameter, variable, surroundings, inDefault });
  const parameter = remembered("parameter", (name, at) => readParameter(name, at, deployment, names(true)));
  const variable = remembered("variable", (name, at) => readVariable(name, at, deployment, names(false)));
  return names(false);
}

type Lookup = (name: string, at: number) => Json;

/** Each name is worked out once; one that failed fails again without a word, one in itself is refused. */
function remembered(what: string, work: Lookup): Lookup {
  const known = new Map<string, { readonly value: Json } | "working" | "failed">();
  return (name, at) => {
    const key = name.toLowerCase();
    const found = known.get(key);
    if (found === "failed") throw new ExpressionError("", at, { reported: true });
    if (found === "working") throw new ExpressionError(`the ${what} \`${name}\` refers to itself`, at);
    if (found !== undefined) return found.value;
    known.set(key, "working");
    try {
      const value = work(name, at);
      known.set(key, { value });
      return value;
    } catch (error) {
      known.set(key, "failed");
      throw error;
    }
  };
}

function readParameter(name: string, at: number, { root, given, report }: Deployment, names: Names): Json {
  const all = childOf(root, "parameters");
  const declaration = childOf(all, name);
  if (declaration === undefined) {
    const known = all?.kind === "object" ? all.entries.map((entry) => entry.name) : [];
    throw new ExpressionError(`the template has no parameter \`${name}\`${suggest(name, known)}`, at);
  }
  const definitions = childOf(root, "definitions");
  const type = declaredType(declaration, definitions);
  const own = given.find((one) => one.name.toLowerCase() === name.toLowerCase());
  const fallback = childOf(declaration, "defaultValue");
  if (own === undefined && fallback === undefined) {
    if (toJson(childOf(declaration, "nullable") ?? fromJson(false, declaration.place)) === true) return null;
    report.fault({
      input: "templateParameters",
      code: problemCodes.badParameter,
      place: declaration.place,
      path: `parameters.${name}`,
      why: `the parameter \`${name}\` has no value and no default`,
      legal: `a line \`${name}: …\`${type === undefined ? "" : ` with a value of type ${type}`} in templateParameters`,
    });
    throw new ExpressionError("", at, { reported: true });
  }
  const node = own === undefined ? fallback : typed(own, type);
  const resolved =
    own === undefined && node !== undefined
      ? tryResolve(node, `parameters.${name}.defaultValue`, { names, report })
      : node;
  if (resolved === undefined || hasUnknown(resolved)) throw new ExpressionError("", at, { reported: true });
  const value = toJson(resolved);
  const fault = valueFault(value, type, declaration);
  if (fault !== undefined) {
    const input = own === undefined ? "templateFile" : "templateParameters";
    const where = { place: resolved.place, path: `parameters.${name}` };
    report.fault({ input, code: problemCodes.badParameter, ...where, given: JSON.stringify(value), ...fault });
    throw new ExpressionError("", at, { reported: true });
  }
  return value;
}

/** A word without quotes in a line is what the parameter's type says. */
function typed({ value, plain }: GivenParameter, type: string | undefined): FileNode {
  const isText = type === "string" || type === "securestring";
  if (!plain || value.kind !== "scalar" || typeof value.value !== "string" || isText) return value;
  return plainNode(value.value, value.place);
}

function valueFault(
  value: Json,
  type: string | undefined,
  declaration: FileNode,
): { readonly why: string; readonly legal: string } | undefined {
  const nullable = childOf(declaration, "nullable");
  if (value === null && nullable !== undefined && toJson(nullable) === true) return undefined;
  const legal = type === undefined ? undefined : types[type];
  if (legal === undefined)
    return { why: `its type \`${type ?? "none"}\` is not known`, legal: Object.keys(types).join(", ") };
  if (!legal.includes(typeOf(value)))
    return { why: `its value is ${typeOf(value)}`, legal: `a value of type ${type ?? ""}` };
  const allowedNode = childOf(declaration, "allowedValues");
  const allowed = allowedNode === undefined ? [] : toJson(allowedNode);
  if (isList(allowed) && allowed.length > 0 && !allowed.some((one) => isSame(one, value))) {
    return {
      why: "its value is none of the allowed ones",
      legal: allowed.map((one) => JSON.stringify(one)).join(", "),
    };
  }
  return limitFault(value, declaration);
}

function limitFault(value: Json, declaration: FileNode): { readonly why: string; readonly legal: string } | undefined {
  const size =
    typeof value === "number" ? value : typeof value === "string" || isList(value) ? value.length : undefined;
  if (size === undefined) return undefined;
  const word = typeof value === "number" ? "Value" : "Length";
  const limit = (name: string): number | undefined => {
    const node = childOf(declaration, name);
    const read = node === undefined ? undefined : toJson(node);
    return typeof read === "number" ? read : undefined;
  };
  const [min, max] = [limit(`min${word}`), limit(`max${word}`)];
  if ((min === undefined || size >= min) && (max === undefined || size <= max)) return undefined;
  return { why: `its ${word.toLowerCase()} is ${size}`, legal: `from ${min ?? "any"} to ${max ?? "any"}` };
}

function readVariable(name: string, at: number, { root, report }: Deployment, names: Names): Json {
  const all = childOf(root, "variables");
  const node = childOf(all, name);
  if (node === undefined || name.toLowerCase() === "copy") {
    const copies = childOf(all, "copy");
    const isCopied =
      copies?.kind === "array" &&
      copies.items.some((one) => textOf(childOf(one, "name"))?.toLowerCase() === name.toLowerCase());
    if (isCopied)
      throw new ExpressionError(`the variable \`${name}\` is made by a copy loop, which is not supported`, at);
    const known = all?.kind === "object" ? all.entries.map((entry) => entry.name) : [];
    throw new ExpressionError(`the template has no variable \`${name}\`${suggest(name, known)}`, at);
  }
  const resolved = tryResolve(node, `variables.${name}`, { names, report });
  if (hasUnknown(resolved)) throw new ExpressionError("", at, { reported: true });
  return toJson(resolved);
}

interface Resolving {
  readonly names: Names;
  readonly report: FileReport;
}

/** Resolves all parts even where one fails, so that every fault is told. */
function tryResolve(node: FileNode, path: string, resolving: Resolving): FileNode {
  switch (node.kind) {
    case "array":
      return { ...node, items: node.items.map((item, index) => tryResolve(item, `${path}[${index}]`, resolving)) };
    case "object":
      return resolveObject(node, path, resolving);
    case "scalar":
      return typeof node.value === "string" ? resolveText(node.value, node, path, resolving) : node;
    case "unknown":
      return node;
  }
}

function resolveObject(node: ObjectNode, path: string, resolving: Resolving): FileNode {
  const copy = entryOf(node, "copy");
  if (copy?.value.kind === "array") {
    resolving.report.fault({
      code: problemCodes.badExpression,
      place: copy.place,
      path: `${path}.copy`,
      why: "copy loops are not supported",
      legal: "the elements written one by one",
    });
    return { kind: "unknown", place: node.place };
  }
  const entries = node.entries.map((entry): FileEntry | undefined => {
    const key = resolveText(entry.name, { kind: "scalar", value: entry.name, place: entry.place }, path, resolving);
    const value = tryResolve(entry.value, path === "" ? entry.name : `${path}.${entry.name}`, resolving);
    const name = textOf(key);
    return name === undefined ? undefined : { name, place: entry.place, value };
  });
  const whole = entries.filter((entry) => entry !== undefined);
  return whole.length === entries.length ? { ...node, entries: whole } : { kind: "unknown", place: node.place };
}

function resolveText(text: string, node: FileNode, path: string, { names, report }: Resolving): FileNode {
  if (!isExpression(text)) return { kind: "scalar", value: unescapeLiteral(text), place: node.place };
  try {
    return fromJson(evaluate(parseExpression(text), names), node.place);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    if (!error.reported) {
      report.fault({
        code: problemCodes.badExpression,
        place: placeInText(node.place, text, error.offset),
        path,
        why: `the expression fails: ${error.message}`,
        legal: "an expression that this task evaluates, or the value itself",
        given: text.length > 200 ? `${text.slice(0, 200)}…` : text,
      });
    }
    return { kind: "unknown", place: node.place };
  }
}
