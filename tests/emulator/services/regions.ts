/** Regions of a subscription with their availability zones (Resources 2022-12-01; list of regions with zones). */
import type { ArmRoute, Reply, RouteContext, World } from "../core/types.ts";
import { allRegions, normalRegion, versionsOf } from "./provider-catalogue.ts";

const service = "Microsoft.Resources";

/** Regions of the catalogue that have no zones, by the list of Azure regions of 2026. */
const withoutZones = [
  "westcentralus",
  "westus",
  "northcentralus",
  "ukwest",
  "canadaeast",
  "australiasoutheast",
  "australiacentral",
  "jioindiawest",
  "koreasouth",
  "southindia",
  "westindia",
  "taiwannorthwest",
];

/** Routes of this service. */
export const regionRoutes: readonly ArmRoute[] = [
  {
    service,
    method: "GET",
    path: "/subscriptions/:subscriptionId/locations",
    apiVersions: versionsOf(service),
    action: "Microsoft.Resources/subscriptions/locations/read",
    handle: listRegions,
  },
];

/** Zones of a region (short name) as a subscription numbers them; none where it has none. */
export function zonesOf(world: World, region: string): readonly string[] {
  const isWithout = [...withoutZones, ...world.catalogue.withoutZones].includes(region);
  return isWithout ? [] : ["1", "2", "3"];
}

function listRegions(context: RouteContext): Reply {
  const subscriptionId = context.params["subscriptionId"] ?? "";
  const value = allRegions.map((displayName) => {
    const name = normalRegion(displayName);
    // Mappings were added to the answer with version 2022-12-01.
    const zones = context.apiVersion < "2022-12-01" ? [] : zonesOf(context.world, name);
    const mappings = zones.map((zone) => ({ logicalZone: zone, physicalZone: `${name}-az${zone}` }));
    return {
      id: `/subscriptions/${subscriptionId}/locations/${name}`,
      name,
      type: "Region",
      displayName,
      regionalDisplayName: displayName,
      metadata: { regionType: "Physical", regionCategory: zones.length > 0 ? "Recommended" : "Other" },
      ...(mappings.length === 0 ? {} : { availabilityZoneMappings: mappings }),
    };
  });
  return { status: 200, mark: "specification", fact: "list locations of a subscription", body: { value } };
}
