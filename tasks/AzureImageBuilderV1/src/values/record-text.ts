/**
 * What one part of the task writes for a later one, read again. The text may be anybody's: each field is compared with what
 * this version could have written.
 */
export type Fields = Readonly<Record<string, unknown>>;

/** The record in a text of JSON; undefined where there is none, or where `isRecord` finds that it is not of the form. */
export function readRecordText<T extends Fields>(
  text: string | undefined,
  isRecord: (value: Fields) => value is T,
): T | undefined {
  if (text === undefined || text === "") return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    return isFields(value) && isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the value is an object of JSON. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether the value is a text of the pattern. */
export function matches(value: unknown, pattern: RegExp): boolean {
  return typeof value === "string" && pattern.test(value);
}

/** Whether the value is one of the words. */
export function isOneOf(value: unknown, choices: readonly string[]): boolean {
  return typeof value === "string" && choices.includes(value);
}

/** Whether the value names an image template by what Azure allows in its subscription's, group's and own name. */
export function isTemplateRef(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { subscriptionId, resourceGroup, name } = value;
  return (
    matches(subscriptionId, /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i) &&
    matches(resourceGroup, /^[\p{L}\p{N}_()-][\p{L}\p{N}._()-]{0,89}$/u) &&
    matches(name, /^\w[\w.-]{0,63}$/)
  );
}

/** Whether the value names a process: its number, which is not the first one's, and where known the moment it began. */
export function isProcess(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { pid, start } = value;
  return Number.isSafeInteger(pid) && Number(pid) > 1 && (start === undefined || matches(start, /^\d{1,20}$/));
}
