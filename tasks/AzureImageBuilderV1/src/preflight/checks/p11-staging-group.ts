/** P11: a staging resource group that the step names is fit for the service (facts, sections 1.4 and 10). */
import { nameOf } from "../../plan/blob-rights.ts";
import { allows } from "../../values/permissions.ts";
import { readIdentity, readRole } from "../effective-permissions.ts";
import { listAt, textAt } from "../json.ts";
import type { Json, Read, Reads } from "../reads.ts";
import type { Check, Subject } from "../types.ts";
import {
  elsewhere,
  foreign,
  held,
  holderOf,
  locked,
  noService,
  notEmpty,
  serviceApplication,
  stagingOf,
  wrongRegion,
} from "./p11-staging-problems.ts";

interface Found {
  readonly group: Read<Json>;
  /** The template that the group's tags name; absent where they name none. */
  readonly holder?: Read<Json>;
  /** The first page of what is in it: more is not needed. */
  readonly resources: Read<Json>;
  readonly locks: Read<readonly Json[]>;
  /** Whether the service's principal may write disks there; undefined where nothing asks for it. */
  readonly service?: "no" | "perhaps";
}

export const stagingGroupFit: Check<Found> = {
  id: "P11",
  title: "The staging resource group is empty, free and in the right place",
  inFast: "offline",
  kinds: {
    AIB069: {
      severity: "warning",
      basis: "documented",
      meaning:
        "Another image template holds the staging resource group now: the build waits for it, half an hour at most.",
    },
    AIB070: {
      severity: "error",
      basis: "documented",
      meaning: "The staging resource group is in another region or subscription than the template.",
    },
    AIB071: {
      severity: "error",
      basis: "documented",
      meaning: "The staging resource group has the tags of an image template that is gone.",
    },
    AIB072: { severity: "error", basis: "documented", meaning: "The staging resource group is not empty." },
    AIB073: {
      severity: "error",
      basis: "documented",
      meaning: "The service's own principal lacks Contributor on the staging group of a Windows build in a subnet.",
    },
    AIB074: { severity: "error", basis: "documented", meaning: "A ReadOnly lock covers the staging resource group." },
    AIB075: {
      severity: "warning",
      basis: "documented",
      meaning: "A CanNotDelete lock covers the staging resource group, so that nothing in it is cleaned up.",
    },
  },
  applies: ({ template }) => Boolean(template.properties.stagingResourceGroup),
  gather,
  judge: ({ group, holder, resources, locks, service }, subject) => {
    if (group.state !== "found") return [];
    // What is in a group that is in use goes with the template that uses it.
    const isHeld = holder !== undefined && holder.state !== "absent";
    return [
      ...wrongRegion(group.value, subject),
      ...(isHeld ? held(group.value, subject) : foreign(group.value, subject)),
      ...(resources.state === "found" && !isHeld ? notEmpty(listAt(resources.value, "value") ?? [], subject) : []),
      ...(service === "no" ? [noService(subject)] : []),
      ...(locks.state === "found" ? locks.value.flatMap((lock) => locked(lock, subject)) : []),
    ];
  },
  lint: (subject) => {
    const { id, subscriptionId } = stagingOf(subject);
    const own = subject.plan.template.subscriptionId;
    if (subscriptionId === undefined || subscriptionId.toLowerCase() === own.toLowerCase()) return [];
    return [
      elsewhere(
        subject,
        `The staging resource group ${nameOf(id)} is in the subscription ${subscriptionId}, the template in ${own}`,
      ),
    ];
  },
};

async function gather(subject: Subject, reads: Reads): Promise<Found> {
  const { id } = stagingOf(subject);
  const permission = "Microsoft.Resources/subscriptions/resourceGroups/read";
  const group = await reads.get(id, { apiVersion: "2021-04-01", permission });
  // What is not there the service makes, and nothing can be wrong with it.
  if (group.state !== "found") return { group, resources: { state: "absent" }, locks: { state: "absent" } };
  const holderId = holderOf(group.value, subject);
  const [holder, resources, locks, service] = await Promise.all([
    holderId === undefined
      ? undefined
      : reads.get(holderId, {
          apiVersion: "2024-02-01",
          permission: "Microsoft.VirtualMachineImages/imageTemplates/read",
        }),
    reads.get(`${id}/resources`, {
      apiVersion: "2021-04-01",
      permission: "Microsoft.Resources/subscriptions/resourceGroups/resources/read",
      query: { $top: "5" },
    }),
    reads.list(`${id}/providers/Microsoft.Authorization/locks`, {
      apiVersion: "2020-05-01",
      permission: "Microsoft.Authorization/locks/read",
      query: { $filter: "atScope()" },
    }),
    needsService(subject) ? readService(subject, reads) : undefined,
  ]);
  return {
    group,
    resources,
    locks,
    ...(holder === undefined ? {} : { holder }),
    ...(service === undefined ? {} : { service }),
  };
}

/** A proxy VM stands between the service and the build VM where only the build subnet is given. */
function needsService({ plan, template }: Subject): boolean {
  const network = template.properties.vmProfile?.vnetConfig;
  return plan.osType === "windows" && network !== undefined && network.containerInstanceSubnetId === undefined;
}

/**
 * An assignment names its principal by an object ID that only the directory can tie to the service's application. So only
 * this can be proved: that nobody whom it could be has the right.
 */
async function readService(subject: Subject, reads: Reads): Promise<Found["service"]> {
  const { id: group } = stagingOf(subject);
  const identityId = Object.keys(subject.template.identity.userAssignedIdentities)[0] ?? subject.plan.identityId;
  const [assigned, identity] = await Promise.all([
    reads.list(`${group}/providers/Microsoft.Authorization/roleAssignments`, {
      apiVersion: "2022-04-01",
      permission: "Microsoft.Authorization/roleAssignments/read",
      query: { $filter: "atScope()" },
    }),
    readIdentity(identityId, reads),
  ]);
  if (assigned.state !== "found" || identity.state !== "found") return undefined;
  const others = assigned.value.filter(
    (one) =>
      textAt(one, "properties", "principalType") !== "User" &&
      textAt(one, "properties", "principalId") !== identity.value.principalId,
  );
  const roles = await Promise.all(others.map((one) => readRole(one, reads)));
  const mayBe = roles.some(({ role: { grants } }) => {
    if (grants === undefined) return true;
    return allows({ grants, complete: true }, "actions", "Microsoft.Compute/disks/write") !== "no";
  });
  if (!mayBe) return "no";
  reads.note(
    `whether the service's own principal (application ${serviceApplication}) is one of those with a role on ` +
      `${nameOf(group)} that may write disks: the directory is not read`,
  );
  return "perhaps";
}
