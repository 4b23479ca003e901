/** Reads what a principal may do: role assignments with groups, their definitions, deny assignments (facts, section 3.3). */
import { type Grant, isAtOrAbove } from "../values/permissions.ts";
import { booleanAt, listAt, textAt } from "./json.ts";
import type { Json, Read, ReadOptions, Reads } from "./reads.ts";
import type { Denial, HeldRole, Rights } from "./rights.ts";

const apiVersion = "2022-04-01";
const authorization = "Microsoft.Authorization";

/** Everyone, as deny assignments write it. */
const everyone = "00000000-0000-0000-0000-000000000000";

/** An identity that is there. */
export interface FoundIdentity {
  readonly id: string;
  readonly principalId: string;
  readonly tenantId?: string;
}

/** A user-assigned identity by its ID. One whose answer names no principal is taken for unread. */
export async function readIdentity(id: string, reads: Reads): Promise<Read<FoundIdentity>> {
  const permission = "Microsoft.ManagedIdentity/userAssignedIdentities/read";
  const read = await reads.get(id, { apiVersion: "2023-01-31", permission });
  if (read.state !== "found") return read;
  const principalId = textAt(read.value, "properties", "principalId");
  const tenantId = textAt(read.value, "properties", "tenantId");
  if (principalId === undefined) return { state: "unknown", why: "the answer names no principal" };
  return { state: "found", value: { id, principalId, ...(tenantId === undefined ? {} : { tenantId }) } };
}

/**
 * What a principal holds at `scope` and above it. Absent where there is no such scope. What could not be read is told by
 * the reads themselves where nothing else can stand in for it, and is among the gaps else.
 */
export async function readRights(principalId: string, scope: string, reads: Reads): Promise<Read<Rights>> {
  const [assigned, denied] = await Promise.all([
    readAssignments(principalId, scope, reads),
    reads.list(`${scope}/providers/${authorization}/denyAssignments`, {
      apiVersion,
      permission: `${authorization}/denyAssignments/read`,
      query: { $filter: "atScope()" },
    }),
  ]);
  if (assigned.state !== "found") return assigned;
  const { assignments, gaps } = assigned.value;
  const held = await Promise.all(assignments.map((one) => readRole(one, reads)));
  const denials = denied.state === "found" ? denied.value.flatMap((one) => toDenial(one, principalId)) : [];
  const unread = held.flatMap(({ gap }) => (gap === undefined ? [] : [gap]));
  return { state: "found", value: { held: held.map(({ role }) => role), denials, gaps: [...gaps, ...unread] } };
}

interface Assigned {
  readonly assignments: readonly Json[];
  readonly gaps: readonly string[];
}

/** `assignedTo` counts groups, and not every directory answers it; the principal's own roles remain then. */
async function readAssignments(principalId: string, scope: string, reads: Reads): Promise<Read<Assigned>> {
  const path = `${scope}/providers/${authorization}/roleAssignments`;
  const options: ReadOptions = { apiVersion, permission: `${authorization}/roleAssignments/read` };
  const withGroups = await reads.list(path, {
    ...options,
    isUntold: true,
    query: { $filter: `assignedTo('${principalId}')` },
  });
  if (withGroups.state === "absent") return withGroups;
  if (withGroups.state === "found") return found(withGroups.value, scope, []);
  const own = await reads.list(path, { ...options, query: { $filter: `principalId eq '${principalId}'` } });
  if (own.state !== "found") return own;
  return found(own.value, scope, [`${options.permission}, roles of groups: ${withGroups.why}`]);
}

function found(all: readonly Json[], scope: string, gaps: readonly string[]): Read<Assigned> {
  const assignments = all.filter((one) => {
    const at = textAt(one, "properties", "scope");
    return at !== undefined && isAtOrAbove(at, scope);
  });
  return { state: "found", value: { assignments, gaps } };
}

/** An assignment's role with its definition, which the pool reads once. */
export async function readRole(
  assignment: Json,
  reads: Reads,
): Promise<{ readonly role: HeldRole; readonly gap?: string }> {
  const id = textAt(assignment, "properties", "roleDefinitionId") ?? "";
  const permission = `${authorization}/roleDefinitions/read`;
  const read = await reads.get(id, { apiVersion, permission, isUntold: true });
  const definition = read.state === "found" ? read.value : undefined;
  const created = new Date(textAt(assignment, "properties", "createdOn") ?? Number.NaN);
  const role: HeldRole = {
    role: textAt(definition, "properties", "roleName") ?? id,
    scope: textAt(assignment, "properties", "scope") ?? "",
    ...(Number.isNaN(created.getTime()) ? {} : { createdOn: created }),
    isConditional: Boolean(textAt(assignment, "properties", "condition")),
    grants: definition === undefined ? undefined : grantsOf(definition),
  };
  if (definition !== undefined) return { role };
  return { role, gap: `${permission}: ${read.state === "unknown" ? read.why : `there is no role ${id}`}` };
}

function grantsOf(definition: Json): readonly Grant[] {
  return (listAt(definition, "properties", "permissions") ?? []).map(toGrant);
}

/** An entry of a role's permissions, of a deny assignment, or of the caller's own. */
export function toGrant(entry: unknown): Grant {
  const texts = (name: string): readonly string[] =>
    (listAt(entry, name) ?? []).filter((one): one is string => typeof one === "string");
  return {
    actions: texts("actions"),
    notActions: texts("notActions"),
    dataActions: texts("dataActions"),
    notDataActions: texts("notDataActions"),
    conditional: Boolean(textAt(entry, "condition")),
  };
}

function toDenial(one: Json, principalId: string): readonly Denial[] {
  const scope = textAt(one, "properties", "scope");
  if (scope === undefined) return [];
  return [
    {
      name: textAt(one, "properties", "denyAssignmentName") ?? textAt(one, "name") ?? "without a name",
      scope,
      isForChildren: booleanAt(one, "properties", "doNotApplyToChildScopes") !== true,
      isMeant: isMeant(one, principalId),
      grants: (listAt(one, "properties", "permissions") ?? []).map(toGrant),
    },
  ];
}

function isMeant(one: Json, principalId: string): Denial["isMeant"] {
  const named = listAt(one, "properties", "principals") ?? [];
  const excluded = listAt(one, "properties", "excludePrincipals") ?? [];
  const isHim = (who: unknown): boolean => textAt(who, "id")?.toLowerCase() === principalId.toLowerCase();
  const isGroup = (who: unknown): boolean => textAt(who, "type")?.toLowerCase() === "group";
  if (excluded.some(isHim)) return "no";
  const isNamed = named.some((who) => isHim(who) || textAt(who, "id") === everyone);
  if (isNamed) return excluded.some(isGroup) ? "unknown" : "yes";
  return named.some(isGroup) ? "unknown" : "no";
}
