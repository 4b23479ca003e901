/** Parsed JSON of Azure, looked at with care: an answer may be anything. */
import { ServiceError } from "../../AzureImageBuilderV1/src/errors.ts";
import { failureCodes } from "../../AzureImageBuilderV1/src/failure-codes.ts";
import type { ArmReader } from "../../AzureImageBuilderV1/src/ports.ts";
import { checkPage } from "../../AzureImageBuilderV1/src/values/pages.ts";

export type Json = Readonly<Record<string, unknown>>;

/** An object; undefined where the value is none. */
export function fieldsOf(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

/** The field of an object, by a path of names with full stops between; undefined where there is none. */
export function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((found, name) => fieldsOf(found)?.[name], value);
}

/** A text that says something. */
export function textAt(value: unknown, path: string): string | undefined {
  const found = at(value, path);
  return typeof found === "string" && found !== "" ? found : undefined;
}

/** A list; empty where the value is none. */
export function listAt(value: unknown, path: string): readonly unknown[] {
  const found = at(value, path);
  return Array.isArray(found) ? (found as readonly unknown[]) : [];
}

/** A time; undefined where the text is none, or stands for none (the year 1). */
export function timeAt(value: unknown, path: string): Date | undefined {
  const text = textAt(value, path);
  const time = new Date(text ?? Number.NaN);
  return Number.isNaN(time.getTime()) || time.getUTCFullYear() < 1900 ? undefined : time;
}

/** Tags of a resource. */
export function tagsOf(resource: Json): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fieldsOf(resource["tags"]) ?? {}).map(([name, one]) => [name, String(one)]));
}

/** All pages of a list; undefined where what it is of is not there. Throws ServiceError, also where an answer is no list. */
export async function readList(
  arm: ArmReader,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<readonly Json[] | undefined> {
  const items: Json[] = [];
  const seen = new Set<string>();
  for (let next: string | undefined = path; next !== undefined;) {
    const page: unknown = next === path ? await arm.get(path, query) : await arm.get(next, {});
    if (page === undefined && next === path) return undefined;
    const value = at(page, "value");
    if (!Array.isArray(value) || value.some((one) => fieldsOf(one) === undefined)) {
      // One that is no list must not be taken for an empty one: nothing would be in use then.
      throw new ServiceError(failureCodes.noAnswer, `GET ${path}: the answer is no list.`);
    }
    items.push(...(value as readonly Json[]));
    next = textAt(page, "nextLink");
    if (next !== undefined) checkPage(`GET ${path}`, next, seen);
  }
  return items;
}
