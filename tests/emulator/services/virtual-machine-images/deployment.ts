/**
 * What Azure refuses of the resources a build is made of: providers, policies, quotas, sizes, subnets. The service's own part
 * fails the run in the service's words, the build machine's part fails Packer and stands in the log.
 */
import type { World } from "../../core/types.ts";
import { normaliseRegion } from "../compute/common.ts";
import type { VmSize } from "../compute/sizes.ts";
import { containerUsage } from "../container-instance.ts";
import { denials, denialText, type NewResource } from "../policy/assignments.ts";
import { RunFailure } from "./failures.ts";
import { objectOf, objectsOf, textOf } from "./json.ts";
import { StepFailure } from "./shell-step.ts";
import type { SourceFacts } from "./source.ts";
import { managedTags } from "./staging.ts";
import type { Template } from "./state.ts";

/** A build that is about to be deployed. */
export interface Deployment {
  readonly world: World;
  readonly template: Template;
  readonly source: SourceFacts;
}

/** Cores of the container that Packer runs in (facts, section 11). */
const CONTAINER_CORES = 4;

function subnetsOf(template: Template): { readonly build: string; readonly containers: string } {
  const network = objectOf(objectOf(template.properties["vmProfile"])["vnetConfig"]);
  return { build: textOf(network["subnetId"]), containers: textOf(network["containerInstanceSubnetId"]) };
}

/** The service's own part. @throws RunFailure */
export function checkServiceParts(deployment: Deployment): void {
  checkProviders(deployment);
  checkContainerQuota(deployment);
  const { build, containers } = subnetsOf(deployment.template);
  const own = build === "" ? ["virtualNetworks", "networkSecurityGroups"] : [];
  const link = build !== "" && containers === "" ? ["privateLinkServices", "privateEndpoints", "loadBalancers"] : [];
  const types = [
    "Microsoft.ContainerInstance/containerGroups",
    ...[...own, ...link].map((one) => `Microsoft.Network/${one}`),
  ];
  const refusal = policyRefusal(deployment, types);
  if (refusal !== undefined) throw failed(refusal);
}

/** Frame around the reason (inferred; the reasons themselves are the providers'). */
function failed(reason: string): RunFailure {
  return new RunFailure("InternalOperationError", `Failed in building/customizing image: ${reason}`);
}

function checkProviders({ world, template, source }: Deployment): void {
  const missing = (namespace: string): boolean => !world.isRegistered(namespace, template.subscription);
  // Words of the troubleshooting page.
  if (missing("Microsoft.ContainerInstance"))
    throw failed("Azure Container Instances provider not registered for your subscription.");
  const others = ["Microsoft.Compute", "Microsoft.Network", "Microsoft.Storage"];
  const needed = source.os === "Windows" ? [...others, "Microsoft.KeyVault"] : others;
  const lacking = needed.find(missing);
  if (lacking === undefined) return;
  throw failed(
    `Code="MissingSubscriptionRegistration" Message="The subscription is not registered to use namespace '${lacking}'. See https://aka.ms/rps-not-found for how to register subscriptions."`,
  );
}

/** Words of the troubleshooting page. */
function checkContainerQuota({ world, template }: Deployment): void {
  const usage = containerUsage(world, template.subscription, normaliseRegion(template.location));
  const left = (name: string): number => {
    const found = usage.find((one) => one.name === name);
    return found === undefined ? 0 : found.limit - found.currentValue;
  };
  if (left("ContainerGroups") < 1 || left("StandardCores") < CONTAINER_CORES)
    throw failed("Azure Container Instances quota exceeded.");
}

/** What policies say of resources of these types in the staging group, or undefined. */
export function policyRefusal(
  { world, template }: Pick<Deployment, "world" | "template">,
  types: readonly string[],
  properties: object = {},
): string | undefined {
  for (const type of types) {
    const name = `aib${(type.split("/")[1] ?? "").toLowerCase()}`;
    const resource: NewResource = {
      type,
      name,
      location: template.location,
      tags: { ...managedTags(template), createdby: "azureimagebuilder" },
      properties,
    };
    const policies = denials(world, template.exactStagingResourceGroup, resource);
    if (policies.length > 0) return `Code="RequestDisallowedByPolicy" Message="${denialText(name, policies)}"`;
  }
  return undefined;
}

/** The build machine's part; `machines` is how many of its size run at once. @throws StepFailure */
export function checkMachine(deployment: Deployment, machines: number): void {
  const { world, template, source } = deployment;
  const windows = source.os === "Windows" ? ["Microsoft.KeyVault/vaults"] : [];
  const types = [...windows, ...["networkInterfaces"].map((one) => `Microsoft.Network/${one}`)];
  const refusal = policyRefusal(deployment, [...types, "Microsoft.Compute/disks", "Microsoft.Compute/virtualMachines"]);
  if (refusal !== undefined) throw new StepFailure(`ERROR: -> InvalidTemplateDeployment : ${refusal}`);
  checkSubnet(world, template);
  const name = sizeName(template, source);
  const size = world.catalogue.sizes[nameIn(world.catalogue.sizes, name)];
  const location = normaliseRegion(template.location);
  if (size === undefined || size.notIn.includes(location))
    throw machineError("InvalidParameter", `The value ${name} provided for the VM size is not valid.`);
  const misfit = sizeMisfit({ name, size, location }, source);
  if (misfit !== undefined) throw misfit;
  checkQuota(deployment, { size, machines });
}

function nameIn(table: Readonly<Record<string, unknown>>, name: string): string {
  return Object.keys(table).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
}

/** Defaults by generation (facts, section 1.3). */
function sizeName(template: Template, source: SourceFacts): string {
  const asked = textOf(objectOf(template.properties["vmProfile"])["vmSize"]);
  return asked !== "" ? asked : source.generation === "V1" ? "Standard_D1_v2" : "Standard_D2ds_v4";
}

