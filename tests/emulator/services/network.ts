/** Virtual networks, their subnets and the room in these, to be read (Network 2024-05-01). */
import { ArmFault, type ArmRoute, type Reply, type Resource, type RouteContext } from "../core/types.ts";
import { resourceNotFound } from "../core/arm-errors.ts";
import { versionsOf } from "./provider-catalogue.ts";
import { page, pathOf, propertiesOf, resourceOfPath } from "./resource-view.ts";

const service = "Microsoft.Network";
const type = "Microsoft.Network/virtualNetworks";
const subnetType = `${type}/subnets`;
const apiVersions = versionsOf(service);
const subscription = "/subscriptions/:subscriptionId";
const collection = `${subscription}/resourceGroups/:resourceGroup/providers/${type}`;
const one = `${collection}/:network`;

/** Routes of this service. */
export const networkRoutes: readonly ArmRoute[] = [
  { service, method: "GET", path: one, apiVersions, action: `${type}/read`, handle: getNetwork },
  { service, method: "GET", path: collection, apiVersions, action: `${type}/read`, handle: listNetworks },
  {
    service,
    method: "GET",
    path: `${subscription}/providers/${type}`,
    apiVersions,
    action: `${type}/read`,
    handle: listNetworks,
  },
  { service, method: "GET", path: `${one}/subnets`, apiVersions, action: `${subnetType}/read`, handle: listSubnets },
  {
    service,
    method: "GET",
    path: `${one}/subnets/:subnet`,
    apiVersions,
    action: `${subnetType}/read`,
    handle: getSubnet,
  },
  { service, method: "GET", path: `${one}/usages`, apiVersions, action: `${type}/usages/read`, handle: listUsages },
];

function getNetwork(context: RouteContext): Reply {
  return {
    status: 200,
    mark: "specification",
    fact: "get virtual network",
    body: networkView(resourceOfPath(context), context),
  };
}

function listNetworks(context: RouteContext): Reply {
  const scope = pathOf(context).replace(/\/providers\/.*$/i, "");
  const found = context.world.resources.list(scope, type).map((network) => networkView(network, context));
  return { status: 200, mark: "specification", fact: "list virtual networks", body: page(context, found) };
}

function listSubnets(context: RouteContext): Reply {
  const network = parent(context);
  const found = context.world.resources.list(network.id, subnetType).map(subnetView);
  return { status: 200, mark: "specification", fact: "list subnets", body: page(context, found) };
}

function getSubnet(context: RouteContext): Reply {
  parent(context);
  const id = pathOf(context);
  const subnet = context.world.resources.get(id);
  if (subnet !== undefined) return { status: 200, mark: "specification", fact: "get subnet", body: subnetView(subnet) };
  throw new ArmFault(404, "NotFound", `Resource ${id} not found.`, { mark: "documented", fact: "subnet not found" });
}

function parent(context: RouteContext): Resource {
  const id = pathOf(context).replace(/\/subnets(\/[^/]*)?$/i, "");
  const network = context.world.resources.get(id);
  if (network === undefined) throw resourceNotFound(id);
  return network;
}

/** Addresses that Azure keeps of every subnet (documentation of virtual networks). */
const keptAddresses = 5;

/** Room in each subnet: addresses in use, and how many it has beside those that Azure keeps. */
function listUsages(context: RouteContext): Reply {
  const id = pathOf(context).replace(/\/usages$/i, "");
  const network = context.world.resources.get(id);
  if (network === undefined) throw resourceNotFound(id);
  const value = context.world.resources.list(network.id, subnetType).map((subnet) => {
    const { ipConfigurations = [] } = propertiesOf(subnet) as { readonly ipConfigurations?: readonly unknown[] };
    return {
      currentValue: ipConfigurations.length,
      id: subnet.id,
      limit: Math.max(0, sizeOf(subnet) - keptAddresses),
      name: { localizedValue: "Subnet size and usage", value: "SubnetSpace" },
      unit: "Count",
    };
  });
  return { status: 200, mark: "specification", fact: "list usages of a virtual network", body: { value } };
}

/** Addresses of all its IPv4 prefixes. */
function sizeOf(subnet: Resource): number {
  const { addressPrefix, addressPrefixes = [] } = propertiesOf(subnet) as {
    readonly addressPrefix?: string;
    readonly addressPrefixes?: readonly string[];
  };
  const prefixes = addressPrefix === undefined ? addressPrefixes : [addressPrefix];
  return prefixes
    .filter((prefix) => !prefix.includes(":"))
    .reduce((sum, prefix) => sum + 2 ** (32 - Number(prefix.split("/")[1] ?? 32)), 0);
}

function networkView(network: Resource, { world }: RouteContext): object {
  return {
    name: network.name,
    id: network.id,
    type,
    location: network.location,
    ...(network.tags === undefined ? {} : { tags: network.tags }),
    properties: {
      provisioningState: "Succeeded",
      ...propertiesOf(network),
      subnets: world.resources.list(network.id, subnetType).map(subnetView),
      virtualNetworkPeerings: [],
      enableDdosProtection: false,
    },
  };
}

function subnetView(subnet: Resource): object {
  const { delegations = [], ...rest } = propertiesOf(subnet);
  return {
    name: subnet.name,
    id: subnet.id,
    properties: {
      provisioningState: "Succeeded",
      privateEndpointNetworkPolicies: "Disabled",
      privateLinkServiceNetworkPolicies: "Enabled",
      ...rest,
      delegations: (delegations as readonly { readonly name: string }[]).map((one) => ({
        id: `${subnet.id}/delegations/${one.name}`,
        type: `${subnetType}/delegations`,
        ...one,
      })),
    },
    type: subnetType,
  };
}
