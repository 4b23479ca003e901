/** Whether the storage account's network rules let in who has to read the artifact (facts, sections 1.5 and 10, P6). */
import { problemCodes, type ProblemCode } from "../codes.ts";
import type { Inputs } from "../inputs/types.ts";
import type { StorageAccountFacts } from "../ports.ts";
import type { Known } from "../values/permissions.ts";

/** What one condition of a way came to. */
export type Check =
  | { readonly known: "yes" }
  /** `unread`: what could not be found out, as sentences; absent where nothing was looked for. */
  | { readonly known: "unknown"; readonly unread?: string }
  /** `why` and `fix` are sentence parts. */
  | { readonly known: "no"; readonly code: ProblemCode; readonly why: string; readonly fix: string };

/** The account, and the networks of the build. */
export interface Reaching {
  readonly account: StorageAccountFacts;
  readonly inputs: Pick<Inputs, "network">;
}

/** For the build VM. In a subnet of one's own it may come by a rule or a private endpoint, which is taken as it is. */
export function isReachableForVm({ account, inputs }: Reaching): Check {
  const open = isOpen(account);
  if (open === "yes" || inputs.network !== undefined) return { known: "yes" };
  if (open === "unknown") return { known: "unknown", unread: perimeter(account) };
  return {
    known: "no",
    code: problemCodes.notReachable,
    why: `${describeClosed(account)}, and without subnet the build VM is in no network of yours`,
    fix: `give subnet, from which the build VM reaches ${account.name} by a network rule or a private endpoint`,
  };
}

/** For the service itself, which reads from its own network, or from the container subnet where both subnets are given. */
export function isReachableForService({ account, inputs }: Reaching): Check {
  const open = isOpen(account);
  if (open === "yes") return { known: "yes" };
  const subnet = inputs.network?.containerInstanceSubnet?.toLowerCase();
  if (subnet === undefined) {
    if (open === "unknown") return { known: "unknown", unread: perimeter(account) };
    return {
      known: "no",
      code: problemCodes.notReachable,
      why: `${describeClosed(account)}, and without containerInstanceSubnet the service reads from outside`,
      fix:
        "give subnet and containerInstanceSubnet, and let the latter in: " +
        `\`az storage account network-rule add --account-name ${account.name} --subnet <containerInstanceSubnet>\``,
    };
  }
  const hasRule = account.allowedSubnets?.some((allowed) => allowed.toLowerCase() === subnet) ?? false;
  if (hasRule && !isDisabled(account)) return { known: "yes" };
  return {
    known: "unknown",
    unread: `Whether containerInstanceSubnet reaches ${account.name} is unknown: no network rule of the account names it.`,
  };
}

/** To everyone who has the rights. A perimeter has rules of its own, which are not read. */
function isOpen(account: StorageAccountFacts): Known {
  if (isDisabled(account)) return "no";
  if (account.publicNetworkAccess?.toLowerCase() === "securedbyperimeter") return "unknown";
  return account.defaultAction?.toLowerCase() === "deny" ? "no" : "yes";
}

function isDisabled({ publicNetworkAccess }: StorageAccountFacts): boolean {
  return publicNetworkAccess?.toLowerCase() === "disabled";
}

function describeClosed(account: StorageAccountFacts): string {
  return isDisabled(account)
    ? `public network access to ${account.name} is disabled`
    : `${account.name} lets in chosen networks only (its default action is Deny)`;
}

function perimeter({ name }: StorageAccountFacts): string {
  return `Whether ${name} can be reached is unknown: a network security perimeter guards it.`;
}
