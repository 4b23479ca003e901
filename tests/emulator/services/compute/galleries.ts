/** Galleries and image definitions (wire notes, section 9; facts, sections 5 and 7). */
import { ArmFault, type ArmRoute, type Reply, type Resource, type RouteContext } from "../../core/types.ts";
import { QUICK_MS, startOperation } from "./caps-operations.ts";
import * as common from "./common.ts";

const GALLERY_PATH = `${common.GROUP_PATH}/providers/Microsoft.Compute/galleries`;
const DEFINITION_PATH = `${GALLERY_PATH}/:gallery/images`;

const RECORDED = { mark: "recorded", fact: "wire 9 Gallery" } as const;
const DOCUMENTED = { mark: "documented", fact: "facts 7 gallery" } as const;

/** Creation answers 201 and \`Creating\`; an update answers 200 and \`Updating\` (inferred); both end as Succeeded. */
function accept(context: RouteContext, resource: Resource, rate: Record<string, string>): Reply {
  const isNew = context.world.resources.get(resource.id) === undefined;
  const properties = common.propertiesOf(resource);
  const shown = { ...properties, provisioningState: isNew ? "Creating" : "Updating" };
  resource.body = { properties: shown };
  context.world.resources.put(resource);
  const operation = startOperation(context, resource.location ?? "", {
    ms: QUICK_MS,
    work: () => {
      resource.body = { properties: { ...properties, provisioningState: "Succeeded" } };
    },
  });
  const facts = isNew ? RECORDED : ({ mark: "inferred", fact: "wire 9 Gallery" } as const);
  return common.reply(isNew ? 201 : 200, common.show(resource), { ...facts, headers: { ...operation, ...rate } });
}

