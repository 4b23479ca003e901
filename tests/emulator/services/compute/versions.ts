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
      ...(region["encryption"] === undefined ? {} : { encryption: region["encryption"] }),
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
  if (isBusy(properties)) throw busy(resource);
  const old = common.objectOf(properties["publishingProfile"]);
  const profile = common.objectOf(sent.properties["publishingProfile"]);
  if (profile["replicationMode"] !== undefined && profile["replicationMode"] !== (old["replicationMode"] ?? "Full")) {
    throw notChangeable("publishingProfile.replicationMode");
  }
  if (sent.properties["storageProfile"] !== undefined && !isSameSource(properties, sent.properties)) {
    throw notChangeable("storageProfile.source");
  }
  checkEndOfLife(profile["endOfLifeDate"]);
  const regions = profile["targetRegions"] === undefined ? undefined : targetRegions(profile, resource.location ?? "");
  const before = (old["targetRegions"] ?? []) as readonly Readonly<Record<string, unknown>>[];
  if (regions !== undefined) checkRegions(regions, before);
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
  if (regions !== undefined) {
    const names = before.map((one) => common.normaliseRegion(String(one["name"])));
    withRegions(resource, regions, names);
  }
  if (sent.tags !== undefined) resource.tags = sent.tags;
  // Nothing is copied for tags and for properties of the catalogue (how long that takes is inferred).
  const isNew = ({ name }: TargetRegion): boolean =>
    !before.some((one) => common.normaliseRegion(String(one["name"])) === name);
  const work = regions?.some(isNew) === true ? REPLICATION_MS : QUICK_MS;
  return common.reply(200, common.show(resource), { ...DOCUMENTED, headers: replicate(context, resource, work) });
}

function isBusy(properties: Readonly<Record<string, unknown>>): boolean {
  return ["Creating", "Updating", "Deleting"].includes(String(properties["provisioningState"]));
}

/** What may be changed is documented (facts, section 7); code and words for what may not are those of the definition. */
function notChangeable(property: string): ArmFault {
  const message = `Changing property 'galleryImageVersion.properties.${property}' is not allowed.`;
  return new ArmFault(409, "PropertyChangeNotAllowed", message, DOCUMENTED);
}

function isSameSource(old: Readonly<Record<string, unknown>>, sent: Readonly<Record<string, unknown>>): boolean {
  const id = (properties: Readonly<Record<string, unknown>>): string => {
    const profile = common.objectOf(properties["storageProfile"]);
    const disk = common.objectOf(common.objectOf(profile["osDiskImage"])["source"])["id"];
    const source = common.objectOf(profile["source"])["id"] ?? disk;
    return typeof source === "string" ? source.toLowerCase() : "";
  };
  return id(sent) === "" || id(old) === id(sent);
}

/** The storage type of a region's copy stays. */
function checkRegions(regions: readonly TargetRegion[], before: readonly Readonly<Record<string, unknown>>[]): void {
  for (const { name, storageAccountType } of regions) {
    const old = before.find((one) => common.normaliseRegion(String(one["name"])) === name);
    if (old !== undefined && (old["storageAccountType"] ?? "Standard_LRS") !== storageAccountType) {
      throw notChangeable("publishingProfile.targetRegions.storageAccountType");
    }
  }
}

function checkEndOfLife(value: unknown): void {
  if (value === undefined || value === null) return;
  if (typeof value === "string" && !Number.isNaN(Date.parse(value)) && /^\d{4}-\d{2}-\d{2}/.test(value)) return;
  throw new ArmFault(
    400,
    "InvalidParameter",
    `The value of parameter endOfLifeDate is invalid: '${JSON.stringify(value)}'.`,
    {
      mark: "inferred",
      fact: "an end of life that is no date",
    },
  );
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
  // That machines or scale sets use it stops nobody: they go on, and scale sets make no more instances of it (documented).
  if (isBusy(common.propertiesOf(resource))) throw busy(resource);
  checkKept(context, resource);
  resource.body = { ...resource.body, properties: { ...common.propertiesOf(resource), provisioningState: "Deleting" } };
  const headers = startOperation(context, resource.location ?? "", {
    ms: DELETION_MS,
    work: () => void world.resources.delete(resource.id),
    withLocation: true,
  });
  return common.reply(202, undefined, { ...DOCUMENTED, headers });
}

/** Kept by its own setting until its end of life (specification, blockDeletionBeforeEndOfLife; code and text inferred). */
function checkKept(context: RouteContext, resource: Resource): void {
  const { safetyProfile, publishingProfile } = common.propertiesOf(resource);
  if (common.objectOf(safetyProfile)["blockDeletionBeforeEndOfLife"] !== true) return;
  const date = common.objectOf(publishingProfile)["endOfLifeDate"];
  const end = typeof date === "string" ? Date.parse(date) : Number.NaN;
  if (end <= context.world.clock.now().getTime()) return;
  const message = `The gallery image version '${resource.id}' cannot be deleted before its end of life date.`;
  throw new ArmFault(409, "OperationNotAllowed", message, {
    mark: "inferred",
    fact: "deletion before the end of life",
  });
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
