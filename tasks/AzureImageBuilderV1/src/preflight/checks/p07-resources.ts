/**
 * P7, what the service makes for a build, as a policy sees it. The exact bodies are not public: these say what the
 * documents tell of them (facts, sections 6 and 10), so that a denial counts and its absence proves nothing.
 */
import type { ImageTemplate, TemplateSource } from "../../image-template.ts";
import type { Json } from "../reads.ts";
import type { Subject } from "../types.ts";

/** Something that will be made. */
export interface Made {
  /** How messages call it. */
  readonly what: string;
  /** Where: the template's group, the staging group, or the subscription. */
  readonly place: "template" | "staging" | "subscription";
  /** A denial of it is certain to end the build. */
  readonly isCertain: boolean;
  readonly apiVersion: string;
  readonly content: Json;
  /** The name it will have, where that is known. */
  readonly name?: string;
}

/** The template itself. */
export function templateAsMade({ plan, template }: Subject): Made {
  return {
    what: "the template itself",
    place: "template",
    isCertain: true,
    apiVersion: plan.apiVersion,
    name: plan.template.name,
    content: { type: "Microsoft.VirtualMachineImages/imageTemplates", name: plan.template.name, ...template },
  };
}

/** The staging resource group, where it is not there yet; the service calls its own `IT_<group>_<template>_<GUID>`. */
export function groupAsMade({ plan, template }: Subject, name: string | undefined): Made {
  const { resourceGroup, name: templateName } = plan.template;
  const known = name ?? `IT_${resourceGroup}_${templateName}_00000000-0000-0000-0000-000000000000`;
  return {
    what: "the staging resource group",
    place: "subscription",
    isCertain: true,
    apiVersion: "2021-04-01",
    name: known,
    content: { type: "Microsoft.Resources/subscriptions/resourceGroups", name: known, ...common(template) },
  };
}

/** What is made in the staging group. */
export function stagingAsMade({ plan, template }: Subject): readonly Made[] {
  const network = template.properties.vmProfile?.vnetConfig;
  const inside = (what: string, type: string, [apiVersion, rest]: readonly [string, Json]): Made => ({
    what,
    place: "staging",
    isCertain: false,
    apiVersion,
    content: { type, ...common(template), ...rest },
  });
  const plain = (what: string, type: string): Made => inside(what, type, ["2024-05-01", { properties: {} }]);
  return [
    { ...inside("the build VM", "Microsoft.Compute/virtualMachines", machine(template, plan.osType)), isCertain: true },
    inside("the storage account", "Microsoft.Storage/storageAccounts", storage),
    inside("the container group", "Microsoft.ContainerInstance/containerGroups", containers(network)),
    ...(plan.osType === "windows" ? [inside("the key vault", "Microsoft.KeyVault/vaults", keyVault)] : []),
    ...(network?.subnetId === undefined
      ? [
          plain("the virtual network", "Microsoft.Network/virtualNetworks"),
          plain("the network security group", "Microsoft.Network/networkSecurityGroups"),
        ]
      : []),
    ...(network?.subnetId !== undefined && network.containerInstanceSubnetId === undefined
      ? [
          plain("the private endpoint", "Microsoft.Network/privateEndpoints"),
          plain("the private link service", "Microsoft.Network/privateLinkServices"),
          plain("the load balancer", "Microsoft.Network/loadBalancers"),
        ]
      : []),
  ];
}

/** Region, and the tags that the service puts on all it makes. */
function common({ location, properties }: ImageTemplate): Json {
  return { location, tags: properties.managedResourceTags ?? {} };
}

function machine({ properties }: ImageTemplate, osType: Subject["plan"]["osType"]): readonly [string, Json] {
  const size = properties.vmProfile?.vmSize;
  return [
    "2024-07-01",
    {
      properties: {
        ...(size === undefined ? {} : { hardwareProfile: { vmSize: size } }),
        storageProfile: {
          imageReference: imageReference(properties.source),
          osDisk: { createOption: "FromImage", osType: osType === "windows" ? "Windows" : "Linux", managedDisk: {} },
        },
      },
    },
  ];
}

function imageReference(source: TemplateSource): Json {
  switch (source.type) {
    case "PlatformImage":
      return { publisher: source.publisher, offer: source.offer, sku: source.sku, version: source.version };
    case "SharedImageVersion":
      return { id: source.imageVersionId };
    case "ManagedImage":
      return { id: source.imageId };
  }
}

/** Without a firewall, and with keys: no policy may forbid either (facts, sections 6 and 9). */
const storage = [
  "2023-05-01",
  {
    sku: { name: "Standard_LRS" },
    kind: "StorageV2",
    properties: { publicNetworkAccess: "Enabled", allowSharedKeyAccess: true, networkAcls: { defaultAction: "Allow" } },
  },
] as const;

/** Windows builds keep the machine's certificate in a vault that is open to the public network (facts, section 9). */
const keyVault = [
  "2023-07-01",
  { properties: { publicNetworkAccess: "Enabled", networkAcls: { defaultAction: "Allow" } } },
] as const;

type Network = NonNullable<ImageTemplate["properties"]["vmProfile"]>["vnetConfig"];

function containers(network: Network): readonly [string, Json] {
  const subnet = network?.containerInstanceSubnetId;
  return [
    "2023-05-01",
    {
      properties: {
        osType: "Linux",
        sku: "Standard",
        ...(subnet === undefined ? {} : { subnetIds: [{ id: subnet }] }),
      },
    },
  ];
}
