/** Builds a session: endpoints, connections, credential. Loaded on first use, because the identity library is large. */
import { setTimeout as delay } from "node:timers/promises";
import type { TaskError } from "../../errors.ts";
import { requestAssertion } from "./assertion.ts";
import { createCredential } from "./credential.ts";
import { readEndpoints } from "./endpoints.ts";
import { answerInTime, keepLastFailure } from "./policies.ts";
import { createPools } from "./pools.ts";
import { createSchemeCredential, knownAuthorities } from "./schemes.ts";
import type { AzureOptions, Session } from "./session.ts";

/** Opens a session and begins to sign in. Throws a TaskError where the connection is incomplete or not supported. */
export function openSession(options: AzureOptions): Session {
  const connection = options.connection();
  const endpoints = readEndpoints(connection, knownAuthorities);
  const pools = createPools(options.network(), options.environment);
  const failures = keepLastFailure();
  let machineFailure: TaskError | undefined;
  const identity = {
    additionalPolicies: [
      { policy: failures.policy, position: "perRetry" as const },
      { policy: answerInTime, position: "perRetry" as const },
    ],
    authorityHost: endpoints.authority,
    disableInstanceDiscovery: !endpoints.knownAuthority,
    agent: pools.poolFor(endpoints.authority),
    userAgentOptions: { userAgentPrefix: options.userAgent },
    // A second try needs an assertion of its own, which only the credential can get.
    retryOptions: { maxRetries: 0 },
  };
  const credential = createCredential({
    create: (assertion) =>
      createSchemeCredential({
        connection,
        options: identity,
        assertion,
        mask: options.mask,
        remember: (failure) => (machineFailure = failure),
      }),
    requestAssertion: () =>
      requestAssertion({
        connectionId: connection.id,
        requestUri: options.oidcRequestUri(),
        systemToken: options.systemToken(),
        pools,
        userAgent: options.userAgent,
      }),
    lastFailure: () => machineFailure ?? failures.last(),
    mask: options.mask,
    now: () => options.now().getTime(),
    sleep: (ms) => delay(ms),
  });
  // The first request needs the token; whoever sends it reports a refusal.
  credential.getToken(endpoints.armScope).catch(() => undefined);
  return { endpoints, credential, pools, options };
}
