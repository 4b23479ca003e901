/** The agent and the Azure of the step's connection, as every part of the step has them. */
import task from "../task.json" with { type: "json" };
import { type BuildAgent, createAgent } from "./adapters/agent/index.ts";
import { type Azure, createAzure } from "./adapters/azure/index.ts";
import { systemClock } from "./adapters/system/index.ts";
import { TaskError } from "./errors.ts";
import { failureCodes } from "./failure-codes.ts";
import type { Secret } from "./secret.ts";

/** Connects to the agent that started this process. Nothing is sent before a port is used. Call once. */
export function connectAgent(): { readonly agent: BuildAgent; readonly azure: Azure; readonly common: Common } {
  const agent = createAgent();
  const common = {
    systemToken: () => agent.systemToken(),
    network: () => agent.network(),
    mask: (secret: Secret) => agent.setSecret(secret),
    userAgent: `AzureImageBuilder/${task.version.Major}.${task.version.Minor}.${task.version.Patch}`,
    environment: process.env,
  };
  const azure = createAzure({
    ...common,
    connection: () => {
      const connection = agent.endpoint(agent.input("azureSubscription"));
      if (connection !== undefined) return connection;
      throw new TaskError(failureCodes.connection, "The agent did not hand over the service connection.");
    },
    oidcRequestUri: () => agent.variable("System.OidcRequestUri"),
    now: () => systemClock.now(),
  });
  return { agent, azure, common };
}

/** What all services are asked with. */
export type Common = Pick<
  Parameters<typeof createAzure>[0],
  "systemToken" | "network" | "mask" | "userAgent" | "environment"
>;
