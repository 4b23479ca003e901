/** Parts of parsed JSON whose form nobody guarantees: what is not there, or of another kind, is undefined. */
import type { Json } from "./reads.ts";

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (part, key) => (typeof part === "object" && part !== null ? (part as Json)[key] : undefined),
    value,
  );
}

/** A text. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, path);
  return typeof found === "string" ? found : undefined;
}

/** A number. */
export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, path);
  return typeof found === "number" ? found : undefined;
}

/** True or false. */
export function booleanAt(value: unknown, ...path: readonly string[]): boolean | undefined {
  const found = at(value, path);
  return typeof found === "boolean" ? found : undefined;
}

/** An object. */
export function objectAt(value: unknown, ...path: readonly string[]): Json | undefined {
  const found = at(value, path);
  return typeof found === "object" && found !== null && !Array.isArray(found) ? (found as Json) : undefined;
}

/** A list. */
export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] | undefined {
  const found = at(value, path);
  return Array.isArray(found) ? found : undefined;
}
