/** Triggers of a template (wire notes, section 8). They exist; the emulator never lets one fire. */
import type { Reply, RouteContext } from "../../core/types.ts";
import { normaliseRegion } from "../compute/common.ts";
import { badValue, notFound, unmarshalling } from "./errors.ts";
import { NAME_PATTERN } from "./ids.ts";
import { objectOf, present, type JsonObject } from "./json.ts";
import { endOperation, operationHeaders, startOperation } from "./operations.ts";
import { stateOf, type Template, type Trigger } from "./state.ts";
import { requestedTemplate } from "./store.ts";
import { RUN_DIGITS, serviceTime } from "./times.ts";

function show(template: Template, trigger: Trigger): JsonObject {
  const status =
    trigger.time === undefined ? undefined : { code: "Healthy", message: "Trigger is active", time: trigger.time };
  return {
    properties: present({ kind: "SourceImage", provisioningState: trigger.provisioningState, status }),
    id: `${template.id}/triggers/${trigger.name}`,
    name: trigger.name,
    type: "Microsoft.VirtualMachineImages/imageTemplates/triggers",
  };
}

export function putTrigger(context: RouteContext): Reply {
  const { world } = context;
  const template = requestedTemplate(context);
  const name = context.params["trigger"] ?? "";
  const properties = objectOf(objectOf(context.json())["properties"]);
  if (!NAME_PATTERN.test(name)) throw badValue("Trigger", "name", name);
  if (properties["kind"] !== "SourceImage") throw badValue("Trigger.properties", "kind", properties["kind"] ?? "");
  const unknown = Object.keys(properties).find((key) => key !== "kind");
  if (unknown !== undefined) {
    const version = `v${context.apiVersion.replaceAll("-", "_")}`;
    throw unmarshalling(
      `unmarshalling type *${version}.Trigger: struct field Properties: unmarshalling type *${version}.SourceImageTriggerProperties, unknown field "${unknown}"`,
    );
  }
  const trigger: Trigger = { name, provisioningState: "Creating", time: undefined };
  template.triggers.set(name.toLowerCase(), trigger);
  const operation = startOperation(world, normaliseRegion(template.location));
  const { settings, chance } = stateOf(world);
  world.background(
    world.clock.sleep(settings.durations.triggerPut).then(() => {
      trigger.provisioningState = "Succeeded";
      trigger.time = serviceTime(world.clock.now(), RUN_DIGITS, chance);
      endOperation(world, operation);
    }),
  );
  const headers = operationHeaders(context, operation, false);
  return { status: 201, mark: "recorded", fact: "wire 8 triggers", headers, body: show(template, trigger) };
}

function requestedTrigger(context: RouteContext): { readonly template: Template; readonly trigger: Trigger } {
  const template = requestedTemplate(context);
  const { trigger: name = "", resourceGroup = "" } = context.params;
  const trigger = template.triggers.get(name.toLowerCase());
  if (trigger === undefined) throw notFound(`imageTemplates/${template.name}/triggers/${name}`, resourceGroup);
  return { template, trigger };
}

export function getTrigger(context: RouteContext): Reply {
  const { template, trigger } = requestedTrigger(context);
  return { status: 200, mark: "recorded", fact: "wire 8 triggers", body: show(template, trigger) };
}

export function listTriggers(context: RouteContext): Reply {
  const template = requestedTemplate(context);
  const value = [...template.triggers.values()].map((trigger) => show(template, trigger));
  return { status: 200, mark: "recorded", fact: "wire 8 triggers", body: { value } };
}

export function deleteTrigger(context: RouteContext): Reply {
  const { world } = context;
  const template = requestedTemplate(context);
  const name = (context.params["trigger"] ?? "").toLowerCase();
  const trigger = template.triggers.get(name);
  if (trigger === undefined) return { status: 204, mark: "specification", fact: "wire 3 DELETE" };
  trigger.provisioningState = "Deleting";
  const operation = startOperation(world, normaliseRegion(template.location));
  world.background(
    world.clock.sleep(stateOf(world).settings.durations.triggerDelete).then(() => {
      template.triggers.delete(name);
      endOperation(world, operation);
    }),
  );
  return {
    status: 202,
    mark: "recorded",
    fact: "wire 8 triggers",
    headers: operationHeaders(context, operation, true),
  };
}
