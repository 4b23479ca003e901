/** The ways a service connection signs in: one row each (agent contract, section 6.1). */
import {
  AzureAuthorityHosts,
  ClientAssertionCredential,
  ClientSecretCredential,
  type ClientSecretCredentialOptions,
} from "@azure/identity";
import type { TokenCredential } from "@azure/core-auth";
import { TaskError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import type { ServiceConnection } from "../../ports.ts";
import { Secret } from "../../secret.ts";
import type { KnownAuthorities } from "./endpoints.ts";

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
  ServicePrincipalCertificate: () => notSupported("service principal with certificate"),
  ManagedServiceIdentity: () => notSupported("managed identity (ManagedServiceIdentity)"),
  PublishProfile: () => notSupported("publish profile (PublishProfile)"),
};

/** Which scheme a connection has; throws a TaskError for one that Azure DevOps did not have when this was written. */
export function schemeOf(connection: ServiceConnection): Scheme {
  const name = connection.scheme || "ServicePrincipal";
  if (name.toLowerCase() === "serviceprincipal") {
    const kind = connection.parameter("authenticationType")?.toLowerCase();
    return kind === "spncertificate" ? "ServicePrincipalCertificate" : "ServicePrincipalKey";
  }
  const known = Object.keys(factories) as Scheme[];
  return known.find((scheme) => scheme.toLowerCase() === name.toLowerCase()) ?? notSupported(name);
}

/** A credential for `context.connection`. Throws a TaskError where the scheme is not supported or a field is missing. */
export function createSchemeCredential(context: SchemeContext): TokenCredential {
  return factories[schemeOf(context.connection)](context);
}

/** Tenant and client of the connection's application. */
function application(connection: ServiceConnection): [tenantId: string, clientId: string] {
  return [required(connection, "tenantid"), required(connection, "serviceprincipalid")];
}

function required(connection: ServiceConnection, parameter: string): string {
  const value = connection.parameter(parameter);
  if (value !== undefined) return value;
  throw new TaskError(failureCodes.connection, `The service connection has no "${parameter}".`, {
    next: "Open the service connection in the project settings, complete it and verify it.",
  });
}

function notSupported(scheme: string): never {
  throw new TaskError(
    failureCodes.scheme,
    `The service connection signs in by ${scheme}, which is not yet supported.`,
    {
      next: "Use a service connection with workload identity federation, or a service principal with a key.",
    },
  );
}
