/** Marketplace images: publishers, offers, SKUs, versions and one version (facts, section 8). */
import { ArmFault, type ArmRoute, type Reply, type RouteContext } from "../../core/types.ts";
import { findMarketplaceImage, marketplaceOf, resolveVersion, type MarketplaceImage } from "./catalogue.ts";
import { IMAGE_VERSIONS, invalidParameter, normaliseRegion, reply, route, SUBSCRIPTION_PATH } from "./common.ts";

const LOCATION_PATH = `${SUBSCRIPTION_PATH}/providers/Microsoft.Compute/locations/:location`;
const PUBLISHER_PATH = `${LOCATION_PATH}/publishers/:publisher`;
const OFFER_PATH = `${PUBLISHER_PATH}/artifacttypes/vmimage/offers/:offer`;
const SKU_PATH = `${OFFER_PATH}/skus/:sku`;

const FACTS = { mark: "documented", fact: "facts 8 marketplace images" } as const;

const same = (a: string, b: string | undefined): boolean => a.toLowerCase() === b?.toLowerCase();

function inRegion(context: RouteContext): readonly MarketplaceImage[] {
  const location = normaliseRegion(context.params["location"] ?? "");
  return marketplaceOf(context.world).filter((image) => !image.notIn.includes(location));
}

/** 404 as `az vm image` shows it for a name that is not in the marketplace (text inferred). */
function artifactNotFound(kind: "VMImage" | "Publisher"): ArmFault {
  return new ArmFault(404, "NotFound", `Artifact: ${kind} was not found.`, {
    mark: "inferred",
    fact: "facts 8 404 on the sku",
  });
}

function idPrefix(context: RouteContext): string {
  const { subscriptionId, location } = context.params;
  return `/Subscriptions/${subscriptionId}/Providers/Microsoft.Compute/Locations/${normaliseRegion(location ?? "")}/Publishers`;
}

/** The names in text order, each once, as Azure lists them: location, name, id. */
function listing(context: RouteContext, names: readonly string[], idOfName: (name: string) => string): Reply {
  const location = normaliseRegion(context.params["location"] ?? "");
  const items = [...new Set(names)].map((name) => ({ location, name, id: idOfName(name) }));
  return reply(200, items, FACTS);
}

function listPublishers(context: RouteContext): Reply {
  const names = inRegion(context).map((image) => image.publisher);
  return listing(context, names.sort(), (name) => `${idPrefix(context)}/${name}`);
}

function listOffers(context: RouteContext): Reply {
  const { publisher } = context.params;
  const images = inRegion(context).filter((image) => same(image.publisher, publisher));
  if (images.length === 0) throw artifactNotFound("Publisher");
  const names = images.map((image) => image.offer).sort();
  return listing(context, names, (name) => `${idPrefix(context)}/${publisher}/ArtifactTypes/VMImage/Offers/${name}`);
}

function listSkus(context: RouteContext): Reply {
  const { publisher, offer } = context.params;
  const images = inRegion(context).filter((image) => same(image.publisher, publisher) && same(image.offer, offer));
  if (images.length === 0) throw artifactNotFound("VMImage");
  const names = images.map((image) => image.sku).sort();
  const prefix = `${idPrefix(context)}/${publisher}/ArtifactTypes/VMImage/Offers/${offer}/Skus`;
  return listing(context, names, (name) => `${prefix}/${name}`);
}

function imageOf(context: RouteContext): MarketplaceImage {
  const { publisher = "", offer = "", sku = "", location = "" } = context.params;
  const image = findMarketplaceImage(context.world, { publisher, offer, sku }, normaliseRegion(location));
  if (image === undefined) throw artifactNotFound("VMImage");
  return image;
}

function versionId(context: RouteContext, version: string): string {
  const { publisher, offer, sku } = context.params;
  return `${idPrefix(context)}/${publisher}/ArtifactTypes/VMImage/Offers/${offer}/Skus/${sku}/Versions/${version}`;
}

