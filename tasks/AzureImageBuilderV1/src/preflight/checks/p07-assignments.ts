/** P7, policy assignments: their names, and those that put agents onto new machines. */
import { isAtOrAbove } from "../../values/permissions.ts";
import { listAt, textAt } from "../json.ts";
import type { Json } from "../reads.ts";

/** A policy assignment. */
export interface Assignment {
  readonly id: string;
  /** As the portal shows it. */
  readonly name: string;
}

/**
 * Built-in initiatives that install something on machines (names in the portal): guest configuration prerequisites,
 * Azure Monitor for VMs with the present agent and with the older one.
 */
const agentInitiatives = [
  "12794019-7a00-42cf-95c2-882eed337cc8",
  "924bfe3a-762f-40e7-86dd-5c8b95eb09e6",
  "55f3eceb-5573-4f18-9695-226972c6d74a",
];

/** Words of names of assignments that put extensions or agents onto machines. */
const agentWords =
  /guest configuration|machine configuration|monitor(?:ing)? agent|azure monitor for vms|vm insights|log analytics agent|dependency agent|antimalware|defender for (?:endpoint|servers)|change ?tracking/i;

/** The assignment's name; the last part of its ID where the list does not have it. */
export function nameAssignment(id: string, all: readonly Json[]): string {
  const found = all.find((one) => textAt(one, "id")?.toLowerCase() === id.toLowerCase());
  return textAt(found, "properties", "displayName") ?? id.split("/").at(-1) ?? id;
}

/** Assignments in force at `place` that put agents onto new machines, as far as their names tell. */
export function agentAssignments(all: readonly Json[], place: string): readonly Assignment[] {
  return all.flatMap((one) => {
    const id = textAt(one, "id");
    if (id === undefined || !isInForce(one, place)) return [];
    const definition = textAt(one, "properties", "policyDefinitionId")?.toLowerCase() ?? "";
    const name = textAt(one, "properties", "displayName") ?? "";
    const isAgent = agentInitiatives.some((guid) => definition.endsWith(guid)) || agentWords.test(name);
    return isAgent ? [{ id, name: nameAssignment(id, all) }] : [];
  });
}

/** The list of a subscription also has what is assigned to its groups; what lies above is of management groups. */
function isInForce(assignment: Json, place: string): boolean {
  if (textAt(assignment, "properties", "enforcementMode")?.toLowerCase() === "donotenforce") return false;
  const scope = textAt(assignment, "properties", "scope");
  const exceptions = (listAt(assignment, "properties", "notScopes") ?? []).map(String);
  if (exceptions.some((one) => isAtOrAbove(one, place))) return false;
  return scope === undefined || /\/managementGroups\//i.test(scope) || isAtOrAbove(scope, place);
}
