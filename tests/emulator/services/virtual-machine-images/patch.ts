/** PATCH of a template: tags at once, everything else as an operation (wire notes, section 3; facts, section 2). */
import type { Reply, RouteContext, World } from "../../core/types.ts";
import { normaliseRegion } from "../compute/common.ts";
import { checkReach, readIdentities, rightsOf } from "./creation-checks.ts";
import { showTemplate } from "./echo.ts";
import { BuilderFault, ProvisioningFailure, notAllowed, unmarshalling, updateNotSupported } from "./errors.ts";
import { objectOf, objectsOf, textOf, type JsonObject } from "./json.ts";
import { checkLinkedAccess } from "./linked-access.ts";
import { endOperation, operationHeaders, startOperation } from "./operations.ts";
import { checkDistributors, checkVmProfile } from "./rules.ts";
import { internalStates, isRunActive } from "./runs.ts";
import { checkBody } from "./schema-check.ts";
import { stateOf, type Template } from "./state.ts";
import { requestedTemplate, saveTemplate } from "./store.ts";

export function patchTemplate(context: RouteContext): Reply {
  const { world } = context;
  const template = requestedTemplate(context);
  const body = objectOf(context.json());
  checkKeys(context, body);
  if (body["tags"] !== undefined) template.tags = { ...(objectOf(body["tags"]) as Record<string, string>) };
  if (body["identity"] === undefined && body["properties"] === undefined) {
    saveTemplate(world, template);
    return { status: 200, mark: "recorded", fact: "wire 3 PATCH", body: showTemplate(template, context.apiVersion) };
  }
  return patchLater(context, template, body);
}

/** Only tags, identity, and of the properties distribute and vmProfile can change. */
function checkKeys(context: RouteContext, body: JsonObject): void {
  const unknown = Object.keys(body).find((key) => !["tags", "identity", "properties"].includes(key));
  const version = `v${context.apiVersion.replaceAll("-", "_")}`;
  if (unknown !== undefined) {
    const type = `*${version}.ImageTemplateUpdateParameters`;
    throw unmarshalling(`unmarshalling type ${type}: unmarshalling type ${type}, unknown field "${unknown}"`);
  }
  const fixed = Object.keys(objectOf(body["properties"])).find((key) => key !== "distribute" && key !== "vmProfile");
  if (fixed !== undefined) throw updateNotSupported();
}

function patchLater(context: RouteContext, template: Template, body: JsonObject): Reply {
  const { world } = context;
  if (template.provisioningState !== "Succeeded" || isRunActive(template)) {
    const { provisioning, run } = internalStates(template);
    throw notAllowed("Microsoft.VirtualMachineImages/imageTemplates/write", provisioning, run);
  }
  const identity = patchedIdentity(context, template, body);
  const properties = patchedProperties(context, template, body);
  template.provisioningState = "Updating";
  saveTemplate(world, template);
  const operation = startOperation(world, normaliseRegion(template.location));
  const work = world.clock.sleep(stateOf(world).settings.durations.patch).then(() => {
    template.provisioningState = "Succeeded";
    const error = apply(world, template, { identity, properties, apiVersion: context.apiVersion });
    saveTemplate(world, template);
    endOperation(world, operation, error === undefined ? {} : { error });
  });
  world.background(work);
  const mark = body["properties"] === undefined ? "recorded" : "specification";
  return { status: 202, mark, fact: "wire 3 PATCH", headers: operationHeaders(context, operation, true) };
}

/** The identity after the patch: keys with null go, others come; what is not named stays only where something is removed. */
function patchedIdentity(context: RouteContext, template: Template, body: JsonObject): Template["identity"] {
  if (body["identity"] === undefined) return template.identity;
  const sent = objectOf(body["identity"]);
  const type = textOf(sent["type"]) || template.identity.type;
  if (type === "None") return { type, ids: [] };
  const entries = Object.entries(objectOf(sent["userAssignedIdentities"]));
  const added = entries.filter(([, value]) => value !== null).map(([id]) => id);
  const removed = entries.filter(([, value]) => value === null).map(([id]) => id.toLowerCase());
  checkLinkedAccess(context, added, context.request.url.pathname);
  const known = new Set(added.map((id) => id.toLowerCase()));
  const kept = template.identity.ids.filter(
    (id) => !removed.includes(id.toLowerCase()) && !known.has(id.toLowerCase()),
  );
  const ids = [...kept, ...added];
  if (ids.length !== 1) {
    throw new BuilderFault(
      400,
      "ValidationFailed",
      "Validation failed: 'ImageTemplate.identity': Only one user assigned identity is allowed.",
      {
        mark: "inferred",
        fact: "facts 1.1 identity",
      },
    );
  }
  return { type, ids };
}

function patchedProperties(context: RouteContext, template: Template, body: JsonObject): JsonObject {
  if (body["properties"] === undefined) return template.properties;
  const sent = objectOf(body["properties"]);
  const properties = { ...template.properties, ...sent };
  const names = objectsOf(sent["distribute"]).map((one) => textOf(one["runOutputName"]).toLowerCase());
  const lost = objectsOf(template.properties["distribute"])
    .map((one) => textOf(one["runOutputName"]))
    .find((name) => sent["distribute"] !== undefined && !names.includes(name.toLowerCase()));
  if (lost !== undefined) {
    const message = `Validation failed: Distribute target with Runoutput name ${lost} not found in the update request. Deleting a distribution target is not allowed.`;
    throw new BuilderFault(400, "ValidationFailed", message, { mark: "documented", fact: "wire 3 PATCH" });
  }
  const whole = { location: template.location, identity: { type: "UserAssigned" }, properties };
  const fault =
    checkBody(whole, context.apiVersion) ??
    checkDistributors(properties["distribute"]) ??
    checkVmProfile(properties["vmProfile"]);
  if (fault !== undefined) throw fault;
  return properties;
}

interface Patch {
  readonly identity: Template["identity"];
  readonly properties: JsonObject;
  readonly apiVersion: string;
}

/** Carries the patch out; gives the operation's error where it fails, and then changes nothing. */
function apply(
  world: World,
  template: Template,
  patch: Patch,
): { readonly code: string; readonly message: string } | undefined {
  if (patch.identity.type === "None") {
    if (patch.apiVersion >= "2024-02-01") {
      // The code is inferred; the text is that of an issue of 2024.
      return {
        code: "ValidationFailed",
        message: "Managed identity is required for building this template using current API version",
      };
    }
    template.identity = patch.identity;
    template.identityIds = undefined;
    return undefined;
  }
  const before = { identity: template.identity, identityIds: template.identityIds, properties: template.properties };
  try {
    Object.assign(template, { identity: patch.identity, properties: patch.properties });
    template.identityIds = readIdentities(world, template);
    checkReach(world, template, rightsOf(world, template));
    return undefined;
  } catch (error) {
    if (!(error instanceof ProvisioningFailure)) throw error;
    Object.assign(template, before);
    return { code: error.code, message: error.message };
  }
}
