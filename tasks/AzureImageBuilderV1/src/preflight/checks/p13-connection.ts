/** P13: the service connection's own permissions (facts, sections 3.2 and 10). */
import { nameOf } from "../../plan/blob-rights.ts";
import { allows, type Permissions } from "../../values/permissions.ts";
import { toGrant } from "../effective-permissions.ts";
import { listAt } from "../json.ts";
import type { Read, Reads } from "../reads.ts";
import { grantCommand } from "../report.ts";
import type { Check, MissingRight, Problem, Subject } from "../types.ts";

/** What the connection has to be allowed at one scope. */
interface Ask {
  readonly code: "AIB085" | "AIB086" | "AIB087";
  readonly scope: string;
  /** The scope in words. */
  readonly what: string;
  readonly actions: readonly string[];
  /** Any one of these lists is enough instead of all `actions`. */
  readonly ways?: readonly Way[];
  /** What fails without, as a whole sentence. */
  readonly consequence: string;
  readonly role: string;
}

interface Way {
  readonly kind: "actions" | "dataActions";
  readonly action: string;
}

interface Found {
  readonly group: Read<unknown>;
  readonly asks: readonly { readonly ask: Ask; readonly missing: readonly string[] }[];
}

const images = "Microsoft.VirtualMachineImages";
const templates = `${images}/imageTemplates`;

export const connectionMay: Check<Found> = {
  id: "P13",
  title: "The service connection's own permissions",
  inFast: "no",
  kinds: {
    AIB084: {
      severity: "error",
      basis: "documented",
      meaning: "The resource group that the template is to be made in does not exist.",
    },
    AIB085: {
      severity: "error",
      basis: "documented",
      meaning: "The service connection may not make, run, read or delete the template.",
    },
    AIB086: {
      severity: "error",
      basis: "documented",
      meaning: "The service connection may not give the template its identity.",
    },
    AIB087: {
      severity: "warning",
      basis: "documented",
      meaning: "The service connection may not read the build's log, so that the pipeline cannot show it.",
    },
  },
  applies: () => true,
  gather: async (subject, reads) => {
    const asks = asksOf(subject);
    const [group, ...judged] = await Promise.all([
      readOwn(groupOf(subject), reads),
      ...asks.map(async (ask) => ({ ask, missing: await missingOf(ask, reads) })),
    ]);
    return { group, asks: judged };
  },
  judge: ({ group, asks }, subject) => [
    ...(group.state === "absent" ? [noGroup(subject)] : []),
    ...asks.filter(({ missing }) => missing.length > 0).map(({ ask, missing }) => lacking(ask, missing)),
  ],
};

function groupOf({ plan: { template } }: Subject): string {
  return `/subscriptions/${template.subscriptionId}/resourceGroups/${template.resourceGroup}`;
}

function asksOf(subject: Subject): readonly Ask[] {
  const { plan, template } = subject;
  const group = groupOf(subject);
  const subscription = `/subscriptions/${plan.template.subscriptionId}`;
  const identity = Object.keys(template.identity.userAssignedIdentities)[0] ?? plan.identityId;
  const deletes = plan.deleteTemplate && plan.cleanup !== "never";
  const verbs = ["read", "write", "run/action", "cancel/action", "runOutputs/read", ...(deletes ? ["delete"] : [])];
  return [
    {
      code: "AIB085",
      scope: group,
      what: `the resource group ${plan.template.resourceGroup}`,
      actions: verbs.map((verb) => `${templates}/${verb}`),
      consequence: "The build cannot be carried out without.",
      role: "Contributor",
    },
    {
      code: "AIB085",
      scope: subscription,
      what: `the subscription ${plan.template.subscriptionId}`,
      actions: [`${images}/locations/operations/read`],
      consequence: "The template would be made, and the task could not see when it is ready.",
      role: "Reader",
    },
    {
      code: "AIB086",
      scope: identity,
      what: `the identity ${nameOf(identity)}`,
      actions: ["Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"],
      consequence: "The service refuses the template (LinkedAuthorizationFailed).",
      role: "Managed Identity Operator",
    },
    ...(plan.verbosity === "none" && plan.attachLog === "never" ? [] : [logAsk(subject, subscription)]),
  ];
}

