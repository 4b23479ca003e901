/** The ways a service connection signs in: one row each (agent contract, section 6.1). */
import {
  AzureAuthorityHosts,
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  type ClientSecretCredentialOptions,
} from "@azure/identity";
import type { TokenCredential } from "@azure/core-auth";
import { TaskError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import type { ServiceConnection } from "../../ports.ts";
import { Secret } from "../../secret.ts";
import { readCertificate } from "./certificate.ts";
import type { KnownAuthorities } from "./endpoints.ts";
import { createMachineCredential } from "./managed-identity.ts";

/** A scheme as Azure DevOps names it; a service principal's is told apart by its kind of secret. */
export type Scheme =
  | "ServicePrincipalKey"
  | "ServicePrincipalCertificate"
  | "WorkloadIdentityFederation"
  | "ManagedServiceIdentity"
  | "PublishProfile";

export interface SchemeContext {
  readonly connection: ServiceConnection;
  /** Options of the identity library: authority, connections, user agent. */
  readonly options: ClientSecretCredentialOptions;
  /** Fetches an assertion of the running job from Azure DevOps. */
  readonly assertion: () => Promise<string>;
  readonly mask: (secret: Secret) => void;
  /** Takes what a sign-in without Microsoft Entra was refused with. */
  readonly remember: (failure: TaskError) => void;
}

/** Authorities the library knows, by the name Azure DevOps gives a cloud. */
export const knownAuthorities: KnownAuthorities = {
  AzureCloud: AzureAuthorityHosts.AzurePublicCloud,
  AzureUSGovernment: AzureAuthorityHosts.AzureGovernment,
  AzureChinaCloud: AzureAuthorityHosts.AzureChina,
};

const factories: Record<Scheme, (context: SchemeContext) => TokenCredential> = {
  ServicePrincipalKey: ({ connection, options, mask }) => {
    const key = required(connection, "serviceprincipalkey");
    mask(new Secret(key));
    return new ClientSecretCredential(...application(connection), key, options);
  },
  WorkloadIdentityFederation: ({ connection, options, assertion }) =>
    new ClientAssertionCredential(...application(connection), assertion, options),
  ServicePrincipalCertificate: ({ connection, options, mask }) => {
    const given = new Secret(required(connection, "servicePrincipalCertificate"));
    mask(given);
    const certificate = readCertificate(given);
    mask(certificate);
    return new ClientCertificateCredential(...application(connection), { certificate: certificate.reveal() }, options);
  },
  ManagedServiceIdentity: ({ connection, options, remember }) =>
    createMachineCredential({ clientId: connection.data("msiclientId"), options, remember }),
  PublishProfile: () => notSupported("a publish profile (PublishProfile), which reaches one App Service only"),
};

/** Which scheme a connection has; throws a TaskError for one that Azure DevOps did not have when this was written. */
export function schemeOf(connection: ServiceConnection): Scheme {
  const name = connection.scheme || "ServicePrincipal";
  if (name.toLowerCase() === "serviceprincipal") {
    const kind = connection.parameter("authenticationType")?.toLowerCase();
    return kind === "spncertificate" ? "ServicePrincipalCertificate" : "ServicePrincipalKey";
  }
  const known = Object.keys(factories) as Scheme[];
  return (
    known.find((scheme) => scheme.toLowerCase() === name.toLowerCase()) ??
    notSupported(`"${name}", which this task does not know`)
  );
}

/** A credential for `context.connection`. Throws a TaskError where the scheme is not supported or a field is missing. */
export function createSchemeCredential(context: SchemeContext): TokenCredential {
  return factories[schemeOf(context.connection)](context);
}

/** Tenant and client of the connection's application. */
function application(connection: ServiceConnection): [tenantId: string, clientId: string] {
  const tenant = required(connection, "tenantid");
  if (/^[0-9a-z.-]+$/i.test(tenant)) return [tenant, required(connection, "serviceprincipalid")];
  throw new TaskError(failureCodes.connection, `The service connection has no usable tenant ID, but "${tenant}".`, {
    next: "Open the service connection in the project settings and correct the tenant ID.",
  });
}

function required(connection: ServiceConnection, parameter: string): string {
  const value = connection.parameter(parameter);
  if (value !== undefined) return value;
  throw new TaskError(failureCodes.connection, `The service connection has no "${parameter}".`, {
    next: "Open the service connection in the project settings, complete it and verify it.",
  });
}

function notSupported(scheme: string): never {
  throw new TaskError(failureCodes.scheme, `The service connection signs in by ${scheme}.`, {
    next:
      "Use an Azure Resource Manager connection with workload identity federation, a service principal (certificate or " +
      "key), or a managed identity of the agent's machine.",
  });
}
