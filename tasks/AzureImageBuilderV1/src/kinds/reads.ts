/** Reads that planning can do without: what came of them, instead of an exception. */
import { ServiceError } from "../errors.ts";
import type { Findings } from "../findings.ts";
import type { FactReader } from "../ports.ts";

/** What a kind may read, and from where. */
export interface KindReads {
  readonly facts: FactReader;
  readonly subscriptionId: string;
  /** Region of the template, short name. */
  readonly location: string;
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
