/** What `latest` means: in each region the highest version there that is not excluded (facts, section 7). */
import { compareVersions } from "../../../AzureImageBuilderV1/src/values/version.ts";
import type { GalleryVersion } from "./version.ts";

/** A version's number by region (short name); a region without a version that `latest` could mean has none. */
export type Latest = ReadonlyMap<string, string>;

/** Versions of one definition to what `latest` means of them. One that is only being changed is there all the same. */
export function latestOf(versions: readonly GalleryVersion[]): Latest {
  const found = new Map<string, string>();
  for (const { name, regions } of versions.filter(isThere)) {
    for (const region of regions.filter(({ excluded }) => !excluded)) {
      const other = found.get(region.name);
      if (other === undefined || compareVersions(name, other) > 0) found.set(region.name, name);
    }
  }
  return found;
}

/** Whether machines can be made of it. */
export function isThere({ state }: Pick<GalleryVersion, "state">): boolean {
  return ["succeeded", "updating"].includes(state.toLowerCase());
}

/** Whether `latest` can mean it in some region. */
export function isPartOfLatest(version: GalleryVersion): boolean {
  return isThere(version) && version.regions.some(({ excluded }) => !excluded);
}

/** One sentence, e.g. `latest is 1.2.0 in westeurope and northeurope, and 1.1.0 in uksouth`. */
export function describeLatest(latest: Latest): string {
  if (latest.size === 0) return "latest means no version: there is none that is ready and not excluded from it";
  const regions = new Map<string, string[]>();
  for (const [region, name] of latest) regions.set(name, [...(regions.get(name) ?? []), region]);
  const parts = [...regions]
    .sort(([one], [other]) => compareVersions(other, one))
    .map(([name, places]) => `${name} in ${places.sort().join(", ")}`);
  return `latest is ${parts.join("; ")}`;
}

/** Regions in which `before` has a version and `after` has none, sorted. */
export function regionsLost(before: Latest, after: Latest): readonly string[] {
  return [...before.keys()].filter((region) => !after.has(region)).sort();
}
