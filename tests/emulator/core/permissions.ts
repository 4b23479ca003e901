/** Azure role-based access control: who may do what, by role assignments at and above a scope. */
import { isWithin } from "./resources.ts";
import type { Permissions, RoleAssignment, RoleDefinition } from "./types.ts";

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

/** The roles a principal holds at a scope: assigned there or above. */
export function rolesAt(
  state: { readonly assignments: readonly RoleAssignment[]; readonly definitions: readonly RoleDefinition[] },
  principalId: string,
  scope: string,
): readonly RoleDefinition[] {
  return state.assignments
    .filter((one) => one.principalId.toLowerCase() === principalId.toLowerCase() && isWithin(scope, one.scope))
    .map((one) => definitionOf(state.definitions, one.roleDefinitionId))
    .filter((definition) => definition !== undefined);
}

/** The check over live lists: an assignment made or removed counts at once (the service takes minutes). */
export function createPermissions(
  assignments: readonly RoleAssignment[],
  definitions: readonly RoleDefinition[],
): Permissions {
  const roles = (principalId: string, scope: string) => rolesAt({ assignments, definitions }, principalId, scope);
  return {
    allows: (principalId, action, scope) =>
      roles(principalId, scope).some((role) => granted(role.actions, role.notActions, action)),
    allowsData: (principalId, action, scope) =>
      roles(principalId, scope).some((role) => granted(role.dataActions, role.notDataActions, action)),
  };
}

function granted(patterns: readonly string[], except: readonly string[], action: string): boolean {
  return patterns.some((pattern) => covers(pattern, action)) && !except.some((pattern) => covers(pattern, action));
}
