/** Whether an image of the same request may stand for a new one, by what Azure says of it. Pure. */
import { formatDuration } from "../values/duration.ts";
import { tagNames, tagOf } from "../values/tag-names.ts";
import type { Candidate, FoundImage } from "./candidates.ts";
import type { Refusal } from "./types.ts";

const day = 24 * 60 * 60_000;

export interface Wanted {
  readonly now: Date;
  readonly maxAgeDays: number;
  /** The step asks for a version that is excluded from latest. */
  readonly excludeFromLatest: boolean;
}

/** Undefined where nothing speaks against the candidate. */
export function judge({ images }: Candidate, wanted: Wanted): Refusal | undefined {
  for (const image of images) {
    const why = faultOf(image, wanted);
    if (why !== undefined) return { reason: "notUsable", why };
  }
  const oldest = images.flatMap(({ publishedAt }) => publishedAt ?? []).sort((a, b) => a.getTime() - b.getTime())[0];
  return oldest === undefined ? undefined : judgeAge(oldest, wanted);
}

/** Undefined where what was made at `madeAt` is young enough. */
export function judgeAge(madeAt: Date, { now, maxAgeDays }: Omit<Wanted, "excludeFromLatest">): Refusal | undefined {
  const age = now.getTime() - madeAt.getTime();
  if (age <= maxAgeDays * day) return undefined;
  return { reason: "tooOld", why: `is ${formatAge(age)} old, and reuseMaxAgeDays is ${maxAgeDays}` };
}

/** `3 days`, or hours and minutes where it is less than two. */
export function formatAge(ms: number): string {
  return ms < 2 * day ? formatDuration(ms) : `${Math.floor(ms / day)} days`;
}

function faultOf(image: FoundImage, { now, excludeFromLatest }: Wanted): string | undefined {
  const { provisioningState = "unknown", tags, endOfLife } = image;
  if (provisioningState.toLowerCase() !== "succeeded") return `is not complete (${provisioningState})`;
  const retired = tagOf(tags, tagNames.retired);
  if (retired !== undefined) return `was retired (${retired})`;
  if (tagOf(tags, tagNames.leaving) !== undefined) return "is about to be deleted (AzureImageLifecycle, retain)";
  if (endOfLife !== undefined && endOfLife.getTime() <= now.getTime()) {
    return `is past its end of life (${endOfLife.toISOString().slice(0, 10)})`;
  }
  if (image.excludeFromLatest && !excludeFromLatest) return "is excluded from latest, as this step does not ask for";
  return undefined;
}
