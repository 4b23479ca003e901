/** The source image as the service will find it, read once for all checks that compare with it. */
import type { TemplateSource } from "../image-template.ts";
import { regionName } from "../values/regions.ts";
import { readResourceId } from "../values/resource-id.ts";
import { isVersionNumber, newestVersion } from "../values/version.ts";
import { booleanAt, listAt, objectAt, textAt } from "./json.ts";
import type { Json, Read, Reads } from "./reads.ts";
import type { Subject } from "./types.ts";

const compute = "2024-07-01";
const galleries = "2024-03-03";
/** What reading marketplace images needs. */
export const marketplaceRead = "Microsoft.Compute/locations/publishers/artifacttypes/offers/skus/versions/read";

/** What reads of a source found. */
export interface SourceReads {
  /** The marketplace image, the gallery's image definition, or the managed image. */
  readonly image: Read<Json>;
  /** Of a gallery: the version that would be used; absent where `latest` means none. */
  readonly version?: Read<Json>;
}

/** How messages call the source, e.g. `Canonical:ubuntu-24_04-lts:server:24.04.202510010`. */
export function nameSource(source: TemplateSource): string {
  switch (source.type) {
    case "PlatformImage":
      return [source.publisher, source.offer, source.sku, source.version].join(":");
    case "SharedImageVersion": {
      const [gallery = "", definition = "", version = ""] = readResourceId(source.imageVersionId)?.names ?? [];
      return `${gallery}/${definition}/${version}`;
    }
    case "ManagedImage":
      return readResourceId(source.imageId)?.names[0] ?? source.imageId;
  }
}

/** Reads the template's source, in the template's region. One read, two for galleries or where `latest` is left open. */
export function readSource({ template, plan }: Subject, reads: Reads): Promise<SourceReads> {
  const { source } = template.properties;
  switch (source.type) {
    case "PlatformImage":
      return readPlatformImage(source, { ...plan.template, location: template.location }, reads);
    case "SharedImageVersion":
      return readGalleryImage(source.imageVersionId, template.location, reads);
    case "ManagedImage":
      return reads
        .get(source.imageId, { apiVersion: compute, permission: "Microsoft.Compute/images/read" })
        .then((image) => ({ image }));
  }
}

type Of<K extends TemplateSource["type"]> = Extract<TemplateSource, { readonly type: K }>;

async function readPlatformImage(
  { publisher, offer, sku, version }: Of<"PlatformImage">,
  place: { readonly subscriptionId: string; readonly location: string },
  reads: Reads,
): Promise<SourceReads> {
  const options = { apiVersion: compute, permission: marketplaceRead };
  const path =
    `/subscriptions/${place.subscriptionId}/providers/Microsoft.Compute/locations/${regionName(place.location)}` +
    `/publishers/${publisher}/artifacttypes/vmimage/offers/${offer}/skus/${sku}/versions`;
  if (version.toLowerCase() !== "latest") return { image: await reads.get(`${path}/${version}`, options) };
  const listed = await reads.get(path, options);
  if (listed.state !== "found") return { image: listed };
  // The list is a bare array, whose items stand under their numbers.
  const names = Object.values(listed.value).map((one) => textAt(one, "name") ?? "");
  const newest = newestVersion(names);
  return { image: newest === undefined ? { state: "absent" } : await reads.get(`${path}/${newest}`, options) };
}

async function readGalleryImage(id: string, location: string, reads: Reads): Promise<SourceReads> {
  const [definitionId = "", asked = ""] = id.split(/\/versions\//i);
  const [image, version] = await Promise.all([
    readDefinition(definitionId, reads),
    asked.toLowerCase() === "latest"
      ? readLatest(definitionId, location, reads)
      : reads.get(id, { ...versionRead, query: { $expand: "ReplicationStatus" } }),
  ]);
  return { image, version };
}

const versionRead = { apiVersion: galleries, permission: "Microsoft.Compute/galleries/images/versions/read" };

/** An image definition by its ID. */
export function readDefinition(id: string, reads: Reads): Promise<Read<Json>> {
  return reads.get(id, { apiVersion: galleries, permission: "Microsoft.Compute/galleries/images/read" });
}

/** A gallery by its ID. */
export function readGallery(id: string, reads: Reads): Promise<Read<Json>> {
  return reads.get(id, { apiVersion: galleries, permission: "Microsoft.Compute/galleries/read" });
}

/** All versions of a definition. */
export function readVersions(definitionId: string, reads: Reads): Promise<Read<readonly Json[]>> {
  return reads.list(`${definitionId}/versions`, versionRead);
}

/** The version that `latest` means in a region (facts, section 7). */
async function readLatest(definitionId: string, location: string, reads: Reads): Promise<Read<Json>> {
  const versions = await readVersions(definitionId, reads);
  if (versions.state !== "found") return versions;
  const fitting = versions.value.filter((one) => isForLatest(one, location));
  const newest = newestVersion(fitting.map((one) => textAt(one, "name") ?? ""));
  const found = fitting.find((one) => textAt(one, "name") === newest);
  return found === undefined ? { state: "absent" } : { state: "found", value: found };
}

function isForLatest(version: Json, location: string): boolean {
  const profile = objectAt(version, "properties", "publishingProfile");
  const region = regionOf(profile, location);
  return (
    isVersionNumber(textAt(version, "name") ?? "") &&
    textAt(version, "properties", "provisioningState") === "Succeeded" &&
    region !== undefined &&
    !(booleanAt(region, "excludeFromLatest") ?? booleanAt(profile, "excludeFromLatest") ?? false)
  );
}

/** The entry of a version's `publishingProfile` for a region; undefined without one. */
export function regionOf(profile: unknown, location: string): Json | undefined {
  const regions = listAt(profile, "targetRegions") ?? [];
  return objectAt(regions.find((one) => regionName(textAt(one, "name") ?? "") === regionName(location)));
}
