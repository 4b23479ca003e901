/** Why a sign-in was refused, and what to do about it. */
import { ServiceError, TaskError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import { isPassing } from "../passing.ts";
import { toServiceError } from "./service-error.ts";

const federated =
  "Copy issuer and subject of the service connection into a federated credential of its application, letter by letter; " +
  'the audience is "api://AzureADTokenExchange". See: az ad app federated-credential list --id <client ID>';
const tenant = "See tenant ID, application ID and cloud of the service connection.";

/** By error number (Microsoft Entra, "authentication and authorization error codes"). */
const remedies: Readonly<Record<string, string>> = {
  AADSTS7000215: "The key in the service connection is wrong: enter the value of the secret, not its id.",
  AADSTS7000222: "The key in the service connection has expired: make a new one, or change to federation.",
  AADSTS700016: `The application of the service connection is not in this tenant. ${tenant}`,
  AADSTS7000112: "The application of the service connection is disabled: enable it, or use another one.",
  AADSTS7000229: "The application has no service principal in this tenant: az ad sp create --id <client ID>",
  AADSTS90002: `The tenant of the service connection does not exist in this cloud. ${tenant}`,
  AADSTS900023: `The tenant ID of the service connection is no tenant ID. ${tenant}`,
  AADSTS700023:
    "The certificate was used at another sign-in address than it was meant for: see the connection's cloud.",
  AADSTS50013: "The assertion's signature is not its issuer's: see issuer, certificate and cloud of the connection.",
  AADSTS70021: federated,
  AADSTS700211: federated,
  AADSTS700212: federated,
  AADSTS700213: federated,
  AADSTS700024: "The assertion was too old when it was used: see the clock of the agent's machine.",
  AADSTS700223: "The tenant does not take federation from this issuer: ask its administrator, or use a certificate.",
  AADSTS700238: "The tenant does not take federation from this issuer: ask its administrator, or use a certificate.",
  AADSTS900382: "This cloud does not take federation from another cloud: use a certificate or a key.",
  AADSTS500011: `The address of Resource Manager is not known to this tenant: the connection mixes clouds. ${tenant}`,
  AADSTS53003:
    "A conditional access policy keeps the application out: let the agent's network in, or leave it out of the policy.",
};

/** One number for both: the text says which it is. */
function certificateRemedy(text: string): string {
  return /\bexpired\b/i.test(text)
    ? "The certificate in the service connection has expired: put a new one into the application and into the connection."
    : "Upload the certificate of the service connection to its application: az ad app credential reset --id <client ID> " +
        "--cert @certificate.pem --append";
}

/**
 * Throws what came of a sign-in: `error` is the library's, `failure` the last request that was refused or broke off, which
 * the library hides. A TaskError is thrown as it is.
 */
export function throwRefused(error: unknown, failure: unknown): never {
  if (error instanceof TaskError) throw error;
  if (failure instanceof TaskError) throw failure;
  const own = error instanceof Error ? error.message : String(error);
  const broken = failure === undefined || hasNumber(own) ? undefined : toServiceError(failure, "Sign-in");
  // Where the library does not get as far as to a token, what Entra said is in the answer alone.
  const text = hasNumber(own) ? own : (broken?.message ?? own);
  const said = /AADSTS\d+:[^\r\n]*/.exec(text)?.[0];
  const number = /AADSTS\d+/.exec(text)?.[0];
  const remedy = number === "AADSTS700027" ? certificateRemedy(text) : remedies[number ?? ""];
  throw new ServiceError(failureCodes.signIn, `The service connection could not sign in. ${said ?? text}`, {
    serviceCode: number,
    // What the sign-in answered says nothing of the resource that was asked for: a 404 would be taken for its absence.
    ...(broken !== undefined && isPassing(broken) ? { status: broken.status } : {}),
    retryAfterMs: broken?.retryAfterMs,
    requestId: /Trace ID: ([0-9a-f-]{36})/i.exec(text)?.[1],
    next: remedy ?? broken?.next ?? "Verify the service connection in the project settings.",
    cause: error,
  });
}

function hasNumber(text: string): boolean {
  return /AADSTS\d+/.test(text);
}
