/** P7, what is said about policies that object, and what to do. */
import { regionName } from "../../values/regions.ts";
import { quoteShell } from "../../values/quote.ts";
import type { Json, Read } from "../reads.ts";
import type { Problem, Subject } from "../types.ts";
import type { Objection } from "./p07-answers.ts";
import { type Assignment, nameAssignment } from "./p07-assignments.ts";
import type { Made } from "./p07-resources.ts";

/** A policy's objection, and to what. */
export interface Objected {
  readonly made: Made;
  readonly objection: Objection;
}

/** The staging group that the template names. */
export interface Staging {
  readonly id: string;
  readonly state: Read<Json>["state"];
}

/** What the findings speak of besides the objections. */
export interface PolicyCase {
  readonly subject: Subject;
  readonly staging: Staging | undefined;
  /** All assignments, for their names. */
  readonly assignments: readonly Json[];
}

/** One finding for each assignment: a policy mostly objects to several things at once. */
export function describeObjections(all: readonly Objected[], context: PolicyCase): readonly Problem[] {
  const byAssignment = new Map<string, Objected[]>();
  for (const one of all) {
    const key = one.objection.assignmentId.toLowerCase();
    byAssignment.set(key, [...(byAssignment.get(key) ?? []), one]);
  }
  return [...byAssignment.values()].map((some) => describeOne(some, context));
}

function describeOne(some: readonly Objected[], context: PolicyCase): Problem {
  const id = some[0]?.objection.assignmentId ?? "";
  const isCertain = some.some(isFatal);
  const strikesTemplate = some.some(({ made }) => made.place === "template");
  const what = listAnd(describeWhat(some));
  const made = new Set(some.map((one) => one.made.what)).size === 1 ? "it" : "them";
  const end = strikesTemplate
    ? "The template would be refused."
    : isCertain
      ? `The run would fail when the service makes ${made}.`
      : `The run may fail when the service makes ${made}.`;
  return {
    code: isCertain ? "AIB039" : "AIB040",
    message: `The policy assignment "${nameAssignment(id, context.assignments)}" ${what}. ${end} Assignment: ${id}`,
    ...adviceFor(some, id, context),
  };
}

/** What is refused for its content, or for a tag or a name that is known beforehand. */
function isFatal({ made, objection: { refuses, kind, tag } }: Objected): boolean {
  return made.isCertain && refuses && (kind === "denies" || tag !== undefined || made.name !== undefined);
}

/** `denies the build VM and the storage account`, one text for each way of objecting. */
function describeWhat(some: readonly Objected[]): readonly string[] {
  const byWay = new Map<string, string[]>();
  for (const { made, objection } of some) {
    const way = describeWay(objection);
    byWay.set(way, [...(byWay.get(way) ?? []), made.what]);
  }
  return [...byWay].map(([way, things]) => `${way} ${listAnd([...new Set(things)])}`);
}

function describeWay({ kind, to, tag, field, values }: Objection): string {
  if (to === "content") return "denies";
  const part = tag === undefined ? (to === "name" ? "name" : (field ?? "field")) : `tag ${tag}`;
  const listed = values.length === 0 ? "" : ` (${values.join(", ")})`;
  switch (kind) {
    case "denies":
      return `denies the ${part}${listed} of`;
    case "requires":
      return `requires a ${part}${listed} of`;
    case "removes":
      return `removes the ${part} of`;
  }
}

function adviceFor(
  some: readonly Objected[],
  assignmentId: string,
  { subject, staging }: PolicyCase,
): Pick<Problem, "remedy" | "commands" | "input"> {
  const onTemplate = some.filter(({ made }) => made.place === "template");
  const tags = [...new Set(some.flatMap(({ objection }) => objection.tag ?? []))];
  if (some.every(({ objection }) => objection.tag !== undefined && objection.kind !== "removes")) {
    const input = onTemplate.length === some.length ? "templateTags" : "managedResourceTags";
    return {
      remedy: `Set ${tags.length === 1 ? "the tag" : "the tags"} ${listAnd(tags)} in ${
        onTemplate.length > 0 && onTemplate.length < some.length ? "templateTags and managedResourceTags" : input
      }.`,
      input,
    };
  }
  const { subscriptionId, resourceGroup } = subject.plan.template;
  const home = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
  if (onTemplate.length > 0) {
    return {
      remedy: `Build what the policy takes, or have the resource group ${resourceGroup} exempted from it.`,
      commands: [exempt(assignmentId, home)],
    };
  }
  return exemptStaging([assignmentId], subject, staging);
}

/** An exemption can only be of a group that is there: the one the service makes for a build never is. */
function exemptStaging(
  assignmentIds: readonly string[],
  { plan, template }: Subject,
  staging: Staging | undefined,
): Pick<Problem, "remedy" | "commands" | "input"> {
  const { subscriptionId, resourceGroup } = plan.template;
  const id = staging?.id ?? `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}-staging`;
  const exemptions = assignmentIds.map((one) => exempt(one, id));
  const input = "stagingResourceGroup";
  if (staging !== undefined && staging.state !== "absent") {
    return { remedy: "Have the staging resource group exempted from the policy.", commands: exemptions, input };
  }
  const create =
    `az group create --name ${id.split("/").at(-1) ?? ""} --location ${regionName(template.location)} ` +
    `--subscription ${subscriptionId}`;
  return {
    remedy:
      "Make a staging resource group, have it exempted from the policy, name it in stagingResourceGroup, and make the " +
      "template's identity its Contributor.",
    commands: [create, ...exemptions],
    input,
  };
}

function exempt(assignmentId: string, scope: string): string {
  return (
    `az policy exemption create --name image-builder --exemption-category Waiver ` +
    `--policy-assignment ${quoteShell(assignmentId)} --scope ${scope}`
  );
}

/** Policies that put agents onto machines: what Azure does not evaluate beforehand. */
export function describeAgents(agents: readonly Assignment[], { subject, staging }: PolicyCase): readonly Problem[] {
  if (agents.length === 0) return [];
  const names = listAnd(agents.map(({ name }) => `"${name}"`));
  return [
    {
      code: "AIB041",
      message: `Policies put agents or extensions onto new machines here, the build VM among them: ${names}. They may slow the build, hold locks that its steps need, or stay in the image.`,
      ...exemptStaging(
        agents.map(({ id }) => id),
        subject,
        staging,
      ),
    },
  ];
}

function listAnd(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1) ?? ""}`;
}
