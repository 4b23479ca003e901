/** Reads and evaluates the Bicep of samples/setup: the part of the language that it uses, and nothing more (Bicep's reference). */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  callFunction,
  group,
  idOf,
  type Json,
  type JsonObject,
  type Made,
  principalOf,
  subscription,
} from "./place.ts";

type Node =
  | { readonly kind: "value"; readonly value: Json }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "text"; readonly parts: readonly Node[] }
  | { readonly kind: "member"; readonly target: Node; readonly key: string }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Node[] }
  | { readonly kind: "not"; readonly of: Node }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Node; readonly right: Node }
  | { readonly kind: "choice"; readonly when: Node; readonly yes: Node; readonly no: Node }
  | { readonly kind: "object"; readonly entries: readonly (readonly [string, Node])[] }
  | { readonly kind: "list"; readonly items: readonly Node[] }
  | { readonly kind: "loop"; readonly name: string; readonly over: Node; readonly body: Node };

interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly fallback: Node | undefined;
  /** `description`, `minLength`, … with what they say. */
  readonly decorators: Readonly<Record<string, Json>>;
}
interface Block {
  readonly kind: "resource" | "module";
  readonly symbol: string;
  /** `type@version`, or a module's path. */
  readonly what: string;
  readonly existing: boolean;
  readonly condition: Node | undefined;
  readonly body: Node;
}
/** A file of Bicep. */
export interface Bicep {
  readonly file: string;
  readonly parameters: readonly Parameter[];
  readonly variables: ReadonlyMap<string, Node>;
  readonly blocks: readonly Block[];
  readonly outputs: ReadonlyMap<string, Node>;
}

const token = /(?:(\n)|[ \t\r]+|\/\/[^\n]*|'((?:\\.|[^'\\])*)'|(\d+)|([A-Za-z_]\w*)|(==|!=|&&|\|\||[{}[\]():?!.=,@]))/y;

interface Token {
  readonly kind: "line" | "text" | "number" | "word" | "sign" | "end";
  readonly text: string;
}

function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < source.length) {
    const from = token.lastIndex;
    const found = token.exec(source);
    if (found === null) throw new Error(`not understood: ${source.slice(from, from + 40)}`);
    const [, line, text, number, word, sign] = found;
    if (line !== undefined) tokens.push({ kind: "line", text: "\n" });
    else if (text !== undefined) tokens.push({ kind: "text", text });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign });
  }
  return tokens;
}

interface Reader {
  peek(ahead?: number): Token;
  next(expected?: string): Token;
  /** Takes the token where it is this one. */
  take(text: string): boolean;
  lines(): void;
}

function readerOf(tokens: readonly Token[]): Reader {
  let at = 0;
  const end: Token = { kind: "end", text: "" };
  const peek = (ahead = 0): Token => tokens[at + ahead] ?? end;
  const next = (expected?: string): Token => {
    const found = peek();
    if (expected !== undefined && found.text !== expected) {
      const before = tokens.slice(Math.max(0, at - 8), at).map(({ text }) => text);
      throw new Error(`${expected} is expected after ${before.join(" ")}, not ${found.text}`);
    }
    at += 1;
    return found;
  };
  const take = (text: string): boolean => {
    if (peek().text !== text || peek().kind === "text") return false;
    at += 1;
    return true;
  };
  return {
    peek,
    next,
    take,
    lines: () => {
      while (peek().kind === "line") at += 1;
    },
  };
}

/** Reads a file. Throws an Error for what is not of the part of Bicep that is understood. */
export function readBicep(file: string): Bicep {
  const reader = readerOf(tokenize(readFileSync(file, "utf8")));
  const parameters: Parameter[] = [];
  const variables = new Map<string, Node>();
  const outputs = new Map<string, Node>();
  const blocks: Block[] = [];
  let decorators: Record<string, Json> = {};
  for (reader.lines(); reader.peek().kind !== "end"; reader.lines()) {
    const word = reader.next().text;
    if (word === "@") decorators = { ...decorators, ...decorator(reader) };
    else if (word === "param") {
      const [name, type] = [reader.next().text, reader.next().text];
      parameters.push({ name, type, fallback: reader.take("=") ? expression(reader) : undefined, decorators });
      decorators = {};
    } else if (word === "var") variables.set(reader.next().text, (reader.next("="), expression(reader)));
    else if (word === "output")
      outputs.set(reader.next().text, (reader.next("string"), reader.next("="), expression(reader)));
    else if (word === "resource" || word === "module") blocks.push(block(word, reader));
    else if (word === "targetScope") void (reader.next("="), reader.next());
    else throw new Error(`a line begins with ${word}`);
  }
  return { file, parameters, variables, blocks, outputs };
}

