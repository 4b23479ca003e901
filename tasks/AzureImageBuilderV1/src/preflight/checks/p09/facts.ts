/** P9, what is read of the network: the virtual network with its subnets, and what is attached to the two. */
import { regionName } from "../../../values/regions.ts";
import { readResourceId } from "../../../values/resource-id.ts";
import { booleanAt, listAt, numberAt, textAt } from "../../json.ts";
import type { Json, Read, Reads } from "../../reads.ts";
import type { Subject } from "../../types.ts";

const apiVersion = "2024-05-01";

/** What a subnet is for. */
export type Role = "build" | "containers";

/** A subnet that the template names. */
export interface SubnetRef {
  readonly role: Role;
  readonly id: string;
  readonly networkId: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly network: string;
  readonly name: string;
}

/** What reads found of one subnet and of what is attached to it. */
export interface SubnetFacts {
  readonly ref: SubnetRef;
  readonly network: Read<Json>;
  /** `absent`: the network does not have it. */
  readonly subnet: Read<Json>;
  /** Of all subnets of the network. */
  readonly usages: Read<readonly Json[]>;
  /** Absent where none is attached. */
  readonly securityGroup?: Read<Json>;
  readonly routeTable?: Read<Json>;
}

/** The subnets that the template names: none, the build VM's, or that and the containers'. */
export function subnetsOf({ template }: Subject): readonly SubnetRef[] {
  const network = template.properties.vmProfile?.vnetConfig;
  return [...refOf("build", network?.subnetId), ...refOf("containers", network?.containerInstanceSubnetId)];
}

function refOf(role: Role, id: string | undefined): readonly SubnetRef[] {
  const parsed = readResourceId(id ?? "");
  const [network, name] = parsed?.names ?? [];
  if (parsed === undefined || network === undefined || name === undefined) return [];
  const { subscriptionId, resourceGroup } = parsed;
  const networkId = parsed.id.split("/").slice(0, -2).join("/");
  return [{ role, id: parsed.id, networkId, subscriptionId, resourceGroup, network, name }];
}

/** Reads a subnet out of its network: the same reads serve both subnets. */
export async function readSubnet(ref: SubnetRef, reads: Reads): Promise<SubnetFacts> {
  const permission = (type: string): string => `Microsoft.Network/${type}/read`;
  const [network, usages] = await Promise.all([
    reads.get(ref.networkId, { apiVersion, permission: permission("virtualNetworks") }),
    reads.list(`${ref.networkId}/usages`, { apiVersion, permission: permission("virtualNetworks/usages") }),
  ]);
  const subnet = findSubnet(network, ref);
  const groupId = attached(subnet, "networkSecurityGroup");
  const tableId = attached(subnet, "routeTable");
  const [securityGroup, routeTable] = await Promise.all([
    groupId === undefined
      ? undefined
      : reads.get(groupId, { apiVersion, permission: permission("networkSecurityGroups") }),
    tableId === undefined ? undefined : reads.get(tableId, { apiVersion, permission: permission("routeTables") }),
  ]);
  return {
    ref,
    network,
    subnet,
    usages,
    ...(securityGroup === undefined ? {} : { securityGroup }),
    ...(routeTable === undefined ? {} : { routeTable }),
  };
}

function findSubnet(network: Read<Json>, { name }: SubnetRef): Read<Json> {
  if (network.state !== "found") return network;
  const subnets = listAt(network.value, "properties", "subnets");
  if (subnets === undefined) return { state: "unknown", why: "the network's answer has no list of subnets" };
  const found = subnets.find((one) => textAt(one, "name")?.toLowerCase() === name.toLowerCase());
  return found === undefined ? { state: "absent" } : { state: "found", value: found as Json };
}

function attached(subnet: Read<Json>, what: string): string | undefined {
  return idOf(subnet.state === "found" ? subnet.value : undefined, what);
}

/** The ID of what is attached to a subnet, e.g. its `natGateway`. */
export function idOf(subnet: Json | undefined, what: string): string | undefined {
  const id = textAt(subnet, "properties", what, "id");
  return id === "" ? undefined : id;
}

/** Address ranges of a subnet. */
export function prefixesOf(subnet: Json): readonly string[] {
  const one = textAt(subnet, "properties", "addressPrefix");
  return one === undefined ? (listAt(subnet, "properties", "addressPrefixes") ?? []).map(String) : [one];
}

/** Services that a subnet is delegated to. */
export function delegationsOf(subnet: Json): readonly string[] {
  return (listAt(subnet, "properties", "delegations") ?? []).flatMap(
    (one) => textAt(one, "properties", "serviceName") ?? [],
  );
}

/** Whether machines of the subnet have a way out without being given one; undefined where Azure does not say. */
export function hasDefaultWayOut(subnet: Json): boolean | undefined {
  return booleanAt(subnet, "properties", "defaultOutboundAccess");
}

/** Addresses that are free; undefined where that is not told. */
export function freeAddresses({ ref, usages }: SubnetFacts): number | undefined {
  if (usages.state !== "found") return undefined;
  const found = usages.value.find((one) => textAt(one, "id")?.toLowerCase() === ref.id.toLowerCase());
  const [used, limit] = [numberAt(found, "currentValue"), numberAt(found, "limit")];
  return used === undefined || limit === undefined ? undefined : Math.max(0, limit - used);
}

/** The network's region, short. */
export function regionOfNetwork({ network }: SubnetFacts): string | undefined {
  const location = network.state === "found" ? textAt(network.value, "location") : undefined;
  return location === undefined ? undefined : regionName(location);
}

/** How messages call a subnet: `subnet vnet-build/build (for the build VM)`. */
export function nameSubnet({ role, network, name }: SubnetRef): string {
  return `${network}/${name} (for the ${role === "build" ? "build VM" : "build's container"})`;
}

/** The input that names a subnet. */
export function inputOf({ role }: SubnetRef): string {
  return role === "build" ? "subnet" : "containerInstanceSubnet";
}

/** `az network vnet subnet update` for a subnet, up to what is to be changed. */
export function updateCommand(ref: SubnetRef, change: string): string {
  const { subscriptionId, resourceGroup, network, name } = ref;
  return (
    `az network vnet subnet update --subscription ${subscriptionId} --resource-group ${resourceGroup} ` +
    `--vnet-name ${network} --name ${name} ${change}`
  );
}
