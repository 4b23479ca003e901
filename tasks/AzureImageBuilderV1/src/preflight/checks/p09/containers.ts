/** P9, two subnets: what the container's subnet and the build VM's must be (facts, section 6). */
import { listAt, textAt } from "../../json.ts";
import { readResourceId } from "../../../values/resource-id.ts";
import type { Json } from "../../reads.ts";
import type { Problem } from "../../types.ts";
import { delegationsOf, inputOf, nameSubnet, type SubnetFacts, type SubnetRef, updateCommand } from "./facts.ts";

const containerGroups = "Microsoft.ContainerInstance/containerGroups";

/** Two different subnets of one network; the step's inputs are held to it already, overrides are not. */
export function judgePair(build: SubnetRef, containers: SubnetRef): readonly Problem[] {
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
  const why = same(build.id, containers.id)
    ? `subnetId and containerInstanceSubnetId are the same subnet ${build.network}/${build.name}; a subnet for containers takes no VM`
    : same(build.networkId, containers.networkId)
      ? undefined
      : `subnetId is in the virtual network ${build.network}, and containerInstanceSubnetId in ${containers.network}; the container must reach the build VM inside one network`;
  if (why === undefined) return [];
  return [
    {
      code: "AIB062",
      message: `The template's ${why}. The template would be refused, or the run would fail.`,
      remedy: "Name two different subnets of one virtual network.",
      input: inputOf(containers),
    },
  ];
}

/** A delegated subnet takes nothing but what it is delegated to. */
export function judgeBuildDelegation({ ref, subnet }: SubnetFacts): readonly Problem[] {
  const services = subnet.state === "found" ? delegationsOf(subnet.value) : [];
  if (services.length === 0) return [];
  return [
    {
      code: "AIB061",
      message: `The subnet ${nameSubnet(ref)} is delegated to ${services.join(", ")} and takes no VM; the run would fail when the service makes it.`,
      remedy: "Name a subnet that is not delegated, or take the delegation off.",
      commands: [updateCommand(ref, "--remove delegations")],
      input: inputOf(ref),
    },
  ];
}

/** Delegation of the container's subnet, and what else is in it. */
export function judgeContainers({ ref, subnet }: SubnetFacts): readonly Problem[] {
  if (subnet.state !== "found") return [];
  return [...judgeDelegation(ref, subnet.value), ...judgeOthers(ref, subnet.value)];
}

function judgeDelegation(ref: SubnetRef, subnet: Json): readonly Problem[] {
  // A list that is not there proves nothing.
  if (listAt(subnet, "properties", "delegations") === undefined) return [];
  const services = delegationsOf(subnet);
  if (services.some((one) => one.toLowerCase() === containerGroups.toLowerCase())) return [];
  return [
    {
      code: "AIB060",
      message: `The subnet ${nameSubnet(ref)} is ${
        services.length === 0 ? "not delegated" : `delegated to ${services.join(", ")}`
      }, and must be delegated to ${containerGroups}; the run would fail when the service makes the container.`,
      remedy: "Delegate it.",
      commands: [updateCommand(ref, `--delegations ${containerGroups}`)],
      input: inputOf(ref),
    },
  ];
}

function judgeOthers(ref: SubnetRef, subnet: Json): readonly Problem[] {
  const others = [...new Set([...linksIn(subnet), ...addressesIn(subnet)])];
  if (others.length === 0) return [];
  const shown =
    others.length > 3 ? `${others.slice(0, 3).join(", ")} and ${others.length - 3} more` : others.join(", ");
  return [
    {
      code: "AIB056",
      message: `The subnet ${nameSubnet(ref)} holds other things than container groups: ${shown}. The run would fail when the service makes the container.`,
      remedy: "Use a subnet that holds container groups alone.",
      commands: [
        `az network vnet subnet list --subscription ${ref.subscriptionId} --resource-group ${ref.resourceGroup} ` +
          `--vnet-name ${ref.network} --output table`,
      ],
      input: inputOf(ref),
    },
  ];
}

function linksIn(subnet: Json): readonly string[] {
  return (listAt(subnet, "properties", "serviceAssociationLinks") ?? []).flatMap((one) => {
    const type = textAt(one, "properties", "linkedResourceType");
    return type === undefined || /^microsoft\.containerinstance\//i.test(type) ? [] : [type];
  });
}

/** Container groups hold their addresses by network profiles, or show none. */
function addressesIn(subnet: Json): readonly string[] {
  return (listAt(subnet, "properties", "ipConfigurations") ?? []).flatMap((one) => {
    const id = textAt(one, "id") ?? "";
    if (id === "" || /\/(?:networkProfiles|containerGroups)\//i.test(id)) return [];
    const owner = readResourceId(id.split(/\/(?:ipConfigurations|virtualMachines\/\d)/i)[0] ?? "");
    return [owner?.names[0] ?? id.split("/").at(-1) ?? id];
  });
}
