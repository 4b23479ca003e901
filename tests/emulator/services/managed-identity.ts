/** User-assigned identities (wire notes, section 9: identity PUT recorded). */
import { invalidContent } from "../core/arm-errors.ts";
import type { ArmRoute, Reply, Resource, RouteContext } from "../core/types.ts";
import { versionsOf } from "./provider-catalogue.ts";
import { page, pathOf, propertiesOf, resourceOfPath } from "./resource-view.ts";

const service = "Microsoft.ManagedIdentity";
const type = "Microsoft.ManagedIdentity/userAssignedIdentities";
const apiVersions = versionsOf(service);
const subscription = "/subscriptions/:subscriptionId";
const collection = `${subscription}/resourceGroups/:resourceGroup/providers/${type}`;
const one = `${collection}/:name`;

/** When an identity was made (emulated ms); Entra ID and role assignments hear of it a little later. */
const birth = new WeakMap<Resource, number>();

/** Emulated ms until a role can be assigned to a new identity without naming its kind; recorded clients wait 45 s. */
const replicationDelay = 30_000;

/** Routes of this service. */
export const managedIdentityRoutes: readonly ArmRoute[] = [
  { service, method: "GET", path: one, apiVersions, action: `${type}/read`, handle: get },
  { service, method: "PUT", path: one, apiVersions, action: `${type}/write`, handle: put },
  { service, method: "DELETE", path: one, apiVersions, action: `${type}/delete`, handle: remove },
  { service, method: "GET", path: collection, apiVersions, action: `${type}/read`, handle: list },
  {
    service,
    method: "GET",
    path: `${subscription}/providers/${type}`,
    apiVersions,
    action: `${type}/read`,
    handle: list,
  },
];

/** Was the identity made so lately that role assignments do not know it yet? */
export function isFresh(context: RouteContext, identityId: string): boolean {
  const resource = context.world.resources.get(identityId);
  const born = resource === undefined ? undefined : birth.get(resource);
  return born !== undefined && context.world.clock.now().getTime() - born < replicationDelay;
}

function get(context: RouteContext): Reply {
  return { status: 200, mark: "documented", fact: "get identity", body: view(resourceOfPath(context), context) };
}

function list(context: RouteContext): Reply {
  const scope = pathOf(context).replace(/\/providers\/.*$/i, "");
  const found = context.world.resources.list(scope, type).map((resource) => view(resource, context));
  return { status: 200, mark: "documented", fact: "list identities", body: page(context, found) };
}

function put(context: RouteContext): Reply {
  const { world } = context;
  const { location, tags = {} } = context.json() as { readonly location: string; readonly tags?: unknown };
  if (typeof tags !== "object" || tags === null) throw invalidContent("The property 'tags' must be an object.");
  const id = pathOf(context);
  const before = world.resources.get(id);
  const made: Resource = {
    id: before?.id ?? id,
    name: context.params["name"] ?? "",
    type,
    location,
    tags: tags as Record<string, string>,
    body: before?.body ?? { properties: { principalId: world.newGuid(), clientId: world.newGuid() } },
  };
  world.resources.put(made);
  const body = view(made, context);
  if (before !== undefined) return { status: 200, mark: "documented", fact: "put identity again", body };
  birth.set(made, world.clock.now().getTime());
  return { status: 201, mark: "recorded", fact: "arm-identity-put-201", headers: { location: ownId(made) }, body };
}

function remove(context: RouteContext): Reply {
  const existed = context.world.resources.delete(pathOf(context));
  return { status: existed ? 200 : 204, mark: "documented", fact: "delete identity" };
}

/** The service writes its ids with `resourcegroups`. */
function ownId(resource: Resource): string {
  return resource.id.replace("/resourceGroups/", "/resourcegroups/");
}

function view(resource: Resource, { world }: RouteContext): object {
  const { principalId, clientId, tenantId = world.tenantId } = propertiesOf(resource);
  return {
    location: resource.location,
    tags: resource.tags ?? {},
    id: ownId(resource),
    name: resource.name,
    type,
    properties: { tenantId, principalId, clientId },
  };
}
