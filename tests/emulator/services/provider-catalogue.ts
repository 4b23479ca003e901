/**
 * The resource providers the front door knows: their types, regions and api-versions. A type that stands here but has no
 * route answers 501; what does not stand here is refused as Resource Manager refuses an unknown namespace or type.
 */

export interface CatalogueType {
  /** Type below the namespace, `galleries/images`. */
  readonly type: string;
  /** api-versions offered beside those of the routes, newest first. */
  readonly apiVersions: readonly string[];
  /** Does a resource of this type have a location of its own, which PUT must name? */
  readonly tracked: boolean;
}

export interface CatalogueNamespace {
  readonly namespace: string;
  /** Part of the platform: registered in every subscription. */
  readonly always: boolean;
  /** Display names of the regions its tracked types are offered in. */
  readonly locations: readonly string[];
  readonly types: readonly CatalogueType[];
}

/** Regions of Image Builder (facts, section 5, public cloud) as display names. */
const imageBuilderRegions = [
  "East US",
  "East US 2",
  "West Central US",
  "West US",
  "West US 2",
  "West US 3",
  "South Central US",
  "North Europe",
  "West Europe",
  "Southeast Asia",
  "Australia Southeast",
  "Australia East",
  "UK South",
  "UK West",
  "Brazil South",
  "Canada Central",
  "Central India",
  "Central US",
  "France Central",
  "Germany West Central",
  "Japan East",
  "North Central US",
  "Norway East",
  "Switzerland North",
  "Jio India West",
  "UAE North",
  "East Asia",
  "Korea Central",
  "South Africa North",
  "Qatar Central",
  "Sweden Central",
  "Poland Central",
  "Italy North",
  "Israel Central",
  "New Zealand North",
  "Taiwan North West",
];

/** Regions of the providers that are offered everywhere: all of the cloud here. */
export const allRegions: readonly string[] = [
  ...imageBuilderRegions,
  "Australia Central",
  "Canada East",
  "Japan West",
  "Korea South",
  "Mexico Central",
  "South India",
  "Spain Central",
  "West India",
];

