/** Does the rule of a policy hold for a resource? The structure of definitions as it is documented, as far as it is served. */
import { notBuilt } from "../../core/arm-errors.ts";

type Json = Readonly<Record<string, unknown>>;

/** A field that was asked for. */
export interface Asked {
  readonly field: string;
  readonly result: boolean;
}

/** What a rule is tried on: the resource as it is sent, with type and location. `pending` fields have no value yet. */
export interface Trial {
  readonly resource: Json;
  /** Names of fields whose value is not known yet, in lower case: `name`, `location`, `tags`. */
  readonly pending: readonly string[];
}

/** True, false, or undefined where it depends on a field that is pending. */
export function holds(condition: unknown, trial: Trial): boolean | undefined {
  const rule = objectOf(condition);
  if (Array.isArray(rule["allOf"])) return every(rule["allOf"].map((one) => holds(one, trial)));
  if (Array.isArray(rule["anyOf"])) return negated(every(rule["anyOf"].map((one) => negated(holds(one, trial)))));
  if (rule["not"] !== undefined) return negated(holds(rule["not"], trial));
  if (typeof rule["field"] === "string") return fieldHolds(rule["field"], rule, trial);
  if ("value" in rule) return compare(rule["value"], rule);
  throw notBuilt(`a policy rule with ${Object.keys(rule).join(", ")}`);
}

function every(results: readonly (boolean | undefined)[]): boolean | undefined {
  if (results.includes(false)) return false;
  return results.includes(undefined) ? undefined : true;
}

function negated(result: boolean | undefined): boolean | undefined {
  return result === undefined ? undefined : !result;
}

function fieldHolds(field: string, rule: Json, trial: Trial): boolean | undefined {
  const isArray = field.includes("[*]");
  const value = valueOf(field, trial.resource);
  if (value === undefined && isPending(field, trial.pending)) return undefined;
  if (!isArray) return compare(value, rule);
  // Of a list, every member must meet the condition; an empty one does (documentation of array aliases).
  return every((value as readonly unknown[]).map((one) => compare(one, rule)));
}

function isPending(field: string, pending: readonly string[]): boolean {
  const root = (/^[^[.]*/.exec(field)?.[0] ?? "").toLowerCase();
  return pending.includes(root) || pending.includes(field.toLowerCase());
}

/** Value of a field or an alias; a list for an alias with `[*]`. */
export function valueOf(field: string, resource: Json): unknown {
  const tag = /^tags(?:\.(.+)|\['?([^\]']+)'?\])$/i.exec(field);
  if (tag !== null) return named(objectOf(resource["tags"]), tag[1] ?? tag[2] ?? "");
  if (!field.includes("/")) return path(resource, field.split("."));
  const type = String(resource["type"]).toLowerCase();
  if (!field.toLowerCase().startsWith(`${type}/`)) return field.includes("[*]") ? [] : undefined;
  const steps = field.slice(type.length + 1).split(".");
  return path(objectOf(resource["properties"]), steps) ?? path(resource, steps);
}

function path(from: unknown, steps: readonly string[]): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return from;
  if (!step.endsWith("[*]")) return path(named(objectOf(from), step), rest);
  const list = named(objectOf(from), step.slice(0, -3));
  return Array.isArray(list) ? list.flatMap((one: unknown) => path(one, rest) ?? []) : [];
}

function named(from: Json, name: string): unknown {
  return Object.entries(from).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

const text = (value: unknown): string =>
  value === undefined || value === null
    ? ""
    : (typeof value === "string" ? value : JSON.stringify(value)).toLowerCase();

const listOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(text) : []);

/** `*` stands for anything. */
function isLike(value: string, pattern: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(value);
}

/** `#` is a digit, `?` a letter, `.` any character. */
function isMatch(value: string, pattern: string): boolean {
  const letters: Readonly<Record<string, string>> = { "#": "\\d", "?": "[a-z]", ".": "." };
  const parts = [...pattern].map((letter) => letters[letter] ?? letter.replace(/[+^${}()|[\]\\*]/g, "\\$&"));
  return new RegExp(`^${parts.join("")}$`, "s").test(value);
}

/** The operators, without regard to case. */
const operators: Readonly<Record<string, (value: unknown, target: unknown) => boolean>> = {
  equals: (value, target) => text(value) === text(target),
  notEquals: (value, target) => text(value) !== text(target),
  in: (value, target) => listOf(target).includes(text(value)),
  notIn: (value, target) => !listOf(target).includes(text(value)),
  like: (value, target) => isLike(text(value), text(target)),
  notLike: (value, target) => !isLike(text(value), text(target)),
  match: (value, target) => isMatch(text(value), text(target)),
  notMatch: (value, target) => !isMatch(text(value), text(target)),
  contains: (value, target) =>
    Array.isArray(value) ? listOf(value).includes(text(target)) : text(value).includes(text(target)),
  notContains: (value, target) =>
    !(Array.isArray(value) ? listOf(value).includes(text(target)) : text(value).includes(text(target))),
  containsKey: (value, target) => named(objectOf(value), String(target)) !== undefined,
  notContainsKey: (value, target) => named(objectOf(value), String(target)) === undefined,
  exists: (value, target) => (value !== undefined) === (text(target) === "true"),
  less: (value, target) => Number(value) < Number(target),
  greater: (value, target) => Number(value) > Number(target),
};

function compare(value: unknown, rule: Json): boolean {
  const [name, target] = Object.entries(rule).find(([key]) => !["field", "value"].includes(key)) ?? ["", undefined];
  const operator = operators[name];
  if (operator === undefined) throw notBuilt(`the policy operator '${name}'`);
  return operator(value, target);
}

/** Conditions on fields in a rule, wherever they stand. */
export function conditionsOn(condition: unknown): readonly Json[] {
  const rule = objectOf(condition);
  if (typeof rule["field"] === "string") return [rule];
  return [rule["allOf"], rule["anyOf"], [rule["not"]]].flatMap((list) =>
    Array.isArray(list) ? list.flatMap((one: unknown) => (one === undefined ? [] : conditionsOn(one))) : [],
  );
}
