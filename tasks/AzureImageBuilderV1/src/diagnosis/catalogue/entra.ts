/** Failures of the sign-in. */
import type { KnownFailure } from "../types.ts";

const federation = "https://learn.microsoft.com/azure/devops/pipelines/release/troubleshoot-workload-identity";
const where: KnownFailure["where"] = ["entra", "pipeline-log"];

/** Failures of the service connection's sign-in at Microsoft Entra (`entra-*`). Texts: Microsoft's page on federation. */
export const entraFailures: readonly KnownFailure[] = [
  {
    id: "entra-app",
    patterns: [/\bAADSTS700016\b/],
    where,
    cause:
      "The application of the service connection does not exist in that tenant: it was deleted, or the client ID is wrong.",
    remedy: "Correct client and tenant ID of the service connection, or make the connection anew.",
    command: "az ad sp show --id <client-id>",
    link: federation,
    weight: "cause",
    retryable: false,
  },
  {
    id: "entra-secret",
    patterns: [/\bAADSTS7000215\b/, /\bAADSTS7000222\b/],
    where,
    cause: "The connection's secret has run out, or the ID of the secret was put in place of its value.",
    remedy:
      "Put the value of a new secret into the service connection; better, convert it to workload identity federation.",
    command: "az ad app credential list --id <client-id> --output table",
    link: "https://learn.microsoft.com/entra/identity-platform/reference-error-codes",
    weight: "cause",
    retryable: false,
  },
  {
    id: "entra-assertion",
    patterns: [/\bAADSTS700024\b/],
    where,
    cause: "The assertion of the federation was used after the few minutes for which it counts.",
    remedy: "Fetch a fresh assertion for every token, as this task does; or use a managed identity.",
    link: federation,
    weight: "cause",
    retryable: true,
  },
  {
    id: "entra-federated-record",
    patterns: [/\bAADSTS(?:70021|700211|700213|70025)\b/],
    where,
    cause:
      "No federated credential of the application fits: it is missing, or its issuer or subject differs (a renamed " +
      "organisation, project or connection).",
    remedy:
      "Copy issuer and subject from the service connection into the application's federated credential, letter by letter.",
    command: "az ad app federated-credential list --id <client-id>",
    link: federation,
    weight: "cause",
    retryable: false,
  },
  {
    id: "entra-federation-blocked",
    patterns: [/\bAADSTS(?:700223|700238|900382)\b/],
    where,
    cause: "The tenant, or that cloud, does not allow workload identity federation from this issuer.",
    remedy: "Ask the tenant's administrator to allow the issuer, or use another kind of credential.",
    link: federation,
    weight: "cause",
    retryable: false,
  },
];
