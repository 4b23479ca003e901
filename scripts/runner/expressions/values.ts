/** Values of expressions and how one kind becomes another (Azure Pipelines documentation, "Expressions", type casting). */

/** A version literal, such as `1.2.3`. */
export interface VersionValue {
  readonly kind: "version";
  /** Two to four whole numbers. */
  readonly parts: readonly number[];
}

/** A list, such as `split` gives. */
export interface ArrayValue {
  readonly kind: "array";
  readonly items: readonly Value[];
}

/** A dictionary, such as `variables`. */
export interface ObjectValue {
  readonly kind: "object";
  /** Undefined for a key that is not there; names are compared without case. */
  readonly get: (key: string) => Value | undefined;
  readonly values: () => readonly Value[];
}

/** What an expression, or a part of one, comes to. */
export type Value = string | number | boolean | null | VersionValue | ArrayValue | ObjectValue;

/** An object of the entries; keys without regard to case. */
export function objectValue(entries: Iterable<readonly [string, Value]>): ObjectValue {
  const byKey = new Map([...entries].map(([key, value]) => [key.toLowerCase(), value]));
  return { kind: "object", get: (key) => byKey.get(key.toLowerCase()), values: () => [...byKey.values()] };
}

/** Empty text, 0 and null are false; everything else is true. */
export function toBoolean(value: Value): boolean {
  switch (typeof value) {
    case "boolean":
      return value;
    case "number":
      return value !== 0 && !Number.isNaN(value);
    case "string":
      return value !== "";
    default:
      return value !== null;
  }
}

/** As .NET writes it: `True`, `False`; null is empty. Undefined for arrays and objects. */
export function toText(value: Value): string | undefined {
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "object") return value.kind === "version" ? value.parts.join(".") : undefined;
  return String(value);
}

/** Undefined where the value is no number. */
export function toNumber(value: Value): number | undefined {
  if (value === null) return 0;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number") return value;
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  if (text === "") return 0;
  return /^[+-]?(\d[\d,]*)?(\.\d+)?$/.test(text) && /\d/.test(text) ? Number(text.replaceAll(",", "")) : undefined;
}

/** Undefined where the value is no version. */
export function toVersion(value: Value): VersionValue | undefined {
  if (typeof value === "object" && value?.kind === "version") return value;
  const text = typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : "";
  return /^\d+(\.\d+){1,3}$/.test(text) ? { kind: "version", parts: text.split(".").map(Number) } : undefined;
}

/** `right` as a value of the kind of `left`; undefined where that is not possible. */
export function convertLike(left: Value, right: Value): Value | undefined {
  if (left === null) return right === null || right === "" ? null : undefined;
  switch (typeof left) {
    case "boolean":
      return toBoolean(right);
    case "number":
      return toNumber(right);
    case "string":
      return toText(right);
    default:
      return left.kind === "version" ? toVersion(right) : undefined;
  }
}

/** Equal after the right one is converted to the kind of the left; text without regard to case. */
export function areEqual(left: Value, right: Value): boolean {
  const converted = convertLike(left, right);
  return converted !== undefined && compareSame(left, converted) === 0;
}

/** Negative, 0 or positive. Throws an Error when the right one cannot be converted. */
export function compare(left: Value, right: Value): number {
  const converted = convertLike(left, right);
  if (converted === undefined) throw new Error(`${describe(right)} cannot be compared with ${describe(left)}`);
  return compareSame(left, converted);
}

function compareSame(left: Value, right: Value): number {
  if (typeof left === "string" && typeof right === "string") {
    const [one, other] = [left.toUpperCase(), right.toUpperCase()];
    return one < other ? -1 : one > other ? 1 : 0;
  }
  if (typeof left === "object" && typeof right === "object") {
    return left?.kind === "version" && right?.kind === "version"
      ? compareVersions(left, right)
      : left === right
        ? 0
        : 1;
  }
  return Number(left) - Number(right);
}

function compareVersions(left: VersionValue, right: VersionValue): number {
  for (let index = 0; index < 4; index += 1) {
    const difference = (left.parts[index] ?? -1) - (right.parts[index] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** For messages. */
export function describe(value: Value): string {
  if (typeof value === "string") return `'${value}'`;
  return toText(value) ?? (typeof value === "object" && value !== null ? `an ${value.kind}` : "null");
}
