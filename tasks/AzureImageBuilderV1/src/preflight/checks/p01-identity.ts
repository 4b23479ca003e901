/** P1: the identities exist, and the template's can do what this template needs (facts, sections 3.1 and 10). */
import { nameOf } from "../../plan/blob-rights.ts";
import { readResourceId } from "../../values/resource-id.ts";
import { findAccounts, placeOf } from "../blob-accounts.ts";
import { type FoundIdentity, readIdentity } from "../effective-permissions.ts";
import { textAt } from "../json.ts";
import { type JudgedNeed, judgeNeed, needProblems } from "../needs.ts";
import type { Read, Reads } from "../reads.ts";
import type { Check, Problem, Subject } from "../types.ts";
import { ddosNeed, type IdentityNeed, identityNeeds, stagingNeed, vhdNeed } from "./p01-needs.ts";

interface Found {
  /** The template's, and those of the build VM. */
  readonly identity: Asked;
  readonly vmIdentities: readonly Asked[];
  readonly judged: readonly (JudgedNeed & { readonly need: IdentityNeed })[];
}

interface Asked {
  readonly id: string;
  readonly read: Read<FoundIdentity>;
}

const codes = { lacks: "AIB002", denied: "AIB003", young: "AIB004" } as const;

export const identityUsable: Check<Found> = {
  id: "P1",
  title: "The identity exists and may do what the template needs",
  inFast: "whole",
  kinds: {
    AIB001: {
      severity: "error",
      basis: "documented",
      meaning: "The identity of the template or of the build VM does not exist, or is of another tenant.",
    },
    AIB002: {
      severity: "error",
      basis: "documented",
      meaning: "The identity lacks an action that the service needs on a source, a target or a network.",
    },
    AIB003: {
      severity: "error",
      basis: "documented",
      meaning: "A deny assignment keeps the identity from something that the service needs.",
    },
    AIB004: {
      severity: "warning",
      basis: "documented",
      meaning: "The identity's role was assigned less than ten minutes ago and may not count yet.",
    },
    AIB005: {
      severity: "error",
      basis: "inferred",
      meaning: "The identity may not write the blob that the VHD is to become.",
    },
  },
  applies: () => true,
  gather,
  judge: ({ identity, vmIdentities, judged }) => {
    const absent = [identity, ...vmIdentities].filter(({ read }) => read.state === "absent");
    const foreign = vmIdentities.flatMap((one) => foreignProblem(one, identity));
    const isUsable = ({ need }: JudgedNeed): boolean =>
      ![...absent, ...foreign].some(({ id }) => id.toLowerCase() === need.scope.toLowerCase());
    return [
      ...absent.map(({ id }) => absentProblem(id)),
      ...foreign.map(({ problem }) => problem),
      ...judged
        .filter(isUsable)
        .flatMap((one) => needProblems(one, one.need.isInferred ? { ...codes, lacks: "AIB005" } : codes)),
    ];
  },
};

async function gather(subject: Subject, reads: Reads): Promise<Found> {
  const { template, now } = subject;
  const id = Object.keys(template.identity.userAssignedIdentities)[0] ?? subject.plan.identityId;
  const ask = async (one: string): Promise<Asked> => ({ id: one, read: await readIdentity(one, reads) });
  const others = (template.properties.vmProfile?.userAssignedIdentities ?? []).filter(
    (one) => one.toLowerCase() !== id.toLowerCase(),
  );
  const [identity, more, ...vmIdentities] = await Promise.all([ask(id), findMore(subject, reads), ...others.map(ask)]);
  const { read } = identity;
  if (read.state !== "found") return { identity, vmIdentities, judged: [] };
  const needs = [...identityNeeds(subject, id), ...more];
  const judged = await Promise.all(
    needs.map(async (need) => ({ ...(await judgeNeed(need, { identity: read.value, now, reads })), need })),
  );
  return { identity, vmIdentities, judged };
}

/** Needs that depend on what is there: a staging group, an account for the VHD, a DDoS plan of the network. */
async function findMore({ template, plan }: Subject, reads: Reads): Promise<readonly IdentityNeed[]> {
  const { stagingResourceGroup: group, vmProfile, distribute } = template.properties;
  const network = vmProfile?.vnetConfig?.subnetId.split("/").slice(0, -2).join("/");
  const uris = distribute.flatMap((one) => (one.type === "VHD" && one.uri !== undefined ? [one.uri] : []));
  const [staging, vnet, accounts] = await Promise.all([
    group ? readGroup(group, reads) : undefined,
    network === undefined ? undefined : readNetwork(network, reads),
    uris.length === 0 ? undefined : findAccounts(plan.template.subscriptionId, reads),
  ]);
  const ddosPlan = vnet?.state === "found" ? textAt(vnet.value, "properties", "ddosProtectionPlan", "id") : undefined;
  const known = accounts?.state === "found" ? accounts.value : [];
  return [
    ...(group && staging?.state === "found" ? [stagingNeed(group)] : []),
    ...(ddosPlan === undefined ? [] : [ddosNeed(ddosPlan)]),
    ...uris.map((uri) => placeOf(uri, known)).flatMap((place) => (place === undefined ? [] : [vhdNeed(place)])),
  ];
}

function readGroup(id: string, reads: Reads): Promise<Read<unknown>> {
  return reads.get(id, {
    apiVersion: "2021-04-01",
    permission: "Microsoft.Resources/subscriptions/resourceGroups/read",
  });
}

function readNetwork(id: string, reads: Reads): Promise<Read<unknown>> {
  return reads.get(id, { apiVersion: "2024-05-01", permission: "Microsoft.Network/virtualNetworks/read" });
}

function absentProblem(id: string): Problem {
  const { subscriptionId = "", resourceGroup = "" } = readResourceId(id) ?? {};
  const place = `--subscription ${subscriptionId} --resource-group ${resourceGroup}`;
  return {
    code: "AIB001",
    message: `There is no identity ${id}. The service refuses a template with it.`,
    remedy: "Name an identity that exists, or make this one and give it its roles.",
    commands: [
      `az identity list --subscription ${subscriptionId} --query "[].id" --output tsv`,
      `az identity create ${place} --name ${nameOf(id)}`,
    ],
  };
}

/** Across subscriptions works, across tenants does not (facts, section 1.3). */
function foreignProblem(
  { id, read }: Asked,
  template: Asked,
): readonly { readonly id: string; readonly problem: Problem }[] {
  const [own, other] = [template.read, read].map((one) => (one.state === "found" ? one.value.tenantId : undefined));
  if (own === undefined || other === undefined || own.toLowerCase() === other.toLowerCase()) return [];
  const problem: Problem = {
    code: "AIB001",
    message:
      `The build VM's identity ${nameOf(id)} is of the tenant ${other}, and the template's identity ` +
      `${nameOf(template.id)} of ${own}: the service refuses identities of two tenants.`,
    remedy: "Name an identity of the template's tenant in buildVmIdentities.",
    input: "buildVmIdentities",
  };
  return [{ id, problem }];
}
