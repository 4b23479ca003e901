/** Images that an earlier attempt of a step has made, found by the tags that name its run, its template and its request. */
import { ServiceError } from "../errors.ts";
import type { TemplateDistributor } from "../image-template.ts";
import { tagNames, tagOf } from "../values/tag-names.ts";
import type { FactReader, GalleryVersionFacts, ManagedImageFacts, RunOutput } from "../ports.ts";
import { compareVersions, isVersionNumber } from "../values/version.ts";

/** What is there in the places that a template sends its images to; what could not be read is absent. */
export interface ImagePlaces {
  /** Versions by the ID of their definition, lower case. */
  readonly versions: ReadonlyMap<string, readonly GalleryVersionFacts[]>;
  /** By ID, lower case. */
  readonly managed: ReadonlyMap<string, ManagedImageFacts>;
}

/** Who made an image; without `request`, any of that template's. */
export interface Maker {
  /** `build/<id>` or `release/<id>`. */
  readonly run: string;
  /** The template's name. */
  readonly template: string;
  /** Digest of the request, with the version of its form, e.g. `v1:…`. */
  readonly request?: string;
}

/** What came of looking for an image for each target. */
export type MadeImages =
  /** Some target has none. */
  | { readonly state: "none" }
  /** All are there, and some are not ready; `waiting` names them. */
  | { readonly state: "coming"; readonly waiting: readonly string[] }
  | { readonly state: "ready"; readonly outputs: readonly RunOutput[] };

/** Reads each place once, at the same time. What cannot be read is left out: it stops nothing. */
export async function readImagePlaces(
  targets: readonly TemplateDistributor[],
  facts: Pick<FactReader, "galleryVersions" | "managedImage">,
): Promise<ImagePlaces> {
  const definitions = new Set(targets.flatMap((one) => (one.type === "SharedImage" ? [partsOf(one).definition] : [])));
  const images = new Set(targets.flatMap((one) => (one.type === "ManagedImage" ? [one.imageId] : [])));
  const [versions, managed] = await Promise.all([
    Promise.all([...definitions].map(async (id) => [keyOf(id), await orUnknown(facts.galleryVersions(id))] as const)),
    Promise.all([...images].map(async (id) => [keyOf(id), await orUnknown(facts.managedImage(id))] as const)),
  ]);
  return { versions: mapOf(versions), managed: mapOf(managed) };
}

/** The images that `maker` has made for these targets. Of several versions the latest counts, one that is ready first. */
export function findMadeImages(targets: readonly TemplateDistributor[], maker: Maker, places: ImagePlaces): MadeImages {
  const found = targets.map((target) => findOne(target, maker, places));
  const all = found.flatMap((one) => one ?? []);
  if (all.length === 0 || all.length < found.length) return { state: "none" };
  const waiting = all.filter(({ isReady }) => !isReady);
  if (waiting.length > 0) return { state: "coming", waiting: waiting.map(({ output }) => output.artifactId ?? "") };
  return { state: "ready", outputs: all.map(({ output }) => output) };
}

/** The ID of the definition that a gallery target names, without a version. */
export function definitionIdOf(galleryImageId: string): string {
  return galleryImageId.replace(/\/versions\/[^/]+\/?$/i, "");
}

interface Made {
  readonly output: RunOutput;
  readonly isReady: boolean;
}

function findOne(target: TemplateDistributor, maker: Maker, places: ImagePlaces): Made | undefined {
  switch (target.type) {
    case "SharedImage":
      return findVersion(target, maker, places);
    case "ManagedImage":
      return findManaged(target, maker, places);
    // A blob bears no tags.
    case "VHD":
      return undefined;
  }
}

type TargetOf<T extends TemplateDistributor["type"]> = TemplateDistributor & { readonly type: T };

function findVersion(target: TargetOf<"SharedImage">, maker: Maker, { versions }: ImagePlaces): Made | undefined {
  const { definition, version } = partsOf(target);
  const fitting = (versions.get(keyOf(definition)) ?? [])
    .filter(({ name, tags }) => isVersionNumber(name) && isMadeBy(tags, maker))
    .filter(({ name }) => version === undefined || name === version)
    .sort((a, b) => compareVersions(b.name, a.name));
  const found = fitting.find((one) => readiness(one) === "ready") ?? fitting.find((one) => readiness(one) === "coming");
  return found && describe(target, `${definition}/versions/${found.name}`, readiness(found));
}

function findManaged(target: TargetOf<"ManagedImage">, maker: Maker, { managed }: ImagePlaces): Made | undefined {
  const image = managed.get(keyOf(target.imageId));
  if (image === undefined || !isMadeBy(image.tags ?? {}, maker) || readiness(image) === "useless") return undefined;
  return describe(target, target.imageId, readiness(image));
}

function describe({ runOutputName }: TemplateDistributor, id: string, state: Readiness): Made {
  return { output: { name: runOutputName, artifactId: id }, isReady: state === "ready" };
}

type Readiness = "ready" | "coming" | "useless";

function readiness({ provisioningState }: { readonly provisioningState?: string | undefined }): Readiness {
  switch (provisioningState?.toLowerCase()) {
    case "succeeded":
      return "ready";
    case "creating":
    case "updating":
      return "coming";
    default:
      return "useless";
  }
}

function isMadeBy(tags: Readonly<Record<string, string>>, { run, template, request }: Maker): boolean {
  const has = (name: string, wanted: string): boolean => tagOf(tags, name) === wanted;
  return (
    has(tagNames.run, run) &&
    has(tagNames.template, template) &&
    (request === undefined || has(tagNames.request, request))
  );
}

function partsOf({ galleryImageId }: TargetOf<"SharedImage">): {
  readonly definition: string;
  readonly version?: string;
} {
  const version = /\/versions\/([^/]+)\/?$/i.exec(galleryImageId)?.[1];
  return { definition: definitionIdOf(galleryImageId), ...(version === undefined ? {} : { version }) };
}

function keyOf(id: string): string {
  return id.toLowerCase();
}

function mapOf<T>(entries: readonly (readonly [string, T | undefined])[]): ReadonlyMap<string, T> {
  return new Map(entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));
}

async function orUnknown<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ServiceError) return undefined;
    throw error;
  }
}
