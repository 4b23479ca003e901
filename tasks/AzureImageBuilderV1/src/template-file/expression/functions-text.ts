/** Functions of texts (documentation: string functions). */
import { isList, type Json } from "../nodes.ts";
import { argument, type Call, fault, int, text, typeOf, wrongType } from "./arguments.ts";
import type { FunctionRow } from "./functions.ts";

const any = Number.POSITIVE_INFINITY;

function ofText(work: (value: string) => Json): FunctionRow {
  return { count: [1, 1], run: (call) => work(text(call, 0)) };
}

/** Case does not count, as documented for startsWith, endsWith, indexOf and lastIndexOf. */
function ofTexts(work: (value: string, part: string) => Json): FunctionRow {
  return { count: [2, 2], run: (call) => work(text(call, 0).toLowerCase(), text(call, 1).toLowerCase()) };
}

/** A value as a text: `True` and `False` as the service writes them, lists and objects as JSON. */
function written(value: Json): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "True" : "False";
  return value === null ? "" : JSON.stringify(value);
}

function concat(call: Call): Json {
  const { args } = call;
  if (args.some(isList)) {
    return args.flatMap((one, index) => (isList(one) ? one : wrongType(call, index, "an array")));
  }
  return args.map((one, index) => (isPlain(one) ? written(one) : wrongType(call, index, "a string"))).join("");
}

function isPlain(value: Json): boolean {
  return ["string", "int", "bool"].includes(typeOf(value));
}

function format(call: Call): Json {
  return text(call, 0).replace(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g, (part, inner: string | undefined) => {
    if (part === "{{" || part === "}}") return part.charAt(0);
    if (inner === undefined) throw fault(call, "a brace stands alone in the format", 0);
    if (!/^\d{1,3}$/.test(inner)) throw fault(call, `\`{${inner}}\` is not supported: only {0}, {1} and so on are`, 0);
    const index = Number(inner) + 1;
    if (index >= call.args.length) throw fault(call, `there is no argument for {${inner}}`, 0);
    return written(argument(call, index));
  });
}

function split(call: Call): Json {
  const value = text(call, 0);
  const given = argument(call, 1);
  const delimiters = isList(given) ? given : [given];
  const parts = delimiters.map((one) => (typeof one === "string" ? one : wrongType(call, 1, "a string")));
  const pattern = parts.filter((one) => one !== "").map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return pattern.length === 0 ? [value] : value.split(new RegExp(pattern.join("|")));
}

function substring(call: Call): Json {
  const value = text(call, 0);
  const start = int(call, 1);
  const length = call.args.length > 2 ? int(call, 2) : value.length - start;
  if (start < 0 || length < 0 || start + length > value.length) {
    throw fault(call, `the text has ${value.length} characters only`, 1);
  }
  return value.slice(start, start + length);
}

function padLeft(call: Call): Json {
  const value = argument(call, 0);
  if (!isPlain(value)) wrongType(call, 0, "a string");
  const width = int(call, 1);
  if (width > 16_000) throw fault(call, "the width is too large", 1);
  const filler = call.args.length > 2 ? text(call, 2) : " ";
  if (filler.length !== 1) throw fault(call, "one character is expected", 2);
  return written(value).padStart(width, filler);
}

function readJsonText(call: Call): Json {
  try {
    return JSON.parse(text(call, 0)) as Json;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw fault(call, "the text is not JSON", 0);
  }
}

function join(call: Call): Json {
  const items = argument(call, 0);
  if (!isList(items)) return wrongType(call, 0, "an array");
  return items.map(written).join(text(call, 1));
}

function toText(call: Call): Json {
  return written(argument(call, 0));
}

/** The functions. */
export const textFunctions: Readonly<Record<string, FunctionRow>> = {
  concat: { count: [1, any], run: concat },
  format: { count: [1, any], run: format },
  string: { count: [1, 1], run: toText },
  json: { count: [1, 1], run: readJsonText },
  toLower: ofText((value) => value.toLowerCase()),
  toUpper: ofText((value) => value.toUpperCase()),
  trim: ofText((value) => value.trim()),
  uriComponent: ofText(encodeText),
  base64: ofText((value) => Buffer.from(value, "utf8").toString("base64")),
  base64ToString: ofText((value) => Buffer.from(value, "base64").toString("utf8")),
  startsWith: ofTexts((value, part) => value.startsWith(part)),
  endsWith: ofTexts((value, part) => value.endsWith(part)),
  indexOf: ofTexts((value, part) => value.indexOf(part)),
  lastIndexOf: ofTexts((value, part) => value.lastIndexOf(part)),
  replace: { count: [3, 3], run: (call) => text(call, 0).replaceAll(text(call, 1), () => text(call, 2)) },
  split: { count: [2, 2], run: split },
  join: { count: [2, 2], run: join },
  substring: { count: [2, 3], run: substring },
  padLeft: { count: [2, 3], run: padLeft },
};

/** As encodeURIComponent, which throws on half a surrogate pair: such a half is replaced first. */
function encodeText(value: string): string {
  return encodeURIComponent(Buffer.from(value, "utf8").toString("utf8"));
}