function decorator(reader: Reader): Record<string, Json> {
  const name = reader.next().text;
  reader.next("(");
  const said = evaluate(expression(reader), nowhere);
  reader.next(")");
  return { [name]: said };
}

function block(kind: Block["kind"], reader: Reader): Block {
  const [symbol, what] = [reader.next().text, reader.next().text];
  const existing = reader.take("existing");
  reader.next("=");
  const condition = reader.take("if") ? (reader.next("("), expression(reader)) : undefined;
  if (condition !== undefined) reader.next(")");
  return { kind, symbol, what, existing, condition, body: expression(reader) };
}

function expression(reader: Reader): Node {
  const when = binary(reader, 0);
  if (!reader.take("?")) return when;
  const yes = expression(reader);
  reader.next(":");
  return { kind: "choice", when, yes, no: expression(reader) };
}

const levels = [["||"], ["&&"], ["==", "!="]] as const;

function binary(reader: Reader, level: number): Node {
  const operators = levels[level];
  if (operators === undefined) return unary(reader);
  let left = binary(reader, level + 1);
  for (let found; (found = operators.find((one) => reader.take(one))) !== undefined;) {
    left = { kind: "binary", operator: found, left, right: binary(reader, level + 1) };
  }
  return left;
}

function unary(reader: Reader): Node {
  if (reader.take("!")) return { kind: "not", of: unary(reader) };
  let node = primary(reader);
  while (reader.take(".")) node = { kind: "member", target: node, key: reader.next().text };
  return node;
}

function primary(reader: Reader): Node {
  const { kind, text } = reader.next();
  if (kind === "number") return { kind: "value", value: Number(text) };
  if (kind === "text") return textNode(text);
  if (text === "{") return objectNode(reader);
  if (text === "[") return listNode(reader);
  if (kind !== "word") throw new Error(`${text} begins no expression`);
  if (text === "true" || text === "false") return { kind: "value", value: text === "true" };
  if (!reader.take("(")) return { kind: "name", name: text };
  const args: Node[] = [];
  while (!reader.take(")")) {
    args.push(expression(reader));
    reader.take(",");
  }
  return { kind: "call", name: text, args };
}

function textNode(text: string): Node {
  const parts = text
    .split(/\$\{([^}]*)\}/)
    .map((part, at): Node =>
      at % 2 === 0 ? { kind: "value", value: part.replace(/\\(.)/g, "$1") } : expression(readerOf(tokenize(part))),
    );
  return { kind: "text", parts };
}

function objectNode(reader: Reader): Node {
  const entries: (readonly [string, Node])[] = [];
  for (reader.lines(); !reader.take("}"); reader.lines()) {
    const key = reader.next().text;
    reader.next(":");
    entries.push([key, expression(reader)]);
  }
  return { kind: "object", entries };
}

function listNode(reader: Reader): Node {
  if (reader.take("for")) {
    const name = reader.next().text;
    reader.next("in");
    const over = expression(reader);
    reader.next(":");
    const loop: Node = { kind: "loop", name, over, body: expression(reader) };
    reader.next("]");
    return loop;
  }
  const items: Node[] = [];
  for (reader.lines(); !reader.take("]"); reader.lines()) items.push(expression(reader));
  return { kind: "list", items };
}

/** What names mean. */
interface Surroundings {
  readonly place: string;
  readonly folder: string;
  look(name: string): Json;
}

const nowhere: Surroundings = {
  place: group,
  folder: "",
  look: (name) => {
    throw new Error(`${name} is not known here`);
  },
};

function evaluate(node: Node, where: Surroundings): Json {
  const of = (one: Node): Json => evaluate(one, where);
  switch (node.kind) {
    case "value":
      return node.value;
    case "name":
      return where.look(node.name);
    case "text":
      return node.parts.map((part) => of(part) as string).join("");
    case "member": {
      const found = (of(node.target) as JsonObject)[node.key];
      if (found === undefined) throw new Error(`no ${node.key} in ${JSON.stringify(of(node.target))}`);
      return found;
    }
    case "call":
      if (node.name === "loadJsonContent") {
        return JSON.parse(readFileSync(join(where.folder, of(node.args[0] ?? node) as string), "utf8")) as Json;
      }
      return callFunction(node.name, node.args.map(of), where.place);
    case "not":
      return of(node.of) !== true;
    case "binary":
      return binaryValue(node.operator, of(node.left), of(node.right));
    case "choice":
      return of(node.when) === true ? of(node.yes) : of(node.no);
    case "object":
      return Object.fromEntries(node.entries.map(([key, one]) => [key, of(one)]));
    case "list":
      return node.items.map(of);
    case "loop":
      return (of(node.over) as readonly Json[]).map((item) =>
        evaluate(node.body, { ...where, look: (name) => (name === node.name ? item : where.look(name)) }),
      );
  }
}

