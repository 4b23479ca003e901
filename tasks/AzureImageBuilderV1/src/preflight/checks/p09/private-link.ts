/** P9, one subnet: the service reaches the build VM by a private link (facts, section 6). */
import type { Problem } from "../../types.ts";
import { textAt } from "../../json.ts";
import { inputOf, nameSubnet, prefixesOf, type SubnetFacts, updateCommand } from "./facts.ts";
import { judgeFlow } from "./security-rules.ts";
import { nameGroup, ruleCommand } from "./security.ts";

const ports = [60000, 60001];

/** What the private link needs of the build VM's subnet. */
export function judgePrivateLink(facts: SubnetFacts): readonly Problem[] {
  return [...judgePolicies(facts), ...judgeProbes(facts)];
}

function judgePolicies({ ref, subnet }: SubnetFacts): readonly Problem[] {
  const state =
    subnet.state === "found" ? textAt(subnet.value, "properties", "privateLinkServiceNetworkPolicies") : undefined;
  if (state === undefined || state.toLowerCase() === "disabled") return [];
  return [
    {
      code: "AIB058",
      message: `The subnet ${nameSubnet(ref)} has privateLinkServiceNetworkPolicies ${state}, and must have them Disabled: the service puts a private link into it. The run would fail after some minutes.`,
      remedy:
        "Turn them off (the portal has no switch for it), or name a subnet for the container too, which needs no private link.",
      commands: [updateCommand(ref, "--private-link-service-network-policies Disabled")],
      input: inputOf(ref),
    },
  ];
}

function judgeProbes({ ref, subnet, securityGroup }: SubnetFacts): readonly Problem[] {
  if (subnet.state !== "found" || securityGroup?.state !== "found") return [];
  const to = { kind: "subnet", prefixes: prefixesOf(subnet.value) } as const;
  for (const port of ports) {
    const from = { kind: "loadBalancer" } as const;
    const verdict = judgeFlow(securityGroup.value, { direction: "Inbound", from, to, port });
    if (verdict.access !== "deny") continue;
    return [
      {
        code: "AIB059",
        message: `In the network security group ${nameGroup(securityGroup.value)} the rule ${verdict.rule} (priority ${verdict.priority}) keeps TCP ${port} of Azure's load balancer from the subnet ${nameSubnet(ref)}; the service could not reach the build VM, and the run would fail.`,
        remedy: "Allow TCP 60000-60001 from AzureLoadBalancer to VirtualNetwork, ahead of that rule.",
        commands: ruleCommand(securityGroup.value, {
          name: "AzureImageBuilder",
          before: verdict.priority,
          direction: "Inbound",
          from: "AzureLoadBalancer",
          to: "VirtualNetwork",
          ports: "60000-60001",
        }),
        input: inputOf(ref),
      },
    ];
  }
  return [];
}
