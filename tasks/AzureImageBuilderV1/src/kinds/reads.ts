/** Reads that planning can do without: what came of them, instead of an exception. */
import { noteCodes } from "../codes.ts";
import { ServiceError } from "../errors.ts";
import type { Findings } from "../findings.ts";
import type { FactReader } from "../ports.ts";

/** What a kind may read, and from where. */
export interface KindReads {
  readonly facts: FactReader;
  readonly subscriptionId: string;
  /** Region of the template, short name. */
  readonly location: string;
  readonly now: Date;
  readonly findings: Findings;
}

/** What came of a read. `forbidden` is 403: the connection may not look, which says nothing about the thing. */
export type Read<T> =
  { readonly state: "found"; readonly value: T } | { readonly state: "missing" } | { readonly state: "forbidden" };

/** Waits for a read. Undefined and 404 are `missing`; every other failure is thrown on. */
export async function attempt<T>(read: Promise<T | undefined>): Promise<Read<T>> {
  try {
    const value = await read;
    return value === undefined ? { state: "missing" } : { state: "found", value };
  } catch (error) {
    if (error instanceof ServiceError && error.status === 404) return { state: "missing" };
    if (error instanceof ServiceError && error.status === 403) return { state: "forbidden" };
    throw error;
  }
}

/** Notes that `latest` of the image in `input` stays as it is, because its versions may not be listed. */
export function noteNotPinned({ findings }: KindReads, input: string): void {
  findings.note(
    noteCodes.notPinned,
    input,
    "The connection may not list the image's versions: `latest` is left to the service.",
  );
}
