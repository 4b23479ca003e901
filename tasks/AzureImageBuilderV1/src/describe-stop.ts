/** What is said when the agent has stopped the step where no room has a better word for it. */
import { readRecord, recordName } from "./build/record.ts";
import { unlessStopped } from "./build/ports.ts";
import { CanceledError } from "./errors.ts";
import { failureCodes } from "./failure-codes.ts";
import type { Agent, Ports } from "./ports.ts";

/** The error of a step that was stopped: it says whether there is anything to look after. */
export function describeStop(agent: Pick<Agent, "taskVariable">): CanceledError {
  const record = readRecord(agent.taskVariable(recordName));
  if (record === undefined) {
    return new CanceledError(
      failureCodes.canceled,
      "The pipeline run was cancelled before anything was built: this step has created no image template. An artifact " +
        "that was uploaded already serves the next run.",
    );
  }
  const { name } = record.template;
  return new CanceledError(
    failureCodes.canceled,
    `The pipeline run was cancelled. The post-job part of this step looks after image template ${name}.`,
  );
}

/** What `work` gives, unless the step is stopped first: then it throws at once, whatever is still under way. */
export async function untilStopped<T>(
  work: Promise<T>,
  { agent, cancelled }: Pick<Ports, "agent" | "cancelled">,
): Promise<T> {
  const done = await unlessStopped(
    work.then((value) => ({ value })),
    cancelled,
  );
  if (done === "stopped") throw describeStop(agent);
  return done.value;
}
