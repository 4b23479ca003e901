/** Azure role-based access control: who may do what, by role assignments at and above a scope. */
import { isWithin } from "./resources.ts";
import type { DenyAssignment, DirectoryGroup, Permissions, RoleAssignment, RoleDefinition } from "./types.ts";

/**
 * Does an action pattern of a role cover the action? `*` stands for anything, case is ignored, and a whole segment that is
 * `*` may be absent: Managed Identity Operator grants `userAssignedIdentities/assign/action` as
 * `userAssignedIdentities/<star>/assign/action`.
 */
export function covers(pattern: string, action: string): boolean {
  return matches(pattern, action) || (pattern.includes("/*/") && matches(pattern.replace("/*/", "/"), action));
}

function matches(pattern: string, action: string): boolean {
  const parts = pattern.toLowerCase().split("*");
  const text = action.toLowerCase();
  if (parts.length === 1) return parts[0] === text;
  const first = parts[0] ?? "";
  const last = parts[parts.length - 1] ?? "";
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return from <= text.length - last.length;
}

/** The definition an assignment names by its id (with or without a subscription before it). */
export function definitionOf(
  definitions: readonly RoleDefinition[],
  roleDefinitionId: string,
): RoleDefinition | undefined {
  const name = roleDefinitionId.slice(roleDefinitionId.lastIndexOf("/") + 1).toLowerCase();
  return definitions.find((definition) => definition.name.toLowerCase() === name);
}

/** Everyone, as deny assignments name it. */
const everyone = "00000000-0000-0000-0000-000000000000";

/** Where rights come from; lists that change count at once (the service takes minutes). */
export interface RightsState {
  readonly assignments: readonly RoleAssignment[];
  readonly definitions: readonly RoleDefinition[];
  readonly groups: readonly DirectoryGroup[];
  /** The deny assignments that stand now. */
  readonly denials: () => readonly DenyAssignment[];
}

/** Object ids by which assignments can mean a principal: its own and those of its groups, in lower case. */
export function namesOf(groups: readonly DirectoryGroup[], principalId: string): readonly string[] {
  const own = principalId.toLowerCase();
  return [own, ...groups.filter(({ members }) => members.includes(own)).map(({ objectId }) => objectId)];
}

/** The roles a principal holds at a scope: assigned there or above, to itself or a group, without a condition. */
export function rolesAt(state: RightsState, principalId: string, scope: string): readonly RoleDefinition[] {
  const names = namesOf(state.groups, principalId);
  return state.assignments
    .filter((one) => names.includes(one.principalId.toLowerCase()) && isWithin(scope, one.scope))
    .filter(({ condition }) => condition === undefined)
    .map((one) => definitionOf(state.definitions, one.roleDefinitionId))
    .filter((definition) => definition !== undefined);
}

/** The check over live lists: an assignment made or removed counts at once. */
export function createPermissions(state: RightsState): Permissions {
  const allows =
    (kind: "actions" | "dataActions", not: "notActions" | "notDataActions") =>
    (principalId: string, action: string, scope: string): boolean =>
      rolesAt(state, principalId, scope).some((role) => granted(role[kind], role[not], action)) &&
      !denialsAt(state, principalId, scope).some((one) => granted(one[kind], one[not], action));
  return { allows: allows("actions", "notActions"), allowsData: allows("dataActions", "notDataActions") };
}

function denialsAt(state: RightsState, principalId: string, scope: string): readonly DenyAssignment[] {
  const names = [...namesOf(state.groups, principalId), everyone];
  return state
    .denials()
    .filter((one) => isWithin(scope, one.scope))
    .filter((one) => !one.doNotApplyToChildScopes || one.scope.toLowerCase() === scope.toLowerCase())
    .filter(({ principals }) => principals.some((id) => names.includes(id.toLowerCase())))
    .filter(({ excludePrincipals }) => !excludePrincipals.some((id) => names.includes(id.toLowerCase())));
}

function granted(patterns: readonly string[], except: readonly string[], action: string): boolean {
  return patterns.some((pattern) => covers(pattern, action)) && !except.some((pattern) => covers(pattern, action));
}
