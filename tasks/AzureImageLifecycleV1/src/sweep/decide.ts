/** Which templates and blobs are leftovers: pure, from what was read. */
import { incoming } from "../../../AzureImageBuilderV1/src/artifact/upload-record.ts";
import { readMark } from "../../../AzureImageBuilderV1/src/build/ownership.ts";
import type { StoredBlob, TemplateStatus } from "../../../AzureImageBuilderV1/src/ports.ts";
import { formatDuration } from "../../../AzureImageBuilderV1/src/values/duration.ts";

/** Whether something goes, and why or why not, as a sentence part. */
export interface Judgement {
  readonly goes: boolean;
  readonly why: string;
}

/** How a run of a template can have ended; in any other state it may go on. */
const endStates: readonly string[] = ["succeeded", "partiallysucceeded", "failed", "canceled"];
const restStates: readonly string[] = ["succeeded", "failed", "canceled"];

const stays = (why: string): Judgement => ({ goes: false, why });

/**
 * Judges a template. `created` is when it was made, where that is known; `olderThan` is in milliseconds. Only what bears the
 * marks of a build of this extension goes, never what may be at work, and never a template whose image would go with it.
 */
export function judgeTemplate(
  template: TemplateStatus,
  { now, olderThan, created }: { readonly now: Date; readonly olderThan: number; readonly created: Date | undefined },
): Judgement {
  const mark = readMark(template.tags);
  if (mark === undefined || !/^(build|release)\/[\w.-]+$/.test(mark.run))
    return stays("not made by this extension's task");
  const { provisioningState = "state unknown", lastRun, targets } = template;
  if (!restStates.includes(provisioningState.toLowerCase())) return stays(`it is ${provisioningState}`);
  const state = lastRun?.runState ?? "";
  if (lastRun !== undefined && !endStates.includes(state.toLowerCase())) return stays(`its run goes on (${state})`);
  if (targets.some(({ inStaging }) => inStaging === true))
    return stays("a VHD lies in its staging group, which would go with it");
  const since = lastRun === undefined ? created : latestTime([lastRun.startTime, lastRun.endTime]);
  if (since === undefined) return stays("it is not told how old it is");
  const age = now.getTime() - since.getTime();
  const untouched = lastRun === undefined ? "made" : "its build ended";
  if (age < olderThan) return stays(`${untouched} ${formatDuration(age)} ago`);
  const end = lastRun === undefined ? "it has never run" : `its run: ${state}`;
  return { goes: true, why: `left by ${mark.run}, ${end}, untouched for ${formatDuration(age)}` };
}

function latestTime(texts: readonly (string | undefined)[]): Date | undefined {
  const times = texts.map((text) => Date.parse(text ?? "")).filter((time) => !Number.isNaN(time));
  return times.length === 0 ? undefined : new Date(Math.max(...times));
}

/**
 * Judges one of the task's blobs that is unused for the retention, or what a broken upload left. `templates` are the JSON
 * texts of all templates that can be seen, in whatever state: a blob that one of them names stays.
 */
export function judgeBlob({ name }: Pick<StoredBlob, "name">, templates: readonly string[]): Judgement {
  const content = /([0-9a-f]{64})/.exec(name)?.[1] ?? name;
  if (templates.some((text) => text.includes(content))) return stays("an image template names it");
  return {
    goes: true,
    why: name.startsWith(incoming) ? "left by an upload that broke off" : "unused for the retention",
  };
}
