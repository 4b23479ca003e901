/** The agent, and what any task of the extension asks services with. */
import { type BuildAgent, createAgent } from "./adapters/agent/index.ts";
import type { AzureOptions } from "./adapters/azure/session.ts";
import { systemClock } from "./adapters/system/index.ts";
import { TaskError } from "./errors.ts";
import { failureCodes } from "./failure-codes.ts";
import type { Secret } from "./secret.ts";

/** What a task.json says of the task that requests name. */
export interface TaskName {
  readonly name: string;
  readonly version: Readonly<Record<"Major" | "Minor" | "Patch", number>>;
}

/** What all services are asked with. */
export type Common = Pick<AzureOptions, "systemToken" | "network" | "mask" | "userAgent" | "environment">;

/** Connects to the agent that started this process. `options` are those of its Azure connection. Call once. */
export function openAgent({ name, version }: TaskName): {
  readonly agent: BuildAgent;
  readonly common: Common;
  readonly options: AzureOptions;
} {
  const agent = createAgent();
  const common = {
    systemToken: () => agent.systemToken(),
    network: () => agent.network(),
    mask: (secret: Secret) => agent.setSecret(secret),
    userAgent: `${name}/${version.Major}.${version.Minor}.${version.Patch}`,
    environment: process.env,
  };
  const options: AzureOptions = {
    ...common,
    connection: () => {
      const connection = agent.endpoint(agent.input("azureSubscription"));
      if (connection !== undefined) return connection;
      throw new TaskError(failureCodes.connection, "The agent did not hand over the service connection.");
    },
    oidcRequestUri: () => agent.variable("System.OidcRequestUri"),
    now: () => systemClock.now(),
  };
  return { agent, common, options };
}
