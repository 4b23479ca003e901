/** The source image of a template: which version it is, what it is like, and whether it can be used. */
import type { Resource, World } from "../../core/types.ts";
import {
  compareVersions,
  findMarketplaceImage,
  resolveVersion,
  type MarketplaceImage,
  type PurchasePlan,
} from "../compute/catalogue.ts";
import { normaliseRegion } from "../compute/common.ts";
import { controllersOf } from "../compute/marketplace.ts";
import { ProvisioningFailure, unauthorized } from "./errors.ts";
import { lastName, parentId } from "./ids.ts";
import { objectOf, objectsOf, textOf, type JsonObject } from "./json.ts";
import type { Template } from "./state.ts";

export interface SourceFacts {
  /** Version number of a marketplace image, full id of a gallery version; undefined for a managed image. */
  readonly exactVersion: string | undefined;
  readonly os: "Linux" | "Windows";
  readonly generation: "V1" | "V2";
  readonly architecture: "x64" | "Arm64";
  /** Value of the feature SecurityType; `Standard` where there is none. */
  readonly security: string;
  /** Value of the feature DiskControllerTypes. */
  readonly controllers: string;
  readonly plan: PurchasePlan | undefined;
  /** The marketplace image it is; undefined for any other source. */
  readonly market?: MarketplaceImage;
  /** Id of the image the build stacks on; undefined for the marketplace. */
  readonly imageId: string | undefined;
  /** As the tag VMImageBuilderSource names it (wire notes, section 5; for other kinds inferred). */
  readonly label: string;
}

/** May the principal do this? */
export type Rights = (action: string, scope: string) => boolean;

/**
 * Looks the source up as the template's identity sees it. What `latest` meant when the template was created stays
 * (recorded; the specification says it is found out by each build).
 * @throws ProvisioningFailure when it does not exist, is not in the region or may not be read
 */
export function readSource(world: World, template: Template, rights: Rights): SourceFacts {
  const source = objectOf(template.properties["source"]);
  switch (source["type"]) {
    case "PlatformImage":
      return readPlatformImage(
        world,
        { ...source, version: template.exactVersion ?? source["version"] },
        normaliseRegion(template.location),
      );
    case "ManagedImage":
      return readManagedImage(world, textOf(source["imageId"]), { template, rights });
    default:
      return readGalleryVersion(world, template.exactVersion ?? textOf(source["imageVersionId"]), { template, rights });
  }
}

function readPlatformImage(world: World, source: JsonObject, location: string): SourceFacts {
  const [publisher, offer, sku, version] = ["publisher", "offer", "sku", "version"].map((key) => textOf(source[key]));
  const name = { publisher: publisher ?? "", offer: offer ?? "", sku: sku ?? "" };
  const image = findMarketplaceImage(world, name, location);
  const exactVersion = image === undefined ? undefined : resolveVersion(image, version ?? "");
  if (image === undefined || exactVersion === undefined) {
    throw new ProvisioningFailure(
      "InternalOperationError",
      "BadPIRSource",
      `Build (Azure PIR Image) step failed: compute.VirtualMachineImagesClient#Get: Failure responding to request: StatusCode=404 -- Original Error: autorest/azure: Service returned an error. Status=404 Code="NotFound" Message="Artifact: VMImage was not found."`,
    );
  }
  return {
    exactVersion,
    os: image.os,
    generation: image.generation,
    architecture: image.architecture,
    security: image.security ?? "Standard",
    controllers: controllersOf(image),
    plan: image.plan,
    market: image,
    imageId: undefined,
    label: `PlatformImage ${publisher}::${offer}::${sku}::${exactVersion}`,
  };
}

interface Looking {
  readonly template: Template;
  readonly rights: Rights;
}

function missing(code: "BadManagedImageSource" | "BadSharedImageVersionSource", id: string): ProvisioningFailure {
  const step = code === "BadManagedImageSource" ? "Managed Image" : "Shared Image Version";
  const what = code === "BadManagedImageSource" ? "Managed Image" : "Image Version";
  return new ProvisioningFailure(
    "InternalOperationError",
    code,
    `Build (${step}) step failed for ${what} '${id}': Error getting ${what} '${id}': Failure responding to request: StatusCode=404 -- Original Error: autorest/azure: Service returned an error. Status=404 Code="ResourceNotFound" Message="The Resource was not found."`,
  );
}

