/** imageTemplates: PUT, GET, lists, DELETE (wire notes, section 3). */
import type { Reply, RouteContext } from "../../core/types.ts";
import { normaliseRegion } from "../compute/common.ts";
import { createTemplate } from "./creation.ts";
import { showTemplate } from "./echo.ts";
import { notAllowed, notWhileCreating, updateNotSupported, type BuilderFault } from "./errors.ts";
import { TEMPLATE_TYPE } from "./ids.ts";
import { objectOf, textOf, type JsonObject } from "./json.ts";
import { checkLinkedAccess } from "./linked-access.ts";
import { endOperation, operationHeaders, startOperation } from "./operations.ts";
import { checkRules } from "./rules.ts";
import { internalStates, isRunActive } from "./runs.ts";
import { checkBody } from "./schema-check.ts";
import { removeStaging } from "./staging.ts";
import { stateOf, type Template } from "./state.ts";
import * as store from "./store.ts";

/** What is wrong with a body of PUT, or undefined. */
function faultOf(context: RouteContext, body: JsonObject): BuilderFault | undefined {
  const { subscriptionId = "", template = "" } = context.params;
  return checkBody(body, context.apiVersion) ?? checkRules({ subscription: subscriptionId, name: template, body });
}

/** PUT: 201 with an echo; the rest of the work goes on. */
export function putTemplate(context: RouteContext): Reply {
  const { world } = context;
  const id = store.requestedId(context);
  const body = objectOf(context.json());
  const identities = Object.keys(objectOf(objectOf(body["identity"])["userAssignedIdentities"]));
  checkLinkedAccess(context, identities, context.request.url.pathname);
  if (store.findTemplate(world, id) !== undefined) throw updateNotSupported();
  const fault = faultOf(context, body);
  if (fault !== undefined) throw fault;
  const { subscriptionId = "", resourceGroup = "" } = context.params;
  const place = { id, subscription: subscriptionId, group: resourceGroup, location: textOf(body["location"]) };
  const template: Template = {
    ...store.emptyTemplate(place),
    tags: { ...(objectOf(body["tags"]) as Record<string, string>) },
    identity: { type: textOf(objectOf(body["identity"])["type"]), ids: identities },
    properties: objectOf(body["properties"]),
  };
  store.saveTemplate(world, template);
  const operation = startOperation(world, normaliseRegion(template.location));
  const headers = operationHeaders(context, operation, false);
  const shown = showTemplate(template, context.apiVersion);
  const closing = world.closing;
  world.background(
    createTemplate(context, template, operation).catch((error: unknown) => {
      if (!closing.aborted) throw error;
    }),
  );
  return { status: 201, mark: "recorded", fact: "wire 3 PUT", headers, body: shown };
}

export function getTemplate(context: RouteContext): Reply {
  const template = store.requestedTemplate(context);
  return { status: 200, mark: "recorded", fact: "wire 3 GET", body: showTemplate(template, context.apiVersion) };
}

/** A list of a group or of the whole subscription. */
export function listTemplates(context: RouteContext): Reply {
  const { world } = context;
  const { subscriptionId = "", resourceGroup } = context.params;
  const scope = `/subscriptions/${subscriptionId}${resourceGroup === undefined ? "" : `/resourcegroups/${resourceGroup}`}`;
  const value = world.resources
    .list(scope, TEMPLATE_TYPE)
    .map((resource) => store.findTemplate(world, resource.id))
    .filter((template) => template !== undefined)
    .map((template) => showTemplate(template, context.apiVersion));
  return { status: 200, mark: "recorded", fact: "wire 3 lists", body: { value } };
}

/** DELETE: refused while something goes on; otherwise 202, and the staging group goes with the template. */
export function deleteTemplate(context: RouteContext): Reply {
  const { world } = context;
  const template = store.findTemplate(world, store.requestedId(context));
  if (template === undefined) return { status: 204, mark: "specification", fact: "wire 3 DELETE" };
  if (template.provisioningState === "Creating") throw notWhileCreating();
  if (isRunActive(template)) {
    const { provisioning, run } = internalStates(template);
    throw notAllowed("Microsoft.VirtualMachineImages/imageTemplates/delete", provisioning, run);
  }
  template.provisioningState = "Deleting";
  store.saveTemplate(world, template);
  const operation = startOperation(world, normaliseRegion(template.location));
  world.background(
    world.clock.sleep(stateOf(world).settings.durations.delete).then(() => {
      removeStaging(world, template);
      store.removeTemplate(world, template);
      endOperation(world, operation);
    }),
  );
  return { status: 202, mark: "recorded", fact: "wire 3 DELETE", headers: operationHeaders(context, operation, true) };
}
