/**
 * Access tokens of the service connection. One exchange at a time for a scope, whoever asks; every token is masked
 * before anyone else has it; for federation each exchange has exactly one, fresh assertion.
 */
import type { AccessToken, GetTokenOptions, TokenCredential } from "@azure/core-auth";
import { ServiceError, TaskError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import { Secret } from "../../secret.ts";
import { toServiceError } from "./service-error.ts";

/** A token is renewed when this much of its life is left, or a third of it where it lives shorter. */
const renewalMs = 5 * 60_000;

export interface CredentialOptions {
  /** Makes the library's credential; called once for a scope, with the assertion of the exchange under way. */
  readonly create: (assertion: () => Promise<string>) => TokenCredential;
  /** Fetches a fresh assertion. */
  readonly requestAssertion: () => Promise<Secret>;
  /** The last request of a sign-in that failed or broke off; the library's own error hides it. */
  readonly lastFailure: () => unknown;
  readonly mask: (secret: Secret) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A credential for all clients of the connection. Its errors are TaskErrors. */
export function createCredential(options: CredentialOptions): TokenCredential {
  const scopes = new Map<string, TokenCredential>();
  return {
    getToken: (scope, request) => {
      const key = [scope].flat().join(" ");
      const known = scopes.get(key) ?? createForScope(key, options);
      scopes.set(key, known);
      return known.getToken(key, request);
    },
  };
}

function createForScope(scope: string, options: CredentialOptions): TokenCredential {
  let assertion: Promise<string> | undefined;
  // The library asks for the assertion twice in an exchange; both times it means the same one.
  const inner = options.create(() => (assertion ??= fetchAssertion(options)));
  // The library hides what the callback threw; it says more than the library's own error.
  const withAssertion = async (error: unknown): Promise<never> => {
    await assertion;
    return refused(error, options.lastFailure());
  };
  let held: { readonly token: AccessToken; readonly renewAt: number } | undefined;
  let pending: Promise<AccessToken> | undefined;

  async function exchange(request: GetTokenOptions | undefined): Promise<AccessToken> {
    assertion = undefined;
    const asked = options.now();
    const token = await inner.getToken(scope, request).catch(withAssertion);
    if (token === null) throw new TaskError(failureCodes.signIn, "The sign-in gave no access token.");
    options.mask(new Secret(token.token));
    const life = token.expiresOnTimestamp - asked;
    held = { token, renewAt: token.expiresOnTimestamp - Math.min(renewalMs, life / 3) };
    return token;
  }

  return {
    getToken: (_scope, request) => {
      // A claims challenge says that the held token is not good enough.
      if (held !== undefined && request?.claims === undefined && options.now() < held.renewAt) {
        return Promise.resolve(held.token);
      }
      pending ??= exchange(request && { ...request, abortSignal: undefined }).finally(() => (pending = undefined));
      return pending;
    },
  };
}

async function fetchAssertion(options: CredentialOptions): Promise<string> {
  const assertion = await options.requestAssertion();
  options.mask(assertion);
  return assertion.reveal();
}

/** What to do about an answer of Microsoft Entra, by its error number. */
const remedies: Readonly<Record<string, string>> = {
  AADSTS7000215: "The key in the service connection is wrong: enter the value of the secret, not its id.",
  AADSTS7000222: "The key in the service connection has expired: make a new one, or change to federation.",
  AADSTS700016: "The application of the service connection is not in this tenant: see its ids.",
  AADSTS90002: "The tenant of the service connection does not exist: see its id and cloud.",
  AADSTS70021: "Add a federated credential with the connection's issuer and subject to the application.",
  AADSTS700213: "Add a federated credential with the connection's issuer and subject to the application.",
  AADSTS700024: "The assertion was too old when it was used: see the clock of the agent's machine.",
};

function refused(error: unknown, failure: unknown): never {
  if (error instanceof TaskError) throw error;
  const text = error instanceof Error ? error.message : String(error);
  const said = /AADSTS\d+:[^\r\n]*/.exec(text)?.[0];
  const broken = said === undefined && failure !== undefined ? toServiceError(failure, "Sign-in") : undefined;
  const answer = said ?? broken?.message ?? text;
  const number = /AADSTS\d+/.exec(text)?.[0];
  throw new ServiceError(failureCodes.signIn, `The service connection could not sign in. ${answer}`, {
    serviceCode: number,
    requestId: /Trace ID: ([0-9a-f-]{36})/i.exec(text)?.[1],
    next: remedies[number ?? ""] ?? broken?.next ?? "Verify the service connection in the project settings.",
    cause: error,
  });
}
