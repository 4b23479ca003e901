/** Gallery versions as tests write them. */
import { type GalleryVersion, readVersion } from "../../../tasks/AzureImageLifecycleV1/src/gallery/version.ts";

export const definition =
  "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg/providers/Microsoft.Compute/galleries/g/images/web";

/** What differs from a version that is ready, part of latest, in West Europe, and old. */
export interface VersionChange {
  readonly state?: string;
  readonly excluded?: boolean;
  /** Region by its own word about latest; null: it has none. */
  readonly regions?: Readonly<Record<string, boolean | null>>;
  readonly published?: string | null;
  readonly endOfLife?: string;
  readonly kept?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The version as the service shows it. */
export function versionJson(name: string, change: VersionChange = {}): object {
  const { state = "Succeeded", excluded = false, regions = { "West Europe": null }, tags = {} } = change;
  const { published = "2020-01-01T00:00:00.0000000+00:00", endOfLife, kept } = change;
  const targetRegions = Object.entries(regions).map(([region, own]) => ({
    name: region,
    ...(own === null ? {} : { excludeFromLatest: own }),
  }));
  return {
    id: `${definition}/versions/${name}`,
    name,
    location: "westeurope",
    tags,
    properties: {
      provisioningState: state,
      publishingProfile: {
        targetRegions,
        excludeFromLatest: excluded,
        ...(published === null ? {} : { publishedDate: published }),
        ...(endOfLife === undefined ? {} : { endOfLifeDate: endOfLife }),
      },
      safetyProfile: { blockDeletionBeforeEndOfLife: kept === true },
    },
  };
}

/** The version as the task reads it. */
export function version(name: string, change: VersionChange = {}): GalleryVersion {
  return readVersion(versionJson(name, change));
}
