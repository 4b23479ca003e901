/** Templates in the world: found, put, shown. */
import type { RouteContext, World } from "../../core/types.ts";
import { showTemplate } from "./echo.ts";
import { notFound } from "./errors.ts";
import { lastName, parseResourceId, TEMPLATE_TYPE, templateId } from "./ids.ts";
import { objectOf, textOf } from "./json.ts";
import { stateOf, type LastRunStatus, type ProvisioningState, type Template } from "./state.ts";

/** Writes the template as it is now into the world's store: to be called after each change. */
export function saveTemplate(world: World, template: Template): void {
  const { tags, location, ...rest } = showTemplate(template);
  const { properties, identity } = rest;
  stateOf(world).templates.set(template.id.toLowerCase(), template);
  world.resources.put({
    id: template.id,
    name: template.name,
    type: TEMPLATE_TYPE,
    location: textOf(location),
    tags: { ...(tags as Record<string, string>) },
    body: { properties, identity },
  });
}

/** Forgets the template. */
export function removeTemplate(world: World, template: Template): void {
  stateOf(world).templates.delete(template.id.toLowerCase());
  world.resources.delete(template.id);
}

/** The template of that id, also one that a world file has put there, or undefined. */
export function findTemplate(world: World, id: string): Template | undefined {
  const known = stateOf(world).templates.get(id.toLowerCase());
  if (known !== undefined) return known;
  const resource = world.resources.get(id);
  const place = parseResourceId(id);
  if (resource === undefined || place === undefined) return undefined;
  const properties = objectOf(resource.body["properties"]);
  const identity = objectOf(resource.body["identity"]);
  const { provisioningState, lastRunStatus, exactStagingResourceGroup, provisioningError, ...sent } = properties;
  const template: Template = {
    ...emptyTemplate({ id, subscription: place.subscription, group: place.group, location: resource.location ?? "" }),
    tags: resource.tags ?? {},
    identity: {
      type: textOf(identity["type"]) || "UserAssigned",
      ids: Object.keys(objectOf(identity["userAssignedIdentities"])),
    },
    properties: sent,
    provisioningState: (textOf(provisioningState) || "Succeeded") as ProvisioningState,
    provisioningError: provisioningError as Template["provisioningError"],
    lastRunStatus: lastRunStatus as LastRunStatus | undefined,
    exactStagingResourceGroup: textOf(exactStagingResourceGroup),
  };
  stateOf(world).templates.set(id.toLowerCase(), template);
  return template;
}

/** A template in which nothing has happened yet. */
export function emptyTemplate(place: Pick<Template, "id" | "subscription" | "group" | "location">): Template {
  return {
    ...place,
    name: lastName(place.id),
    tags: {},
    identity: { type: "UserAssigned", ids: [] },
    properties: {},
    provisioningState: "Creating",
    provisioningError: undefined,
    identityIds: undefined,
    exactVersion: undefined,
    files: new Map(),
    exactStagingResourceGroup: "",
    ownsStagingGroup: false,
    stagingAccount: undefined,
    lastRunStatus: undefined,
    outputs: new Map(),
    triggers: new Map(),
    cancelRun: undefined,
  };
}

/** The id a request addresses. */
export function requestedId(context: RouteContext): string {
  const { subscriptionId = "", resourceGroup = "", template = "" } = context.params;
  return templateId(subscriptionId, resourceGroup, template);
}

/** The template a request addresses, or 404. */
export function requestedTemplate(context: RouteContext): Template {
  const found = findTemplate(context.world, requestedId(context));
  const { template = "", resourceGroup = "" } = context.params;
  if (found === undefined) throw notFound(`imageTemplates/${template}`, resourceGroup);
  return found;
}
