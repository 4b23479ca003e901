/** What the service checks while a template is created, as the template's identity (facts, section 3.1). */
import type { World } from "../../core/types.ts";
import { normaliseRegion } from "../compute/common.ts";
import { identityUnusable, ProvisioningFailure, unauthorized } from "./errors.ts";
import { isIdOf, parentId } from "./ids.ts";
import { objectOf, objectsOf, stringsOf, textOf, type JsonObject } from "./json.ts";
import type { Rights } from "./source.ts";
import type { IdentityIds, Template } from "./state.ts";

/** The template's identities by the keys they were sent with. @throws ProvisioningFailure when one is gone */
export function readIdentities(world: World, template: Template): ReadonlyMap<string, IdentityIds> {
  const found = new Map<string, IdentityIds>();
  for (const id of template.identity.ids) {
    const facts = world.identity(id);
    if (facts === undefined) throw identityUnusable();
    found.set(id, { principalId: facts.principalId, clientId: facts.clientId });
  }
  return found;
}

/** What the template's identity may do. */
export function rightsOf(world: World, template: Template): Rights {
  const [identity] = [...(template.identityIds?.values() ?? [])];
  return (action, scope) => identity !== undefined && world.permissions.allows(identity.principalId, action, scope);
}

/** Checks subnets, identities for the build machine, and targets. @throws ProvisioningFailure for the first that cannot be used */
export function checkReach(world: World, template: Template, rights: Rights): void {
  checkNetwork(world, template, rights);
  for (const id of stringsOf(objectOf(template.properties["vmProfile"])["userAssignedIdentities"])) {
    const isOwn = template.identity.ids.some((own) => own.toLowerCase() === id.toLowerCase());
    if (!isOwn && !rights("Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", id)) throw unauthorized(id);
  }
  checkTargets(world, template.properties["distribute"], rights);
}

function checkNetwork(world: World, template: Template, rights: Rights): void {
  const network = objectOf(objectOf(template.properties["vmProfile"])["vnetConfig"]);
  const subnets = [textOf(network["subnetId"]), textOf(network["containerInstanceSubnetId"])];
  for (const id of subnets.filter((subnet) => subnet !== "")) {
    const vnetId = parentId(id, 1);
    // The network is what the service's message names (recorded), whichever right is missing.
    const needed = [
      ["Microsoft.Network/virtualNetworks/read", vnetId],
      ["Microsoft.Network/virtualNetworks/subnets/join/action", id],
    ] as const;
    if (!needed.every(([action, scope]) => rights(action, scope))) throw unauthorized(vnetId);
    const vnet = world.resources.get(vnetId);
    if (vnet === undefined || world.resources.get(id) === undefined) throw badNetwork(`Subnet '${id}' was not found.`);
    if (normaliseRegion(vnet.location ?? "") !== normaliseRegion(template.location)) {
      throw badNetwork(
        `Virtual network '${vnetId}' is in location '${vnet.location}', the image template in '${template.location}'.`,
      );
    }
  }
  const [build = "", containers = ""] = subnets;
  if (build !== "" && containers !== "") checkContainerSubnet(world, build, containers);
  if (build !== "" && containers === "") checkPrivateLink(world, build);
}

/** Texts of the network's own rules are ours: the service's were not found (wire notes, section 10). */
function badNetwork(message: string): ProvisioningFailure {
  return new ProvisioningFailure("InternalOperationError", "Other", message);
}

/** Same network, another subnet, delegated to container groups (facts, section 1.3). */
function checkContainerSubnet(world: World, build: string, containers: string): void {
  if (parentId(build, 1).toLowerCase() !== parentId(containers, 1).toLowerCase()) {
    throw badNetwork(`Subnets '${build}' and '${containers}' must be of the same virtual network.`);
  }
  if (build.toLowerCase() === containers.toLowerCase()) {
    throw badNetwork(`Subnet '${build}' cannot be used for the build VM and for container instances at once.`);
  }
  const delegations = objectsOf(subnetProperties(world, containers)["delegations"]);
  const names = delegations.map((one) => textOf(objectOf(one["properties"])["serviceName"]).toLowerCase());
  if (!names.includes("microsoft.containerinstance/containergroups")) {
    throw badNetwork(`Subnet '${containers}' must be delegated to Microsoft.ContainerInstance/containerGroups.`);
  }
}

/** Without a container subnet the service needs a private link service in the build subnet (facts, section 6). */
function checkPrivateLink(world: World, subnet: string): void {
  const policies = subnetProperties(world, subnet)["privateLinkServiceNetworkPolicies"];
  if (policies === "Disabled") return;
  throw badNetwork(
    `Private link service network policies are enabled on subnet '${subnet}'. Disable 'privateLinkServiceNetworkPolicies' on it.`,
  );
}

function subnetProperties(world: World, id: string): JsonObject {
  return objectOf(world.resources.get(id)?.body["properties"]);
}

function checkTargets(world: World, distribute: unknown, rights: Rights): void {
  for (const target of objectsOf(distribute)) {
    switch (target["type"]) {
      case "ManagedImage":
        checkImageTarget(textOf(target["imageId"]), rights);
        break;
      case "SharedImage":
        checkGalleryTarget(world, target, rights);
        break;
      default:
        break;
    }
  }
}

function checkImageTarget(id: string, rights: Rights): void {
  const needed = ["read", "write", "delete"].map((verb) => `Microsoft.Compute/images/${verb}`);
  if (!needed.every((action) => rights(action, id))) throw unauthorized(id);
}

function checkGalleryTarget(world: World, target: JsonObject, rights: Rights): void {
  const id = textOf(target["galleryImageId"]);
  const definitionId = isIdOf(id, "Microsoft.Compute/galleries/images/versions") ? parentId(id, 2) : id;
  const needed = [
    ["Microsoft.Compute/galleries/read", parentId(id, 1)],
    ["Microsoft.Compute/galleries/images/read", definitionId],
    ["Microsoft.Compute/galleries/images/versions/read", definitionId],
    ["Microsoft.Compute/galleries/images/versions/write", definitionId],
  ] as const;
  if (!needed.every(([action, scope]) => rights(action, scope))) throw unauthorized(id);
  const definition = world.resources.get(definitionId);
  if (definition === undefined) {
    throw badGallery(`Gallery image '${definitionId}' was not found.`);
  }
  const regions = [
    ...objectsOf(target["targetRegions"]).map((region) => textOf(region["name"])),
    ...stringsOf(target["replicationRegions"]),
  ].map(normaliseRegion);
  const home = normaliseRegion(definition.location ?? "");
  if (target["targetRegions"] !== undefined && !regions.includes(home)) {
    throw badGallery(
      `Gallery image version publishing profile regions '${regions.join(", ")}' must contain the location of image version '${home}'.`,
    );
  }
}

function badGallery(message: string): ProvisioningFailure {
  return new ProvisioningFailure("InternalOperationError", "BadSharedImageDistribute", message);
}
