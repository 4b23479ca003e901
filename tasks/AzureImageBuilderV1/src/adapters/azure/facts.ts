/** The reads planning needs, by the SDKs of compute, storage and resources; each is loaded when it is first asked for. */
import type { ComputeManagementClient } from "@azure/arm-compute";
import type {
  FactReader,
  GalleryDefinitionFacts,
  GalleryVersionFacts,
  ManagedImageFacts,
  OsType,
  PlatformImageFacts,
  PlatformImageName,
  PurchasePlan,
} from "../../ports.ts";
import { armOptions } from "./arm-options.ts";
import { createRoleReader } from "./roles.ts";
import { parseResourceId, type ResourceId } from "./resource-id.ts";
import { orAbsent } from "./service-error.ts";
import type { Session } from "./session.ts";
import { readStorageAccount } from "./storage-accounts.ts";

type Open = () => Promise<Session>;

/** The port over the session that `open` gives. */
export function createFactReader(open: Open): FactReader {
  return {
    resourceGroupLocation: (subscriptionId, name) => readGroupLocation(open, subscriptionId, name),
    platformImageVersions: (subscriptionId, location, image) =>
      readImageVersions(open, subscriptionId, { location, image }),
    platformImage: (subscriptionId, location, image, version) =>
      readPlatformImage(open, subscriptionId, { location, image, version }),
    managedImage: (id) => readManagedImage(open, id),
    galleryDefinition: (id) => readDefinition(open, id),
    galleryVersions: (id) => readGalleryVersions(open, id),
    storageAccount: (subscriptionId, nameOrId) => readStorageAccount(open, subscriptionId, nameOrId),
    ...createRoleReader(open),
  };
}

async function readGroupLocation(open: Open, subscriptionId: string, name: string): Promise<string | undefined> {
  const session = await open();
  const { ResourceManagementClient } = await import("@azure/arm-resources");
  const options = { ...armOptions(session), $host: session.endpoints.armUrl };
  const client = new ResourceManagementClient(session.credential, subscriptionId, options);
  return (await orAbsent(`resource group ${name}`, client.resourceGroups.get(name)))?.location;
}

interface ImageInRegion {
  readonly location: string;
  readonly image: PlatformImageName;
}

async function readImageVersions(
  open: Open,
  subscriptionId: string,
  { location, image }: ImageInRegion,
): Promise<readonly string[]> {
  const client = await createComputeClient(open, subscriptionId);
  const { publisher, offer, sku } = image;
  const listing = client.virtualMachineImages.list(location, publisher, offer, sku);
  const versions = await orAbsent(`versions of ${publisher}:${offer}:${sku}`, listing);
  return (versions ?? []).map((version) => version.name);
}

async function readPlatformImage(
  open: Open,
  subscriptionId: string,
  { location, image, version }: ImageInRegion & { readonly version: string },
): Promise<PlatformImageFacts | undefined> {
  const client = await createComputeClient(open, subscriptionId);
  const { publisher, offer, sku } = image;
  const reading = client.virtualMachineImages.get(location, publisher, offer, sku, version);
  const found = await orAbsent(`image ${publisher}:${offer}:${sku}:${version}`, reading);
  if (found === undefined) return undefined;
  return {
    osType: toOsType(found.osDiskImage?.operatingSystem),
    ...toPlan(found.plan),
    hyperVGeneration: found.hyperVGeneration,
    architecture: found.architecture,
  };
}

async function readManagedImage(open: Open, id: string): Promise<ManagedImageFacts | undefined> {
  const { subscriptionId, resourceGroup, names } = parseResourceId(id) ?? nowhere;
  if (names[0] === undefined) return undefined;
  const client = await createComputeClient(open, subscriptionId);
  const image = await orAbsent(`image ${id}`, client.images.get(resourceGroup, names[0]));
  if (image === undefined) return undefined;
  const { location, provisioningState, tags, storageProfile } = image;
  return { osType: toOsType(storageProfile?.osDisk?.osType), location, provisioningState, tags: tags ?? {} };
}

async function readDefinition(open: Open, id: string): Promise<GalleryDefinitionFacts | undefined> {
  const { subscriptionId, resourceGroup, names } = parseResourceId(id) ?? nowhere;
  const [gallery, definition] = names;
  if (gallery === undefined || definition === undefined) return undefined;
  const client = await createComputeClient(open, subscriptionId);
  const found = await orAbsent(`image definition ${id}`, client.galleryImages.get(resourceGroup, gallery, definition));
  if (found === undefined) return undefined;
  const { location, hyperVGeneration, architecture, features } = found;
  const securityType = features?.find(({ name }) => name?.toLowerCase() === "securitytype")?.value;
  return {
    location,
    osType: toOsType(found.osType),
    hyperVGeneration,
    architecture,
    ...(securityType === undefined ? {} : { securityType }),
    ...toPlan(found.purchasePlan),
  };
}

async function readGalleryVersions(open: Open, id: string): Promise<readonly GalleryVersionFacts[]> {
  const { subscriptionId, resourceGroup, names } = parseResourceId(id) ?? nowhere;
  const [gallery, definition] = names;
  if (gallery === undefined || definition === undefined) return [];
  const client = await createComputeClient(open, subscriptionId, { isList: true });
  const pages = client.galleryImageVersions.listByGalleryImage(resourceGroup, gallery, definition);
  const versions = (await orAbsent(`versions of ${id}`, collect(pages))) ?? [];
  return versions.map(({ name, provisioningState, publishingProfile, tags }) => ({
    name: name ?? "",
    provisioningState,
    excludeFromLatest: publishingProfile?.excludeFromLatest ?? false,
    regions: (publishingProfile?.targetRegions ?? []).map((region) => region.name),
    excludedRegions: (publishingProfile?.targetRegions ?? []).flatMap((region) =>
      region.excludeFromLatest === true ? [region.name] : [],
    ),
    ...(publishingProfile?.publishedDate === undefined ? {} : { publishedAt: publishingProfile.publishedDate }),
    ...(publishingProfile?.endOfLifeDate === undefined ? {} : { endOfLife: publishingProfile.endOfLifeDate }),
    tags: tags ?? {},
  }));
}

async function createComputeClient(
  open: Open,
  subscriptionId: string,
  options: { readonly isList?: boolean } = {},
): Promise<ComputeManagementClient> {
  const session = await open();
  const { ComputeManagementClient: Client } = await import("@azure/arm-compute");
  return new Client(session.credential, subscriptionId, armOptions(session, options));
}

const nowhere: ResourceId = { subscriptionId: "", resourceGroup: "", names: [] };

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A plan only where it is whole. */
function toPlan(plan: Partial<PurchasePlan> | undefined): { readonly plan?: PurchasePlan } {
  const { name, product, publisher } = plan ?? {};
  return name && product && publisher ? { plan: { name, product, publisher } } : {};
}

function toOsType(name: string | undefined): OsType | undefined {
  const lower = name?.toLowerCase();
  return lower === "linux" || lower === "windows" ? lower : undefined;
}
