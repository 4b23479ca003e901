/** Which versions stay, which leave `latest` now, and which are old enough to be deleted: pure, from what was read. */
import { tagNames, tagOf } from "../../../AzureImageBuilderV1/src/values/tag-names.ts";
import { compareVersions } from "../../../AzureImageBuilderV1/src/values/version.ts";
import { isPartOfLatest, isThere, latestOf } from "../gallery/latest.ts";
import type { GalleryVersion } from "../gallery/version.ts";
import type { Uses } from "../uses/gather.ts";

/** What becomes of a version. */
export interface Verdict {
  readonly version: GalleryVersion;
  readonly becomes: "kept" | "excluded" | "deleted";
  /** A sentence part. */
  readonly why: string;
}

export interface RetainFacts {
  readonly versions: readonly GalleryVersion[];
  readonly uses: Uses;
  readonly keepNewest: number;
  /** Milliseconds. */
  readonly keepYoungerThan: number;
  readonly now: Date;
  /** This pipeline run, e.g. `build/7`. */
  readonly run: string;
}

/** A verdict for each version, the highest first. */
export function decideRetention(facts: RetainFacts): readonly Verdict[] {
  const sorted = facts.versions.toSorted((a, b) => compareVersions(b.name, a.name));
  const latest = new Set(latestOf(facts.versions).values());
  const newest = sorted.filter(isPartOfLatest).slice(0, facts.keepNewest);
  const highest = newest[0]?.name;
  return sorted.map((version) => {
    const kept = reasonToKeep(version, facts, { latest, newest, highest });
    return kept === undefined ? goes(version, facts) : { version, becomes: "kept", why: kept };
  });
}

interface Among {
  readonly latest: ReadonlySet<string>;
  readonly newest: readonly GalleryVersion[];
  readonly highest: string | undefined;
}

function reasonToKeep(version: GalleryVersion, facts: RetainFacts, among: Among): string | undefined {
  const { name, state, published, endOfLife, keptUntilEndOfLife } = version;
  const isEnded = isThere(version) || state.toLowerCase() === "failed";
  if (!isEnded || state.toLowerCase() === "updating") return `its state is ${state}`;
  if (among.latest.has(name)) return "it is the latest";
  const used = inUse(name, facts.uses);
  if (used !== undefined) return used;
  if (among.newest.some((one) => one.name === name)) return `one of the newest ${facts.keepNewest}`;
  if (among.highest === undefined && isThere(version)) return "no version is part of latest: this one may be promoted";
  if (isThere(version) && isWaiting(version, among.highest)) return "newer than the latest: it may be promoted yet";
  if (published === undefined) return "it is not told when it was published";
  if (facts.now.getTime() - published.getTime() < facts.keepYoungerThan) return `published ${published.toISOString()}`;
  if (keptUntilEndOfLife && (endOfLife === undefined || endOfLife > facts.now)) {
    return "the gallery keeps it until its end of life";
  }
  return undefined;
}

function inUse(name: string, { byVersion, unknown, unread }: Uses): string | undefined {
  const users = byVersion.get(name);
  if (users !== undefined) return `in use: ${few(users)}`;
  if (unread.length > 0) return "what uses it could not be read: it counts as in use";
  return unknown.length === 0 ? undefined : `perhaps in use: ${few(unknown)} does not tell its version`;
}

function few(users: readonly string[]): string {
  const more = users.length - 3;
  return users.slice(0, 3).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** Neither retired nor on its way out, and higher than what `latest` means. */
function isWaiting(version: GalleryVersion, highest: string | undefined): boolean {
  const isOut = [tagNames.retired, tagNames.leaving].some((tag) => tagOf(version.tags, tag) !== undefined);
  return !isOut && highest !== undefined && compareVersions(version.name, highest) > 0;
}

/** The mark counts only where the version is still excluded: one that was promoted since begins anew. */
function goes(version: GalleryVersion, { now, run }: RetainFacts): Verdict {
  const mark = readMark(tagOf(version.tags, tagNames.leaving));
  if (mark === undefined || isPartOfLatest(version)) {
    return {
      version,
      becomes: "excluded",
      why: "not needed any more; deleted in a later run, if nobody needs it then",
    };
  }
  const since = mark.since.toISOString();
  if (mark.run === run)
    return { version, becomes: "kept", why: `excluded by this very run; a later one may delete it` };
  if (mark.since > now) return { version, becomes: "kept", why: `its mark is of a time to come, ${since}` };
  return { version, becomes: "deleted", why: `excluded since ${since} (${mark.run}), and not needed` };
}

/** The mark of a version that is on its way out. */
export function writeMark(now: Date, run: string): string {
  return `${now.toISOString()} ${run}`;
}

/** The mark's text; undefined where it is none that this task writes. */
export function readMark(text: string | undefined): { readonly since: Date; readonly run: string } | undefined {
  const [, time = "", run = ""] = /^(\d{4}-\d{2}-\d{2}T[\d:.]+Z) ((?:build|release)\/[\w.-]+)$/.exec(text ?? "") ?? [];
  const since = new Date(time);
  return Number.isNaN(since.getTime()) ? undefined : { since, run };
}
