/**
 * Access tokens of the service connection. One exchange at a time for a scope, whoever asks; every token is masked
 * before anyone else has it; for federation each exchange has exactly one, fresh assertion.
 */
import type { AccessToken, GetTokenOptions, TokenCredential } from "@azure/core-auth";
import { TaskError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import { Secret } from "../../secret.ts";
import { throwRefused } from "./sign-in-errors.ts";

/** A token that could not be renewed is used until this much of its life is left, in milliseconds. */
const lastUseMs = 60_000;

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
    return throwRefused(error, options.lastFailure());
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
      pending ??= exchange(request && { ...request, abortSignal: undefined })
        .catch((error: unknown) => {
          // Microsoft Entra or Azure DevOps may be away for a moment; a build of an hour need not die of that.
          const left = held === undefined ? 0 : held.token.expiresOnTimestamp - options.now();
          if (held !== undefined && request?.claims === undefined && left > lastUseMs) return held.token;
          throw error;
        })
        .finally(() => (pending = undefined));
      return pending;
    },
  };
}

async function fetchAssertion(options: CredentialOptions): Promise<string> {
  const assertion = await options.requestAssertion();
  options.mask(assertion);
  return assertion.reveal();
}
