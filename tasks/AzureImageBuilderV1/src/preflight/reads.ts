/** Reads of Resource Manager for checks: each once however many checks ask, a few at a time, and none of them throws. */
import { ServiceError } from "../errors.ts";
import { checkPage } from "../values/pages.ts";
import type { ArmReader, ProbeOptions, WebAnswer, WebProbe } from "../ports.ts";

/** What a read found. */
export type Read<T> =
  | { readonly state: "found"; readonly value: T }
  | { readonly state: "absent" }
  /** It could not be read, which proves nothing. */
  | { readonly state: "unknown"; readonly why: string };

export interface ReadOptions {
  readonly apiVersion: string;
  /** The action that the read needs, told where it is forbidden, e.g. `Microsoft.Network/virtualNetworks/read`. */
  readonly permission: string;
  /** Further parameters of the query. */
  readonly query?: Readonly<Record<string, string>>;
  /** What cannot be read is not told: the check has another way, or tells it by `note`. */
  readonly isUntold?: boolean;
}

export interface Reads {
  /** One resource or document. */
  get(path: string, options: ReadOptions): Promise<Read<Json>>;
  /** All pages of a list. */
  list(path: string, options: ReadOptions): Promise<Read<readonly Json[]>>;
  /** A question that is asked by POST and changes nothing. */
  ask(path: string, body: Json, options: ReadOptions): Promise<Read<Json>>;
  /** A look at what an address gives; see WebProbe. */
  probe(address: string, options: ProbeOptions): Promise<WebAnswer>;
  /** Tells that something could not be looked at although all reads succeeded: what, and why, as a sentence part. */
  note(why: string): void;
}

export type Json = Readonly<Record<string, unknown>>;

/** Reads at a time. */
const atOnce = 8;

/** Reads shared by all checks of a run. */
export interface ReadPool {
  /** The reads of one check; what could not be read is added to `notRead`. */
  readsFor(notRead: string[]): Reads;
  /** Requests sent so far. */
  count(): number;
}

/** What the pool reads by. */
export interface ReadPorts {
  readonly arm: ArmReader;
  readonly web: WebProbe;
}

export function createReadPool({ arm, web }: ReadPorts): ReadPool {
  const known = new Map<string, Promise<Read<unknown>>>();
  const enter = createGate(atOnce);
  const looks = new Map<string, Promise<WebAnswer>>();
  let count = 0;
  const look = (address: string, options: ProbeOptions): Promise<WebAnswer> => {
    const key = JSON.stringify([address, options.as, options.digestUpTo ?? null]);
    const looking =
      looks.get(key) ??
      enter(() => {
        count += 1;
        return web.probe(address, options);
      });
    looks.set(key, looking);
    return looking;
  };
  const once = <T>(key: string, work: () => Promise<T | undefined>): Promise<Read<T>> => {
    const before = known.get(key) as Promise<Read<T>> | undefined;
    const reading = before ?? enter(() => attempt(work));
    known.set(key, reading);
    return reading;
  };
  const request = async (send: () => Promise<unknown>): Promise<Json | undefined> => {
    count += 1;
    const answer = await send();
    return typeof answer === "object" && answer !== null ? { ...answer } : undefined;
  };
  const listAll = async (
    path: string,
    query: Readonly<Record<string, string>>,
  ): Promise<readonly Json[] | undefined> => {
    const items: Json[] = [];
    const seen = new Set<string>();
    for (let next: string | undefined = path, first = true; next !== undefined; first = false) {
      const address = next;
      const page = await request(() => (first ? arm.get(address, query) : arm.get(address, {})));
      if (page === undefined) return first ? undefined : items;
      if (Array.isArray(page["value"])) items.push(...(page["value"] as readonly Json[]));
      next = typeof page["nextLink"] === "string" && page["nextLink"] !== "" ? page["nextLink"] : undefined;
      if (next !== undefined) checkPage(`GET ${path}`, next, seen);
    }
    return items;
  };
  return {
    count: () => count,
    readsFor: (notRead) => {
      const noting = async <T>(
        read: Promise<Read<T>>,
        { permission, isUntold = false }: ReadOptions,
      ): Promise<Read<T>> => {
        const found = await read;
        if (found.state === "unknown" && !isUntold) notRead.push(`${permission}: ${found.why}`);
        return found;
      };
      const queryOf = ({ apiVersion, query }: ReadOptions): Readonly<Record<string, string>> => ({
        "api-version": apiVersion,
        ...query,
      });
      const keyOf = (verb: string, path: string, options: ReadOptions, body?: Json): string =>
        JSON.stringify([verb, path.toLowerCase(), queryOf(options), body ?? null]);
      return {
        get: (path, options) =>
          noting(
            once(keyOf("get", path, options), () => request(() => arm.get(path, queryOf(options)))),
            options,
          ),
        list: (path, options) =>
          noting(
            once(keyOf("list", path, options), () => listAll(path, queryOf(options))),
            options,
          ),
        ask: (path, body, options) =>
          noting(
            once(keyOf("ask", path, options, body), () => request(() => arm.ask(path, body, queryOf(options)))),
            options,
          ),
        probe: look,
        note: (why) => void notRead.push(why),
      };
    },
  };
}

async function attempt<T>(work: () => Promise<T | undefined>): Promise<Read<T>> {
  try {
    const value = await work();
    return value === undefined ? { state: "absent" } : { state: "found", value };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { state: "unknown", why: error.message };
  }
}

/** Lets `limit` works in at a time; who leaves hands its place on. */
function createGate(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let inside = 0;
  return async (work) => {
    if (inside >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else inside += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) inside -= 1;
      else next();
    }
  };
}
