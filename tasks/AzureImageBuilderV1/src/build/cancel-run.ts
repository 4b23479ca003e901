/** Asks the service to cancel a run, and says what goes on. */
import { failureCodes } from "../failure-codes.ts";
import type { TemplateRef } from "../ports.ts";
import { azCommand, type BuildPorts, messageOf, within } from "./ports.ts";

/** On cancel the agent leaves the task some seconds, in milliseconds. */
const limit = 4_000;

/** True where the service has accepted it: the run ends some minutes later. Never throws. */
export async function askToCancel(
  ref: TemplateRef,
  { agent, clock, templates }: Pick<BuildPorts, "agent" | "clock" | "templates">,
): Promise<boolean> {
  agent.info(`Asking the service to cancel the run of ${ref.name}.`);
  try {
    await within(limit, clock, templates.cancelRun(ref));
    agent.info("The service cancels the run; that takes it some minutes.");
    return true;
  } catch (error) {
    const command = azCommand("cancel", ref);
    agent.warning(`The run may go on: ${messageOf(error)} To cancel it: ${command}`, failureCodes.templateLeft);
    return false;
  }
}
