/** Equality of values. */
import { isList, type Json } from "../nodes.ts";
import { isObject } from "./arguments.ts";

/** Whether two values are equal: texts with their case, lists in order, objects by their properties. */
export function isSame(left: Json, right: Json): boolean {
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((one, index) => isSame(one, right[index] ?? null));
  }
  if (isObject(left) && isObject(right)) {
    const names = Object.keys(left);
    return (
      names.length === Object.keys(right).length &&
      names.every((name) => Object.hasOwn(right, name) && isSame(left[name] ?? null, right[name] ?? null))
    );
  }
  return left === right;
}
