/** Outputs of a template as checks see them, and what of them needs no reads. */
import type { TargetRegion, TemplateDistributor } from "../image-template.ts";
import { regionName } from "../values/regions.ts";
import { readResourceId } from "../values/resource-id.ts";
import type { Problem } from "./types.ts";

/** Copies of one version (facts, section 7), and those of one region by the text on good practice (section 13, row 14). */
const mostCopies = 100;
const goodCopies = 50;

/** A gallery version to be. */
export interface GalleryOutput {
  readonly name: string;
  /** Without a version. */
  readonly definitionId: string;
  /** Short names; empty where the template names none. */
  readonly regions: readonly TargetRegion[];
  readonly isShallow: boolean;
}

/** A region that an image goes to. */
export interface OutputRegion {
  readonly subscriptionId: string;
  readonly region: string;
  /** The run output's name. */
  readonly output: string;
  /** The kind of resource that the region must offer. */
  readonly type: "galleries/images/versions" | "images";
  readonly zones: boolean;
}

/** The gallery versions among the outputs. */
export function galleryOutputs(distribute: readonly TemplateDistributor[]): readonly GalleryOutput[] {
  return distribute.flatMap((one): readonly GalleryOutput[] => {
    if (one.type !== "SharedImage") return [];
    const { storageAccountType } = one;
    const older = (one.replicationRegions ?? []).map((name) => ({
      name,
      ...(storageAccountType === undefined ? {} : { storageAccountType }),
    }));
    return [
      {
        name: one.runOutputName,
        definitionId: one.galleryImageId.replace(/\/versions\/[^/]*\/?$/i, ""),
        regions: (one.targetRegions ?? older).map((region) => ({ ...region, name: regionName(region.name) })),
        isShallow: one.replicationMode === "Shallow",
      },
    ];
  });
}

/** Every region that an output goes to. */
export function outputRegions(distribute: readonly TemplateDistributor[]): readonly OutputRegion[] {
  const managed = distribute.flatMap((one): readonly OutputRegion[] => {
    const subscriptionId = one.type === "ManagedImage" ? readResourceId(one.imageId)?.subscriptionId : undefined;
    if (one.type !== "ManagedImage" || subscriptionId === undefined) return [];
    return [
      { subscriptionId, region: regionName(one.location), output: one.runOutputName, type: "images", zones: false },
    ];
  });
  const gallery = galleryOutputs(distribute).flatMap(({ name: output, definitionId, regions }) => {
    const subscriptionId = readResourceId(definitionId)?.subscriptionId;
    if (subscriptionId === undefined) return [];
    return regions.map(({ name: region, storageAccountType }) => ({
      subscriptionId,
      region,
      output,
      type: "galleries/images/versions" as const,
      zones: storageAccountType === "Standard_ZRS",
    }));
  });
  return [...gallery, ...managed];
}

/** What is wrong with a gallery output by itself. */
export function lintOutput({ name, regions, isShallow }: GalleryOutput): readonly Problem[] {
  const names = regions.map((region) => region.name);
  const twice = [...new Set(names.filter((one, index) => names.indexOf(one) !== index))];
  const copies = regions.reduce((sum, { replicaCount = 1 }) => sum + replicaCount, 0);
  const crowded = regions.filter(({ replicaCount = 1 }) => replicaCount > goodCopies);
  return [
    ...(twice.length === 0
      ? []
      : [
          {
            code: "AIB076",
            message: `The output \`${name}\` names ${twice.join(", ")} twice: the version could not be published, after the whole build.`,
            remedy: "Name each region once.",
          },
        ]),
    ...(copies <= mostCopies
      ? []
      : [
          {
            code: "AIB077",
            message: `The output \`${name}\` asks for ${copies} copies of the version in all, and a version has at most ${mostCopies}: it could not be published.`,
            remedy: `Ask for at most ${mostCopies} copies over all regions.`,
          },
        ]),
    ...crowded.map((region) => ({
      code: "AIB078",
      message: `The output \`${name}\` asks for ${region.replicaCount} copies in ${region.name}; Azure's advice is at most ${goodCopies} in a region, its limit ${mostCopies} for the version.`,
      remedy: `Ask for ${goodCopies} copies or less, unless machines start in such numbers.`,
    })),
    ...(!isShallow || (regions.length <= 1 && copies <= 1)
      ? []
      : [
          {
            code: "AIB079",
            message: `The output \`${name}\` is shallow and asks for ${regions.length} region${regions.length === 1 ? "" : "s"} with ${copies} copies in all: a shallow version is in one region, once.`,
            remedy: "Leave one region with one copy, or take replicationMode Full.",
          },
        ]),
  ];
}
