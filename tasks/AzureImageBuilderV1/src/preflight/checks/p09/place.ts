/** P9: the subnets are there, near the template, and have room. */
import { regionName } from "../../../values/regions.ts";
import type { Problem, Subject } from "../../types.ts";
import { freeAddresses, inputOf, nameSubnet, regionOfNetwork, type SubnetFacts, type SubnetRef } from "./facts.ts";

/** Fewer free addresses than this are worth a word (threshold: judgement). */
const fewAddresses = 5;

/** Existence, region, subscription and free addresses of one subnet. */
export function judgePlace(facts: SubnetFacts, subject: Subject): readonly Problem[] {
  return [
    ...judgeExistence(facts),
    ...judgeRegion(facts, subject),
    ...judgeSubscription(facts.ref, subject),
    ...judgeRoom(facts),
  ];
}

function judgeExistence({ ref, network, subnet }: SubnetFacts): readonly Problem[] {
  const { subscriptionId, resourceGroup } = ref;
  if (network.state === "absent") {
    return [
      {
        code: "AIB048",
        message: `There is no virtual network ${ref.network} in the resource group ${resourceGroup} of subscription ${subscriptionId}; the template would be refused.`,
        remedy: "Name a subnet of a network that is there.",
        commands: [`az network vnet list --subscription ${subscriptionId} --output table`],
        input: inputOf(ref),
      },
    ];
  }
  if (subnet.state !== "absent") return [];
  return [
    {
      code: "AIB048",
      message: `The virtual network ${ref.network} has no subnet ${ref.name}; the template would be refused.`,
      remedy: "Name a subnet that is there, or have it made.",
      commands: [
        `az network vnet subnet list --subscription ${subscriptionId} --resource-group ${resourceGroup} --vnet-name ${ref.network} --output table`,
      ],
      input: inputOf(ref),
    },
  ];
}

function judgeRegion(facts: SubnetFacts, { template }: Subject): readonly Problem[] {
  const [region, wanted] = [regionOfNetwork(facts), regionName(template.location)];
  if (region === undefined || region === wanted) return [];
  return [
    {
      code: "AIB049",
      message: `The virtual network ${facts.ref.network} is in ${region}, and the template is in ${wanted}; the run would fail when the service puts its machines into the network.`,
      remedy: `Use a network in ${wanted}, or build in ${region}.`,
      input: inputOf(facts.ref),
    },
  ];
}

/** Container groups join networks of their own subscription alone (facts, section 6). */
function judgeSubscription(ref: SubnetRef, { plan }: Subject): readonly Problem[] {
  const { subscriptionId } = plan.template;
  if (ref.subscriptionId.toLowerCase() === subscriptionId.toLowerCase()) return [];
  return [
    {
      code: "AIB050",
      message:
        `The subnet ${nameSubnet(ref)} is in subscription ${ref.subscriptionId}, and the template is in ${subscriptionId}` +
        (ref.role === "containers"
          ? "; a container group can only join a network of its own subscription."
          : "; the service may not be able to join it."),
      remedy: "Use a network of the template's subscription.",
      input: inputOf(ref),
    },
  ];
}

function judgeRoom(facts: SubnetFacts): readonly Problem[] {
  const free = freeAddresses(facts);
  if (free === undefined || free >= fewAddresses) return [];
  const remedy = "Use a larger subnet, or remove what is not used from this one.";
  const { ref } = facts;
  const where = `The subnet ${nameSubnet(ref)} has`;
  return [
    {
      ...(free === 0
        ? {
            code: "AIB051",
            message: `${where} no free address; the run would fail when the service puts its machines into it.`,
          }
        : {
            code: "AIB052",
            message: `${where} ${free} free ${free === 1 ? "address" : "addresses"}; builds that run side by side may not find one.`,
          }),
      remedy,
      commands: [`az rest --method get --url ${ref.networkId}/usages?api-version=2024-05-01`],
      input: inputOf(ref),
    },
  ];
}
