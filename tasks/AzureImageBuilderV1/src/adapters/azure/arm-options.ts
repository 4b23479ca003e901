/** Options every Resource Manager client is made with. */
import type { Agent } from "node:https";
import type { PlacedPolicy, Session } from "./session.ts";
import { renewSpentToken } from "./renewed-token.ts";
import {
  answerInTime,
  jsonAnswers,
  maskOperationAddresses,
  noCircles,
  onlyTo,
  readRetry,
  serviceErrors,
} from "./policies.ts";

export interface ArmOptions {
  readonly endpoint: string;
  readonly credentials: { readonly scopes: string[] };
  readonly credentialScopes: string[];
  readonly agent: Agent | undefined;
  readonly userAgentOptions: { readonly userAgentPrefix: string };
  readonly retryOptions: { readonly maxRetries: number };
  readonly additionalPolicies: PlacedPolicy[];
}

/**
 * Options for `session`. The SDK never sends anything again by itself; reads are repeated by our policy unless
 * `repeatReads` is false, as in a loop that repeats them anyway. `isList`: the client reads one list, page by page.
 * `policies` come after the common ones.
 */
export function armOptions(
  session: Session,
  {
    repeatReads = true,
    isList = false,
    policies = [],
  }: { repeatReads?: boolean; isList?: boolean; policies?: readonly PlacedPolicy[] } = {},
): ArmOptions {
  const { endpoints, pools, options } = session;
  return {
    endpoint: endpoints.armUrl,
    credentials: { scopes: [endpoints.armScope] },
    credentialScopes: [endpoints.armScope],
    agent: pools.poolFor(endpoints.armUrl),
    userAgentOptions: { userAgentPrefix: options.userAgent },
    retryOptions: { maxRetries: 0 },
    additionalPolicies: [
      { policy: serviceErrors, position: "perCall" },
      ...(isList ? [{ policy: noCircles(), position: "perCall" } as const] : []),
      ...(repeatReads ? [{ policy: readRetry, position: "perCall" } as const] : []),
      { policy: maskOperationAddresses(options.mask), position: "perRetry" },
      { policy: jsonAnswers, position: "perRetry" },
      { policy: renewSpentToken(session.credential, endpoints.armScope), position: "perRetry" },
      ...policies,
      { policy: onlyTo(new URL(endpoints.armUrl).origin), position: "perRetry" },
      { policy: answerInTime, position: "perRetry" },
    ],
  };
}
