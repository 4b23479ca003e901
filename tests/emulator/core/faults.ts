/** Faults that a test or a person scripts by request pattern. */
import type { Exchange } from "./exchange.ts";

/** Which requests: all that is given must hold. */
export interface FaultMatch {
  readonly method?: string;
  /** Part of path and query (case ignored), or a regular expression between slashes: `/runOutputs$/`. */
  readonly path?: string;
  /** Namespace or door: `Microsoft.VirtualMachineImages`, `blob`, `entra`, `devops`, `instance-metadata`. */
  readonly service?: string;
  /** Only requests that come after one of this kind. */
  readonly after?: RequestKind;
  /** How many matching requests pass before the first is met; default 0. */
  readonly skip?: number;
}

/** Requests of one kind: all that is given must hold. */
export type RequestKind = Pick<FaultMatch, "method" | "path" | "service">;

/** What happens to them, in this order: delay, drop before, the work, drop after, the answer. */
export interface FaultAction {
  /** Answers with this status in place of the service. */
  readonly status?: number;
  /** Error code of the body made for `status` when no `body` is given. */
  readonly code?: string;
  /** Body as it is (text), or a value sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds of emulated time. */
  readonly delayMs?: number;
  /** Closes the connection without an answer, before or after the work. */
  readonly drop?: "before" | "after";
  /** With `status`: the service does its work first, and only its answer is lost (a gateway's 504). */
  readonly afterWork?: boolean;
  /** The service does its work, and the connection breaks in the middle of its answer: half of the body comes. */
  readonly cut?: boolean;
}

export interface Fault {
  readonly match: FaultMatch;
  /** How many requests meet it, from now on; default 1. */
  readonly times?: number;
  readonly action: FaultAction;
}

export interface FaultList {
  /** Throws an Error that says what is wrong with a fault. */
  add(fault: Fault): void;
  /** The action for a request, used up by one; the oldest matching fault wins. */
  take(exchange: Pick<Exchange, "method" | "url">, service: string): FaultAction | undefined;
  clear(): void;
  /** Faults still to come, with the times left. */
  list(): readonly Fault[];
}

interface Waiting {
  readonly fault: Fault;
  readonly hits: Test;
  readonly arms: Test;
  left: number;
  /** Matching requests that still pass. */
  passing: number;
  isArmed: boolean;
}

type Test = (request: { readonly method: string; readonly text: string; readonly service: string }) => boolean;

/** Makes an empty list. */
export function createFaultList(): FaultList {
  let faults: Waiting[] = [];
  return {
    add(fault) {
      const problem = problemOf(fault);
      if (problem !== undefined) throw new Error(`The fault ${JSON.stringify(fault)} cannot be used: ${problem}.`);
      const { match, times = 1 } = fault;
      const isArmed = match.after === undefined;
      faults.push({
        ...{ fault, hits: testOf(match), arms: testOf(match.after ?? {}) },
        ...{ left: times, passing: match.skip ?? 0, isArmed },
      });
    },
    take({ method, url }, service) {
      const request = { method, text: `${url.pathname}${url.search}`, service };
      const met = faults.filter(({ left, isArmed, hits }) => left > 0 && isArmed && hits(request));
      for (const one of faults) one.isArmed ||= one.arms(request);
      const found = met.find(({ passing }) => passing === 0);
      for (const one of met) one.passing = Math.max(0, one.passing - 1);
      if (found === undefined) return undefined;
      found.left -= 1;
      return found.fault.action;
    },
    clear: () => void (faults = []),
    list: () => faults.filter(({ left }) => left > 0).map(({ fault, left }) => ({ ...fault, times: left })),
  };
}

function testOf(kind: RequestKind): Test {
  const hits = pathTest(kind.path);
  return ({ method, text, service }) =>
    (kind.method === undefined || kind.method.toUpperCase() === method) &&
    (kind.service === undefined || kind.service.toLowerCase() === service.toLowerCase()) &&
    hits(text);
}

function pathTest(path: string | undefined): (text: string) => boolean {
  if (path === undefined) return () => true;
  const expression = /^\/(.*)\/([a-z]*)$/s.exec(path);
  // A plain path such as /subscriptions/ also stands between slashes; only text with a sign of an expression is one.
  if (expression?.[1] !== undefined && /[\\^$*+?()[\]{}|]/.test(expression[1])) {
    const pattern = new RegExp(expression[1], expression[2] === "" ? "i" : expression[2]);
    return (text) => pattern.test(text);
  }
  return (text) => text.toLowerCase().includes(path.toLowerCase());
}

const actionKeys = new Set(["status", "code", "body", "headers", "delayMs", "drop", "afterWork", "cut"]);
const matchKeys = new Set(["method", "path", "service", "after", "skip"]);

function problemOf(fault: Fault): string | undefined {
  const { match, action, times = 1 } = fault;
  if (typeof match !== "object" || match === null) return "match must be an object of method, path, service";
  if (typeof action !== "object" || action === null) return "action must be an object";
  const unknown = [
    ...Object.keys(match).filter((key) => !matchKeys.has(key)),
    ...Object.keys(action).filter((key) => !actionKeys.has(key)),
  ];
  if (unknown.length > 0) return `unknown ${unknown.join(", ")}`;
  if (!Number.isInteger(times) || times < 1) return "times must be a whole number from 1";
  if (!Number.isInteger(match.skip ?? 0) || (match.skip ?? 0) < 0) return "skip must be a whole number from 0";
  const { status, delayMs, drop, cut } = action;
  if (status !== undefined && (!Number.isInteger(status) || status < 200 || status > 599))
    return "status must be 200 to 599";
  if (delayMs !== undefined && !(delayMs >= 0)) return "delayMs must be 0 or more";
  if (drop !== undefined && drop !== "before" && drop !== "after") return "drop must be before or after";
  if (cut === true && (status !== undefined || drop !== undefined)) return "cut stands without status and drop";
  if (status === undefined && delayMs === undefined && drop === undefined && cut !== true)
    return "action needs status, delayMs, drop or cut";
  return undefined;
}
