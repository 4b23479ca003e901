/** From a build's outcome to output variables, and how a later step refers to them. */
import type { Agent } from "../ports.ts";
import { type Outcome, type OutputRow, outputTable } from "./table.ts";

/** An output that has a value. */
export interface Output extends Pick<OutputRow, "name" | "kind"> {
  readonly value: string;
}

/** The outputs that have a value, in the order of the table. Also for a build that failed. */
export function toOutputs(outcome: Outcome): readonly Output[] {
  return outputTable.flatMap(({ name, kind, value }) => {
    const text = value(outcome);
    return text === undefined || text === "" ? [] : [{ name, kind, value: text }];
  });
}

/** Sets the variables, and prints them in the form the older tasks had, which scripts search for. */
export function publishOutputs(outputs: readonly Output[], agent: Agent): void {
  agent.info("## task output variables ##");
  for (const { name, kind, value } of outputs) {
    if (kind === "plain") agent.setVariable(name, value, "plain");
    agent.setVariable(name, value, "output");
    agent.info(`$(${name}) =  ${value}`);
  }
}
