/** Network security groups, route tables and NAT gateways, to be read (Network 2024-05-01). */
import type { ArmRoute, Reply, Resource, RouteContext } from "../core/types.ts";
import { versionsOf } from "./provider-catalogue.ts";
import { page, pathOf, propertiesOf, resourceOfPath } from "./resource-view.ts";

const service = "Microsoft.Network";
const apiVersions = versionsOf(service);
const subscription = "/subscriptions/:subscriptionId";

type View = (resource: Resource, context: RouteContext) => Readonly<Record<string, unknown>>;

/** Routes of this service. */
export const networkFilterRoutes: readonly ArmRoute[] = [
  ...routesOf("networkSecurityGroups", securityGroup),
  ...routesOf("routeTables", routeTable),
  ...routesOf("natGateways", natGateway),
];

function routesOf(name: string, view: View): readonly ArmRoute[] {
  const type = `${service}/${name}`;
  const action = `${type}/read`;
  const collection = `${subscription}/resourceGroups/:resourceGroup/providers/${type}`;
  const whole = (resource: Resource, context: RouteContext): object => ({
    name: resource.name,
    id: resource.id,
    type,
    location: resource.location,
    ...(resource.tags === undefined ? {} : { tags: resource.tags }),
    properties: { provisioningState: "Succeeded", ...propertiesOf(resource), ...view(resource, context) },
  });
  const get = (context: RouteContext): Reply => ({
    status: 200,
    mark: "specification",
    fact: `get ${name}`,
    body: whole(resourceOfPath(context), context),
  });
  const list = (context: RouteContext): Reply => {
    const scope = pathOf(context).replace(/\/providers\/.*$/i, "");
    const found = context.world.resources.list(scope, type).map((one) => whole(one, context));
    return { status: 200, mark: "specification", fact: `list ${name}`, body: page(context, found) };
  };
  return [
    { service, method: "GET", path: `${collection}/:name`, apiVersions, action, handle: get },
    { service, method: "GET", path: collection, apiVersions, action, handle: list },
    { service, method: "GET", path: `${subscription}/providers/${type}`, apiVersions, action, handle: list },
  ];
}

type DefaultRule = readonly [
  name: string,
  description: string,
  rule: readonly [access: "Allow" | "Deny", priority: number, direction: "Inbound" | "Outbound"],
  from: string,
  to: string,
];

/** What every group ends with (documentation of network security groups). */
const defaultRules: readonly DefaultRule[] = [
  [
    "AllowVnetInBound",
    "Allow inbound traffic from all VMs in VNET",
    ["Allow", 65000, "Inbound"],
    "VirtualNetwork",
    "VirtualNetwork",
  ],
  [
    "AllowAzureLoadBalancerInBound",
    "Allow inbound traffic from azure load balancer",
    ["Allow", 65001, "Inbound"],
    "AzureLoadBalancer",
    "*",
  ],
  ["DenyAllInBound", "Deny all inbound traffic", ["Deny", 65500, "Inbound"], "*", "*"],
  [
    "AllowVnetOutBound",
    "Allow outbound traffic from all VMs to all VMs in VNET",
    ["Allow", 65000, "Outbound"],
    "VirtualNetwork",
    "VirtualNetwork",
  ],
  [
    "AllowInternetOutBound",
    "Allow outbound traffic from all VMs to Internet",
    ["Allow", 65001, "Outbound"],
    "*",
    "Internet",
  ],
  ["DenyAllOutBound", "Deny all outbound traffic", ["Deny", 65500, "Outbound"], "*", "*"],
];

const noLists = {
  sourcePortRanges: [],
  destinationPortRanges: [],
  sourceAddressPrefixes: [],
  destinationAddressPrefixes: [],
} as const;

function securityGroup(resource: Resource, context: RouteContext): Readonly<Record<string, unknown>> {
  const { securityRules = [] } = propertiesOf(resource) as {
    readonly securityRules?: readonly { readonly name: string; readonly properties: object }[];
  };
  return {
    securityRules: securityRules.map((rule) => ({
      name: rule.name,
      id: `${resource.id}/securityRules/${rule.name}`,
      type: "Microsoft.Network/networkSecurityGroups/securityRules",
      properties: { provisioningState: "Succeeded", ...noLists, ...rule.properties },
    })),
    defaultSecurityRules: defaultRules.map(([name, description, [access, priority, direction], from, to]) => ({
      name,
      id: `${resource.id}/defaultSecurityRules/${name}`,
      type: "Microsoft.Network/networkSecurityGroups/defaultSecurityRules",
      properties: {
        provisioningState: "Succeeded",
        description,
        protocol: "*",
        sourcePortRange: "*",
        destinationPortRange: "*",
        sourceAddressPrefix: from,
        destinationAddressPrefix: to,
        access,
        priority,
        direction,
        ...noLists,
      },
    })),
    ...subnetsWith("networkSecurityGroup", resource, context),
  };
}

function routeTable(resource: Resource, context: RouteContext): Readonly<Record<string, unknown>> {
  const { routes = [] } = propertiesOf(resource) as {
    readonly routes?: readonly { readonly name: string; readonly properties: object }[];
  };
  return {
    disableBgpRoutePropagation: false,
    routes: routes.map((route) => ({
      name: route.name,
      id: `${resource.id}/routes/${route.name}`,
      properties: { provisioningState: "Succeeded", ...route.properties },
      type: "Microsoft.Network/routeTables/routes",
    })),
    ...subnetsWith("routeTable", resource, context),
  };
}

function natGateway(resource: Resource, context: RouteContext): Readonly<Record<string, unknown>> {
  return { idleTimeoutInMinutes: 4, ...subnetsWith("natGateway", resource, context) };
}

/** The subnets that name it, by their ids. */
function subnetsWith(link: string, resource: Resource, { world }: RouteContext): { readonly subnets?: object } {
  const subnets = world.resources.list("", "Microsoft.Network/virtualNetworks/subnets").filter((subnet) => {
    const named = propertiesOf(subnet)[link] as { readonly id?: string } | undefined;
    return named?.id?.toLowerCase() === resource.id.toLowerCase();
  });
  return subnets.length === 0 ? {} : { subnets: subnets.map(({ id }) => ({ id })) };
}
