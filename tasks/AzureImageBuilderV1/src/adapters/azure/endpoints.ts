/** Where to sign in and what to ask for, from the service connection's own data (agent contract, sections 6.2 and 6.3). */
import { TaskError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import type { ServiceConnection } from "../../ports.ts";

export interface Endpoints {
  /** Resource Manager, without a trailing slash. */
  readonly armUrl: string;
  /** What an access token for Resource Manager is asked for. */
  readonly armScope: string;
  /** Where tokens come from, without a trailing slash. */
  readonly authority: string;
  /** True where the library knows the cloud; elsewhere it must not ask the public cloud about the authority. */
  readonly knownAuthority: boolean;
}

/** Authorities of the clouds the identity library knows, by the connection's `environment`. */
export interface KnownAuthorities {
  readonly AzureCloud: string;
  readonly AzureUSGovernment: string;
  readonly AzureChinaCloud: string;
}

/** Reads the endpoints of `connection`. Throws a TaskError where it names neither an authority nor a known cloud. */
export function readEndpoints(connection: ServiceConnection, known: KnownAuthorities): Endpoints {
  const armUrl = withoutSlash(connection.url);
  const given = connection.data("activeDirectoryAuthority") ?? connection.data("environmentAuthorityUrl");
  const environment = connection.data("environment") ?? "AzureCloud";
  const clouds: Readonly<Record<string, string>> = { ...known };
  const authority = given ?? Object.entries(clouds).find(([name]) => same(name, environment))?.[1];
  if (authority === undefined) {
    throw new TaskError(
      failureCodes.connection,
      `The service connection is of the environment "${environment}" and does not name its sign-in authority.`,
      { next: "Add the authority to the service connection, or use a connection of a public or sovereign cloud." },
    );
  }
  // Only on Azure Stack does the audience differ from the address of Resource Manager.
  const audience = same(environment, "AzureStack")
    ? (connection.data("activeDirectoryServiceEndpointResourceId") ?? armUrl)
    : armUrl;
  return {
    armUrl,
    armScope: `${withoutSlash(audience)}/.default`,
    authority: withoutSlash(authority),
    knownAuthority: Object.values(clouds).some((host) => same(withoutSlash(host), withoutSlash(authority))),
  };
}

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, "");
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
