/** The functions of expressions (Azure Pipelines documentation, "Expressions", functions). */
import { areEqual, compare, toBoolean, toText, type Value } from "./values.ts";

/** A function and how many arguments it takes. */
export interface FunctionRule {
  readonly least: number;
  readonly most: number;
  /** Arguments are evaluated only when asked for, so that `and`, `or` and `in` stop early. */
  readonly apply: (args: readonly (() => Value)[]) => Value;
}

const any = Number.POSITIVE_INFINITY;

function strict(least: number, most: number, apply: (...args: readonly Value[]) => Value): FunctionRule {
  return { least, most, apply: (args) => apply(...args.map((argument) => argument())) };
}

function textTest(test: (left: string, right: string) => boolean): FunctionRule {
  return strict(2, 2, (left = null, right = null) => test(upper(left), upper(right)));
}

/** By name in lower case. */
export const functions: Readonly<Record<string, FunctionRule>> = {
  and: { least: 2, most: any, apply: (args) => args.every((argument) => toBoolean(argument())) },
  or: { least: 2, most: any, apply: (args) => args.some((argument) => toBoolean(argument())) },
  not: strict(1, 1, (value = null) => !toBoolean(value)),
  xor: strict(2, 2, (left = null, right = null) => toBoolean(left) !== toBoolean(right)),
  eq: strict(2, 2, (left = null, right = null) => areEqual(left, right)),
  ne: strict(2, 2, (left = null, right = null) => !areEqual(left, right)),
  ge: strict(2, 2, (left = null, right = null) => compare(left, right) >= 0),
  gt: strict(2, 2, (left = null, right = null) => compare(left, right) > 0),
  le: strict(2, 2, (left = null, right = null) => compare(left, right) <= 0),
  lt: strict(2, 2, (left = null, right = null) => compare(left, right) < 0),
  in: { least: 1, most: any, apply: isIn },
  notin: { least: 1, most: any, apply: (args) => !isIn(args) },
  contains: textTest((left, right) => left.includes(right)),
  startswith: textTest((left, right) => left.startsWith(right)),
  endswith: textTest((left, right) => left.endsWith(right)),
  containsvalue: strict(2, 2, containsValue),
  coalesce: strict(2, any, (...values) => values.find((value) => value !== null && value !== "") ?? ""),
  format: strict(1, any, format),
  iif: { least: 3, most: 3, apply: ([test, yes, no]) => evaluate(toBoolean(evaluate(test)) ? yes : no) },
  join: strict(2, 2, (separator = null, list = null) => join(text(separator), list)),
  length: strict(1, 1, lengthOf),
  lower: strict(1, 1, (value = null) => text(value).toLowerCase()),
  upper: strict(1, 1, (value = null) => text(value).toUpperCase()),
  trim: strict(1, 1, (value = null) => text(value).trim()),
  replace: strict(3, 3, (value = null, old = null, by = null) => text(value).replaceAll(text(old), text(by))),
  split: strict(2, 2, (value = null, at = null) => ({ kind: "array", items: text(value).split(text(at)) })),
};

function evaluate(argument: (() => Value) | undefined): Value {
  return argument === undefined ? null : argument();
}

function text(value: Value): string {
  return toText(value) ?? "";
}

function upper(value: Value): string {
  return text(value).toUpperCase();
}

function isIn([first, ...others]: readonly (() => Value)[]): boolean {
  const left = evaluate(first);
  return others.some((other) => areEqual(left, other()));
}

/** Items are converted to the kind of the wanted value. */
function containsValue(where: Value = null, wanted: Value = null): Value {
  if (typeof where !== "object" || where === null || where.kind === "version") return false;
  const items = where.kind === "array" ? where.items : where.values();
  return items.some((item) => areEqual(wanted, item));
}

function format(template: Value = null, ...args: readonly Value[]): Value {
  return text(template).replace(/\{\{|\}\}|\{(\d+)\}/g, (found, index: string | undefined) => {
    if (index === undefined) return found.slice(0, 1);
    const argument = args[Number(index)];
    if (argument === undefined) throw new Error(`format('${text(template)}') has no argument number ${index}`);
    return text(argument);
  });
}

function join(separator: string, list: Value): string {
  if (typeof list !== "object" || list === null || list.kind !== "array") return text(list);
  return list.items.map(text).join(separator);
}

function lengthOf(value: Value = null): number {
  if (typeof value !== "object" || value === null || value.kind === "version") return text(value).length;
  return value.kind === "array" ? value.items.length : value.values().length;
}
