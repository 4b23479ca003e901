/** Arguments of functions, taken by type. */
import { isList, type Json } from "../nodes.ts";
import { ExpressionError } from "./errors.ts";

/** A call whose arguments are evaluated. Readers throw ExpressionError when an argument is of another type. */
export interface Call {
  /** As documented, e.g. `toLower`. */
  readonly name: string;
  readonly args: readonly Json[];
  /** Offset of the call. */
  readonly at: number;
  /** Offsets of the arguments. */
  readonly places: readonly number[];
}

/** An object of a template. */
export type JsonObject = { readonly [name: string]: Json };

/** How a value's type is called: `string`, `int`, `bool`, `object`, `array` or `null`. */
export function typeOf(value: Json): string {
  if (value === null) return "null";
  if (isList(value)) return "array";
  const names: Readonly<Record<string, string>> = { number: "int", boolean: "bool" };
  return names[typeof value] ?? typeof value;
}

/** Whether a value is an object. */
export function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !isList(value);
}

/** A failure at an argument, or at the call where there is no such argument. */
export function fault(call: Call, message: string, index?: number): ExpressionError {
  const at = index === undefined ? call.at : (call.places[index] ?? call.at);
  return new ExpressionError(`${call.name}: ${message}`, at);
}

/** An argument; null where it is left out. */
export function argument(call: Call, index: number): Json {
  return call.args[index] ?? null;
}

/** An argument that is a text. */
export function text(call: Call, index: number): string {
  const value = argument(call, index);
  return typeof value === "string" ? value : wrongType(call, index, "a string");
}

/** An argument that is a whole number. */
export function int(call: Call, index: number): number {
  const value = argument(call, index);
  return typeof value === "number" ? value : wrongType(call, index, "an int");
}

/** An argument that is true or false. */
export function bool(call: Call, index: number): boolean {
  const value = argument(call, index);
  return typeof value === "boolean" ? value : wrongType(call, index, "a bool");
}

/** An argument that is a list. */
export function list(call: Call, index: number): readonly Json[] {
  const value = argument(call, index);
  return isList(value) ? value : wrongType(call, index, "an array");
}

/** An argument that is an object. */
export function object(call: Call, index: number): JsonObject {
  const value = argument(call, index);
  return isObject(value) ? value : wrongType(call, index, "an object");
}

/** A property, its name compared without case as Resource Manager does; undefined when there is none. */
export function property(value: JsonObject, name: string): Json | undefined {
  const key = Object.keys(value).find((one) => one.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : value[key];
}

/** Refuses an argument's type. `expected` has its article. */
export function wrongType(call: Call, index: number, expected: string): never {
  throw fault(call, `argument ${index + 1} is ${typeOf(argument(call, index))}, and ${expected} is expected`, index);
}
