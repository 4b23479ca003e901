/** What the post-job part does next. Pure: the record, what the service says, and what has been done so far. */
import { findRun, isCanceling, isDistributing, outcomeOf } from "../build/meaning.ts";
import { isOwn } from "../build/ownership.ts";
import type { RunRecord } from "../build/record.ts";
import type { TemplateStatus } from "../ports.ts";

/** All that a decision rests on. */
export interface Situation {
  readonly record: RunRecord;
  /** The main part was stopped: by a cancelled job, a time limit, or by this part. */
  readonly stopped: boolean;
  /** As just read; undefined where there is none. */
  readonly found: TemplateStatus | undefined;
  /** How often the template has been read without what the record announces, this time included. */
  readonly looks: number;
  /** The service has been asked to cancel the run. */
  readonly asked: boolean;
}

export type Decision =
  /** Nothing is left. */
  | { readonly kind: "nothing" }
  /** `for`: a sentence part, as in "waiting until …". */
  | { readonly kind: "wait"; readonly for: string }
  | { readonly kind: "cancel" }
  | { readonly kind: "delete" }
  /** The template stays; `why` begins with "stays". `goesOn`: its build is under way. */
  | { readonly kind: "keep"; readonly why: string; readonly goesOn: boolean };

/** How often something that was asked for is looked for before it counts as never begun: it may show late. */
export const enoughLooks = 4;

const nothing: Decision = { kind: "nothing" };
const remove: Decision = { kind: "delete" };
const stay = (why: string): Decision => ({ kind: "keep", why, goesOn: false });

/** The next thing to do. */
export function decide(situation: Situation): Decision {
  const { record, found, looks } = situation;
  const { state, mark, before } = record;
  if (state === "done" || state === "left") return nothing;
  if (found === undefined) {
    return state === "creating" && looks < enoughLooks ? { kind: "wait", for: "the template shows" } : nothing;
  }
  if (!isOwn(found, mark)) return stay("stays, because it is not this run's: another request made it");
  const provisioning = found.provisioningState?.toLowerCase();
  if (provisioning === "deleting") return nothing;
  if (provisioning === "creating" || provisioning === "updating") return { kind: "wait", for: "it is created" };
  const run = findRun(found, before);
  if (run === undefined) return withoutRun(situation);
  const outcome = outcomeOf(run);
  if (outcome === undefined)
    return whileRunning(situation, { isCanceling: isCanceling(run), late: isDistributing(run) });
  return outcome === "Failed" || outcome === "Canceled" ? afterFailure(record, outcome) : afterSuccess(record);
}

/** The run may have been asked for and not show yet. */
function withoutRun({ record, found, looks }: Situation): Decision {
  const mayShow = record.state !== "creating" && found?.provisioningState?.toLowerCase() === "succeeded";
  if (mayShow && looks < enoughLooks) return { kind: "wait", for: "its run shows" };
  return record.cleanup === "never" ? stay("stays, because cleanup is never") : remove;
}

function whileRunning(
  { record, stopped, asked }: Situation,
  run: { readonly isCanceling: boolean; readonly late: boolean },
): Decision {
  if (run.isCanceling) return { kind: "wait", for: "its run has been cancelled" };
  const goesOn = (why: string): Decision => ({ kind: "keep", why, goesOn: true });
  if (run.late) return goesOn("stays: its build is distributing the image, and is left to finish");
  if (asked || record.state === "canceling") return { kind: "wait", for: "its run has been cancelled" };
  if (!stopped) return goesOn("stays: its build goes on, although the step's main part has ended");
  return record.onCancel === "cancel"
    ? { kind: "cancel" }
    : goesOn("stays: its build goes on, because onCancel is leave");
}

function afterSuccess({ state, afterwards, cleanup }: RunRecord): Decision {
  if (state !== "told") {
    return stay(
      "stays: its build has succeeded, and the step did not get to say so. Run the job again to use the image",
    );
  }
  // That it stays has been said.
  return afterwards === "delete" && cleanup !== "never" ? remove : nothing;
}

function afterFailure({ cleanup, keepsVm }: RunRecord, outcome: "Failed" | "Canceled"): Decision {
  if (outcome === "Failed" && keepsVm) return stay("stays, with its build VM to be looked at");
  return cleanup === "always" ? remove : stay(`stays, because cleanup is ${cleanup}`);
}
