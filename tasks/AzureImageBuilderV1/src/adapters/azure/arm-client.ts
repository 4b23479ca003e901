/** Reads of Resource Manager for which a whole client would be loaded in vain: plain GETs through the same policies. */
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

/** Reads parsed JSON of an ID, or of an address that an earlier answer names. Throws ServiceError. */
export type ArmGet = (pathOrAddress: string, query?: Readonly<Record<string, string>>) => Promise<unknown>;

/** Wires the reads to a session. */
export function createArmGet(session: Session): ArmGet {
  const { endpoints, credential } = session;
  const { agent, userAgentOptions, retryOptions, additionalPolicies } = armOptions(session);
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
  return async (pathOrAddress, query = {}) => {
    const url = new URL(pathOrAddress.startsWith("/") ? `${endpoints.armUrl}${pathOrAddress}` : pathOrAddress);
    // The token goes nowhere else, whatever an answer says.
    if (url.origin !== new URL(endpoints.armUrl).origin) {
      throw new ServiceError(
        failureCodes.noAnswer,
        `An answer of Resource Manager goes on at another host, ${url.host}.`,
      );
    }
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const headers = createHttpHeaders({ accept: "application/json" });
    const { bodyAsText } = await pipeline.sendRequest(client, createPipelineRequest({ url: url.href, headers }));
    return bodyAsText ? (JSON.parse(bodyAsText) as unknown) : undefined;
  };
}
