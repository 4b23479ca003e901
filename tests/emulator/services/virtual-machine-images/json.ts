/** JSON values of requests, read without trusting their shape. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** A JSON object, or an empty one in its place. */
export function objectOf(value: unknown): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** The objects of an array, or none. */
export function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

/** The strings of an array, or none. */
export function stringsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

/** A string, or an empty one in its place. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The object with its keys in alphabetical order, as the service writes source, customizers and distributors. */
export function sorted(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The object without the keys whose value is undefined. */
export function present(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined));
}
