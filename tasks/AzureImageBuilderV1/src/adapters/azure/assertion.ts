/**
 * Assertions for workload identity federation, from Azure DevOps (agent contract, section 6.4). They live some ten
 * minutes, so each exchange gets a fresh one.
 */
import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  type PipelineResponse,
} from "@azure/core-rest-pipeline";
import { TaskError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import { Secret } from "../../secret.ts";
import type { ConnectionPools } from "./pools.ts";
import { toServiceError } from "./service-error.ts";

export interface AssertionSource {
  readonly connectionId: string;
  /** `System.OidcRequestUri`; absent on Azure DevOps Server and outside a pipeline. */
  readonly requestUri: string | undefined;
  /** The job's own token, from the system connection. */
  readonly systemToken: Secret | undefined;
  readonly pools: ConnectionPools;
  readonly userAgent: string;
}

/** Asks for one assertion. Throws a TaskError where the job cannot have one, a ServiceError where it is refused. */
export async function requestAssertion(source: AssertionSource): Promise<Secret> {
  const { systemToken } = source;
  const requestUri = source.requestUri ?? "";
  if (requestUri === "" || systemToken === undefined) {
    throw new TaskError(failureCodes.assertion, absent(requestUri === ""), {
      next: "Run the step in a job of Azure DevOps Services, or use a service connection with a certificate, a key or a managed identity.",
    });
  }
  const url = new URL(requestUri);
  url.searchParams.set("api-version", "7.1");
  url.searchParams.set("serviceConnectionId", source.connectionId);
  const pipeline = createPipelineFromOptions({
    agent: source.pools.poolFor(url.href),
    userAgentOptions: { userAgentPrefix: source.userAgent },
    // The address is asked for a token, never led elsewhere; whoever asks tries again.
    redirectOptions: { maxRetries: 0 },
    retryOptions: { maxRetries: 0 },
  });
  const request = createPipelineRequest({
    url: url.href,
    method: "POST",
    timeout: 30_000,
    headers: createHttpHeaders({
      "Content-Type": "application/json",
      Authorization: `Bearer ${systemToken.reveal()}`,
      // Without it a refusal is a redirect to a sign-in page.
      "X-TFS-FedAuthRedirect": "Suppress",
    }),
  });
  try {
    return readAssertion(await pipeline.sendRequest(createDefaultHttpClient(), request));
  } catch (error) {
    throw error instanceof TaskError ? error : toServiceError(error, "Azure DevOps, assertion for the connection");
  }
}

function absent(address: boolean): string {
  const what = address
    ? "this job has no address to ask for assertions (System.OidcRequestUri): Azure DevOps Server gives none"
    : "the agent did not hand over the job's own token";
  return `The service connection uses workload identity federation, and ${what}.`;
}

function readAssertion(response: PipelineResponse): Secret {
  const token = response.status === 200 ? tokenIn(response.bodyAsText) : undefined;
  if (token !== undefined) return new Secret(token);
  const cause = toServiceError(response, "Azure DevOps, assertion for the connection");
  throw new TaskError(failureCodes.assertion, cause.message, {
    cause,
    next: "See that the pipeline may use the service connection and that the connection still exists.",
  });
}

function tokenIn(body: string | null | undefined): string | undefined {
  try {
    const parsed = JSON.parse(body ?? "") as { readonly oidcToken?: unknown };
    return typeof parsed.oidcToken === "string" && parsed.oidcToken !== "" ? parsed.oidcToken : undefined;
  } catch {
    return undefined;
  }
}
