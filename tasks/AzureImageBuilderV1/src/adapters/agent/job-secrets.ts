/** Values that the agent masks in its own log, and does not in files: those must be hidden before they are written. */
import * as tl from "azure-pipelines-task-lib/task.js";

/** Parameters of an endpoint that an agent does not take for secret (agent contract, section 3.6). */
const plainParameters =
  /^(tenantid|scope|role|roleassignmentscope|audience|authenticationtype|isspn.*|accesstokenfetchingmethod)$/i;

/** A secret variable of the job. */
export interface SecretVariable {
  readonly name: string;
  /** Not empty. */
  readonly value: string;
}

/** Secret variables of the job, those of the agent itself too, such as the proxy's password. */
export function secretVariables(): readonly SecretVariable[] {
  return tl
    .getVariables()
    .filter(({ secret, value }) => secret && value)
    .map(({ name, value }) => ({ name, value }));
}

/** Secret variables of the job and the authorization of its endpoints, as far as this process is given them. */
export function jobSecrets(): readonly string[] {
  const variables = secretVariables();
  // The library moves them from the environment to a vault of its own, whose keys it tells nowhere else.
  const endpoints = endpointIds().map((id) => tl.getEndpointAuthorization(id, true)?.parameters ?? {});
  const parameters = endpoints.flatMap((one) =>
    Object.entries(one)
      .filter(([name]) => !plainParameters.test(name))
      .map(([, value]) => String(value)),
  );
  return [...variables.map(({ value }) => value), ...parameters].filter((value) => value !== "");
}

function endpointIds(): readonly string[] {
  const named = Object.keys(process.env).flatMap((name) => /^ENDPOINT_URL_(.+)$/.exec(name)?.[1] ?? []);
  return [...new Set([...named, "SYSTEMVSSCONNECTION"])];
}
