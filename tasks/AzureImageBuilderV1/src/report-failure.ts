/** What the user is told when the task fails: one issue for each bad input, one for anything else. */
import { InputError, TaskError } from "./errors.ts";
import { failureCodes } from "./failure-codes.ts";
import type { Agent } from "./ports.ts";

/** Reports `error` as issues and gives one line for the result. Anything but a TaskError is a defect, told with its place. */
export function reportFailure(error: unknown, agent: Pick<Agent, "error">): string {
  if (error instanceof InputError) {
    for (const { message, code } of error.problems) agent.error(message, code);
    const inputs = [...new Set(error.problems.map(({ input }) => input))];
    return `${inputs.length === 1 ? "An input is" : "Inputs are"} not right: ${inputs.join(", ")}. Nothing was created.`;
  }
  if (error instanceof TaskError) {
    agent.error(error.next === undefined ? error.message : `${error.message}\nNext: ${error.next}`, error.code);
    return firstLine(error.message);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  agent.error(`Unexpected: ${text}\nNext: please report this as a defect of the task.`, failureCodes.unexpected);
  return firstLine(`Unexpected: ${text}`);
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? text;
}
