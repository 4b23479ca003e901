/** Gallery image versions: GET, PUT, PATCH, DELETE, list (facts, section 7). */
import { ArmFault, type ArmRoute, type Reply, type Resource, type RouteContext } from "../../core/types.ts";
import { QUICK_MS, startOperation } from "./caps-operations.ts";
import * as common from "./common.ts";
import { readEnvelope } from "./galleries.ts";
import {
  isVersionNumber,
  putVersion,
  replicationStatus,
  setReplication,
  withRegions,
  type TargetRegion,
} from "./gallery-version.ts";

const VERSION_PATH = `${common.GROUP_PATH}/providers/Microsoft.Compute/galleries/:gallery/images/:definition/versions`;
const TYPE = "Microsoft.Compute/galleries/images/versions";
const DOCUMENTED = { mark: "documented", fact: "facts 7 gallery" } as const;

/** A copy within a region takes minutes, to others longer; five are assumed (inferred). */
const REPLICATION_MS = 300_000;
const DELETION_MS = 30_000;

function definitionOf(context: RouteContext): Resource {
  const { gallery = "", definition = "" } = context.params;
  const id = common.idOf(context, "galleries", gallery, "images", definition);
  const found = context.world.resources.get(id);
  if (found === undefined) throw common.parentNotFound(id);
  return found;
}

function versionId(context: RouteContext): string {
  const { gallery = "", definition = "", version = "" } = context.params;
  return common.idOf(context, "galleries", gallery, "images", definition, "versions", version);
}

function getVersion(context: RouteContext): Reply {
  const resource = common.existing(context, versionId(context));
  const wanted = /^replicationstatus$/i.test(context.query.get("$expand") ?? "");
  const properties = common.propertiesOf(resource);
  const shown = wanted ? { ...properties, replicationStatus: replicationStatus(resource) } : properties;
  return common.reply(200, common.show(resource, shown), {
    ...DOCUMENTED,
    headers: common.rateHeader("GetGalleryImageVersion", 3000),
  });
}

function listVersions(context: RouteContext): Reply {
  const definition = definitionOf(context);
  const value = context.world.resources.list(definition.id, TYPE).map((resource) => common.show(resource));
  return common.reply(200, { value }, DOCUMENTED);
}

/** Reads and checks \`publishingProfile.targetRegions\`; without it the version's own region is meant. */
function targetRegions(profile: Readonly<Record<string, unknown>>, location: string): readonly TargetRegion[] {
  const sent = profile["targetRegions"];
  if (sent === undefined || sent === null)
    return [{ name: location, replicaCount: 1, storageAccountType: "Standard_LRS" }];
  const regions = (sent as readonly unknown[]).map((value) => {
    const region = common.objectOf(value);
    if (typeof region["name"] !== "string") throw common.missingParameter("targetRegion.name");
    return {
      name: common.normaliseRegion(region["name"]),
      replicaCount: typeof region["regionalReplicaCount"] === "number" ? region["regionalReplicaCount"] : 1,
      storageAccountType:
        typeof region["storageAccountType"] === "string" ? region["storageAccountType"] : "Standard_LRS",
      ...(typeof region["excludeFromLatest"] === "boolean" ? { excludeFromLatest: region["excludeFromLatest"] } : {}),
    };
  });
  const names = regions.map((region) => region.name);
  if (new Set(names).size < names.length)
    throw common.invalidParameter("Duplicate regions are not allowed in target publishing regions.");
  if (!names.includes(location)) {
    const shown = names.map(common.displayRegion).join(", ");
    throw common.invalidParameter(
      `Gallery image version publishing profile regions '${shown}' must contain the location of image version '${common.displayRegion(location)}'.`,
    );
  }
  return regions;
}

function sourceOf(properties: Readonly<Record<string, unknown>>): { readonly id: string } {
  const profile = common.objectOf(properties["storageProfile"]);
  const whole = common.objectOf(profile["source"])["id"];
  const disk = common.objectOf(common.objectOf(profile["osDiskImage"])["source"])["id"];
  if (typeof whole === "string") return { id: whole };
  if (typeof disk === "string") return { id: disk };
  throw common.missingParameter("galleryImageVersion.properties.storageProfile.source");
}

function putVersionRoute(context: RouteContext): Reply {
  const definition = definitionOf(context);
  const { version = "" } = context.params;
  if (!isVersionNumber(version)) {
    throw common.invalidParameter(
      "The image version name is invalid. The image version name should follow Major(int).Minor(int).Patch(int) format, for e.g: 1.0.0, 2018.12.1 etc.",
    );
  }
  const { location, tags, properties } = readEnvelope(context, "galleryImageVersion");
  if (location !== definition.location) {
    throw common.invalidParameter(
      `The resource '${versionId(context)}' location '${location}' does not match the location of its gallery image.`,
    );
  }
  const before = context.world.resources.get(versionId(context));
  if (before !== undefined) return changeVersion(context, before, { tags, properties });
  return createVersion(context, { location, tags, properties });
}

