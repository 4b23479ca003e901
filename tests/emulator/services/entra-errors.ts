/** The errors of the token endpoint, with the numbers and texts of Entra ID. */
import { type Answer, jsonAnswer } from "../core/exchange.ts";
import { newGuid } from "../core/keys.ts";
import type { Mark } from "../core/types.ts";

/** Thrown while a token request is checked; becomes the answer. */
export class EntraFault extends Error {
  readonly status: number;
  /** `error` of OAuth 2.0. */
  readonly error: string;
  readonly code: number;
  readonly mark: Mark;

  constructor(
    code: number,
    message: string,
    options: { readonly error: string; readonly status?: number; readonly mark?: Mark },
  ) {
    super(message);
    this.name = "EntraFault";
    this.code = code;
    this.error = options.error;
    this.status = options.status ?? (options.error === "invalid_client" ? 401 : 400);
    this.mark = options.mark ?? "documented";
  }
}

/** The answer for a fault; `now` is emulated. */
export function entraAnswer(
  fault: EntraFault,
  options: { readonly now: Date; readonly correlationId: string | undefined },
): Answer {
  const trace = newGuid();
  const correlation = options.correlationId ?? newGuid();
  const timestamp = options.now.toISOString().slice(0, 19);
  return jsonAnswer(
    fault.status,
    {
      error: fault.error,
      error_description: `AADSTS${fault.code}: ${fault.message} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp.replace("T", " ")}Z`,
      error_codes: [fault.code],
      timestamp: `${timestamp.replace("T", " ")}Z`,
      trace_id: trace,
      correlation_id: correlation,
      error_uri: `https://login.microsoftonline.com/error?code=${fault.code}`,
    },
    { service: "entra", mark: fault.mark, fact: `AADSTS${fault.code}` },
  );
}

/** The tenant in the address is unknown. */
export function unknownTenant(tenant: string): EntraFault {
  return new EntraFault(
    90002,
    `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
    { error: "invalid_request" },
  );
}

/** No application with this client id in the tenant. */
export function unknownApplication(clientId: string, tenantId: string): EntraFault {
  return new EntraFault(
    700016,
    `Application with identifier '${clientId}' was not found in the directory '${tenantId}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
    { error: "unauthorized_client" },
  );
}

/** The secret is none of the application's. */
export function wrongSecret(clientId: string): EntraFault {
  return new EntraFault(
    7000215,
    `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
    { error: "invalid_client" },
  );
}

/** The secret was the application's, and has run out. */
export function expiredSecret(clientId: string): EntraFault {
  return new EntraFault(
    7000222,
    `The provided client secret keys for app '${clientId}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.`,
    { error: "invalid_client" },
  );
}

/** The assertion is too old or too young; times in seconds since 1970. */
export function assertionOutOfTime(times: {
  readonly now: Date;
  readonly from: number;
  readonly to: number;
}): EntraFault {
  const at = (seconds: number): string => new Date(seconds * 1000).toISOString();
  return new EntraFault(
    700024,
    `Client assertion is not within its valid time range. Current time: ${times.now.toISOString()}, assertion valid from ${at(times.from)}, expiry time of assertion ${at(times.to)}. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .`,
    { error: "invalid_client" },
  );
}

/** No federated credential fits; the part that differs decides the number. */
export function noFederatedRecord(part: "issuer" | "audience" | "subject", value: string): EntraFault {
  const codes = { issuer: 700211, audience: 700212, subject: 700213 } as const;
  return new EntraFault(
    codes[part],
    `No matching federated identity record found for presented assertion ${part} '${value}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation`,
    { error: "invalid_client" },
  );
}

/** The application has no federated credential at all. */
export function noFederation(claims: {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
}): EntraFault {
  return new EntraFault(
    70021,
    `No matching federated identity record found for presented assertion. Assertion Issuer: '${claims.issuer}'. Assertion Subject: '${claims.subject}'. Assertion Audience: '${claims.audience}'. https://learn.microsoft.com/entra/workload-id/workload-identity-federation`,
    { error: "invalid_request" },
  );
}

/** Signed with a certificate the application does not have. */
export function unknownCertificate(thumbprint: string): EntraFault {
  return new EntraFault(
    700027,
    `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '${thumbprint}']`,
    { error: "invalid_client" },
  );
}

/** Signed with a certificate of the application that has run out, or is not good yet. */
export function expiredCertificate(
  thumbprint: string,
  { from, to }: { readonly from: Date; readonly to: Date },
): EntraFault {
  const at = (date: Date): string => date.toISOString().slice(0, 19).replace("T", " ");
  return new EntraFault(
    700027,
    `The certificate with identifier used to sign the client assertion is expired on application. [Reason - The key used is expired., Thumbprint of key used by client: '${thumbprint}', Found key 'Start=${at(from)}, End=${at(to)}']`,
    { error: "invalid_client", mark: "issue" },
  );
}

/** A claim that must be there is not (documentation of certificate credentials). */
export function malformedAssertion(reason: string): EntraFault {
  return new EntraFault(50027, `JWT token is invalid or malformed: ${reason}.`, {
    error: "invalid_client",
    mark: "inferred",
  });
}

/** The assertion cannot be read or its signature is wrong. */
export function badAssertion(reason: string): EntraFault {
  return new EntraFault(50013, `Assertion failed signature validation. [Reason - ${reason}]`, {
    error: "invalid_client",
    mark: "inferred",
  });
}

/** The emulator's own strictness: an assertion buys one token. */
export function usedAssertion(): EntraFault {
  return new EntraFault(
    50027,
    "JWT token is invalid or malformed: this assertion has been used before; fetch a new one for each token.",
    {
      error: "invalid_client",
      mark: "inferred",
    },
  );
}

/** A form field is absent. */
export function missingParameter(name: string): EntraFault {
  return new EntraFault(900144, `The request body must contain the following parameter: '${name}'.`, {
    error: "invalid_request",
  });
}

/** Neither secret nor assertion. */
export function missingCredential(): EntraFault {
  return new EntraFault(
    7000218,
    "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    {
      error: "invalid_client",
    },
  );
}

/** A grant other than client credentials. */
export function unsupportedGrant(grant: string): EntraFault {
  return new EntraFault(70003, `The app requested an unsupported grant type '${grant}'.`, {
    error: "unsupported_grant_type",
  });
}

/** A scope that is no resource with `/.default`. */
export function badScope(scope: string): EntraFault {
  return new EntraFault(
    1002012,
    `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
    { error: "invalid_scope" },
  );
}

/** The resource of the scope is unknown in the tenant. */
export function unknownResource(resource: string, tenantId: string): EntraFault {
  return new EntraFault(
    500011,
    `The resource principal named ${resource} was not found in the tenant named ${tenantId}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.`,
    { error: "invalid_resource" },
  );
}
