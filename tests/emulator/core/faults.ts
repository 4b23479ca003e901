/** Faults that a test or a person scripts by request pattern. */
import type { Exchange } from "./exchange.ts";

/** Which requests: all that is given must hold. */
export interface FaultMatch {
  readonly method?: string;
  /** Part of path and query (case ignored), or a regular expression between slashes: `/runOutputs$/`. */
  readonly path?: string;
  /** Namespace or door: `Microsoft.VirtualMachineImages`, `blob`, `entra`, `devops`. */
  readonly service?: string;
}

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

/** Makes an empty list. */
export function createFaultList(): FaultList {
  let faults: { readonly fault: Fault; readonly hits: (text: string) => boolean; left: number }[] = [];
  return {
    add(fault) {
      const problem = problemOf(fault);
      if (problem !== undefined) throw new Error(`The fault ${JSON.stringify(fault)} cannot be used: ${problem}.`);
      faults.push({ fault, hits: pathTest(fault.match.path), left: fault.times ?? 1 });
    },
    take(exchange, service) {
      const text = `${exchange.url.pathname}${exchange.url.search}`;
      const found = faults.find(
        ({ fault: { match }, hits, left }) =>
          left > 0 &&
          (match.method === undefined || match.method.toUpperCase() === exchange.method) &&
          (match.service === undefined || match.service.toLowerCase() === service.toLowerCase()) &&
          hits(text),
      );
      if (found === undefined) return undefined;
      found.left -= 1;
      return found.fault.action;
    },
    clear: () => void (faults = []),
    list: () => faults.filter(({ left }) => left > 0).map(({ fault, left }) => ({ ...fault, times: left })),
  };
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

const actionKeys = new Set(["status", "code", "body", "headers", "delayMs", "drop", "afterWork"]);
const matchKeys = new Set(["method", "path", "service"]);

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
  const { status, delayMs, drop } = action;
  if (status !== undefined && (!Number.isInteger(status) || status < 200 || status > 599))
    return "status must be 200 to 599";
  if (delayMs !== undefined && !(delayMs >= 0)) return "delayMs must be 0 or more";
  if (drop !== undefined && drop !== "before" && drop !== "after") return "drop must be before or after";
  if (status === undefined && delayMs === undefined && drop === undefined)
    return "action needs status, delayMs or drop";
  return undefined;
}
