/**
 * A token that a service does not take any more although its time is not over: clocks differ, keys change, sessions are
 * ended. The request is sent again, once, with a new token; one that creates or runs something is not, although a 401 says
 * that nothing was done: whoever asked looks first.
 */
import type { PipelinePolicy, PipelineRequest, PipelineResponse } from "@azure/core-rest-pipeline";
import { ServiceError, TaskError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import type { ConnectionCredential } from "./credential.ts";
import { describeRequest } from "./policies.ts";
import { isSpentCode } from "./spent-token.ts";

/** Try: sends a request again with a new token for `scope` where the service says that the one it had is spent. */
export function renewSpentToken(credential: Pick<ConnectionCredential, "renew">, scope: string): PipelinePolicy {
  return {
    name: "renewSpentToken",
    sendRequest: async (request, next) => {
      const response = await next(request);
      const spent = bearerOf(request);
      if (response.status !== 401 || spent === undefined || !isSpent(response)) return response;
      const renewed = await credential.renew(scope, spent).catch((error: unknown) => {
        if (error instanceof TaskError) return undefined;
        throw error;
      });
      if (renewed === undefined) return response;
      if (creates(request)) throw renewedMeanwhile(request);
      request.headers.set("Authorization", `Bearer ${renewed.token}`);
      return next(request);
    },
  };
}

function creates({ method, url }: PipelineRequest): boolean {
  return method === "PUT" || (method === "POST" && /\/run$/i.test(new URL(url).pathname));
}

function renewedMeanwhile(request: PipelineRequest): ServiceError {
  return new ServiceError(
    failureCodes.noAnswer,
    `${describeRequest(request)}: the access token was not taken any more; another one has been fetched.`,
  );
}

function bearerOf({ headers }: PipelineRequest): string | undefined {
  return /^Bearer (.+)$/i.exec(headers.get("Authorization") ?? "")?.[1];
}

/** By the headers, because the body may be a stream. A wish for claims is the SDK's to fulfil. */
function isSpent({ headers }: PipelineResponse): boolean {
  const challenge = headers.get("WWW-Authenticate") ?? "";
  if (/\bclaims=/i.test(challenge)) return false;
  return /error="?invalid_token/i.test(challenge) || isSpentCode(headers.get("x-ms-error-code"));
}
