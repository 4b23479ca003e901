/**
 * Machines and scale sets, as the world file has them: lists alone, which is what tells who uses an image (specifications:
 * virtualMachines, virtualMachineScaleSets 2024-07-01). Making, changing and reading single ones is not built.
 */
import { typeOfId } from "../../core/resources.ts";
import type { ArmRoute, Reply, RouteContext } from "../../core/types.ts";
import * as common from "./common.ts";

const MACHINES = "Microsoft.Compute/virtualMachines";
const SCALE_SETS = "Microsoft.Compute/virtualMachineScaleSets";
const SET_PATH = `${common.GROUP_PATH}/providers/${SCALE_SETS}`;

/** Entries of a page: that there are pages is specified, how long they are is inferred. */
const PAGE = 50;

function pageOf(context: RouteContext, prefix: string, type: string): Reply {
  const all = context.world.resources.list(prefix, type).map((resource) => ({
    ...common.show(resource),
    ...(resource.body["instanceId"] === undefined ? {} : { instanceId: resource.body["instanceId"] }),
  }));
  const from = Number(context.query.get("$skiptoken") ?? 0);
  const value = all.slice(from, from + PAGE);
  if (from + PAGE >= all.length) return common.reply(200, { value }, { mark: "specification", fact: "compute lists" });
  const next = new URL(`${context.armBase}${context.request.url.pathname}${context.request.url.search}`);
  next.searchParams.set("$skiptoken", String(from + PAGE));
  return common.reply(200, { value, nextLink: next.href }, { mark: "inferred", fact: "length of compute's pages" });
}

function scopeOf({ params }: RouteContext): string {
  const group = params["resourceGroup"];
  return `/subscriptions/${params["subscriptionId"] ?? ""}${group === undefined ? "" : `/resourceGroups/${group}`}`;
}

/** Instances of a scale set. Those of a flexible one are machines like others; what this list says of them is not built. */
function listInstances(context: RouteContext): Reply {
  const id = common.idOf(context, "virtualMachineScaleSets", context.params["set"] ?? "");
  const set = common.existing(context, id);
  if (common.propertiesOf(set)["orchestrationMode"] === "Flexible") {
    const message = "The emulator lists instances of uniform scale sets only.";
    return common.reply(501, { error: { code: "NotImplemented", message } }, { mark: "inferred", fact: "not built" });
  }
  return pageOf(context, id, typeOfId(`${id}/virtualMachines/0`));
}

const listRoute = (path: string, action: string, handle: ArmRoute["handle"]): ArmRoute =>
  common.route("GET", path, { versions: common.IMAGE_VERSIONS, action, handle });

const lists = (["virtualMachines", "virtualMachineScaleSets"] as const).flatMap((name) => {
  const type = name === "virtualMachines" ? MACHINES : SCALE_SETS;
  const list = (context: RouteContext): Reply => pageOf(context, scopeOf(context), type);
  return [common.SUBSCRIPTION_PATH, common.GROUP_PATH].map((scope) =>
    listRoute(`${scope}/providers/${type}`, `${name}/read`, list),
  );
});

/** Routes of the lists. */
export const machineRoutes: readonly ArmRoute[] = [
  ...lists,
  listRoute(`${SET_PATH}/:set/virtualMachines`, "virtualMachineScaleSets/virtualMachines/read", listInstances),
];
