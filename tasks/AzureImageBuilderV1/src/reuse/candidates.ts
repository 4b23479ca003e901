/** Images that may have been made of the same things, by their tags. Pure: tags are only a hint (see trust.ts). */
import { definitionIdOf, type ImagePlaces } from "../facts/made-images.ts";
import type { TemplateDistributor } from "../image-template.ts";
import { regionName } from "../values/regions.ts";
import { tagNames, tagOf } from "../values/tag-names.ts";
import { compareVersions, isVersionNumber } from "../values/version.ts";

/** An image in one of the places. */
export interface FoundImage {
  /** Name of the target it would stand for. */
  readonly name: string;
  /** Resource ID. */
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly provisioningState?: string | undefined;
  readonly excludeFromLatest: boolean;
  readonly publishedAt?: Date | undefined;
  readonly endOfLife?: Date | undefined;
  /** Short names. */
  readonly regions: readonly string[];
}

/** One image for each target, all made by one build. */
export interface Candidate {
  /** `build/<id>` or `release/<id>`; `""` where the tags name none. */
  readonly run: string;
  /** In the order of the targets. */
  readonly images: readonly FoundImage[];
}

/** What was made for `digest`, newest first; for any request where there is none. A target that got no image leaves none. */
export function findCandidates(
  targets: readonly TemplateDistributor[],
  places: ImagePlaces,
  digest?: string,
): readonly Candidate[] {
  const [first, ...others] = targets.map((target) =>
    imagesOf(target, places).filter(({ tags }) => {
      const request = tagOf(tags, tagNames.request);
      return request !== undefined && (digest === undefined || request === digest);
    }),
  );
  return (first ?? []).flatMap((image) => {
    const rest = others.map((images) => images.find((one) => isOfOneBuild(one, image)));
    const found = rest.filter((one) => one !== undefined);
    if (found.length < rest.length) return [];
    return [{ run: tagOf(image.tags, tagNames.run) ?? "", images: [image, ...found] }];
  });
}

function isOfOneBuild(one: FoundImage, other: FoundImage): boolean {
  return [tagNames.run, tagNames.template, tagNames.request].every(
    (name) => tagOf(one.tags, name) === tagOf(other.tags, name),
  );
}

/** Newest first. */
function imagesOf(target: TemplateDistributor, { versions, managed }: ImagePlaces): readonly FoundImage[] {
  const name = target.runOutputName;
  switch (target.type) {
    case "SharedImage": {
      const definition = definitionIdOf(target.galleryImageId);
      return [...(versions.get(definition.toLowerCase()) ?? [])]
        .filter((version) => isVersionNumber(version.name))
        .sort((a, b) => ageOf(b) - ageOf(a) || compareVersions(b.name, a.name))
        .map((version) => ({
          ...version,
          name,
          id: `${definition}/versions/${version.name}`,
          regions: version.regions.map(regionName),
        }));
    }
    case "ManagedImage": {
      const image = managed.get(target.imageId.toLowerCase());
      if (image === undefined) return [];
      const { tags = {}, provisioningState, location } = image;
      const regions = location === undefined ? [] : [regionName(location)];
      return [{ name, id: target.imageId, tags, provisioningState, excludeFromLatest: false, regions }];
    }
    // A blob bears no tags.
    case "VHD":
      return [];
  }
}

function ageOf({ publishedAt }: { readonly publishedAt?: Date | undefined }): number {
  return publishedAt?.getTime() ?? 0;
}
