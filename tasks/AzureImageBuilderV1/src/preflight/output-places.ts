/** Whether the regions of outputs take them, by what was read. */
import { regionName } from "../values/regions.ts";
import { readResourceId } from "../values/resource-id.ts";
import { listAt, textAt } from "./json.ts";
import type { GalleryOutput, OutputRegion } from "./outputs.ts";
import { findProvider, offerOf } from "./provider-list.ts";
import type { Json, Read } from "./reads.ts";
import type { Problem } from "./types.ts";

/** What was read about one gallery output. */
export interface FoundOutput {
  readonly output: GalleryOutput;
  readonly definition: Read<Json>;
  readonly versions: Read<readonly Json[]>;
}

/** What was read about one subscription that images go to. */
export interface FoundSubscription {
  readonly subscriptionId: string;
  readonly providers: Read<readonly Json[]>;
  /** Read only where a storage type asks for zones. */
  readonly locations?: Read<readonly Json[]>;
}

/** Versions that a subscription may have in a region (facts, section 7), and from how many on it is told. */
const mostVersions = 10_000;
const manyVersions = 9000;

/** A version is in the region of its definition, wherever else. */
export function judgeHome({ output, definition }: FoundOutput): readonly Problem[] {
  const location = definition.state === "found" ? textAt(definition.value, "location") : undefined;
  const home = location === undefined ? undefined : regionName(location);
  const names = output.regions.map(({ name }) => name);
  if (home === undefined || names.length === 0 || names.includes(home)) return [];
  return [
    {
      code: "AIB076",
      message:
        `The output \`${output.name}\` goes to ${names.join(", ")}, and its image definition ${nameOf(output.definitionId)} ` +
        `is in ${home}: the version must be there as well, or it could not be published.`,
      remedy: `Add ${home} to the regions.`,
    },
  ];
}

/** Regions that do not offer images, or lack zones for the storage type. */
export function judgeRegions(
  { subscriptionId, providers, locations }: FoundSubscription,
  all: readonly OutputRegion[],
): readonly Problem[] {
  const own = all.filter((one) => one.subscriptionId === subscriptionId);
  const compute = providers.state === "found" ? findProvider(providers.value, "Microsoft.Compute") : undefined;
  const zoned = locations?.state === "found" ? zonedRegions(locations.value) : undefined;
  return [
    ...own.flatMap((one) => judgeOffer(one, offerOf(compute, one.type)?.regions ?? [])),
    ...own.filter(({ zones }) => zones).flatMap((one) => judgeZones(one, zoned)),
  ];
}

function judgeOffer(
  { region, output, subscriptionId, type }: OutputRegion,
  offered: readonly string[],
): readonly Problem[] {
  if (offered.length === 0 || offered.includes(region)) return [];
  const what = type === "images" ? "managed images" : "gallery versions";
  return [
    {
      code: "AIB080",
      message: `The output \`${output}\` goes to ${region}, which offers no ${what} to the subscription ${subscriptionId}: it could not be published.`,
      remedy: "Take the region out, or one of those that the command lists.",
      commands: [
        `az provider show --namespace Microsoft.Compute --subscription ${subscriptionId} ` +
          `--query "resourceTypes[?resourceType=='${type}'].locations[]" --output tsv`,
      ],
    },
  ];
}

interface Zones {
  /** Regions that were told at all. */
  readonly known: ReadonlySet<string>;
  readonly zoned: ReadonlySet<string>;
}

function judgeZones({ region, output, subscriptionId }: OutputRegion, zones: Zones | undefined): readonly Problem[] {
  if (zones === undefined || !zones.known.has(region) || zones.zoned.has(region)) return [];
  return [
    {
      code: "AIB080",
      message: `The output \`${output}\` asks for Standard_ZRS in ${region}, which has no availability zones: it could not be published there.`,
      remedy: `Ask for Standard_LRS or Premium_LRS in ${region}, or take a region that the command lists.`,
      commands: [
        `az account list-locations --subscription ${subscriptionId} --query "[?availabilityZoneMappings].name" --output tsv`,
      ],
    },
  ];
}

/** Without any zones in the whole list, nothing is told about zones. */
function zonedRegions(locations: readonly Json[]): Zones | undefined {
  const named = locations.map((one) => ({
    name: regionName(textAt(one, "name") ?? ""),
    zones: listAt(one, "availabilityZoneMappings") ?? [],
  }));
  const zoned = new Set(named.filter(({ zones }) => zones.length > 0).map(({ name }) => name));
  return zoned.size === 0 ? undefined : { known: new Set(named.map(({ name }) => name)), zoned };
}

/** Versions of other definitions count too, and are not read: this is the least there are. */
export function judgeVersions({ output, versions }: FoundOutput): readonly Problem[] {
  if (versions.state !== "found" || versions.value.length < manyVersions) return [];
  const { subscriptionId = "", resourceGroup = "", names = [] } = readResourceId(output.definitionId) ?? {};
  const [gallery = "", definition = ""] = names;
  return [
    {
      code: "AIB081",
      message:
        `The image definition ${definition} has ${versions.value.length} versions, and a subscription may have ` +
        `${mostVersions} in a region: beyond that no version can be published.`,
      remedy: "Delete versions that nobody uses.",
      commands: [
        `az sig image-version list --subscription ${subscriptionId} --resource-group ${resourceGroup} ` +
          `--gallery-name ${gallery} --gallery-image-definition ${definition} --query "[].name" --output tsv`,
        `az sig image-version delete --subscription ${subscriptionId} --resource-group ${resourceGroup} ` +
          `--gallery-name ${gallery} --gallery-image-definition ${definition} --gallery-image-version <version>`,
      ],
    },
  ];
}

function nameOf(id: string): string {
  return readResourceId(id)?.names.at(-1) ?? id;
}
