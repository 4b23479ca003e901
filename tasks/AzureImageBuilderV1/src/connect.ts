/** The agent and the Azure of the step's connection, as every part of the step has them. */
import task from "../task.json" with { type: "json" };
import type { BuildAgent } from "./adapters/agent/index.ts";
import { type Azure, createAzure } from "./adapters/azure/index.ts";
import { type Common, openAgent } from "./open-agent.ts";

/** Connects to the agent that started this process. Nothing is sent before a port is used. Call once. */
export function connectAgent(): { readonly agent: BuildAgent; readonly azure: Azure; readonly common: Common } {
  const { agent, common, options } = openAgent(task);
  return { agent, azure: createAzure(options), common };
}
