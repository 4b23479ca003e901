/** Subscriptions, resource groups and what lies in them (wire notes, section 9; Resources 2021-04-01). */
import { invalidContent, notBuilt, unknownGroup } from "../core/arm-errors.ts";
import { isExtension, isWithin } from "../core/resources.ts";
import { ArmFault, type ArmRoute, type Reply, type Resource, type RouteContext, type World } from "../core/types.ts";
import { versionsOf } from "./provider-catalogue.ts";
import { page, pathOf } from "./resource-view.ts";

const service = "Microsoft.Resources";
const apiVersions = versionsOf(service);
const groupType = "Microsoft.Resources/resourceGroups";
const action = "Microsoft.Resources/subscriptions/resourceGroups";
const subscription = "/subscriptions/:subscriptionId";
const group = `${subscription}/resourceGroups/:resourceGroup`;

/** Emulated ms a deletion takes, and between two looks at it: 140 s and 15 s were recorded. */
const deletionTime = 140_000;
const lookSeconds = 15;

/** Deletions under way or done, by the name of their operation; kept as long as the world. */
const deletions = new WeakMap<World, Map<string, { done: boolean }>>();

/** Routes of this service. */
export const resourceGroupRoutes: readonly ArmRoute[] = [
  { service, method: "GET", path: "/subscriptions", apiVersions, action: undefined, handle: listSubscriptions },
  {
    service,
    method: "GET",
    path: subscription,
    apiVersions,
    action: "Microsoft.Resources/subscriptions/read",
    handle: getSubscription,
  },
  {
    service,
    method: "GET",
    path: `${subscription}/resourceGroups`,
    apiVersions,
    action: `${action}/read`,
    handle: listGroups,
  },
  { service, method: "GET", path: group, apiVersions, action: `${action}/read`, handle: getGroup },
  { service, method: "HEAD", path: group, apiVersions, action: `${action}/read`, handle: headGroup },
  { service, method: "PUT", path: group, apiVersions, action: `${action}/write`, handle: putGroup },
  { service, method: "DELETE", path: group, apiVersions, action: `${action}/delete`, handle: deleteGroup },
  {
    service,
    method: "GET",
    path: `${group}/resources`,
    apiVersions,
    action: `${action}/resources/read`,
    handle: listResources,
  },
  {
    service,
    method: "GET",
    path: `${subscription}/operationresults/:operation`,
    apiVersions,
    action: undefined,
    handle: getResult,
  },
];

function listSubscriptions(context: RouteContext): Reply {
  const { world, caller } = context;
  const mine = world.subscriptionIds.filter((id) =>
    world.roleAssignments.some(
      (one) => one.principalId === caller.objectId && isWithin(one.scope, `/subscriptions/${id}`),
    ),
  );
  return documented("list subscriptions", {
    value: mine.map((id) => subscriptionView(id, world)),
    count: { type: "Total", value: mine.length },
  });
}

function getSubscription(context: RouteContext): Reply {
  return documented(
    "get subscription",
    subscriptionView((context.params["subscriptionId"] ?? "").toLowerCase(), context.world),
  );
}

function subscriptionView(id: string, world: World): object {
  return {
    id: `/subscriptions/${id}`,
    authorizationSource: "RoleBased",
    managedByTenants: [],
    subscriptionId: id,
    tenantId: world.tenantId,
    displayName: world.subscriptionName(id),
    state: "Enabled",
    subscriptionPolicies: {
      locationPlacementId: "Public_2014-09-01",
      quotaId: "PayAsYouGo_2014-09-01",
      spendingLimit: "Off",
    },
  };
}

function listGroups(context: RouteContext): Reply {
  const all = context.world.resources.list(`/subscriptions/${context.params["subscriptionId"] ?? ""}`, groupType);
  const filter = context.query.get("$filter");
  const chosen = filter === null ? all : all.filter(tagTest(filter));
  return documented("list groups", page(context, chosen.map(view)));
}

function tagTest(filter: string): (resource: Resource) => boolean {
  const parts = /^\s*tagName eq '([^']*)'(?: and tagValue eq '([^']*)')?\s*$/i.exec(filter);
  if (parts === null) throw notBuilt(`the filter "${filter}" on resource groups`);
  const [, name = "", value] = parts;
  return ({ tags = {} }) =>
    Object.entries(tags).some(
      ([key, text]) => key.toLowerCase() === name.toLowerCase() && (value === undefined || text === value),
    );
}

function getGroup(context: RouteContext): Reply {
  return documented("wire 9 resource group", view(existing(context)));
}

function headGroup(context: RouteContext): Reply {
  existing(context);
  return { status: 204, mark: "documented", fact: "check existence of a group" };
}

