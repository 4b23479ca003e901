/** What later steps get: set whatever becomes of the step. */
import type { Agent } from "../../AzureImageBuilderV1/src/ports.ts";
import type { Journal } from "./journal.ts";

/** Sets the outputs. */
export function publishOutputs({ planned, done, latestVersion }: Journal, agent: Pick<Agent, "setVariable">): void {
  agent.setVariable("planned", JSON.stringify(planned), "output");
  agent.setVariable("done", JSON.stringify(done), "output");
  agent.setVariable("latestVersion", latestVersion, "output");
}
