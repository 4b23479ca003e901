/** What to do about refusals of the blob service. */
import { ServiceError } from "../../errors.ts";
import type { StorageAccountFacts } from "../../ports.ts";

/** Remedies by the service's code. */
const remedies: Readonly<Record<string, string>> = {
  AuthorizationPermissionMismatch:
    'Give the connection\'s identity the role "Storage Blob Data Contributor" on the storage account.',
  AuthorizationFailure:
    "Open the storage account's network rules to the agent, or use one that the agent can reach; see also its roles.",
  KeyBasedAuthenticationNotPermitted:
    "The account allows no keys: leave artifactAccess at auto, and give the connection's identity a blob data role.",
  AuthorizationFailed: "Give the connection's identity the named action on the storage account.",
};

/** The error with a remedy, where its code has one. */
export function explainRefusal(error: ServiceError, account: StorageAccountFacts): ServiceError {
  const next = error.next ?? remedies[error.serviceCode ?? ""];
  if (next === undefined || next === error.next) return error;
  const { code, message, status, serviceCode, requestId, cause } = error;
  return new ServiceError(code, message, {
    status,
    serviceCode,
    requestId,
    cause,
    next: `${next} Account: ${account.id}.`,
  });
}
