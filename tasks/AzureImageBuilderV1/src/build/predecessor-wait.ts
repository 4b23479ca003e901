/** Waits for a state of an earlier attempt's template that ends by itself. */
import { TaskError } from "../errors.ts";
import { failureCodes } from "../failure-codes.ts";
import type { BuildPlan } from "../plan/types.ts";
import type { Mark } from "./ownership.ts";
import { type BuildPorts, readPatiently } from "./ports.ts";
import { azCommand } from "../values/template-ref.ts";
import { decideOnPredecessor, type PassingState } from "./predecessor.ts";
import { waitPatiently } from "./wait-patiently.ts";

/** Longest waits, in milliseconds: creating took up to half an hour, deleting some minutes; cancelling can hang for days. */
const limits: Readonly<Record<PassingState, number>> = {
  Creating: 60 * 60_000,
  Deleting: 20 * 60_000,
  Canceling: 20 * 60_000,
};
const pause = 10_000;

export interface Waiting {
  readonly plan: BuildPlan;
  readonly ports: BuildPorts;
  readonly mark: Mark;
}

/** Waits until the template under the step's name is in that state no more. Throws a TaskError after the state's limit. */
export async function waitOut(state: PassingState, { plan, ports, mark }: Waiting): Promise<void> {
  const { name } = plan.template;
  const waited = await waitPatiently(
    { limitMs: limits[state], pauseMs: pause },
    async () => {
      const found = await readPatiently(() => ports.templates.get(plan.template), ports);
      const next = decideOnPredecessor(found, mark);
      // After a deletion was accepted, a read may still show what was there before.
      const stays = next.kind === "waitFor" ? next.state === state : state === "Deleting" && found !== undefined;
      if (!stays) return { over: true, value: undefined };
      return { over: false, why: `Image template ${name} of an earlier attempt is in state ${state}.` };
    },
    ports,
  );
  if (waited.state === "late") throw busy(plan, `is still in state ${state} after ${limits[state] / 60_000} minutes`);
}

/** The error of a build that could not begin because of an earlier attempt's template; `how` ends "Image template …". */
export function busy({ template }: BuildPlan, how: string): TaskError {
  return new TaskError(
    failureCodes.templateBusy,
    `Image template ${template.name} of an earlier attempt ${how}. Nothing was built.`,
    { next: `See it: ${azCommand("show", template)}. Run the job again when it has come to rest, or is deleted.` },
  );
}