/** Versions sort as text, also with \`$orderby\`: the newest is not always first (facts, section 8). */
function orderedVersions(context: RouteContext, image: MarketplaceImage): readonly string[] {
  const order = context.query.get("$orderby") ?? "name asc";
  if (!/^name( (asc|desc))?$/i.test(order))
    throw invalidParameter(`The value of parameter $orderby is invalid: '${order}'.`);
  const sorted = [...image.versions].sort();
  const ordered = /desc$/i.test(order) ? sorted.reverse() : sorted;
  const top = context.query.get("$top");
  if (top === null) return ordered;
  if (!/^[1-9]\d*$/.test(top)) throw invalidParameter(`The value of parameter $top is invalid: '${top}'.`);
  return ordered.slice(0, Number(top));
}

function listVersions(context: RouteContext): Reply {
  const image = imageOf(context);
  const versions = orderedVersions(context, image);
  const location = normaliseRegion(context.params["location"] ?? "");
  const withProperties = /^properties/i.test(context.query.get("$expand") ?? "");
  const items = versions.map((name) => ({
    ...(withProperties ? { properties: describeImage(image) } : {}),
    location,
    name,
    id: versionId(context, name),
  }));
  return reply(200, items, FACTS);
}

/** Kinds of disk controllers an image supports. */
export function controllersOf(image: MarketplaceImage): string {
  return image.controllers ?? (image.generation === "V2" ? "SCSI, NVMe" : "SCSI");
}

/** State, date and successor (specification of virtual machine images; a successor of another offer is told as `Offer`). */
function deprecationOf(image: MarketplaceImage): object {
  const [, offer, sku] = image.alternative?.split(":") ?? [];
  const isOwn = offer?.toLowerCase() === image.offer.toLowerCase();
  return {
    imageState: image.state,
    ...(image.deprecation === undefined ? {} : { scheduledDeprecationTime: image.deprecation }),
    ...(image.alternative === undefined
      ? {}
      : { alternativeOption: { type: isOwn ? "Plan" : "Offer", value: isOwn ? sku : offer } }),
  };
}

/** The properties of every version of an image. */
function describeImage(image: MarketplaceImage): Readonly<Record<string, unknown>> {
  const features = [
    ...(image.security === undefined ? [] : [{ name: "SecurityType", value: image.security }]),
    { name: "IsAcceleratedNetworkSupported", value: "True" },
    { name: "DiskControllerTypes", value: controllersOf(image) },
    { name: "IsHibernateSupported", value: image.generation === "V2" ? "True" : "False" },
  ];
  return {
    hyperVGeneration: image.generation,
    architecture: image.architecture,
    replicaType: "Managed",
    disallowed: { vmDiskType: "Unmanaged" },
    automaticOSUpgradeProperties: { automaticOSUpgradeSupported: image.plan === undefined },
    imageDeprecationStatus: deprecationOf(image),
    features,
    ...(image.plan === undefined ? {} : { plan: image.plan }),
    osDiskImage: {
      operatingSystem: image.os,
      sizeInGb: image.sizeInGb,
      sizeInBytes: image.sizeInGb * 2 ** 30 + 512,
    },
    dataDiskImages: [],
  };
}

function getVersion(context: RouteContext): Reply {
  const image = imageOf(context);
  const version = resolveVersion(image, context.params["version"] ?? "");
  if (version === undefined) throw artifactNotFound("VMImage");
  const location = normaliseRegion(context.params["location"] ?? "");
  return reply(
    200,
    { properties: describeImage(image), location, name: version, id: versionId(context, version) },
    FACTS,
  );
}

const read = (path: string, action: string, handle: ArmRoute["handle"]): ArmRoute =>
  route("GET", path, { versions: IMAGE_VERSIONS, action: `locations/publishers/${action}read`, handle });

export const marketplaceRoutes: readonly ArmRoute[] = [
  read(`${LOCATION_PATH}/publishers`, "", listPublishers),
  read(`${PUBLISHER_PATH}/artifacttypes/vmimage/offers`, "artifacttypes/offers/", listOffers),
  read(`${OFFER_PATH}/skus`, "artifacttypes/offers/skus/", listSkus),
  read(`${SKU_PATH}/versions`, "artifacttypes/offers/skus/versions/", listVersions),
  read(`${SKU_PATH}/versions/:version`, "artifacttypes/offers/skus/versions/", getVersion),
];
