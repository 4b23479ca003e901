/** What expressions may make and do: a few characters can ask for more than any machine has. */
import { isList, type Json } from "../nodes.ts";
import { ExpressionError } from "./errors.ts";

/** Characters of a value: a deployment template has at most four megabytes (Resource Manager's limits). */
const largestValue = 4 * 1024 * 1024;
/** Levels of a value; far more than any template has, far fewer than exhaust the stack. */
const deepestValue = 200;
/** What all expressions of a template may make together: characters, and as many for each call. Large ones stay far below. */
const mostWork = 16 * 1024 * 1024;
const workOfCall = 64;

interface Extent {
  readonly size: number;
  readonly depth: number;
}

/** Values are built out of one another and never changed, so each is measured once. */
const known = new WeakMap<object, Extent>();
const done = new WeakMap<object, number>();

/**
 * Looks at what a call made. Throws ExpressionError at `at` where it is too large or nested too deep, or where the calls
 * of `owner`, the names of a template, have made too much together.
 */
export function checkBounds(value: Json, owner: object, at: number): void {
  const { size, depth } = extentOf(value);
  if (size > largestValue) throw new ExpressionError("the value has more than 4 MB", at);
  if (depth > deepestValue) throw new ExpressionError(`the value is nested more than ${deepestValue} levels deep`, at);
  const work = (done.get(owner) ?? 0) + size + workOfCall;
  done.set(owner, work);
  if (work > mostWork) throw new ExpressionError("the template's expressions take too much work", at);
}

function extentOf(value: Json): Extent {
  if (typeof value === "string") return { size: value.length, depth: 0 };
  if (typeof value !== "object" || value === null) return { size: 1, depth: 0 };
  const before = known.get(value);
  if (before !== undefined) return before;
  let [size, depth] = [1, 0];
  const names = isList(value) ? [] : Object.keys(value);
  for (const name of names) size += name.length;
  for (const one of isList(value) ? value : Object.values(value)) {
    const inner = extentOf(one);
    size += inner.size + 1;
    depth = Math.max(depth, inner.depth);
  }
  const extent = { size, depth: depth + 1 };
  known.set(value, extent);
  return extent;
}
