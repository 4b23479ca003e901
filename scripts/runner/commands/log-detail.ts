/** `task.logdetail`: nested records of the timeline (agent contract, section 3.3). */
import { isTaskResult } from "../agent/results.ts";
import type { DetailRecord } from "../agent/state.ts";
import type { LoggingCommand } from "./grammar.ts";
import { requireProperty, type CommandContext } from "./types.ts";

/** Creates or updates a record. Throws an Error for a bad id, a missing name or type, an unknown or changed parent. */
export function applyLogDetail({ job, step }: CommandContext, command: LoggingCommand): void {
  const id = guid(requireProperty(command, "id"));
  const known = job.details.get(id);
  const told = readRecord(command);
  if (known === undefined) checkNew(told, job.details);
  else if (told.parentId !== undefined && told.parentId !== known.parentId) {
    throw new Error(`the parent of record ${id} cannot change`);
  }
  const now = job.now();
  const completed = told.state === "Completed" && known !== undefined;
  const defaults = known === undefined ? { startTime: now, state: "InProgress" as const } : {};
  const ends = completed ? { percentComplete: 100, finishTime: now } : {};
  job.details.set(id, { ...known, ...defaults, ...ends, ...told, id, step: step.refName });
}

/** What the command says; keys it does not give are absent. */
function readRecord(command: LoggingCommand): Partial<DetailRecord> {
  const { properties, data } = command;
  const parent = properties.get("parentid");
  const state = properties.get("state");
  const result = properties.get("result");
  const record: Partial<DetailRecord> = {
    parentId: parent === undefined ? undefined : guid(parent),
    name: properties.get("name"),
    type: properties.get("type"),
    order: whole(properties.get("order")),
    percentComplete: clamp(whole(properties.get("progress"))),
    currentOperation: data === "" ? undefined : data,
    startTime: time(properties.get("starttime")),
    finishTime: time(properties.get("finishtime")),
    state: state === undefined ? undefined : readState(state),
    result: result === undefined ? undefined : isTaskResult(result) ? result : "Succeeded",
  };
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

function checkNew(record: Partial<DetailRecord>, known: ReadonlyMap<string, DetailRecord>): void {
  if (record.name === undefined) throw new Error("a new record needs a name");
  if (record.type === undefined) throw new Error("a new record needs a type");
  if (record.type === "Job") throw new Error('a record must not be of type "Job"');
  if (record.parentId !== undefined && !known.has(record.parentId)) {
    throw new Error(`the parent record ${record.parentId} has not been reported in this job`);
  }
}

/** Any other word is read as Pending. */
function readState(text: string): DetailRecord["state"] {
  const states = ["Pending", "InProgress", "Completed"] as const;
  return states.find((state) => state.toLowerCase() === text.toLowerCase()) ?? "Pending";
}

function guid(text: string): string {
  const plain = text.trim().replace(/^[{(](.*)[)}]$/, "$1");
  const isGuid = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(plain);
  if (!isGuid || /^[0-]+$/.test(plain)) throw new Error(`"${text}" is no GUID`);
  const hex = plain.replaceAll("-", "").toLowerCase();
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : undefined;
}

function clamp(percent: number | undefined): number | undefined {
  return percent === undefined ? undefined : Math.min(Math.max(percent, 0), 100);
}

function time(text: string | undefined): number | undefined {
  const ms = text === undefined ? NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
