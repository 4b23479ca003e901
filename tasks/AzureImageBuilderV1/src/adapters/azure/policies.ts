/**
 * What every request to Resource Manager goes through besides the SDK's own pipeline. Policies of a call see it once,
 * policies of a try each time it is sent.
 */
import {
  type PipelinePolicy,
  type PipelineRequest,
  type PipelineResponse,
  RestError,
  retryPolicy,
  type RetryStrategy,
} from "@azure/core-rest-pipeline";
import { ServiceError, TaskError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import { Secret } from "../../secret.ts";
import { isPassingStatus } from "../passing.ts";
import { checkPage } from "../../values/pages.ts";
import { readRetryAfter, toServiceError } from "./service-error.ts";

/** Longest wait for the answer to one try, in milliseconds. */
const tryTimeout = 100_000;
const readTries = 4;
const firstPause = 1_000;
const longestPause = 60_000;

/** Call: what is refused or unanswered becomes a ServiceError. */
export const serviceErrors: PipelinePolicy = {
  name: "serviceErrors",
  sendRequest: async (request, next) => {
    const what = describeRequest(request);
    const response = await next(request).catch((error: unknown) => {
      if (error instanceof TaskError || request.abortSignal?.aborted) throw error;
      throw toServiceError(error, what);
    });
    if (response.status >= 400) throw toServiceError(response, what);
    return response;
  },
};

/** Call: reads are sent again for a passing cause; requests that create, run or delete never are. */
export const readRetry: PipelinePolicy = {
  name: "readRetry",
  sendRequest: (request, next) => {
    if (request.method !== "GET" && request.method !== "HEAD") return next(request);
    return retryPolicy([passingCause], { maxRetries: readTries - 1 }).sendRequest(request, next);
  },
};

/** 408, 429, 5xx and what breaks on the way; the service's own wait if it names one. */
const passingCause: RetryStrategy = {
  name: "passingCause",
  retry: ({ retryCount, response, responseError }) => {
    const answer = response ?? responseError?.response;
    const passes =
      answer === undefined || isPassingStatus(answer.status) || responseError?.code === RestError.PARSE_ERROR;
    if (!passes) return responseError === undefined ? { skipStrategy: true } : { errorToThrow: responseError };
    const wait = answer === undefined ? undefined : readRetryAfter(answer);
    return { retryAfterInMs: Math.min(wait ?? firstPause * 2 ** retryCount, longestPause) };
  },
};

/**
 * Try: nothing is sent to another host than `origin`, whatever address an answer names for its next page or for its
 * operation: the request bears the connection's token.
 */
export function onlyTo(origin: string): PipelinePolicy {
  return {
    name: "onlyTo",
    sendRequest: (request, next) => {
      const asked = URL.canParse(request.url) ? new URL(request.url) : undefined;
      if (asked?.origin === origin) return next(request);
      const where = asked === undefined ? "at an address that is none" : `at another host, ${asked.host}`;
      throw new ServiceError(
        failureCodes.noAnswer,
        `An answer of Resource Manager goes on ${where}; nothing was sent there.`,
      );
    },
  };
}

/** Call: as checkPage, for lists that an SDK pages through: one client asks for one list. */
export function noCircles(): PipelinePolicy {
  const seen = new Set<string>();
  return {
    name: "noCircles",
    sendRequest: (request, next) => {
      if (request.method === "GET") checkPage(describeRequest(request), request.url, seen);
      return next(request);
    },
  };
}

/** Try: no answer within the limit is a broken connection, not a cancelled request. */
export const answerInTime: PipelinePolicy = {
  name: "answerInTime",
  sendRequest: async (request, next) => {
    const outer = request.abortSignal;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), tryTimeout);
    const stop = (): void => limit.abort();
    outer?.addEventListener("abort", stop);
    if (outer?.aborted) limit.abort();
    try {
      request.abortSignal = limit.signal;
      return await next(request);
    } catch (error) {
      if (!limit.signal.aborted || outer?.aborted) throw error;
      throw new RestError(`no answer within ${tryTimeout / 1000} s`, { code: "ETIMEDOUT", request });
    } finally {
      clearTimeout(timer);
      outer?.removeEventListener("abort", stop);
      request.abortSignal = outer;
    }
  },
};

/** Try: a success whose body is no JSON comes from something between the agent and Azure. */
export const jsonAnswers: PipelinePolicy = {
  name: "jsonAnswers",
  sendRequest: async (request, next) => {
    const response = await next(request);
    if (response.status < 300 && response.bodyAsText) parseJson(response);
    return response;
  },
};

/** Try: the service's signed addresses are masked before anyone can log them (wire notes, section 2). */
export function maskOperationAddresses(mask: (secret: Secret) => void): PipelinePolicy {
  return {
    name: "maskOperationAddresses",
    sendRequest: async (request, next) => {
      const response = await next(request);
      for (const name of ["azure-asyncoperation", "location"]) {
        const address = response.headers.get(name);
        if (address?.includes("?")) mask(new Secret(address));
      }
      return response;
    },
  };
}

/** Try: hands each JSON answer to `see`, as the service wrote it: SDK models lose error details and exact times. */
export function observeAnswers(see: (body: unknown) => void): PipelinePolicy {
  return {
    name: "observeAnswers",
    sendRequest: async (request, next) => {
      const response = await next(request);
      if (response.status < 300 && response.bodyAsText) see(parseJson(response));
      return response;
    },
  };
}

/** Try: keeps the last answer that was an error, or the error of a request that broke off. */
export function keepLastFailure(): { readonly policy: PipelinePolicy; readonly last: () => unknown } {
  let failure: unknown;
  const sendRequest: PipelinePolicy["sendRequest"] = async (request, next) => {
    const response = await next(request).catch((error: unknown) => {
      failure = error;
      throw error;
    });
    failure = response.status >= 400 ? response : undefined;
    return response;
  };
  return { policy: { name: "keepLastFailure", sendRequest }, last: () => failure };
}

function parseJson(response: PipelineResponse): unknown {
  try {
    return JSON.parse(response.bodyAsText ?? "");
  } catch {
    const { request, status } = response;
    throw new RestError(`HTTP ${status} with a body that is not JSON`, { code: RestError.PARSE_ERROR, request });
  }
}

/** Method and the end of the path, without the query, which may be signed. */
export function describeRequest(request: Pick<PipelineRequest, "method" | "url">): string {
  if (!URL.canParse(request.url)) return `${request.method} at no address`;
  const { pathname, host } = new URL(request.url);
  const path = /\/providers\/(?!.*\/providers\/)(.*)$/i.exec(pathname)?.[1] ?? pathname;
  return `${request.method} ${decoded(path)} at ${host}`;
}

function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
