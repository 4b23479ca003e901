/** The story of a step: what is asked for, what would be done, what is done, what later steps are told. */
import { warningCodes } from "../../AzureImageBuilderV1/src/codes.ts";
import { CanceledError } from "../../AzureImageBuilderV1/src/errors.ts";
import { failureCodes } from "../../AzureImageBuilderV1/src/failure-codes.ts";
import { requireSubscription } from "../../AzureImageBuilderV1/src/facts/subscription.ts";
import type { Note } from "../../AzureImageBuilderV1/src/findings.ts";
import { harmless } from "../../AzureImageBuilderV1/src/values/harmless.ts";
import { promote } from "./actions/promote.ts";
import { retain } from "./actions/retain.ts";
import { retire } from "./actions/retire.ts";
import { sweep } from "./actions/sweep.ts";
import { explain } from "./explain.ts";
import { parseRequest, type Request } from "./inputs/index.ts";
import { type Journal, openJournal } from "./journal.ts";
import type { Ports } from "./ports.ts";
import { publishOutputs } from "./tell.ts";

/** Does what the step asks for. Gives one sentence for the agent. Throws InputError with every bad input, and TaskError. */
export async function run(ports: Ports): Promise<string> {
  const request = parseRequest(ports.agent);
  reportNotes(request.notes, ports);
  const subscriptionId = requireSubscription(request, ports);
  const journal = openJournal();
  try {
    return await act(request, subscriptionId, { journal, ports });
  } catch (error) {
    const isTold = error instanceof CanceledError && error !== ports.cancelled.reason;
    throw ports.cancelled.aborted && !isTold ? describeStop() : explain(error);
  } finally {
    publishOutputs(journal, ports.agent);
  }
}

async function act(
  request: Request,
  subscriptionId: string,
  { journal, ports }: { readonly journal: Journal; readonly ports: Ports },
): Promise<string> {
  switch (request.action) {
    case "promote":
      return promote(request, journal, ports);
    case "retire":
      return retire(request, journal, ports);
    case "retain":
      return retain(request, { subscriptionId, journal }, ports);
    case "sweep":
      return sweep(request, { subscriptionId, journal }, ports);
  }
}

/** The error of a step that was stopped where nothing more is to be said. */
export function describeStop(): CanceledError {
  return new CanceledError(
    failureCodes.canceled,
    "The pipeline run was cancelled. What the step has asked Azure for goes on there; it can be run again.",
  );
}

function reportNotes(notes: readonly Note[], { agent }: Pick<Ports, "agent">): void {
  for (const { input, message, code } of notes) {
    const text = `${input}: ${harmless(message)}`;
    if (warningCodes.includes(code)) agent.warning(text, code);
    else agent.info(`${code} ${text}`);
  }
}
