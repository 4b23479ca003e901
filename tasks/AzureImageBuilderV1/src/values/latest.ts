/** What `latest` of an image definition means. */
import type { GalleryVersionFacts } from "../ports.ts";
import { regionName } from "./regions.ts";
import { newestVersion } from "./version.ts";

/** When, and where: a short name; without a region it is enough that the version counts in one. */
export interface Looking {
  readonly now: Date;
  readonly region?: string;
}

/** The highest version that is complete, in the region, not past its end of life and not excluded there; by number. */
export function latestOf(versions: readonly GalleryVersionFacts[], looking: Looking): string | undefined {
  return newestVersion(versions.filter((one) => countsForLatest(one, looking)).map(({ name }) => name));
}

/** Whether `latest` may mean the version (facts, section 7). */
export function countsForLatest(version: GalleryVersionFacts, { now, region }: Looking): boolean {
  const { excludeFromLatest, provisioningState = "Succeeded", regions, excludedRegions = [], endOfLife } = version;
  const excluded = excludedRegions.map(regionName);
  const places = regions.map(regionName).filter((one) => !excluded.includes(one));
  return (
    !excludeFromLatest &&
    provisioningState.toLowerCase() === "succeeded" &&
    (endOfLife === undefined || endOfLife.getTime() > now.getTime()) &&
    (region === undefined ? places.length > 0 || regions.length === 0 : places.includes(region))
  );
}