function binaryValue(operator: string, left: Json, right: Json): Json {
  switch (operator) {
    case "&&":
      return left === true && right === true;
    case "||":
      return left === true || right === true;
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    default:
      throw new Error(operator);
  }
}

/** The names of a file, with these parameters: symbols of resources have `id`, `name` and an identity's `principalId`. */
function surroundingsOf(bicep: Bicep, given: JsonObject, place: string): Surroundings {
  const where: Surroundings = { place, folder: dirname(bicep.file), look };
  function look(name: string): Json {
    const own = given[name];
    if (own !== undefined) return own;
    const variable = bicep.variables.get(name) ?? bicep.parameters.find((one) => one.name === name)?.fallback;
    if (variable !== undefined) return evaluate(variable, where);
    const found = bicep.blocks.find(({ symbol }) => symbol === name);
    if (found === undefined) throw new Error(`${bicep.file}: ${name} is not defined`);
    if (found.kind === "module" || found.body.kind === "loop") return { id: name };
    const id = idOf(typeOf(found), nameOf(found, bicep, where).split("/"), place);
    return { id, properties: { principalId: principalOf(id) } };
  }
  return where;
}

const typeOf = ({ what }: Block): string => what.split("@")[0] ?? "";

function property(block: Block, key: string): Node | undefined {
  return block.body.kind === "object" ? block.body.entries.find(([name]) => name === key)?.[1] : undefined;
}

function nameOf(block: Block, bicep: Bicep, where: Surroundings): string {
  const own = evaluate(property(block, "name") ?? { kind: "value", value: "" }, where) as string;
  const parent = property(block, "parent");
  if (parent?.kind !== "name") return own;
  const above = bicep.blocks.find(({ symbol }) => symbol === parent.name);
  if (above === undefined) throw new Error(`${parent.name} is not defined`);
  return `${nameOf(above, bicep, where)}/${own}`;
}

/** Everything that a deployment with these parameters makes. */
export function evaluateBicep(bicep: Bicep, given: JsonObject, place = group): readonly Made[] {
  const where = surroundingsOf(bicep, given, place);
  return bicep.blocks.flatMap((one): readonly Made[] => {
    if (one.existing) return [];
    if (one.condition !== undefined && evaluate(one.condition, where) !== true) return [];
    if (one.kind === "module") return evaluateModule(one, where);
    if (one.body.kind === "loop") {
      return (evaluate({ ...one.body, body: withoutDependencies(one.body.body) }, where) as readonly JsonObject[]).map(
        (body) => describe(one, body, body["name"] as string, place),
      );
    }
    const body = evaluate(withoutDependencies(one.body), where) as JsonObject;
    return [describe(one, body, nameOf(one, bicep, where), place)];
  });
}

/** The outputs of that deployment. */
export function bicepOutputs(bicep: Bicep, given: JsonObject): JsonObject {
  const where = surroundingsOf(bicep, given, group);
  return Object.fromEntries([...bicep.outputs].map(([name, one]) => [name, evaluate(one, where)]));
}

function withoutDependencies(node: Node): Node {
  if (node.kind !== "object") return node;
  return { ...node, entries: node.entries.filter(([key]) => key !== "dependsOn" && key !== "parent") };
}

function describe(block: Block, body: JsonObject, fullName: string, place: string): Made {
  const { name: _n, scope, ...rest } = body;
  const at = scope === undefined ? place : ((scope as JsonObject)["id"] as string);
  return {
    type: typeOf(block),
    apiVersion: block.what.split("@")[1] ?? "",
    name: fullName,
    scope: at,
    body: rest,
    dependsOn: [],
  };
}

function evaluateModule(block: Block, where: Surroundings): readonly Made[] {
  const parameters = property(block, "params");
  if (parameters === undefined || property(block, "scope") === undefined)
    throw new Error(`${block.symbol} is not a module`);
  const given = evaluate(parameters, where) as JsonObject;
  return evaluateBicep(readBicep(join(where.folder, block.what)), given, subscription);
}

/** The value of a parameter's default; undefined without one. */
export function defaultOf({ fallback }: Parameter): Json | undefined {
  return fallback === undefined ? undefined : evaluate(fallback, nowhere);
}