/** The log lies in the staging group; one that the service makes inherits from the subscription alone. */
function logAsk({ template }: Subject, subscription: string): Ask {
  const group = template.properties.stagingResourceGroup;
  const blob = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
  return {
    code: "AIB087",
    scope: group || subscription,
    what: group
      ? `the staging resource group ${nameOf(group)}`
      : `the subscription ${nameOf(subscription)}, where the service makes the staging group`,
    actions: [],
    ways: [
      { kind: "dataActions", action: blob },
      { kind: "actions", action: "Microsoft.Storage/storageAccounts/listKeys/action" },
      { kind: "actions", action: "Microsoft.ContainerInstance/containerGroups/containers/logs/read" },
    ],
    consequence: "The build goes on without, and its log cannot be shown.",
    role: "Storage Blob Data Reader",
  };
}

/** What the caller holds at a scope, groups included. A staging group that is not there yet is asked about above. */
function readOwn(scope: string, reads: Reads): Promise<Read<readonly unknown[]>> {
  return reads.list(`${scope}/providers/Microsoft.Authorization/permissions`, {
    apiVersion: "2022-04-01",
    permission: "Microsoft.Authorization/permissions/read",
  });
}

async function missingOf(ask: Ask, reads: Reads): Promise<readonly string[]> {
  const here = await readOwn(ask.scope, reads);
  const isStaging = ask.code === "AIB087" && here.state === "absent";
  const read = isStaging ? await readOwn(ask.scope.replace(/\/resourceGroups\/.*$/i, ""), reads) : here;
  if (read.state !== "found") return [];
  const permissions: Permissions = {
    grants: read.value.map(toGrant),
    complete: read.value.every((entry) => listAt(entry, "dataActions") !== undefined),
  };
  const answer = ({ kind, action }: Way): ReturnType<typeof allows> =>
    allows(kind === "actions" ? { ...permissions, complete: true } : permissions, kind, action);
  const ways = ask.ways ?? [];
  const single = ask.actions.map((action) => ({ action, known: answer({ kind: "actions", action }) }));
  const known = ways.map(answer);
  const isOpen = known.every((one) => one !== "yes") && known.includes("unknown");
  const open = [
    ...single.filter((one) => one.known === "unknown").map(({ action }) => action),
    ...(isOpen ? ways.map(({ action }) => action) : []),
  ];
  if (open.length > 0) {
    reads.note(`whether the service connection has ${open.join(", ")} on ${ask.what}: roles under a condition`);
  }
  const lacksAll = ways.length > 0 && known.every((one) => one === "no");
  return [
    ...single.filter((one) => one.known === "no").map(({ action }) => action),
    ...(lacksAll ? ways.map(({ action }) => action) : []),
  ];
}

function noGroup({ plan }: Subject): Problem {
  const { subscriptionId, resourceGroup } = plan.template;
  return {
    code: "AIB084",
    message: `There is no resource group ${resourceGroup} in the subscription ${subscriptionId}: the template has no place.`,
    remedy: "Name a resource group that exists, or make this one; the task makes none.",
    commands: [`az group create --subscription ${subscriptionId} --name ${resourceGroup} --location ${plan.location}`],
    input: "resourceGroup",
  };
}

function lacking(ask: Ask, missing: readonly string[]): Problem {
  const data = (ask.ways ?? []).filter(({ kind }) => kind === "dataActions").map(({ action }) => action);
  const right: MissingRight = {
    identity: "the service connection",
    actions: ask.ways === undefined ? missing : [],
    ...(data.length === 0 ? {} : { dataActions: data }),
    scope: ask.scope,
    role: ask.role,
  };
  const what = ask.ways === undefined ? missing.join(", ") : `each of ${missing.join(", ")}`;
  return {
    code: ask.code,
    message: `The service connection lacks ${what} on ${ask.what}. ${ask.consequence}`,
    remedy: `Give its principal the role ${ask.role} on ${ask.scope}.`,
    commands: [grantCommand(right)],
    right,
  };
}
