/** P12: regions, copies and storage types of outputs are ones that a gallery takes (facts, sections 1.8, 7 and 10). */
import type { Reads } from "../reads.ts";
import { galleryOutputs, lintOutput, outputRegions, type GalleryOutput } from "../outputs.ts";
import { type FoundOutput, type FoundSubscription, judgeHome, judgeRegions, judgeVersions } from "../output-places.ts";
import { readProviders } from "../provider-list.ts";
import { readDefinition, readVersions } from "../source-image.ts";
import { readResourceId } from "../../values/resource-id.ts";
import type { Check } from "../types.ts";

interface Found {
  readonly outputs: readonly FoundOutput[];
  readonly subscriptions: readonly FoundSubscription[];
}

/** Outputs, those of template files and overrides too. */
export const outputs: Check<Found> = {
  id: "P12",
  title: "Outputs go where they can",
  inFast: "offline",
  kinds: {
    AIB076: {
      severity: "error",
      basis: "documented",
      meaning: "The regions of a gallery version lack that of its definition, or name one twice.",
    },
    AIB077: {
      severity: "error",
      basis: "documented",
      meaning: "A gallery version would have more than 100 copies.",
    },
    AIB078: {
      severity: "warning",
      basis: "contradicted",
      meaning: "A gallery version would have more than 50 copies in one region.",
    },
    AIB079: {
      severity: "error",
      basis: "documented",
      meaning: "A shallow gallery version has more than one region, or more than one copy.",
    },
    AIB080: {
      severity: "error",
      basis: "documented",
      meaning: "A region does not offer images to the subscription, or has no zones for the storage type.",
    },
    AIB081: {
      severity: "warning",
      basis: "documented",
      meaning: "The image definition has nearly as many versions as a subscription may have in a region.",
    },
  },
  applies: ({ template }) => template.properties.distribute.some(({ type }) => type !== "VHD"),
  gather: async ({ template: { properties } }, reads) => {
    const [found, subscriptions] = await Promise.all([
      Promise.all(galleryOutputs(properties.distribute).map((output) => lookAtOutput(output, reads))),
      Promise.all(
        [...new Set(outputRegions(properties.distribute).map(({ subscriptionId }) => subscriptionId))].map((id) =>
          lookAtSubscription(id, needsZones(id, galleryOutputs(properties.distribute)), reads),
        ),
      ),
    ]);
    return { outputs: found, subscriptions };
  },
  judge: (found, { template: { properties } }) => [
    ...found.outputs.flatMap(judgeHome),
    ...found.subscriptions.flatMap((one) => judgeRegions(one, outputRegions(properties.distribute))),
    ...found.outputs.flatMap(judgeVersions),
  ],
  lint: ({ template: { properties } }) => galleryOutputs(properties.distribute).flatMap(lintOutput),
};

async function lookAtOutput(output: GalleryOutput, reads: Reads): Promise<FoundOutput> {
  const [definition, versions] = await Promise.all([
    readDefinition(output.definitionId, reads),
    readVersions(output.definitionId, reads),
  ]);
  return { output, definition, versions };
}

async function lookAtSubscription(subscriptionId: string, zones: boolean, reads: Reads): Promise<FoundSubscription> {
  const [providers, locations] = await Promise.all([
    readProviders(subscriptionId, reads),
    zones
      ? reads.list(`/subscriptions/${subscriptionId}/locations`, {
          apiVersion: "2022-12-01",
          permission: "Microsoft.Resources/subscriptions/locations/read",
        })
      : undefined,
  ]);
  return { subscriptionId, providers, ...(locations === undefined ? {} : { locations }) };
}

function needsZones(subscriptionId: string, all: readonly GalleryOutput[]): boolean {
  return all.some(
    ({ definitionId, regions }) =>
      readResourceId(definitionId)?.subscriptionId === subscriptionId &&
      regions.some(({ storageAccountType }) => storageAccountType === "Standard_ZRS"),
  );
}
