/**
 * Access tokens of the service connection. One exchange at a time for a scope, whoever asks; every token is masked
 * before anyone else has it; for federation each exchange has exactly one, fresh assertion.
 */
import type { AccessToken, GetTokenOptions, TokenCredential } from "@azure/core-auth";
import { ServiceError, TaskError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import { Secret } from "../../secret.ts";
import { isPassing } from "../passing.ts";
import { throwRefused } from "./sign-in-errors.ts";

/** A token that could not be renewed is used until this much of its life is left, in milliseconds. */
const lastUseMs = 60_000;

/** A token is renewed when this much of its life is left, or a third of it where it lives shorter. */
const renewalMs = 5 * 60_000;

/** How often a sign-in is tried where the cause may pass, and the pause before the second, in milliseconds; it doubles. */
const tries = 4;
const firstPause = 1_000;

/** The credential of all clients of a connection. */
export interface ConnectionCredential extends TokenCredential {
  /** A token in place of one that a service does not take any more, whatever its time says. */
  renew(scope: string, spent: string): Promise<AccessToken>;
}

export interface CredentialOptions {
  /** Makes the library's credential for a scope, which holds tokens itself, with the assertion of the exchange under way. */
  readonly create: (assertion: () => Promise<string>) => TokenCredential;
  /** Fetches a fresh assertion. */
  readonly requestAssertion: () => Promise<Secret>;
  /** The last request of a sign-in that failed or broke off; the library's own error hides it. */
  readonly lastFailure: () => unknown;
  readonly mask: (secret: Secret) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** A credential for all clients of the connection. Its tokens tell the time of their renewal as their end. Its errors are TaskErrors. */
export function createCredential(options: CredentialOptions): ConnectionCredential {
  const scopes = new Map<string, ScopeCredential>();
  const forScope = (scope: string): ScopeCredential => {
    const known = scopes.get(scope) ?? createForScope(scope, options);
    scopes.set(scope, known);
    return known;
  };
  return {
    getToken: (scope, request) => forScope([scope].flat().join(" ")).getToken(request),
    renew: (scope, spent) => forScope(scope).renew(spent),
  };
}

interface ScopeCredential {
  getToken(request: GetTokenOptions | undefined): Promise<AccessToken>;
  renew(spent: string): Promise<AccessToken>;
}

function createForScope(scope: string, options: CredentialOptions): ScopeCredential {
  const exchange = createExchange(scope, options);
  let held: Held | undefined;
  let pending: Promise<AccessToken> | undefined;

  async function fetchToken(request: GetTokenOptions | undefined): Promise<AccessToken> {
    const asked = options.now();
    const token = await exchange(request);
    options.mask(new Secret(token.token));
    const life = token.expiresOnTimestamp - asked;
    held = { token, renewAt: token.expiresOnTimestamp - Math.min(renewalMs, life / 3) };
    return endingAtRenewal(held);
  }
  /** One exchange at a time. */
  const fetchOnce = (request: GetTokenOptions | undefined): Promise<AccessToken> =>
    (pending ??= fetchToken(request && { ...request, abortSignal: undefined }).finally(() => (pending = undefined)));

  return {
    getToken: (request) => {
      // A claims challenge says that the held token is not good enough.
      if (held !== undefined && request?.claims === undefined && options.now() < held.renewAt) {
        return Promise.resolve(endingAtRenewal(held));
      }
      return fetchOnce(request).catch((error: unknown) => {
        // Microsoft Entra or Azure DevOps may be away for a moment; a build of an hour need not die of that.
        const left = held === undefined ? 0 : held.token.expiresOnTimestamp - options.now();
        if (held !== undefined && request?.claims === undefined && left > lastUseMs) return held.token;
        throw error;
      });
    },
    renew: (spent) => {
      // Another request has renewed it already.
      if (held !== undefined && held.token.token !== spent) return Promise.resolve(endingAtRenewal(held));
      held = undefined;
      return fetchOnce(undefined);
    },
  };
}

interface Held {
  readonly token: AccessToken;
  readonly renewAt: number;
}

/** As the SDKs get it: they use a token to the last second, which a service whose clock is ahead would refuse. */
function endingAtRenewal({ token, renewAt }: Held): AccessToken {
  return { ...token, expiresOnTimestamp: renewAt };
}

/** One exchange, tried again with a fresh assertion where the cause may pass. */
function createExchange(
  scope: string,
  options: CredentialOptions,
): (request: GetTokenOptions | undefined) => Promise<AccessToken> {
  let assertion: Promise<string> | undefined;
  // The library hides what the callback threw; it says more than the library's own error.
  const withAssertion = async (error: unknown): Promise<never> => {
    await assertion;
    return throwRefused(error, options.lastFailure());
  };
  const tryOnce = async (request: GetTokenOptions | undefined): Promise<AccessToken> => {
    assertion = undefined;
    // A new one each time: the library would give its own copy of a token that the service does not take any more.
    // It asks for the assertion twice in an exchange; both times it means the same one.
    const inner = options.create(() => (assertion ??= fetchAssertion(options)));
    const token = await inner.getToken(scope, request).catch(withAssertion);
    if (token === null) throw new TaskError(failureCodes.signIn, "The sign-in gave no access token.");
    return token;
  };
  return async (request) => {
    for (let count = 1; ; count += 1) {
      try {
        return await tryOnce(request);
      } catch (error) {
        const cause = causeOf(error);
        if (count === tries || cause === undefined || !maySignInLater(cause)) throw error;
        await options.sleep(cause.retryAfterMs ?? firstPause * 2 ** (count - 1));
      }
    }
  };
}

/** What a service said, or that none did. */
function causeOf(error: unknown): ServiceError | undefined {
  if (error instanceof ServiceError) return error;
  return error instanceof TaskError && error.cause instanceof ServiceError ? error.cause : undefined;
}

/** Microsoft Entra's own word for a cause that passes. */
const transient = "AADSTS90033";

/** A refusal of Microsoft Entra has a number; a success that is none comes from something on the way. */
function maySignInLater(error: ServiceError): boolean {
  const { serviceCode, status } = error;
  if (serviceCode !== undefined && /^AADSTS/.test(serviceCode)) return serviceCode === transient;
  return isPassing(error) || (status !== undefined && status < 300);
}

async function fetchAssertion(options: CredentialOptions): Promise<string> {
  const assertion = await options.requestAssertion();
  options.mask(assertion);
  return assertion.reveal();
}
