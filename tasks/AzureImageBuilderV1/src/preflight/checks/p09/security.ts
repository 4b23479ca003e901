/** P9: what network security groups keep from passing. */
import { readResourceId } from "../../../values/resource-id.ts";
import { listAt, numberAt, textAt } from "../../json.ts";
import type { Json, Read } from "../../reads.ts";
import type { Problem, Subject } from "../../types.ts";
import { inputOf, nameSubnet, prefixesOf, type SubnetFacts } from "./facts.ts";
import { type End, type Flow, judgeFlow } from "./security-rules.ts";

/** The build VM and the container both talk to Azure by HTTPS; the container mounts a share of the storage account. */
export function judgeWayOut({ ref, subnet, securityGroup }: SubnetFacts): readonly Problem[] {
  if (subnet.state !== "found") return [];
  const from = endOf(subnet);
  const flows: readonly (readonly [string, Flow])[] = [
    ["Internet", { direction: "Outbound", from, to: { kind: "internet" }, port: 443 }],
    ...(ref.role === "containers"
      ? [["Storage", { direction: "Outbound", from, to: { kind: "storage" }, port: 445 }] as const]
      : []),
  ];
  return flows.flatMap(([tag, flow]) =>
    denial(securityGroup, flow, (rule, command) => ({
      code: "AIB057",
      message: `In the network security group ${rule} keeps TCP ${flow.port} to ${tag} from leaving the subnet ${nameSubnet(ref)}; ${
        ref.role === "build"
          ? "the build VM could not reach Azure or download anything"
          : "the container could not start"
      }, and the run would fail.`,
      remedy: `Allow TCP ${flow.port} to ${tag} ahead of that rule.`,
      commands: command({ name: `AzureImageBuilderOut${flow.port}`, from: "VirtualNetwork", to: tag }),
      input: inputOf(ref),
    })),
  );
}

/** The container speaks to the build VM: SSH for Linux, WinRM for Windows. Both groups have a say. */
export function judgeBetween(build: SubnetFacts, containers: SubnetFacts, { plan }: Subject): readonly Problem[] {
  if (build.subnet.state !== "found" || containers.subnet.state !== "found") return [];
  const port = plan.osType === "windows" ? 5986 : 22;
  const ends = { from: endOf(containers.subnet), to: endOf(build.subnet) };
  const sides = [
    [containers, { ...ends, direction: "Outbound", port }],
    [build, { ...ends, direction: "Inbound", port }],
  ] as const;
  const [from = "", to = ""] = [containers.subnet, build.subnet].map(({ value }) => prefixesOf(value)[0]);
  return sides.flatMap(([side, flow]) =>
    denial(side.securityGroup, flow, (rule, command) => ({
      code: "AIB063",
      message: `In the network security group ${rule} keeps TCP ${port} (${
        port === 22 ? "SSH" : "WinRM"
      }) of the subnet ${nameSubnet(containers.ref)} from the subnet ${nameSubnet(build.ref)}; the service could not reach the build VM, and the run would fail when it has waited long enough.`,
      remedy: `Allow TCP ${port} from ${from} to ${to} ahead of that rule.`,
      commands: command({ name: `AzureImageBuilder${flow.direction}${port}`, from, to }),
      input: inputOf(side.ref),
    })),
  );
}

interface NewRule {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

type Say = (rule: string, command: (rule: NewRule) => readonly string[]) => Problem;

/** What `say` says where the group denies the flow. */
function denial(group: Read<Json> | undefined, flow: Flow, say: Say): readonly Problem[] {
  if (group?.state !== "found") return [];
  const verdict = judgeFlow(group.value, flow);
  if (verdict.access !== "deny") return [];
  const rule = `${nameGroup(group.value)} the rule ${verdict.rule} (priority ${verdict.priority})`;
  const { direction, port } = flow;
  return [
    say(rule, (wanted) =>
      ruleCommand(group.value, { ...wanted, before: verdict.priority, direction, ports: String(port) }),
    ),
  ];
}

function endOf({ value }: { readonly value: Json }): End {
  return { kind: "subnet", prefixes: prefixesOf(value) };
}

/** A group's name. */
export function nameGroup(group: Json): string {
  return textAt(group, "name") ?? "";
}

/** The command that adds a rule ahead of the priority `before`; nothing where no number is free there. */
export function ruleCommand(
  group: Json,
  rule: NewRule & { readonly before: number; readonly direction: Flow["direction"]; readonly ports: string },
): readonly string[] {
  const id = readResourceId(textAt(group, "id") ?? "");
  const priority = freePriority(group, rule.direction, rule.before);
  if (id === undefined || priority === undefined) return [];
  return [
    `az network nsg rule create --subscription ${id.subscriptionId} --resource-group ${id.resourceGroup} ` +
      `--nsg-name ${nameGroup(group)} --name ${rule.name} --priority ${priority} --direction ${rule.direction} ` +
      `--access Allow --protocol Tcp --source-address-prefixes ${rule.from} --destination-address-prefixes ${rule.to} ` +
      `--destination-port-ranges ${rule.ports}`,
  ];
}

/** The service's documents use 400; that, or the next lower number that no rule of the direction has (100 at least). */
function freePriority(group: Json, direction: Flow["direction"], before: number): number | undefined {
  const rules = listAt(group, "properties", "securityRules") ?? [];
  const taken = rules
    .filter((one) => textAt(one, "properties", "direction")?.toLowerCase() === direction.toLowerCase())
    .map((one) => numberAt(one, "properties", "priority"));
  for (let priority = Math.min(400, before - 1); priority >= 100; priority -= 1) {
    if (!taken.includes(priority)) return priority;
  }
  return undefined;
}
