/** What sizes a region offers and how much of the quotas is used (specifications: skus 2021-07-01, usages 2024-07-01). */
import { notBuilt } from "../../core/arm-errors.ts";
import { ArmFault, type ArmRoute, type Reply, type RouteContext } from "../../core/types.ts";
import { zonesOf } from "../regions.ts";
import * as common from "./common.ts";
import type { VmSize } from "./sizes.ts";

const FACT = { mark: "specification", fact: "resource skus" } as const;

/** The newest version of the list is that of 2021. */
const SKU_VERSIONS = ["2021-07-01", "2019-04-01", "2017-09-01"] as const;

const capability = (name: string, value: string | number | boolean): object => ({
  name,
  value: typeof value === "boolean" ? (value ? "True" : "False") : String(value),
});

function capabilitiesOf(size: VmSize): readonly object[] {
  return [
    capability("MaxResourceVolumeMB", 0),
    capability("OSVhdSizeMB", 1047552),
    capability("vCPUs", size.vCPUs),
    capability("MemoryPreservingMaintenanceSupported", true),
    capability("HyperVGenerations", size.generations),
    ...(size.generations.includes("V2") ? [capability("DiskControllerTypes", size.controllers)] : []),
    capability("CpuArchitectureType", size.architecture),
    capability("MemoryGB", size.memoryGB),
    capability("MaxDataDiskCount", size.vCPUs * 2),
    capability("LowPriorityCapable", true),
    capability("PremiumIO", size.premiumIO),
    capability("VMDeploymentTypes", "IaaS"),
    capability("vCPUsAvailable", size.vCPUs),
    capability("vCPUsPerCore", size.architecture === "Arm64" ? 1 : 2),
    capability("EphemeralOSDiskSupported", false),
    capability("EncryptionAtHostSupported", true),
    ...(size.trustedLaunchDisabled === true ? [capability("TrustedLaunchDisabled", true)] : []),
    ...(size.confidential === undefined ? [] : [capability("ConfidentialComputingType", size.confidential)]),
    capability("AcceleratedNetworkingEnabled", size.vCPUs > 1),
    capability("RdmaEnabled", false),
    capability("MaxNetworkInterfaces", 2),
  ];
}

function restrictionsOf(size: VmSize, location: string): readonly object[] {
  return size.restrictions.map(({ type, reasonCode, zones = ["1", "2", "3"] }) => ({
    type,
    values: [location],
    restrictionInfo: type === "Location" ? { locations: [location] } : { locations: [location], zones },
    reasonCode,
  }));
}

function sizeView(context: RouteContext, location: string, [name, size]: readonly [string, VmSize]): object {
  return {
    resourceType: "virtualMachines",
    name,
    tier: "Standard",
    size: name.replace(/^Standard_/, ""),
    family: size.family,
    locations: [location],
    locationInfo: [{ location, zones: zonesOf(context.world, location), zoneDetails: [] }],
    capabilities: capabilitiesOf(size),
    restrictions: restrictionsOf(size, location),
  };
}

/** Entries of other types stand among the sizes. */
function otherView(location: string, [resourceType, name, tier]: readonly [string, string, string?]): object {
  return {
    resourceType,
    name,
    ...(tier === undefined ? {} : { tier }),
    locations: [location],
    locationInfo: [{ location, zones: [], zoneDetails: [] }],
    capabilities: [],
    restrictions: [],
  };
}

function listSkus(context: RouteContext): Reply {
  const filter = context.query.get("$filter");
  if (filter === null) throw notBuilt("the list of SKUs of all regions");
  const location = /^\s*location eq '([^']*)'\s*$/i.exec(filter)?.[1];
  // The only filter there is (specification).
  if (location === undefined) throw common.invalidParameter(`The value of parameter $filter is invalid: '${filter}'.`);
  const region = common.normaliseRegion(location);
  const sizes = Object.entries(context.world.catalogue.sizes).filter(([, size]) => !size.notIn.includes(region));
  const value = isKnown(region)
    ? [
        otherView(region, ["availabilitySets", "Aligned"]),
        otherView(region, ["disks", "Premium_LRS", "Premium"]),
        otherView(region, ["disks", "Standard_LRS", "Standard"]),
        ...sizes.map((entry) => sizeView(context, region, entry)),
      ]
    : [];
  return common.reply(200, { value }, FACT);
}

function isKnown(region: string): boolean {
  return common.displayRegion(region) !== region;
}

/** Texts of the portal: `Standard DDSv5 Family vCPUs`. */
function localizedName(name: string): string {
  const family = /^standard(.*)Family$/i.exec(name)?.[1];
  if (family !== undefined) return `Standard ${family} Family vCPUs`;
  const words: Readonly<Record<string, string>> = {
    availabilitySets: "Availability Sets",
    cores: "Total Regional vCPUs",
    virtualMachines: "Virtual Machines",
    virtualMachineScaleSets: "Virtual Machine Scale Sets",
    lowPriorityCores: "Total Regional Spot vCPUs",
    PremiumDiskCount: "Premium Storage Managed Disks",
  };
  return words[name] ?? name;
}

function listUsages(context: RouteContext): Reply {
  const region = common.normaliseRegion(context.params["location"] ?? "");
  if (!isKnown(region)) {
    throw new ArmFault(
      400,
      "NoRegisteredProviderFound",
      `No registered resource provider found for location '${region}' and API version '${context.apiVersion}' for type 'locations/usages'.`,
      { mark: "documented", fact: "Resource Manager, NoRegisteredProviderFound" },
    );
  }
  const value = Object.entries(context.world.catalogue.quotas).map(([name, { currentValue, limit }]) => ({
    limit,
    unit: "Count",
    currentValue,
    name: { value: name, localizedValue: localizedName(name) },
  }));
  return common.reply(200, { value }, { mark: "specification", fact: "compute usages" });
}

/** Routes of sizes and quotas. */
export const capacityRoutes: readonly ArmRoute[] = [
  common.route("GET", `${common.SUBSCRIPTION_PATH}/providers/Microsoft.Compute/skus`, {
    versions: SKU_VERSIONS,
    action: "skus/read",
    handle: listSkus,
  }),
  common.route("GET", `${common.SUBSCRIPTION_PATH}/providers/Microsoft.Compute/locations/:location/usages`, {
    versions: common.IMAGE_VERSIONS,
    action: "locations/usages/read",
    handle: listUsages,
  }),
];