function readManagedImage(world: World, id: string, { template, rights }: Looking): SourceFacts {
  if (!rights("Microsoft.Compute/images/read", id)) throw unauthorized(id);
  const image = world.resources.get(id);
  if (image === undefined) throw missing("BadManagedImageSource", id);
  if (normaliseRegion(image.location ?? "") !== normaliseRegion(template.location)) {
    throw new ProvisioningFailure(
      "InternalOperationError",
      "BadManagedImageSource",
      `Managed image '${id}' is in location '${image.location}' and the image template in location '${template.location}': they must be the same.`,
    );
  }
  const properties = objectOf(image.body["properties"]);
  const disk = objectOf(objectOf(properties["storageProfile"])["osDisk"]);
  if (textOf(disk["osState"]) === "Specialized") throw specialized("BadManagedImageSource", id);
  return {
    exactVersion: undefined,
    os: disk["osType"] === "Windows" ? "Windows" : "Linux",
    generation: properties["hyperVGeneration"] === "V2" ? "V2" : "V1",
    architecture: "x64",
    security: "Standard",
    controllers: "SCSI",
    plan: undefined,
    imageId: image.id,
    label: `ManagedImage ${image.id}`,
  };
}

function readGalleryVersion(world: World, id: string, looking: Looking): SourceFacts {
  const { template, rights } = looking;
  if (!rights("Microsoft.Compute/galleries/images/versions/read", id)) throw unauthorized(id);
  const region = normaliseRegion(template.location);
  const version = findVersion(world, id, region);
  if (version === undefined) throw missing("BadSharedImageVersionSource", id);
  if (!regionsOf(version).includes(region)) {
    throw new ProvisioningFailure(
      "InternalOperationError",
      "BadSharedImageVersionSource",
      `Image Version '${version.id}' is not replicated to location '${region}'.`,
    );
  }
  const definition = objectOf(world.resources.get(parentId(version.id, 2))?.body["properties"]);
  if (textOf(definition["osState"]) === "Specialized") throw specialized("BadSharedImageVersionSource", version.id);
  if (!isReady(version, region)) {
    throw new ProvisioningFailure(
      "InternalOperationError",
      "BadSharedImageVersionSource",
      `The gallery image '${version.id}' is not available in ${region} region.`,
    );
  }
  const plan = objectOf(definition["purchasePlan"]);
  return {
    exactVersion: version.id,
    os: definition["osType"] === "Windows" ? "Windows" : "Linux",
    generation: definition["hyperVGeneration"] === "V2" ? "V2" : "V1",
    architecture: definition["architecture"] === "Arm64" ? "Arm64" : "x64",
    security: featureOf(definition, "SecurityType") || "Standard",
    controllers: featureOf(definition, "DiskControllerTypes") || "SCSI",
    plan:
      definition["purchasePlan"] === undefined
        ? undefined
        : { name: textOf(plan["name"]), publisher: textOf(plan["publisher"]), product: textOf(plan["product"]) },
    imageId: version.id,
    label: `SharedImageVersion ${version.id}`,
  };
}

/** A feature of a definition by its name; empty where it has none. */
export function featureOf(definition: JsonObject, name: string): string {
  const found = objectsOf(definition["features"]).find((one) => one["name"] === name);
  return textOf(found?.["value"]);
}

/** Only generalized images are built on (documentation; text inferred). */
function specialized(code: "BadManagedImageSource" | "BadSharedImageVersionSource", id: string): ProvisioningFailure {
  return new ProvisioningFailure(
    "InternalOperationError",
    code,
    `The image '${id}' is specialized; it must be generalized.`,
  );
}

/** Is the version whole, and its copy in the region? A version of a world file is, unless it says something else. */
function isReady(version: Resource, region: string): boolean {
  const state = textOf(objectOf(version.body["properties"])["provisioningState"]) || "Succeeded";
  const copy = objectsOf(version.body["replication"]).find((one) => normaliseRegion(textOf(one["region"])) === region);
  return !["Creating", "Failed", "Deleting"].includes(state) && (copy === undefined || copy["state"] === "Completed");
}

/** The version of that id; \`latest\` is the highest that is there, in the region and not left out of latest. */
function findVersion(world: World, id: string, region: string): Resource | undefined {
  if (lastName(id).toLowerCase() !== "latest") return world.resources.get(id);
  const definition = parentId(id, 2);
  const candidates = world.resources
    .list(definition, "Microsoft.Compute/galleries/images/versions")
    .filter((one) => !isExcluded(one, region) && regionsOf(one).includes(region));
  return [...candidates].sort((a, b) => compareVersions(a.name, b.name)).at(-1);
}

function profileOf(version: Resource): JsonObject {
  return objectOf(objectOf(version.body["properties"])["publishingProfile"]);
}

/** Regions a gallery version is replicated to, as short names; where none are listed, its own. */
export function regionsOf(version: Resource): readonly string[] {
  const listed = objectsOf(profileOf(version)["targetRegions"]).map((region) =>
    normaliseRegion(textOf(region["name"])),
  );
  return listed.length > 0 ? listed : [normaliseRegion(version.location ?? "")];
}

/** The flag of the region wins over that of the version (facts, section 7). */
function isExcluded(version: Resource, region: string): boolean {
  const profile = profileOf(version);
  const own = objectsOf(profile["targetRegions"]).find((one) => normaliseRegion(textOf(one["name"])) === region);
  return (own?.["excludeFromLatest"] ?? profile["excludeFromLatest"]) === true;
}
