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

const closedCloud = "AzureGermanCloud";

/** Reads the endpoints of `connection`. Throws a TaskError where it names neither an authority nor a known cloud. */
export function readEndpoints(connection: ServiceConnection, known: KnownAuthorities): Endpoints {
  const armUrl = checkedAddress(connection.url, "address of Resource Manager (server URL)");
  const given = connection.data("activeDirectoryAuthority") ?? connection.data("environmentAuthorityUrl");
  const environment = connection.data("environment") ?? "AzureCloud";
  const clouds: Readonly<Record<string, string>> = { ...known };
  const authority = given ?? Object.entries(clouds).find(([name]) => same(name, environment))?.[1];
  if (authority === undefined) {
    const why = same(environment, closedCloud)
      ? ", a cloud that was closed in 2021"
      : " and does not name its sign-in authority (activeDirectoryAuthority)";
    throw new TaskError(
      failureCodes.connection,
      `The service connection is of the environment "${environment}"${why}.`,
      {
        next: "Add the authority to the service connection, or use a connection of a public or sovereign cloud.",
      },
    );
  }
  // Only on Azure Stack does the audience differ from the address of Resource Manager.
  const audience = same(environment, "AzureStack")
    ? (connection.data("activeDirectoryServiceEndpointResourceId") ?? armUrl)
    : armUrl;
  return {
    armUrl,
    armScope: `${withoutSlash(audience)}/.default`,
    authority: checkedAddress(authority, "sign-in authority"),
    knownAuthority: Object.values(clouds).some((host) => same(withoutSlash(host), withoutSlash(authority))),
  };
}

/** Tokens go over HTTPS only. */
function checkedAddress(address: string, what: string): string {
  const bare = withoutSlash(address.trim());
  if (URL.canParse(bare) && new URL(bare).protocol === "https:") return bare;
  throw new TaskError(failureCodes.connection, `The service connection's ${what} is no https address: "${address}".`, {
    next: "Open the service connection in the project settings and correct it.",
  });
}

function withoutSlash(address: string): string {
  return address.replace(/(?<!\/)\/+$/, "");
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