interface Envelope {
  readonly location: string;
  readonly tags: Record<string, string> | undefined;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** The parts every tracked resource has. The front door has checked that the location is one of the provider's. */
export function readEnvelope(context: RouteContext, name: string): Envelope {
  const body = common.objectOf(context.json());
  if (typeof body["location"] !== "string") throw common.missingParameter(`${name}.location`);
  const tags = body["tags"] === undefined ? undefined : (common.objectOf(body["tags"]) as Record<string, string>);
  return { location: common.normaliseRegion(body["location"]), tags, properties: common.objectOf(body["properties"]) };
}

function putGallery(context: RouteContext): Reply {
  const name = context.params["gallery"] ?? "";
  if (!/^[A-Za-z0-9]([A-Za-z0-9._]{0,78}[A-Za-z0-9])?$/.test(name)) {
    throw common.invalidParameter(
      `The entity name 'gallery' is invalid according to its validation rule: ^[^_\\W][\\w-._]{0,79}(?<![-.])$.`,
    );
  }
  const { location, tags, properties } = readEnvelope(context, "gallery");
  const uniqueName = `${context.params["subscriptionId"]}-${name.toUpperCase()}`;
  const description = typeof properties["description"] === "string" ? { description: properties["description"] } : {};
  const resource: Resource = {
    id: common.idOf(context, "galleries", name),
    name,
    type: "Microsoft.Compute/galleries",
    location,
    tags,
    body: { properties: { ...description, identifier: { uniqueName } } },
  };
  return accept(context, resource, common.rateHeader("CreateUpdateGallery", 50));
}

const DEFINITION_FIXED = ["hyperVGeneration", "architecture", "osType", "osState", "identifier"] as const;

/** Properties of a definition with the defaults of the api-version (facts, section 5: V2 from 2025-03-03 on). */
function definitionProperties(context: RouteContext, sent: Readonly<Record<string, unknown>>) {
  const trusted = context.apiVersion >= "2025-03-03";
  const identifier = common.objectOf(sent["identifier"]);
  for (const name of ["osType", "osState", "identifier"]) {
    if (sent[name] === undefined) throw common.missingParameter(`galleryImage.properties.${name}`);
  }
  for (const name of ["publisher", "offer", "sku"]) {
    if (typeof identifier[name] !== "string")
      throw common.missingParameter(`galleryImage.properties.identifier.${name}`);
  }
  const features =
    sent["features"] ?? (trusted ? [{ name: "SecurityType", value: "TrustedLaunchSupported" }] : undefined);
  const optional = Object.fromEntries(
    ["purchasePlan", "description", "recommended", "endOfLifeDate"]
      .filter((name) => sent[name] !== undefined)
      .map((name) => [name, sent[name]]),
  );
  return {
    hyperVGeneration: sent["hyperVGeneration"] ?? (trusted ? "V2" : "V1"),
    architecture: sent["architecture"] ?? "x64",
    ...(features === undefined ? {} : { features }),
    osType: sent["osType"],
    osState: sent["osState"],
    identifier: { publisher: identifier["publisher"], offer: identifier["offer"], sku: identifier["sku"] },
    ...optional,
  };
}

function putDefinition(context: RouteContext): Reply {
  const { gallery = "", definition = "" } = context.params;
  const galleryId = common.idOf(context, "galleries", gallery);
  if (context.world.resources.get(galleryId) === undefined) throw common.parentNotFound(galleryId);
  const { location, tags, properties: sent } = readEnvelope(context, "galleryImage");
  const properties: Readonly<Record<string, unknown>> = definitionProperties(context, sent);
  const id = common.idOf(context, "galleries", gallery, "images", definition);
  const before = context.world.resources.get(id);
  const changed = DEFINITION_FIXED.find(
    (name) =>
      before !== undefined && JSON.stringify(common.propertiesOf(before)[name]) !== JSON.stringify(properties[name]),
  );
  if (changed !== undefined) {
    const message = `Changing property 'galleryImage.properties.${changed}' is not allowed.`;
    throw new ArmFault(409, "PropertyChangeNotAllowed", message, DOCUMENTED);
  }
  const type = "Microsoft.Compute/galleries/images";
  const resource: Resource = { id, name: definition, type, location, tags, body: { properties } };
  return accept(context, resource, common.rateHeader("CreateUpdateGalleryImage", 150));
}

function get(context: RouteContext, id: string, rate: Record<string, string>): Reply {
  return common.reply(200, common.show(common.existing(context, id)), { ...DOCUMENTED, headers: rate });
}

function getGallery(context: RouteContext): Reply {
  return get(
    context,
    common.idOf(context, "galleries", context.params["gallery"] ?? ""),
    common.rateHeader("GetGallery", 300),
  );
}

function getDefinition(context: RouteContext): Reply {
  const { gallery = "", definition = "" } = context.params;
  const id = common.idOf(context, "galleries", gallery, "images", definition);
  return get(context, id, common.rateHeader("GetGalleryImage", 1500));
}

function list(context: RouteContext, prefix: string, type: string): Reply {
  const value = context.world.resources.list(prefix, type).map((resource) => common.show(resource));
  return common.reply(200, { value }, DOCUMENTED);
}

function listDefinitions(context: RouteContext): Reply {
  const id = common.idOf(context, "galleries", context.params["gallery"] ?? "");
  common.existing(context, id);
  return list(context, id, "Microsoft.Compute/galleries/images");
}

const galleryRoute = (method: ArmRoute["method"], path: string, action: string, handle: ArmRoute["handle"]): ArmRoute =>
  common.route(method, path, { versions: common.GALLERY_VERSIONS, action, handle });

export const galleryRoutes: readonly ArmRoute[] = [
  galleryRoute("PUT", `${GALLERY_PATH}/:gallery`, "galleries/write", putGallery),
  galleryRoute("GET", `${GALLERY_PATH}/:gallery`, "galleries/read", getGallery),
  galleryRoute("GET", GALLERY_PATH, "galleries/read", (context) => {
    const { subscriptionId, resourceGroup } = context.params;
    return list(
      context,
      `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`,
      "Microsoft.Compute/galleries",
    );
  }),
  galleryRoute(
    "GET",
    `${common.SUBSCRIPTION_PATH}/providers/Microsoft.Compute/galleries`,
    "galleries/read",
    (context) => list(context, `/subscriptions/${context.params["subscriptionId"]}`, "Microsoft.Compute/galleries"),
  ),
  galleryRoute("PUT", `${DEFINITION_PATH}/:definition`, "galleries/images/write", putDefinition),
  galleryRoute("GET", `${DEFINITION_PATH}/:definition`, "galleries/images/read", getDefinition),
  galleryRoute("GET", DEFINITION_PATH, "galleries/images/read", listDefinitions),
];
