/**
 * Azure's refusals as ServiceErrors: both error schemas, nested details, bodies that are empty or HTML, no answer at all
 * (wire notes, section 6).
 */
import { describeErrorTree, ServiceError, TaskError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import type { ServiceErrorBody } from "../../ports.ts";

/** The parts of an HTTP answer that errors are made of. */
export interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | undefined };
  readonly bodyAsText?: string | null | undefined;
}

/** Longest wait that is taken from a service, in milliseconds. */
const longestRetryAfter = 10 * 60_000;

/** Levels of an error tree that are read; services nest a handful. */
const deepestError = 20;

/** No service answers so, only a proxy on the way to one. */
const proxyLogin =
  "The proxy does not take the agent's login: see proxy user and password in the agent's configuration (config --proxyurl).";

/**
 * A ServiceError for an answer, for an error of an SDK, or for a broken connection. `what` says what was asked, as the
 * beginning of a sentence, e.g. `PUT imageTemplates/aib-1`. Throws `failure` itself where it is a defect of the program.
 */
export function toServiceError(failure: unknown, what: string): ServiceError {
  if (failure instanceof ServiceError) return failure;
  const answer = answerIn(failure);
  if (answer === undefined) {
    if (!isBroken(failure)) throw failure;
    const { code, message } = readFailure(failure);
    return new ServiceError(
      failureCodes.noAnswer,
      `${what}: no answer (${[code, message].filter(Boolean).join(", ")}).`,
      {
        serviceCode: code,
        next: "See that the agent can reach Azure: proxy, firewall, name resolution.",
        cause: failure,
      },
    );
  }
  const body = parseErrorBody(answer.bodyAsText ?? "");
  const code = body.code ?? answer.headers.get("x-ms-error-code") ?? readFailure(failure).code;
  const text = describeErrorTree({ ...body, ...(code === undefined ? {} : { code }) });
  return new ServiceError(failureCodes.refused, `${what}: HTTP ${answer.status}. ${text}`, {
    status: answer.status,
    serviceCode: code,
    requestId: answer.headers.get("x-ms-request-id") ?? answer.headers.get("x-ms-correlation-request-id"),
    retryAfterMs: readRetryAfter(answer),
    ...(answer.status === 407 ? { next: proxyLogin } : {}),
    cause: failure instanceof Error ? failure : undefined,
  });
}

/**
 * The result of an SDK's call. The SDKs stumble over answers that are JSON and not of the documented form, and over
 * statuses that are none of the documented ones; both become ServiceErrors. `what` says what was asked, as the beginning
 * of a sentence.
 */
export async function understood<T>(what: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof TaskError) throw error;
    if (!isStumble(error)) throw toServiceError(error, what);
    throw new ServiceError(failureCodes.noAnswer, `${what}: the answer is not of the documented form.`, {
      cause: error,
    });
  }
}

/** The SDKs throw what JavaScript does of itself, and errors without any class; an answer or a code say more. */
function isStumble(error: unknown): boolean {
  if (answerIn(error) !== undefined || !(error instanceof Error)) return false;
  const own = [TypeError, RangeError, SyntaxError].some((kind) => error instanceof kind);
  return own || (error.name === "Error" && !isBroken(error));
}

/** What an SDK's call finds; undefined where it is not there. `what` names it in an error. */
export async function orAbsent<T>(what: string, call: Promise<T>): Promise<T | undefined> {
  try {
    return await understood(what, call);
  } catch (error) {
    if (error instanceof ServiceError && error.status === 404) return undefined;
    throw error;
  }
}

/** Whether a service said that this caller may not, as opposed to: not now. */
export function isRefusal(error: unknown): error is ServiceError {
  return error instanceof ServiceError && (error.status === 401 || error.status === 403);
}

/** The error tree in a body: `{error: {…}}`, the same without the wrapper, or what can be said about anything else. */
export function parseErrorBody(text: string): ServiceErrorBody {
  if (text.trim() === "") return { message: "The answer has no body." };
  try {
    const parsed: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    return readErrorBody(parsed) ?? { message: shorten(text) };
  } catch {
    return { message: describeMarkup(text) };
  }
}

/** An error tree out of parsed JSON; undefined where there is none. Names are taken in any case; what is nested too deep is left out. */
export function readErrorBody(value: unknown, depth = 0): ServiceErrorBody | undefined {
  const fields = depth > deepestError ? undefined : lowerCaseKeys(value);
  if (fields === undefined) return undefined;
  if (fields["error"] !== undefined && typeof fields["error"] !== "string") {
    return readErrorBody(fields["error"], depth + 1);
  }
  const code = asText(fields["code"] ?? fields["error"]);
  const message = asText(fields["message"] ?? fields["error_description"]);
  const nested = [fields["details"], fields["innererror"]].flat();
  const details = nested.map((one) => readErrorBody(one, depth + 1)).filter((detail) => detail !== undefined);
  if (code === undefined && message === undefined && details.length === 0) return undefined;
  return {
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
    ...(details.length === 0 ? {} : { details }),
  };
}

/** Milliseconds a service asked to wait, at most ten minutes; undefined where it did not. */
export function readRetryAfter(answer: Answer): number | undefined {
  const milliseconds = answer.headers.get("retry-after-ms") ?? answer.headers.get("x-ms-retry-after-ms");
  const header = answer.headers.get("retry-after");
  const seconds = header === undefined ? undefined : Number(header);
  const wait = milliseconds === undefined ? (seconds === undefined ? undefined : seconds * 1000) : Number(milliseconds);
  return wait !== undefined && wait >= 0 ? Math.min(wait, longestRetryAfter) : undefined;
}

function answerIn(failure: unknown): Answer | undefined {
  if (typeof failure !== "object" || failure === null) return undefined;
  if (isAnswer(failure)) return failure;
  const { response } = failure as { readonly response?: unknown };
  return isAnswer(response) && response.status > 0 ? response : undefined;
}

/** A request that broke on its way: the SDKs say RestError or AbortError, Node has a code of the system or of TLS. */
function isBroken(failure: unknown): boolean {
  if (!(failure instanceof Error)) return false;
  const { code } = failure as { readonly code?: unknown };
  if (failure.name === "RestError" || failure.name === "AbortError") return true;
  return typeof code === "string" && !code.startsWith("ERR_INVALID");
}

function isAnswer(value: unknown): value is Answer {
  return (
    typeof value === "object" &&
    value !== null &&
    "headers" in value &&
    "status" in value &&
    typeof value.status === "number"
  );
}

function readFailure(failure: unknown): { readonly code?: string; readonly message: string } {
  if (!(failure instanceof Error)) return { message: String(failure) };
  const { code } = failure as { readonly code?: unknown };
  return { message: failure.message, ...(typeof code === "string" ? { code } : {}) };
}

function lowerCaseKeys(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key.toLowerCase(), field as unknown]));
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** HTML comes from gateways and sign-in pages, XML from the blob service: the words in it are what helps. */
function describeMarkup(text: string): string {
  const title = /<(?:title|message)[^>]*>([\s\S]*?)<\//i.exec(text)?.[1] ?? text.replace(/<[^>]*>/g, " ");
  return shorten(title.replace(/\s+/g, " ").trim() || "The answer is not JSON.");
}

/** Cut between words: half of a secret that an answer repeats would not be known for one. */
function shorten(text: string): string {
  return text.length > 500 ? `${text.slice(0, 500).replace(/\S+$/, "")}…` : text;
}
