/** A version of a gallery's image definition, as looking after it needs it. */
import { ServiceError } from "../../../AzureImageBuilderV1/src/errors.ts";
import { failureCodes } from "../../../AzureImageBuilderV1/src/failure-codes.ts";
import { regionName } from "../../../AzureImageBuilderV1/src/values/regions.ts";
import { isGalleryVersion } from "../../../AzureImageBuilderV1/src/values/version.ts";
import { at, fieldsOf, type Json, listAt, tagsOf, textAt, timeAt } from "../json.ts";

/** Where a version is, or is to be. */
export interface VersionRegion {
  /** Short name. */
  readonly name: string;
  /** Whether `latest` never means the version there: the region's own word, which wins over that of the version. */
  readonly excluded: boolean;
  /** As the service shows it: what the task does not know of stays as it is. */
  readonly shown: Json;
}

export interface GalleryVersion {
  readonly id: string;
  /** `x.y.z`. */
  readonly name: string;
  /** Short name of the definition's own region. */
  readonly location: string;
  readonly state: string;
  readonly excluded: boolean;
  readonly regions: readonly VersionRegion[];
  readonly published: Date | undefined;
  readonly endOfLife: Date | undefined;
  /** The gallery itself refuses to delete it before its end of life. */
  readonly keptUntilEndOfLife: boolean;
  readonly tags: Readonly<Record<string, string>>;
  /** The publishing profile as the service shows it. */
  readonly profile: Json;
  /** Region and state of those whose copy is not complete; undefined where it was not asked for. */
  readonly replicating: readonly string[] | undefined;
}

/** Reads a version's JSON. Throws a ServiceError where it is not of the documented form. */
export function readVersion(value: unknown): GalleryVersion {
  const body = fieldsOf(value);
  const [id, name, state] = [textAt(body, "id"), textAt(body, "name"), textAt(body, "properties.provisioningState")];
  const profile = fieldsOf(at(body, "properties.publishingProfile"));
  if (body === undefined || id === undefined || name === undefined || !isGalleryVersion(name)) throw unknown(name);
  if (state === undefined || profile === undefined) throw unknown(name);
  const excluded = profile["excludeFromLatest"] === true;
  return {
    id,
    name,
    location: regionName(textAt(body, "location") ?? ""),
    state,
    excluded,
    regions: listAt(profile, "targetRegions").flatMap((region) => readRegion(region, excluded)),
    published: timeAt(profile, "publishedDate"),
    endOfLife: timeAt(profile, "endOfLifeDate"),
    keptUntilEndOfLife: at(body, "properties.safetyProfile.blockDeletionBeforeEndOfLife") === true,
    tags: tagsOf(body),
    profile,
    replicating: readReplication(body),
  };
}

function readRegion(value: unknown, excluded: boolean): readonly VersionRegion[] {
  const shown = fieldsOf(value);
  const name = textAt(shown, "name");
  if (shown === undefined || name === undefined) return [];
  const own = shown["excludeFromLatest"];
  return [{ name: regionName(name), excluded: typeof own === "boolean" ? own : excluded, shown }];
}

function readReplication(body: Json): readonly string[] | undefined {
  const status = fieldsOf(at(body, "properties.replicationStatus"));
  if (status === undefined) return undefined;
  return listAt(status, "summary")
    .filter((region) => textAt(region, "state") !== "Completed")
    .map((region) => {
      const progress = at(region, "progress");
      const state = textAt(region, "state") ?? "state unknown";
      const name = regionName(textAt(region, "region") ?? "");
      return `${name} (${state}${typeof progress === "number" ? `, ${progress} %` : ""})`;
    });
}

function unknown(name: string | undefined): ServiceError {
  const which = name === undefined ? "a gallery version" : `gallery version ${name}`;
  return new ServiceError(failureCodes.noAnswer, `The answer about ${which} is not of the documented form.`);
}
