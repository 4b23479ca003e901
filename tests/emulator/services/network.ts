/** Virtual networks and their subnets, to be read (Network 2024-05-01). */
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
      delegations,
    },
    type: subnetType,
  };
}
