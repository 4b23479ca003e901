/** Service connections and the system connection as the agent hands them to a task (agent contract, section 2.4). */
import { environmentName } from "./names.ts";

/** A service connection, or the job's own connection. */
export interface Endpoint {
  /** GUID in lower case, or `SYSTEMVSSCONNECTION`. */
  readonly id: string;
  /** What a pipeline calls it. */
  readonly name: string;
  readonly url: string;
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Undefined for the system connection, which has none. */
  readonly data: Readonly<Record<string, string>> | undefined;
}

/** The job's own connection to Azure DevOps. */
export function systemConnection(collectionUri: string, accessToken: string): Endpoint {
  return {
    id: "SYSTEMVSSCONNECTION",
    name: "SystemVssConnection",
    url: collectionUri,
    scheme: "OAuth",
    parameters: { AccessToken: accessToken },
    data: undefined,
  };
}

/** The environment variables of one endpoint. */
export function endpointEnvironment(endpoint: Endpoint): Readonly<Record<string, string>> {
  const { id, url, scheme, parameters, data } = endpoint;
  return {
    [`ENDPOINT_URL_${id}`]: url,
    [`ENDPOINT_AUTH_${id}`]: JSON.stringify({ parameters, scheme }),
    [`ENDPOINT_AUTH_SCHEME_${id}`]: scheme,
    ...prefixed(`ENDPOINT_AUTH_PARAMETER_${id}_`, parameters),
    ...(data === undefined ? {} : { [`ENDPOINT_DATA_${id}`]: JSON.stringify(data) }),
    ...prefixed(`ENDPOINT_DATA_${id}_`, data ?? {}),
  };
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [prefix + environmentName(key), value]));
}

/** Authorization parameters that are no secrets (agent contract, section 3.6), in lower case. */
const openParameters = new Set([
  "tenantid",
  "scope",
  "role",
  "audience",
  "authenticationtype",
  "accesstokentype",
  "isorg",
]);

/** Values of an endpoint that the agent masks: every authorization parameter but the open ones; data never. */
export function endpointSecrets(endpoint: Endpoint): readonly string[] {
  return Object.entries(endpoint.parameters)
    .filter(([key, value]) => !openParameters.has(key.toLowerCase()) && value !== "")
    .map(([, value]) => value);
}

/**
 * Finds the endpoint a pipeline names, by id or by name without case.
 * Throws an Error that lists the known ones when there is none.
 */
export function findEndpoint(endpoints: readonly Endpoint[], nameOrId: string): Endpoint {
  const wanted = nameOrId.trim().toLowerCase();
  const found = endpoints.find((endpoint) => endpoint.name.toLowerCase() === wanted || endpoint.id === wanted);
  if (found !== undefined) return found;
  const known = endpoints.map((endpoint) => `  ${endpoint.name} (${endpoint.scheme})`).join("\n");
  throw new Error(
    `There is no service connection "${nameOrId}". Known here:\n${known || "  none"}\nName one of them, or put one in ` +
      `its place with --connection NAME.`,
  );
}
