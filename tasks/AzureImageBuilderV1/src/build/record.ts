/**
 * What the step's post-job part is told of the build: written to a task variable before each call that creates or starts
 * something, so that it is there whenever the process ends (agent contract, section 4.4). Nothing in it is secret.
 */
import {
  type Fields,
  isFields,
  isOneOf,
  isProcess,
  isTemplateRef,
  matches,
  readRecordText,
} from "../values/record-text.ts";
import type { Agent, Clock, ProcessIdentity, TemplateRef } from "../ports.ts";
import type { Cleanup } from "./clean-up.ts";
import type { Mark } from "./ownership.ts";

/** Name of the task variable. */
export const recordName = "AibRecord";
/** What the agent calls it in the environment of the post-job part. */
export const recordVariable = "VSTS_TASKVARIABLE_AIBRECORD";

/**
 * How far the build is. `creating`: the template is about to be asked for; `running`: its run is about to be asked for, or
 * goes on; `canceling`: the service has accepted to cancel it; `left`: it goes on by wish; `told`: the outputs are set, only
 * cleaning up remains; `done`: nothing is left to do.
 */
export const recordStates = ["creating", "running", "canceling", "left", "told", "done"] as const;
export type RecordState = (typeof recordStates)[number];

export interface RunRecord {
  readonly version: 1;
  readonly state: RecordState;
  readonly template: TemplateRef;
  readonly mark: Mark;
  readonly afterwards: "delete" | "keepForImage";
  readonly cleanup: Cleanup["cleanup"];
  readonly onCancel: Cleanup["onCancel"];
  readonly keepsVm: boolean;
  /** The process of the main part. */
  readonly process: ProcessIdentity;
  /** When this state began, in milliseconds since 1970. */
  readonly since: number;
  /** Start time of the template's run before this one, as the service writes it. */
  readonly before?: string;
}

/** What a record is about. */
export interface Recorded extends Cleanup {
  readonly before?: string | undefined;
}

export interface RecordPorts {
  readonly agent: Pick<Agent, "setTaskVariable">;
  readonly clock: Pick<Clock, "now">;
  readonly process: ProcessIdentity;
}

/**
 * Writes the record, before the call it announces is sent. A template without a mark of this run is nobody's to clean up:
 * of it nothing is written.
 */
export function noteState(about: Recorded, state: RecordState, { agent, clock, process }: RecordPorts): void {
  const { ref, mark, afterwards, cleanup, onCancel, keepsVm, before } = about;
  if (mark === undefined || afterwards === "notOurs") return;
  const record: RunRecord = {
    version: 1,
    state,
    template: { subscriptionId: ref.subscriptionId, resourceGroup: ref.resourceGroup, name: ref.name },
    mark,
    afterwards,
    cleanup,
    onCancel,
    keepsVm,
    process,
    since: clock.now().getTime(),
    ...(before === undefined ? {} : { before }),
  };
  agent.setTaskVariable(recordName, JSON.stringify(record));
}

/** The record in the variable's text; undefined where there is none, or none that this version could have written. */
export function readRecord(text: string | undefined): RunRecord | undefined {
  return readRecordText(text, isRecord);
}

/** What may stand in a command or a request is compared with what Azure allows: the text may be anybody's. */
function isRecord(value: Fields): value is Fields & RunRecord {
  const { template, mark, process, since, before } = value;
  return (
    value["version"] === 1 &&
    isOneOf(value["state"], recordStates) &&
    isOneOf(value["afterwards"], ["delete", "keepForImage"]) &&
    isOneOf(value["cleanup"], ["always", "onSuccess", "never"]) &&
    isOneOf(value["onCancel"], ["cancel", "leave"]) &&
    typeof value["keepsVm"] === "boolean" &&
    Number.isSafeInteger(since) &&
    (before === undefined || matches(before, /^[\dT:.Z+-]{1,40}$/)) &&
    isTemplateRef(template) &&
    isFields(mark) &&
    matches(mark["run"], /^(build|release)\/[\w.-]{1,64}$/) &&
    matches(mark["request"], /^v\d+:[\da-f]{1,128}$/) &&
    isProcess(process)
  );
}
