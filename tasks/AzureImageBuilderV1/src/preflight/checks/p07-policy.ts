/** P7: does a policy keep the template, or what the service makes for its build, from being made? */
import type { Json, Read, Reads } from "../reads.ts";
import type { Check, Subject } from "../types.ts";
import { objectionsIn } from "./p07-answers.ts";
import { agentAssignments } from "./p07-assignments.ts";
import { describeAgents, describeObjections, type PolicyCase, type Staging } from "./p07-findings.ts";
import { groupAsMade, type Made, stagingAsMade, templateAsMade } from "./p07-resources.ts";

interface Found {
  readonly staging: Staging | undefined;
  readonly answers: readonly { readonly made: Made; readonly answer: Read<Json> }[];
  readonly assignments: Read<readonly Json[]>;
}

/** Azure Policy, asked beforehand (facts, section 10, P7). */
export const policy: Check<Found> = {
  id: "P7",
  title: "Azure Policy",
  inFast: "no",
  kinds: {
    AIB039: {
      severity: "error",
      basis: "documented",
      meaning: "A policy denies the template, the staging resource group or the build VM.",
    },
    AIB040: {
      severity: "warning",
      basis: "inferred",
      meaning: "A policy objects to something that the service makes for the build, as far as its form is known.",
    },
    AIB041: {
      severity: "warning",
      basis: "inferred",
      meaning: "A policy puts agents or extensions onto new machines, the build VM among them.",
    },
  },
  applies: () => true,
  gather: async (subject, reads) => {
    const [assignments, rest] = await Promise.all([readAssignments(subject, reads), askAll(subject, reads)]);
    return { assignments, ...rest };
  },
  judge: ({ staging, answers, assignments }, subject) => {
    const known = assignments.state === "found" ? assignments.value : [];
    const context: PolicyCase = { subject, staging, assignments: known };
    const objected = answers.flatMap(({ made, answer }) =>
      answer.state === "found" ? objectionsIn(answer.value, made).map((objection) => ({ made, objection })) : [],
    );
    const place = staging?.id ?? `/subscriptions/${subject.plan.template.subscriptionId}`;
    return [...describeObjections(objected, context), ...describeAgents(agentAssignments(known, place), context)];
  },
};

function readAssignments({ plan }: Subject, reads: Reads): Promise<Read<readonly Json[]>> {
  return reads.list(
    `/subscriptions/${plan.template.subscriptionId}/providers/Microsoft.Authorization/policyAssignments`,
    { apiVersion: "2023-04-01", permission: "Microsoft.Authorization/policyAssignments/read" },
  );
}

/** A group that is there is asked itself; for one that is not, the subscription is asked, about the group too. */
async function askAll(subject: Subject, reads: Reads): Promise<Pick<Found, "staging" | "answers">> {
  const staging = await findStaging(subject, reads);
  const wanted = [
    templateAsMade(subject),
    ...(staging === undefined || staging.state === "absent"
      ? [groupAsMade(subject, staging?.id.split("/").at(-1))]
      : []),
    ...stagingAsMade(subject),
  ];
  const answers = await Promise.all(
    wanted.map(async (made) => ({ made, answer: await ask(made, scopeOf(made, subject, staging), reads) })),
  );
  return { staging, answers };
}

async function findStaging({ plan, template }: Subject, reads: Reads): Promise<Staging | undefined> {
  const named = template.properties.stagingResourceGroup;
  if (named === undefined || named === "") return undefined;
  const id = named.startsWith("/")
    ? named.replace(/\/+$/, "")
    : `/subscriptions/${plan.template.subscriptionId}/resourceGroups/${named}`;
  const group = await reads.get(id, {
    apiVersion: "2021-04-01",
    permission: "Microsoft.Resources/subscriptions/resourceGroups/read",
  });
  return { id, state: group.state };
}

function scopeOf({ place }: Made, { plan }: Subject, staging: Staging | undefined): string {
  const subscription = `/subscriptions/${plan.template.subscriptionId}`;
  switch (place) {
    case "template":
      return `${subscription}/resourceGroups/${plan.template.resourceGroup}`;
    case "staging":
      return staging?.state === "found" ? staging.id : subscription;
    case "subscription":
      return subscription;
  }
}

function ask({ content, apiVersion, name }: Made, scope: string, reads: Reads): Promise<Read<Json>> {
  const body = {
    resourceDetails: { resourceContent: content, apiVersion },
    // A name that is known stands in the content and is judged with it.
    pendingFields: [...(name === undefined ? [{ field: "name" }] : []), { field: "tags" }],
  };
  return reads.ask(`${scope}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions`, body, {
    apiVersion: "2024-10-01",
    permission: "Microsoft.PolicyInsights/checkPolicyRestrictions/read",
  });
}
