/** Functions of lists and objects (documentation: array and object functions). */
import { isList, type Json } from "../nodes.ts";
import {
  argument,
  type Call,
  fault,
  int,
  isObject,
  type JsonObject,
  list,
  object,
  property,
  text,
  wrongType,
} from "./arguments.ts";
import type { FunctionRow } from "./functions.ts";
import { isSame } from "./same.ts";

const any = Number.POSITIVE_INFINITY;

function createObject(call: Call): Json {
  if (call.args.length % 2 !== 0) throw fault(call, "names and values are expected in pairs");
  const pairs = call.args.flatMap((_, index) =>
    index % 2 === 0 ? [[text(call, index), argument(call, index + 1)] as const] : [],
  );
  return Object.fromEntries(pairs);
}

function length(call: Call): Json {
  const value = argument(call, 0);
  if (typeof value === "string" || isList(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : wrongType(call, 0, "a string, array or object");
}

function empty(call: Call): Json {
  const value = argument(call, 0);
  if (value === null || value === "") return true;
  if (isList(value)) return value.length === 0;
  if (isObject(value)) return Object.keys(value).length === 0;
  return typeof value === "string" ? false : wrongType(call, 0, "a string, array or object");
}

/** Texts and lists with their case, names of properties without (documentation of contains). */
function contains(call: Call): Json {
  const [value, part] = [argument(call, 0), argument(call, 1)];
  if (isList(value)) return value.some((one) => isSame(one, part));
  if (typeof value === "string") return value.includes(typeof part === "number" ? String(part) : text(call, 1));
  return isObject(value)
    ? property(value, text(call, 1)) !== undefined
    : wrongType(call, 0, "a string, array or object");
}

function atEnd(index: 0 | -1): FunctionRow {
  return {
    count: [1, 1],
    run: (call) => {
      const value = argument(call, 0);
      if (typeof value === "string") return value.at(index) ?? "";
      return isList(value) ? (value.at(index) ?? null) : wrongType(call, 0, "a string or array");
    },
  };
}

function slice(part: <T extends string | readonly Json[]>(value: T, count: number) => Json): FunctionRow {
  return {
    count: [2, 2],
    run: (call) => {
      const value = argument(call, 0);
      const count = Math.max(0, int(call, 1));
      return typeof value === "string" || isList(value) ? part(value, count) : wrongType(call, 0, "a string or array");
    },
  };
}

function union(call: Call): Json {
  if (isList(argument(call, 0))) {
    const items = call.args.flatMap((_, index) => list(call, index));
    return items.filter((one, index) => items.findIndex((other) => isSame(one, other)) === index);
  }
  return call.args.map((_, index) => object(call, index)).reduce((all, one) => mergeDeep(all, one), {});
}

/** Later values win; objects in both are put together, lists are not (documentation of union). */
function mergeDeep(left: JsonObject, right: JsonObject): JsonObject {
  const merged = new Map<string, Json>(Object.entries(left));
  for (const [name, value] of Object.entries(right)) {
    const known = merged.get(name);
    merged.set(name, known !== undefined && isObject(known) && isObject(value) ? mergeDeep(known, value) : value);
  }
  return Object.fromEntries(merged);
}

function intersection(call: Call): Json {
  if (isList(argument(call, 0))) {
    const [first = [], ...others] = call.args.map((_, index) => list(call, index));
    return first.filter((one) => others.every((other) => other.some((each) => isSame(one, each))));
  }
  const [first = {}, ...others] = call.args.map((_, index) => object(call, index));
  const shared = Object.entries(first).filter(([name, value]) =>
    others.every((other) => Object.hasOwn(other, name) && isSame(other[name] ?? null, value)),
  );
  return Object.fromEntries(shared);
}

function shallowMerge(call: Call): Json {
  const parts = list(call, 0).map((one) => (isObject(one) ? one : wrongType(call, 0, "an array of objects")));
  return Object.fromEntries(parts.flatMap((part) => Object.entries(part)));
}

function range(call: Call): Json {
  const [start, count] = [int(call, 0), int(call, 1)];
  if (count < 0 || count > 10_000) throw fault(call, "the count must be from 0 to 10000", 1);
  return Array.from({ length: count }, (_, index) => start + index);
}

/** Any depth of names and indexes; null where one is missing. */
function tryGet(call: Call): Json {
  return call.args.slice(1).reduce<Json>(
    (value, key, index) => {
      if (value === null) return null;
      if (isList(value)) return typeof key === "number" ? (value[key] ?? null) : wrongType(call, index + 1, "an int");
      if (isObject(value)) return property(value, text(call, index + 1)) ?? null;
      return wrongType(call, 0, "an object or array");
    },
    argument(call, 0),
  );
}

function largest(pick: (...values: readonly number[]) => number): FunctionRow {
  return {
    count: [1, any],
    run: (call) => {
      const first = argument(call, 0);
      const values = isList(first) ? first : call.args;
      const numbers = values.map((one, index) => (typeof one === "number" ? one : wrongType(call, index, "an int")));
      if (numbers.length === 0) throw fault(call, "the list is empty", 0);
      return numbers.reduce((left, right) => pick(left, right));
    },
  };
}

/** The functions. */
export const collectionFunctions: Readonly<Record<string, FunctionRow>> = {
  createArray: { count: [0, any], run: ({ args }) => args },
  createObject: { count: [0, any], run: createObject },
  array: { count: [1, 1], run: (call) => (isList(argument(call, 0)) ? argument(call, 0) : [argument(call, 0)]) },
  length: { count: [1, 1], run: length },
  empty: { count: [1, 1], run: empty },
  contains: { count: [2, 2], run: contains },
  first: atEnd(0),
  last: atEnd(-1),
  take: slice((value, count) => value.slice(0, count)),
  skip: slice((value, count) => value.slice(count)),
  union: { count: [2, any], run: union },
  intersection: { count: [2, any], run: intersection },
  shallowMerge: { count: [1, 1], run: shallowMerge },
  range: { count: [2, 2], run: range },
  tryGet: { count: [2, any], run: tryGet },
  min: largest(Math.min),
  max: largest(Math.max),
  objectKeys: { count: [1, 1], run: (call) => Object.keys(object(call, 0)).sort((a, b) => (a < b ? -1 : 1)) },
};
