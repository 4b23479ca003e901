/** The story of the post-job part: sees who else is at work, then reads, decides and acts until nothing is left or time is up. */
import { askToCancel } from "../build/cancel-run.ts";
import { deleteTemplate, reportTemplate } from "../build/delete-template.ts";
import { describeGoingOn } from "../build/going-on.ts";
import { mayPass, messageOf } from "../build/ports.ts";
import { noteState, type RecordState, type RunRecord } from "../build/record.ts";
import { ServiceError } from "../errors.ts";
import type { Agent, Clock, ImageTemplates, ProcessIdentity, TemplateStatus } from "../ports.ts";
import { decide, type Decision } from "./decide.ts";
import { endMain, type Processes } from "./end-main.ts";

export interface FinishPorts {
  readonly agent: Agent;
  readonly clock: Clock;
  readonly templates: ImageTemplates;
  readonly processes: Processes;
  readonly process: ProcessIdentity;
  /** Aborted when the agent asks this part to stop. */
  readonly cancelled: AbortSignal;
}

/** A cancelled job's time for everything after it, where the pipeline does not say: nobody tells a task. Milliseconds. */
const cancelTime = 5 * 60_000;
/** What of it is kept for the end of the job, and for the main part before this one. */
const reserve = 40_000;
const mainTime = 10_000;
/** Milliseconds between two reads. */
const pause = 5_000;

/**
 * Finishes what `record` tells of. Never rejects: what stays is told as a warning with the command that finishes it.
 * Stopped itself, it names what is left at once.
 */
export async function finishBuild(record: RunRecord, ports: FinishPorts): Promise<void> {
  const { agent, cancelled } = ports;
  const stopped = new Promise<"stopped">((resolve) => {
    const stop = (): void => resolve("stopped");
    if (cancelled.aborted) stop();
    cancelled.addEventListener("abort", stop, { once: true });
  });
  try {
    const ended = await Promise.race([act(record, ports), stopped]);
    if (ended === "stopped") reportTemplate(record.template, ports, "may stay: there was no time to finish");
  } catch (error) {
    reportTemplate(record.template, { agent }, `may stay: ${messageOf(error)}`);
  }
}

async function act(record: RunRecord, ports: FinishPorts): Promise<void> {
  const { agent, clock } = ports;
  agent.info(`Looking after image template ${record.template.name}: ${words[record.state]}.`);
  const lived = await endMain(record.process, ports);
  const isCanceled = agent.variable("Agent.JobStatus")?.toLowerCase() === "canceled";
  const stopped = lived || isCanceled || record.state === "canceling";
  const now = clock.now().getTime();
  const began = isCanceled && record.state === "canceling" ? Math.min(record.since, now) : now - mainTime;
  await carryOn(record, { stopped, until: began + cancelTime - reserve }, ports);
}

const words: Readonly<Record<RecordState, string>> = {
  creating: "the step ended while it was created",
  running: "the step ended before its build had",
  canceling: "its build is being cancelled",
  told: "the step ended before it was deleted",
  left: "its build goes on",
  done: "nothing is left to do",
};

interface Course {
  readonly stopped: boolean;
  /** When the time is up, in milliseconds since 1970. */
  readonly until: number;
}

async function carryOn(record: RunRecord, { stopped, until }: Course, ports: FinishPorts): Promise<void> {
  const { agent, clock } = ports;
  let asked = false;
  let told = "";
  for (let looks = 1; ; looks += 1) {
    const found = await read(record, until, ports);
    const decision = decide({ record, stopped, found, looks, asked });
    switch (decision.kind) {
      case "cancel":
        await askToCancel(record.template, ports);
        asked = true;
        break;
      case "wait":
        if (clock.now().getTime() + pause > until) {
          return reportTemplate(record.template, ports, `stays: there is no time to wait until ${decision.for}`);
        }
        if (told !== decision.for) agent.info(`Waiting until ${decision.for}.`);
        told = decision.for;
        await clock.sleep(pause, ports.cancelled);
        break;
      default:
        return end(decision, { record, until, ports });
    }
  }
}

/** One read; a service that does not answer is asked again while there is time. */
async function read(record: RunRecord, until: number, ports: FinishPorts): Promise<TemplateStatus | undefined> {
  const { clock, templates } = ports;
  for (;;) {
    try {
      return await templates.get(record.template);
    } catch (error) {
      if (!(error instanceof ServiceError) || !mayPass(error) || clock.now().getTime() + pause > until) throw error;
      await clock.sleep(Math.max(pause, error.retryAfterMs ?? 0), ports.cancelled);
    }
  }
}

async function end(
  decision: Exclude<Decision, { kind: "wait" | "cancel" }>,
  { record, until, ports }: { readonly record: RunRecord; readonly until: number; readonly ports: FinishPorts },
): Promise<void> {
  const { agent, clock } = ports;
  const { template: ref, mark } = record;
  switch (decision.kind) {
    case "nothing":
      agent.info("Nothing is left to do.");
      break;
    case "delete": {
      const limit = Math.max(0, until - clock.now().getTime());
      if (!(await deleteTemplate({ ref, mark }, ports, limit))) return;
      break;
    }
    case "keep":
      if (decision.goesOn) describeGoingOn(ref).forEach((line) => agent.info(line));
      reportTemplate(ref, ports, decision.why);
      return;
  }
  noteState({ ...record, ref }, "done", ports);
}
