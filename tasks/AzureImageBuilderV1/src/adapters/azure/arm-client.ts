/** Resource Manager's requests for which a whole client would be loaded in vain, through the same policies. */
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
} from "@azure/core-rest-pipeline";
import { ServiceError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import { armOptions } from "./arm-options.ts";
import type { Session } from "./session.ts";

type Query = Readonly<Record<string, string>>;

/** Reads parsed JSON of an ID, or of an address that an earlier answer names. Throws ServiceError. */
export type ArmGet = (pathOrAddress: string, query?: Query) => Promise<unknown>;

export interface ArmClient {
  readonly get: ArmGet;
  /** Sends a change once; parsed JSON of the answer. Throws ServiceError. */
  readonly patch: (path: string, body: unknown, query?: Query) => Promise<unknown>;
  /** Sends a question once, which changes nothing; parsed JSON of the answer. Throws ServiceError. */
  readonly post: (path: string, body: unknown, query?: Query) => Promise<unknown>;
  /** Asks for a deletion once; resolves when the service has accepted it, or where there is nothing. Throws ServiceError. */
  readonly delete: (path: string, query?: Query) => Promise<void>;
}

/** Wires the reads to a session; `repeatReads` as in armOptions. */
export function createArmGet(session: Session, options: { repeatReads?: boolean } = {}): ArmGet {
  return createArmClient(session, options).get;
}

/** Wires all requests to a session. */
export function createArmClient(
  session: Session,
  { repeatReads = true }: { readonly repeatReads?: boolean } = {},
): ArmClient {
  const { endpoints, credential } = session;
  const { agent, userAgentOptions, retryOptions, additionalPolicies } = armOptions(session, { repeatReads });
  const pipeline = createPipelineFromOptions({
    ...(agent === undefined ? {} : { agent }),
    userAgentOptions,
    retryOptions,
  });
  for (const { policy, position } of additionalPolicies) {
    pipeline.addPolicy(policy, position === "perRetry" ? { afterPhase: "Sign" } : {});
  }
  const signIn = bearerTokenAuthenticationPolicy({ credential, scopes: endpoints.armScope });
  pipeline.addPolicy(signIn, { phase: "Sign" });
  const client = createDefaultHttpClient();

  const addressOf = (pathOrAddress: string, query: Query): string => {
    const address = pathOrAddress.startsWith("/") ? `${endpoints.armUrl}${pathOrAddress}` : pathOrAddress;
    if (!URL.canParse(address)) {
      throw new ServiceError(
        failureCodes.noAnswer,
        "An answer of Resource Manager goes on at an address that is none.",
      );
    }
    const url = new URL(address);
    // The token goes nowhere else, whatever an answer says.
    if (url.origin !== new URL(endpoints.armUrl).origin) {
      throw new ServiceError(
        failureCodes.noAnswer,
        `An answer of Resource Manager goes on at another host, ${url.host}.`,
      );
    }
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url.href;
  };
  const send = async (method: "GET" | "PATCH" | "POST" | "DELETE", url: string, body?: string): Promise<unknown> => {
    const headers = createHttpHeaders({
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    });
    const request = createPipelineRequest({ url, method, headers, ...(body === undefined ? {} : { body }) });
    const { bodyAsText } = await pipeline.sendRequest(client, request);
    return bodyAsText ? (JSON.parse(bodyAsText) as unknown) : undefined;
  };
  return {
    get: async (pathOrAddress, query = {}) => send("GET", addressOf(pathOrAddress, query)),
    patch: async (path, body, query = {}) => send("PATCH", addressOf(path, query), JSON.stringify(body)),
    post: async (path, body, query = {}) => send("POST", addressOf(path, query), JSON.stringify(body)),
    delete: async (path, query = {}) => void (await send("DELETE", addressOf(path, query))),
  };
}
