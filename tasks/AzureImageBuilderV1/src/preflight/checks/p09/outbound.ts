/** P9: the way out of the subnets, by gateways and routes. */
import type { OsType } from "../../../ports.ts";
import { listAt, textAt } from "../../json.ts";
import type { Json } from "../../reads.ts";
import type { Problem, Subject } from "../../types.ts";
import {
  hasDefaultWayOut,
  idOf,
  inputOf,
  nameSubnet,
  type SubnetFacts,
  type SubnetRef,
  updateCommand,
} from "./facts.ts";

/** Gateways and routes of one subnet. */
export function judgeOutbound({ ref, subnet, routeTable }: SubnetFacts, { plan }: Subject): readonly Problem[] {
  if (subnet.state !== "found") return [];
  const { value } = subnet;
  const hasGateway = idOf(value, "natGateway") !== undefined;
  const hasTable = idOf(value, "routeTable") !== undefined;
  const table = routeTable?.state === "found" ? routeTable.value : undefined;
  const appliance = applianceIn(table);
  if (appliance !== undefined)
    return [throughAppliance(ref, { appliance, table: textAt(table, "name") ?? "", osType: plan.osType })];
  if (hasGateway || hasTable) return [];
  if (hasDefaultWayOut(value) === false) return [noWayOut(ref)];
  return ref.role === "containers" ? [noGateway(ref)] : [];
}

/** Where the default route leads, when it leads to a machine. */
function applianceIn(table: Json | undefined): string | undefined {
  const routes = listAt(table, "properties", "routes") ?? [];
  const standard = routes.find((one) => textAt(one, "properties", "addressPrefix") === "0.0.0.0/0");
  const type = textAt(standard, "properties", "nextHopType")?.toLowerCase();
  if (type === "virtualappliance") return textAt(standard, "properties", "nextHopIpAddress") ?? "an appliance";
  return type === "virtualnetworkgateway" ? "the virtual network gateway" : undefined;
}

function throughAppliance(
  ref: SubnetRef,
  way: { readonly appliance: string; readonly table: string; readonly osType: OsType },
): Problem {
  const isWindows = way.osType === "windows";
  const needs =
    ref.role === "build"
      ? `TCP 443 to Azure (Resource Manager, storage), and to all that the scripts download from${
          isWindows ? "; Windows activation and updates" : ""
        }`
      : `TCP 443 to the Internet (the container's image), TCP 443 and 445 to storage, and TCP ${
          isWindows ? "5986" : "22"
        } to the build VM's subnet`;
  return {
    code: "AIB055",
    message: `The route table ${way.table} sends what leaves the subnet ${nameSubnet(ref)} to ${way.appliance}; what that does not let through fails, or hangs until the build's time is over.`,
    remedy: `See that it lets through: ${needs}.`,
    input: inputOf(ref),
  };
}

function gatewayCommands(ref: SubnetRef): readonly string[] {
  const { subscriptionId, resourceGroup, network } = ref;
  const place = `--subscription ${subscriptionId} --resource-group ${resourceGroup}`;
  return [
    `az network public-ip create ${place} --name ${network}-nat --sku Standard`,
    `az network nat gateway create ${place} --name ${network}-nat --public-ip-addresses ${network}-nat`,
    updateCommand(ref, `--nat-gateway ${network}-nat`),
  ];
}

function noWayOut(ref: SubnetRef): Problem {
  return {
    code: "AIB053",
    message: `The subnet ${nameSubnet(ref)} is private (defaultOutboundAccess is false) and has neither a NAT gateway nor a route table; ${
      ref.role === "build"
        ? "nothing can be downloaded in the build VM"
        : "the container cannot get its image or reach storage"
    }, and the run would fail.`,
    remedy: "Give the subnet a NAT gateway, or a route to a firewall.",
    commands: gatewayCommands(ref),
    input: inputOf(ref),
  };
}

/** Row 13: one document counts on the usual way out, another knows the NAT gateway alone. */
function noGateway(ref: SubnetRef): Problem {
  return {
    code: "AIB054",
    message: `The subnet ${nameSubnet(ref)} has no NAT gateway. The documents disagree on whether a container gets out without one; if it does not, the run fails before the build VM is made.`,
    remedy: "Give the subnet a NAT gateway.",
    commands: gatewayCommands(ref),
    input: inputOf(ref),
  };
}
