/**
 * What becomes of a run when the step is to stop. The agent leaves the task some seconds only, so that no answer is
 * waited for longer than it is worth: the request to cancel is sent within a second of the signal.
 */
import { failureCodes } from "../failure-codes.ts";
import type { LastRunStatus, TemplateRef, TemplateStatus } from "../ports.ts";
import { describeGoingOn } from "./going-on.ts";
import { findRun, isCanceling, isDistributing, outcomeOf } from "./meaning.ts";
import { isOwn } from "./ownership.ts";
import { type BuildPorts, messageOf, within } from "./ports.ts";
import { azCommand } from "../values/template-ref.ts";
import { noteState, type Recorded } from "./record.ts";

/** Milliseconds for a last look at the run, and for the answer to the request. */
const lookLimit = 500;
const cancelLimit = 4_000;

/** `canceling`: the service cancels it; `left`: it goes on by wish; `ended`: there is nothing to cancel; `refused`: it may go on. */
export type Fate = "canceling" | "left" | "ended" | "refused";

/** The run's fate, and why in a sentence part that begins with "stays", as it is said of the template. */
export interface Stopping {
  readonly fate: Fate;
  readonly why: string;
}

/**
 * Cancels the run or leaves it, as `onCancel` says and as far as the run has come, and says what goes on and what follows.
 * `last`: the template as last read. Never throws.
 */
export async function stopRun(about: Recorded, last: TemplateStatus | undefined, ports: BuildPorts): Promise<Stopping> {
  const { ref } = about;
  const found = (await within(lookLimit, ports.clock, ports.templates.get(ref)).catch(() => last)) ?? last;
  const next = judgeStop(about, found);
  switch (next.kind) {
    case "ended":
      ports.agent.info(`The run of ${ref.name} has ended (${next.runState}).`);
      return { fate: "ended", why: "stays for the post-job part of this step to look after" };
    case "canceling":
      break;
    case "leave":
      ports.agent.info(`The build is not cancelled, because ${next.because}.`);
      // Whether a run that does not show was started is for the post-job part to find out.
      if (next.shows) noteState(about, "left", ports);
      describeGoingOn(ref).forEach((line) => ports.agent.info(line));
      return { fate: "left", why: "stays: its build goes on" };
    case "cancel":
      if (!(await askToCancel(ref, ports)))
        return { fate: "refused", why: "stays: its build may go on, and the post-job part of this step asks again" };
  }
  noteState(about, "canceling", ports);
  const { cleanup } = about;
  const after = cleanup === "always" ? "deletes the template" : `names the template, which stays (cleanup: ${cleanup})`;
  ports.agent.info(`The post-job part of this step waits until the run has been cancelled, and ${after}.`);
  describeGoingOn(ref, "canceling").forEach((line) => ports.agent.info(line));
  return { fate: "canceling", why: "stays until the run has been cancelled" };
}

type Judged =
  | { readonly kind: "cancel" | "canceling" }
  | { readonly kind: "leave"; readonly because: string; readonly shows: boolean }
  | { readonly kind: "ended"; readonly runState: string };

/** What to do about the run of a template as it was last seen; one that does not show yet is cancelled blindly. */
function judgeStop({ mark, before, onCancel }: Recorded, found: TemplateStatus | undefined): Judged {
  const run: LastRunStatus | undefined = findRun(found, before);
  if (run !== undefined && outcomeOf(run) !== undefined) return { kind: "ended", runState: run.runState };
  if (isCanceling(run)) return { kind: "canceling" };
  const leave = (because: string): Judged => ({ kind: "leave", because, shows: run !== undefined });
  if (mark === undefined || (found !== undefined && !isOwn(found, mark)))
    return leave("its template is not one that this run of the pipeline has made");
  if (onCancel === "leave") return leave("onCancel is leave");
  if (isDistributing(run)) return leave("it is distributing the image already");
  return { kind: "cancel" };
}

/** True where the service has accepted it: the run ends some minutes later. Never throws. */
export async function askToCancel(
  ref: TemplateRef,
  { agent, clock, templates }: Pick<BuildPorts, "agent" | "clock" | "templates">,
): Promise<boolean> {
  agent.info(`Asking the service to cancel the run of ${ref.name}.`);
  try {
    await within(cancelLimit, clock, templates.cancelRun(ref));
    agent.info("The service cancels the run; that takes it some minutes.");
    return true;
  } catch (error) {
    const command = azCommand("cancel", ref);
    agent.warning(`The run may go on: ${messageOf(error)} To cancel it: ${command}`, failureCodes.templateLeft);
    return false;
  }
}