function createVersion(
  context: RouteContext,
  sent: {
    readonly location: string;
    readonly tags: Record<string, string> | undefined;
    readonly properties: Readonly<Record<string, unknown>>;
  },
): Reply {
  const profile = common.objectOf(sent.properties["publishingProfile"]);
  const source = sourceOf(sent.properties);
  const sourceResource = context.world.resources.get(source.id);
  if (sourceResource === undefined) throw common.notFound(source.id);
  const resource = putVersion(context.world, {
    id: versionId(context),
    location: sent.location,
    tags: sent.tags ?? {},
    targetRegions: targetRegions(profile, sent.location),
    excludeFromLatest: profile["excludeFromLatest"] === true,
    replicationMode: profile["replicationMode"] === "Shallow" ? "Shallow" : "Full",
    endOfLifeDate: typeof profile["endOfLifeDate"] === "string" ? profile["endOfLifeDate"] : undefined,
    source,
    sizeInGB: 30,
  });
  const headers = replicate(context, resource);
  return common.reply(201, common.show(resource), { ...DOCUMENTED, headers });
}

function replicate(context: RouteContext, resource: Resource, ms = REPLICATION_MS): Record<string, string> {
  return startOperation(context, resource.location ?? "", {
    ms,
    work: () => setReplication(resource, 100),
  });
}

/** Changes what may be changed later: regions, replica counts, exclusion, end of life, tags (facts, section 7). */
function changeVersion(
  context: RouteContext,
  resource: Resource,
  sent: { readonly tags: Record<string, string> | undefined; readonly properties: Readonly<Record<string, unknown>> },
): Reply {
  const properties = common.propertiesOf(resource);
  if (properties["provisioningState"] === "Creating" || properties["provisioningState"] === "Deleting")
    throw busy(resource);
  const old = common.objectOf(properties["publishingProfile"]);
  const profile = common.objectOf(sent.properties["publishingProfile"]);
  if (profile["replicationMode"] !== undefined && profile["replicationMode"] !== (old["replicationMode"] ?? "Full")) {
    const message =
      "Changing property 'galleryImageVersion.properties.publishingProfile.replicationMode' is not allowed.";
    throw new ArmFault(409, "PropertyChangeNotAllowed", message, DOCUMENTED);
  }
  const regions = profile["targetRegions"] === undefined ? undefined : targetRegions(profile, resource.location ?? "");
  const changed = Object.fromEntries(
    ["excludeFromLatest", "endOfLifeDate", "replicaCount"]
      .filter((name) => profile[name] !== undefined)
      .map((name) => [name, profile[name]]),
  );
  const shownRegions = regions?.map(({ name, replicaCount, ...rest }) => ({
    name: common.displayRegion(name),
    regionalReplicaCount: replicaCount,
    ...rest,
  }));
  const publishingProfile = {
    ...old,
    ...changed,
    ...(shownRegions === undefined ? {} : { targetRegions: shownRegions }),
  };
  resource.body = { ...resource.body, properties: { ...properties, publishingProfile, provisioningState: "Updating" } };
  if (regions !== undefined) withRegions(resource, regions);
  if (sent.tags !== undefined) resource.tags = sent.tags;
  // Nothing is copied for tags and for properties of the catalogue (how long that takes is inferred).
  const work = regions === undefined ? QUICK_MS : REPLICATION_MS;
  return common.reply(200, common.show(resource), { ...DOCUMENTED, headers: replicate(context, resource, work) });
}

/** A version that is still being made cannot be changed (code and text inferred). */
function busy(resource: Resource): ArmFault {
  const state = String(common.propertiesOf(resource)["provisioningState"]);
  const message = `The operation cannot be performed on the resource '${resource.id}' while its provisioning state is '${state}'. Please retry later.`;
  return new ArmFault(409, "Conflict", message, { mark: "inferred", fact: "change of a version that is being made" });
}

function patchVersion(context: RouteContext): Reply {
  const resource = common.existing(context, versionId(context));
  const body = common.objectOf(context.json());
  const tags = common.tagsOf(body["tags"]);
  return changeVersion(context, resource, { tags, properties: common.objectOf(body["properties"]) });
}

function deleteVersion(context: RouteContext): Reply {
  const { world } = context;
  const resource = world.resources.get(versionId(context));
  if (resource === undefined) return common.reply(204, undefined, DOCUMENTED);
  resource.body = { ...resource.body, properties: { ...common.propertiesOf(resource), provisioningState: "Deleting" } };
  const headers = startOperation(context, resource.location ?? "", {
    ms: DELETION_MS,
    work: () => void world.resources.delete(resource.id),
    withLocation: true,
  });
  return common.reply(202, undefined, { ...DOCUMENTED, headers });
}

const versionRoute = (method: ArmRoute["method"], path: string, action: string, handle: ArmRoute["handle"]): ArmRoute =>
  common.route(method, path, {
    versions: common.GALLERY_VERSIONS,
    action: `galleries/images/versions/${action}`,
    handle,
  });

export const versionRoutes: readonly ArmRoute[] = [
  versionRoute("GET", VERSION_PATH, "read", listVersions),
  versionRoute("GET", `${VERSION_PATH}/:version`, "read", getVersion),
  versionRoute("PUT", `${VERSION_PATH}/:version`, "write", putVersionRoute),
  versionRoute("PATCH", `${VERSION_PATH}/:version`, "write", patchVersion),
  versionRoute("DELETE", `${VERSION_PATH}/:version`, "delete", deleteVersion),
];