function putGroup(context: RouteContext): Reply {
  const { location, tags } = context.json() as { readonly location: string; readonly tags?: unknown };
  if (tags !== undefined && (typeof tags !== "object" || tags === null))
    throw invalidContent("The property 'tags' must be an object.");
  const id = pathOf(context);
  const before = context.world.resources.get(id);
  if (before?.location !== undefined && before.location !== location) {
    throw new ArmFault(
      409,
      "InvalidResourceGroupLocation",
      `Invalid resource group location '${location}'. The Resource group already exists in location '${before.location}'.`,
      { mark: "documented", fact: "group in another location" },
    );
  }
  const name = context.params["resourceGroup"] ?? "";
  const made: Resource = {
    id: before?.id ?? `/subscriptions/${context.params["subscriptionId"] ?? ""}/resourceGroups/${name}`,
    name: before?.name ?? name,
    type: groupType,
    location,
    ...(tags === undefined || tags === null ? {} : { tags: tags as Record<string, string> }),
    body: {},
  };
  context.world.resources.put(made);
  return { status: before === undefined ? 201 : 200, mark: "documented", fact: "put group", body: view(made) };
}

function deleteGroup(context: RouteContext): Reply {
  const { world } = context;
  const found = existing(context);
  const name = Buffer.from(
    JSON.stringify({ jobId: `RESOURCEGROUPDELETIONJOB-${found.name.toUpperCase()}`, id: world.newGuid() }),
  ).toString("base64url");
  const operation = { done: false };
  operationsOf(world).set(name, operation);
  found.body["properties"] = { provisioningState: "Deleting" };
  world.background(
    world.clock.sleep(deletionTime).then(() => {
      removeGroup(found.id, world);
      operation.done = true;
    }),
  );
  return { status: 202, mark: "recorded", fact: "wire 9 resource group", headers: resultHeaders(context, name) };
}

/** Takes a group and everything in it away, role assignments included. */
export function removeGroup(id: string, world: World): void {
  for (const resource of world.resources.list(id)) world.resources.delete(resource.id);
  const kept = world.roleAssignments.filter(({ scope }) => !isWithin(scope, id));
  world.roleAssignments.splice(0, world.roleAssignments.length, ...kept);
}

function getResult(context: RouteContext): Reply {
  const name = context.params["operation"] ?? "";
  const operation = operationsOf(context.world).get(name);
  if (operation === undefined) {
    throw new ArmFault(404, "NotFound", "The operation result could not be found.", {
      mark: "inferred",
      fact: "unknown operation result",
    });
  }
  if (operation.done) return { status: 200, mark: "recorded", fact: "wire 9 resource group" };
  return { status: 202, mark: "recorded", fact: "wire 9 resource group", headers: resultHeaders(context, name) };
}

function operationsOf(world: World): Map<string, { done: boolean }> {
  const known = deletions.get(world);
  if (known !== undefined) return known;
  const made = new Map<string, { done: boolean }>();
  deletions.set(world, made);
  world.onReset(() => made.clear());
  return made;
}

function resultHeaders(context: RouteContext, name: string): Record<string, string> {
  const { armBase, params, apiVersion } = context;
  const path = `/subscriptions/${params["subscriptionId"] ?? ""}/operationresults/${name}`;
  return { Location: `${armBase}${path}?api-version=${apiVersion}`, "Retry-After": String(lookSeconds) };
}

function listResources(context: RouteContext): Reply {
  const found = existing(context);
  if (context.query.has("$filter")) throw notBuilt("filters on the resources of a group");
  const expanded = (context.query.get("$expand") ?? "").toLowerCase().split(",");
  const inside = context.world.resources
    .list(found.id)
    .filter(({ id, type }) => id !== found.id && type.split("/").length === 2 && !isExtension(type));
  return documented(
    "list resources of a group",
    page(
      context,
      inside.map(({ id, name, type, location, tags }) => ({
        id,
        name,
        type,
        location,
        ...(tags === undefined ? {} : { tags }),
        // Only where it is asked for (Resources - List By Resource Group, $expand).
        ...(expanded.includes("createdtime")
          ? { createdTime: context.world.resources.createdAt(id)?.toISOString() }
          : {}),
      })),
    ),
  );
}

function existing(context: RouteContext): Resource {
  const name = context.params["resourceGroup"] ?? "";
  const found = context.world.resources.get(
    `/subscriptions/${context.params["subscriptionId"] ?? ""}/resourceGroups/${name}`,
  );
  if (found === undefined) throw unknownGroup(name);
  return found;
}

function view({ id, name, location, tags, body }: Resource): object {
  const properties = body["properties"] ?? { provisioningState: "Succeeded" };
  return { id, name, type: groupType, location, ...(tags === undefined ? {} : { tags }), properties };
}

function documented(fact: string, body: unknown): Reply {
  return { status: 200, mark: "documented", fact, body };
}
