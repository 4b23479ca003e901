/** Whether a storage account's network rules let the service in (facts, sections 1.5 and 13, rows 11 and 12). */
import { nameOf } from "../../plan/blob-rights.ts";
import { isReachableForService } from "../../plan/reachable.ts";
import type { StorageAccountFacts } from "../../ports.ts";
import { readResourceId } from "../../values/resource-id.ts";
import { listAt, textAt } from "../json.ts";
import type { Json, Read, Reads } from "../reads.ts";
import type { Problem, Subject } from "../types.ts";

/** An account with the container subnet, where both are of interest. */
export interface NetworkOf {
  readonly account: StorageAccountFacts;
  /** Read where a rule of the account names it. */
  readonly subnet?: Read<Json>;
}

function containerSubnet({ template }: Subject): string | undefined {
  return template.properties.vmProfile?.vnetConfig?.containerInstanceSubnetId;
}

function hasRule({ allowedSubnets = [] }: StorageAccountFacts, subnet: string): boolean {
  return allowedSubnets.some((one) => one.toLowerCase() === subnet.toLowerCase());
}

function isDenied({ defaultAction }: StorageAccountFacts): boolean {
  return defaultAction?.toLowerCase() === "deny";
}

/** Reads the container subnet where a rule of the account counts on it. */
export async function readNetworkOf(account: StorageAccountFacts, subject: Subject, reads: Reads): Promise<NetworkOf> {
  const id = containerSubnet(subject);
  if (account.publicNetworkAccess?.toLowerCase() === "securedbyperimeter") {
    reads.note(`whether the service reaches ${account.name}: a network security perimeter guards it`);
  }
  if (id === undefined || !isDenied(account) || !hasRule(account, id)) return { account };
  const permission = "Microsoft.Network/virtualNetworks/subnets/read";
  return { account, subnet: await reads.get(id, { apiVersion: "2024-05-01", permission }) };
}

/** What keeps the service out. */
export function networkProblems({ account, subnet }: NetworkOf, subject: Subject): readonly Problem[] {
  const network = subject.template.properties.vmProfile?.vnetConfig;
  const containers = network?.containerInstanceSubnetId;
  const inputs =
    network === undefined
      ? {}
      : {
          network: {
            subnet: network.subnetId,
            ...(containers === undefined ? {} : { containerInstanceSubnet: containers }),
          },
        };
  const reachable = isReachableForService({ account, inputs });
  if (reachable.known === "no") {
    return [
      {
        code: "AIB033",
        message: `The service cannot fetch from the storage account: ${reachable.why}. It refuses the template.`,
        remedy: "Give subnet and containerInstanceSubnet, and let the latter in; or open the account.",
        commands: [ruleCommand(account, containers ?? "<containerInstanceSubnet>")],
      },
    ];
  }
  if (containers === undefined) return [];
  if (reachable.known === "unknown") return [notLetIn(account, containers)];
  return subnet?.state === "found" ? withoutEndpoint(account, containers, subnet.value) : [];
}

function ruleCommand({ name, id }: StorageAccountFacts, subnet: string): string {
  const { subscriptionId = "", resourceGroup = "" } = readResourceId(id) ?? {};
  return (
    `az storage account network-rule add --subscription ${subscriptionId} --resource-group ${resourceGroup} ` +
    `--account-name ${name} --subnet ${subnet}`
  );
}

function notLetIn(account: StorageAccountFacts, subnet: string): Problem {
  const isOff = account.publicNetworkAccess?.toLowerCase() === "disabled";
  const why = isOff
    ? `public network access to ${account.name} is disabled, which no network rule lifts`
    : `no network rule of ${account.name} lets in the subnet ${nameOf(subnet)}`;
  return {
    code: "AIB034",
    message: `The service fetches from the container subnet, and ${why}: without a private endpoint there it refuses the template.`,
    remedy: isOff
      ? "Let chosen networks in, the container subnet among them."
      : "Let the subnet in; it needs the service endpoint Microsoft.Storage for that.",
    commands: [
      ...(isOff
        ? [`az storage account update --ids ${account.id} --public-network-access Enabled --default-action Deny`]
        : []),
      ruleCommand(account, subnet),
    ],
  };
}

/** A rule for a subnet works through the subnet's service endpoint. */
function withoutEndpoint(account: StorageAccountFacts, id: string, subnet: Json): readonly Problem[] {
  const endpoints = listAt(subnet, "properties", "serviceEndpoints") ?? [];
  const isThere = endpoints.some((one) => /^microsoft\.storage(?:\.global)?$/i.test(textAt(one, "service") ?? ""));
  if (isThere) return [];
  return [
    {
      code: "AIB034",
      message:
        `A network rule of ${account.name} lets in the subnet ${nameOf(id)}, and the subnet has no service endpoint ` +
        "Microsoft.Storage: its traffic arrives from a public address, and the rule does not count.",
      remedy: "Give the subnet the service endpoint.",
      commands: [`az network vnet subnet update --ids ${id} --service-endpoints Microsoft.Storage`],
    },
  ];
}