/** Compute's error as Packer shows it. */
function machineError(code: string, message: string): StepFailure {
  return new StepFailure(`ERROR: -> ${code} : ${message}`);
}

/** Does the image boot on the size, and may the subscription use it? (error pages of Compute; of disk controllers: inferred) */
function sizeMisfit(
  machine: { readonly name: string; readonly size: VmSize; readonly location: string },
  source: SourceFacts,
): StepFailure | undefined {
  const { name, size, location } = machine;
  if (size.restrictions.some(({ type }) => type === "Location")) {
    return machineError(
      "SkuNotAvailable",
      `The requested VM size for resource 'Following SKUs have failed for Capacity Restrictions: ${name}' is currently not available in location '${location}'. Please try another size or deploy to a different location or different zone. See https://aka.ms/azureskunotavailable for details.`,
    );
  }
  if (!size.generations.includes(source.generation)) {
    return machineError(
      "BadRequest",
      `The selected VM size '${name}' cannot boot Hypervisor Generation '${source.generation.slice(1)}'. If this was a Create operation please check that the Hypervisor Generation of the Image matches the Hypervisor Generation of the selected VM Size.`,
    );
  }
  if (size.architecture !== source.architecture) {
    return machineError(
      "BadRequest",
      `Cannot create a VM of size '${name}' because this VM size only supports a CPU Architecture of '${size.architecture}', but an image or disk with CPU Architecture '${source.architecture}' was given.`,
    );
  }
  if (!source.controllers.split(", ").some((one) => size.controllers.includes(one))) {
    return machineError(
      "InvalidParameter",
      `The VM size '${name}' cannot boot with OS image or disk. Please check that disk controller types supported by the OS image or disk is one of the supported disk controller types for the VM size '${name}'.`,
    );
  }
  return undefined;
}

/** Cores of the family and of the region, a proxy machine's included (facts, section 5; error page of quotas). */
function checkQuota(
  { world, template }: Deployment,
  { size, machines }: { readonly size: VmSize; readonly machines: number },
): void {
  const { build, containers } = subnetsOf(template);
  const network = objectOf(objectOf(template.properties["vmProfile"])["vnetConfig"]);
  const proxyName = textOf(network["proxyVmSize"]) || "Standard_A1_v2";
  const proxy =
    build !== "" && containers === "" ? world.catalogue.sizes[nameIn(world.catalogue.sizes, proxyName)] : undefined;
  const needs = new Map<string, number>([["cores", 0]]);
  for (const { family, vCPUs } of [...Array<VmSize>(machines).fill(size), ...(proxy === undefined ? [] : [proxy])]) {
    needs.set(family, (needs.get(family) ?? 0) + vCPUs);
    needs.set("cores", (needs.get("cores") ?? 0) + vCPUs);
  }
  for (const [name, required] of needs) {
    const quota = world.catalogue.quotas[nameIn(world.catalogue.quotas, name)] ?? { currentValue: 0, limit: 0 };
    if (quota.currentValue + required <= quota.limit) continue;
    const what = name === "cores" ? "Total Regional Cores" : `${name} Cores`;
    throw machineError(
      "QuotaExceeded",
      `Operation could not be completed as it results in exceeding approved ${what} quota. Additional details - Deployment Model: Resource Manager, Location: ${normaliseRegion(template.location)}, Current Limit: ${quota.limit}, Current Usage: ${quota.currentValue}, Additional Required: ${required}, (Minimum) New Limit Required: ${quota.currentValue + required}.`,
    );
  }
}

/** A subnet that is delegated holds no machine, and a full one has no address (codes of the network provider; texts inferred). */
function checkSubnet(world: World, template: Template): void {
  const { build } = subnetsOf(template);
  const subnet = world.resources.get(build);
  if (subnet === undefined) return;
  const properties = objectOf(subnet.body["properties"]);
  const [delegation] = objectsOf(properties["delegations"]);
  if (delegation !== undefined) {
    const service = textOf(objectOf(delegation["properties"])["serviceName"]);
    throw machineError(
      "SubnetDelegated",
      `Subnet '${subnet.id}' is delegated to '${service}' and cannot be used by network interfaces.`,
    );
  }
  const bits = Number(textOf(properties["addressPrefix"]).split("/")[1] ?? 0);
  const room = 2 ** (32 - bits) - 5 - objectsOf(properties["ipConfigurations"]).length;
  if (room >= 1) return;
  throw machineError(
    "SubnetIsFull",
    `Subnet ${subnet.name} with address prefix ${textOf(properties["addressPrefix"])} does not have enough capacity for 1 IP addresses.`,
  );
}

/** What of a marketplace image stands against its use: it is withdrawn, or its terms are not accepted. @throws StepFailure */
export function checkMarketplace({ world, source }: Deployment): void {
  const { market, plan } = source;
  if (market?.state === "Deprecated") {
    throw machineError(
      "ImageVersionDeprecated",
      `VM Image from publisher: ${market.publisher} with - Offer: ${market.offer}, Sku: ${market.sku}, Version: ${source.exactVersion ?? ""} is deprecated.`,
    );
  }
  if (market === undefined || plan === undefined) return;
  const key = `${plan.publisher}:${plan.product}:${plan.name}`.toLowerCase();
  const accepted = Object.entries(world.catalogue.agreements).some(([name, is]) => is && name.toLowerCase() === key);
  if (accepted) return;
  throw machineError(
    "MarketplacePurchaseEligibilityFailed",
    `Marketplace purchase eligibilty check returned errors. You have not accepted the legal terms on this subscription for this plan: publisher '${plan.publisher}', offer '${plan.product}', plan '${plan.name}'.`,
  );
}