/** The catalogue. */
export const providerCatalogue: readonly CatalogueNamespace[] = [
  provider("Microsoft.VirtualMachineImages", {
    locations: imageBuilderRegions,
    versions: ["2025-10-01", "2024-02-01", "2023-07-01", "2022-07-01", "2022-02-14", "2021-10-01", "2020-02-14"],
    tracked: ["imageTemplates"],
    others: ["imageTemplates/runOutputs", "imageTemplates/triggers", "locations", "locations/operations", "operations"],
  }),
  provider("Microsoft.Compute", {
    versions: ["2025-04-01", "2024-11-01", "2024-07-01", "2024-03-03", "2023-07-03", "2021-10-01", "2021-07-01"],
    tracked: [
      "availabilitySets",
      "disks",
      "galleries",
      "galleries/applications",
      "galleries/images",
      "galleries/images/versions",
      "images",
      "snapshots",
      "virtualMachines",
      "virtualMachineScaleSets",
    ],
    others: [
      "locations",
      "locations/capsOperations",
      "locations/communityGalleries",
      "locations/operations",
      "locations/publishers",
      "locations/publishers/artifacttypes",
      "locations/publishers/artifacttypes/offers",
      "locations/publishers/artifacttypes/offers/skus",
      "locations/publishers/artifacttypes/offers/skus/versions",
      "locations/sharedGalleries",
      "locations/usages",
      "locations/vmSizes",
      "operations",
      "skus",
      "virtualMachineScaleSets/virtualMachines",
    ],
  }),
  provider("Microsoft.Storage", {
    versions: [
      "2025-08-01",
      "2025-06-01",
      "2025-01-01",
      "2024-01-01",
      "2023-05-01",
      "2023-01-01",
      "2022-09-01",
      "2021-09-01",
    ],
    tracked: ["storageAccounts"],
    others: [
      "checkNameAvailability",
      "locations",
      "locations/usages",
      "operations",
      "skus",
      "storageAccounts/blobServices",
      "storageAccounts/blobServices/containers",
      "storageAccounts/managementPolicies",
      "storageAccounts/privateEndpointConnections",
    ],
  }),
  provider("Microsoft.Network", {
    versions: [
      "2025-01-01",
      "2024-10-01",
      "2024-07-01",
      "2024-05-01",
      "2023-11-01",
      "2023-09-01",
      "2022-07-01",
      "2021-08-01",
    ],
    tracked: [
      "loadBalancers",
      "natGateways",
      "networkInterfaces",
      "networkSecurityGroups",
      "privateEndpoints",
      "privateLinkServices",
      "publicIPAddresses",
      "routeTables",
      "virtualNetworks",
    ],
    others: ["locations", "locations/operations", "operations", "virtualNetworks/subnets", "virtualNetworks/usages"],
  }),
  provider("Microsoft.ManagedIdentity", {
    versions: ["2024-11-30", "2023-01-31", "2022-01-31-preview", "2018-11-30"],
    tracked: ["userAssignedIdentities"],
    others: ["identities", "operations", "userAssignedIdentities/federatedIdentityCredentials"],
  }),
  provider("Microsoft.Authorization", {
    always: true,
    versions: ["2022-04-01", "2020-10-01-preview", "2020-04-01-preview", "2018-01-01-preview", "2015-07-01"],
    tracked: [],
    others: [
      "denyAssignments",
      "locks",
      "permissions",
      "policyAssignments",
      "policyDefinitions",
      "policySetDefinitions",
      "roleAssignments",
      "roleDefinitions",
    ],
  }),
  provider("Microsoft.Resources", {
    always: true,
    versions: [
      "2025-04-01",
      "2024-11-01",
      "2024-03-01",
      "2023-07-01",
      "2022-12-01",
      "2022-09-01",
      "2021-04-01",
      "2020-06-01",
      "2019-10-01",
    ],
    tracked: ["resourceGroups"],
    others: [
      "deployments",
      "deployments/operations",
      "locations",
      "operationresults",
      "providers",
      "resources",
      "subscriptions",
      "tagNames",
      "tags",
      "tenants",
    ],
  }),
  provider("Microsoft.KeyVault", { versions: ["2023-07-01"], tracked: ["vaults"], others: ["operations"] }),
  provider("Microsoft.ContainerInstance", {
    versions: ["2025-09-01", "2023-05-01", "2022-09-01", "2021-10-01", "2021-09-01", "2019-12-01", "2018-10-01"],
    tracked: ["containerGroups"],
    others: [
      "containerGroups/containers",
      "containerGroups/containers/logs",
      "locations",
      "locations/usages",
      "operations",
    ],
  }),
  provider("Microsoft.PolicyInsights", {
    versions: ["2024-10-01", "2023-03-01", "2022-03-01", "2020-07-01"],
    tracked: [],
    others: ["checkPolicyRestrictions"],
  }),
  provider("Microsoft.Features", {
    always: true,
    versions: ["2021-07-01", "2015-12-01"],
    tracked: [],
    others: ["features", "providers"],
  }),
  provider("Microsoft.MarketplaceOrdering", {
    versions: ["2021-01-01"],
    tracked: [],
    others: [
      "agreements",
      "offertypes",
      "offerTypes/publishers",
      "offerTypes/publishers/offers",
      "offerTypes/publishers/offers/plans",
      "offerTypes/publishers/offers/plans/agreements",
    ],
  }),
];

/** The namespace's entry, case ignored. */
export function findNamespace(namespace: string): CatalogueNamespace | undefined {
  return providerCatalogue.find((entry) => entry.namespace.toLowerCase() === namespace.toLowerCase());
}

/** The type's entry, case ignored. */
export function findType(namespace: string, type: string): CatalogueType | undefined {
  return findNamespace(namespace)?.types.find((entry) => entry.type.toLowerCase() === type.toLowerCase());
}

/** api-versions of a namespace of the catalogue, newest first. */
export function versionsOf(namespace: string): readonly string[] {
  return findNamespace(namespace)?.types[0]?.apiVersions ?? [];
}

/** A region as ids and requests name it: lower case, without blanks. */
export function normalRegion(name: string): string {
  return name.toLowerCase().replaceAll(" ", "");
}

function provider(
  namespace: string,
  facts: {
    readonly versions: readonly string[];
    readonly tracked: readonly string[];
    readonly others: readonly string[];
    readonly locations?: readonly string[];
    readonly always?: boolean;
  },
): CatalogueNamespace {
  const entry = (type: string, tracked: boolean): CatalogueType => ({ type, tracked, apiVersions: facts.versions });
  return {
    namespace,
    always: facts.always ?? false,
    locations: facts.locations ?? allRegions,
    types: [...facts.tracked.map((type) => entry(type, true)), ...facts.others.map((type) => entry(type, false))],
  };
}
