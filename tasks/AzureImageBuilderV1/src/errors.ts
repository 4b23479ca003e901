/**
 * How the task fails. A class exists only where the handler differs: bad inputs are listed all together,
 * a service's refusal carries ids for support, a failed build has evidence. Every message says what happened,
 * why, and what to do next.
 */
import { failureCodes } from "./failure-codes.ts";
import type { ServiceErrorBody } from "./ports.ts";
import { harmless } from "./values/harmless.ts";

/** Longest message of an error, in characters: a service's error tree may be as long as the service likes. */
const longestMessage = 8_000;

/** One bad input, as a user can act on it. `given` is absent where the value is secret. */
export interface InputProblem {
  /** The input's name in task.json. */
  readonly input: string;
  /** `AIB` and three digits, see docs/messages. */
  readonly code: string;
  /** The value that was given; undefined when it is secret or absent. */
  readonly given?: string;
  /** What would be legal, in words or as a list. */
  readonly legal: string;
  readonly message: string;
  /** The file that line and column are of; absent where they are of the input's own text. */
  readonly file?: string;
  /** Position inside a multi-line input or a file, counted from 1. */
  readonly line?: number;
  readonly column?: number;
}

/** Base of the task's own errors: `code` is stable and documented, `next` says what to do. Both texts are made harmless. */
export class TaskError extends Error {
  override readonly name: string = "TaskError";
  readonly code: string;
  readonly next: string | undefined;

  constructor(code: string, message: string, options: { readonly next?: string; readonly cause?: unknown } = {}) {
    super(harmless(message, longestMessage), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.next = options.next === undefined ? undefined : harmless(options.next, longestMessage);
  }
}

/** All bad inputs of a step at once. Thrown before anything is created. */
export class InputError extends TaskError {
  override readonly name = "InputError";
  readonly problems: readonly InputProblem[];

  constructor(problems: readonly InputProblem[]) {
    super(problems[0]?.code ?? failureCodes.unexpected, problems.map((p) => p.message).join("\n"));
    this.problems = problems;
  }
}

/** A service refused or failed a request. */
export class ServiceError extends TaskError {
  override readonly name = "ServiceError";
  /** HTTP status; undefined when no answer came. */
  readonly status: number | undefined;
  /** The service's own error code, e.g. `AuthorizationFailed`. */
  readonly serviceCode: string | undefined;
  readonly requestId: string | undefined;
  /** How long the service asked to wait before the next try, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: string,
    message: string,
    options: {
      readonly status?: number;
      readonly serviceCode?: string;
      readonly requestId?: string;
      readonly retryAfterMs?: number;
      readonly next?: string;
      readonly cause?: unknown;
    } = {},
  ) {
    super(code, message, options);
    this.status = options.status;
    this.serviceCode = options.serviceCode;
    this.requestId = options.requestId;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/**
 * An error tree as indented text: `code: message`, nested errors each on a line of its own. A message that is itself
 * JSON, as gateways make it, is unfolded the same way.
 */
export function describeErrorTree(body: ServiceErrorBody, indent = ""): string {
  const inner = nestedIn(body.message);
  const own = [body.code, inner === undefined ? body.message?.trim() : undefined].filter((part) => part).join(": ");
  const nested = [...(inner === undefined ? [] : [inner]), ...(body.details ?? [])];
  const lines = nested.map((detail) => describeErrorTree(detail, `${indent}  `).replace(/^\s*/, `${indent}  -> `));
  return [`${indent}${own || "no reason given"}`, ...lines].join("\n");
}

function nestedIn(message: string | undefined): ServiceErrorBody | undefined {
  if (!message?.trim().startsWith("{")) return undefined;
  try {
    const parsed = JSON.parse(message) as { readonly error?: unknown };
    const body = asBody(parsed.error ?? parsed, 0);
    return body?.message === undefined ? undefined : body;
  } catch {
    return undefined;
  }
}

/** Levels of an error inside a message that are told. */
const deepestNested = 20;

/** What a gateway wrote may be anything: what is not of an error's form is left out. */
function asBody(value: unknown, depth: number): ServiceErrorBody | undefined {
  if (typeof value !== "object" || value === null || depth > deepestNested) return undefined;
  const { code, message, details } = value as Readonly<Record<string, unknown>>;
  const list: readonly unknown[] = Array.isArray(details) ? details : [];
  return {
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof message === "string" ? { message } : {}),
    details: list.map((one) => asBody(one, depth + 1)).filter((one) => one !== undefined),
  };
}

/** The service ran the build and the build did not succeed. */
export class BuildFailedError extends TaskError {
  override readonly name = "BuildFailedError";
}

/** The pipeline run was cancelled while the task worked. */
export class CanceledError extends TaskError {
  override readonly name = "CanceledError";
}
