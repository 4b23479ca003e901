/** Role assignments, role definitions and the caller's own permissions (wire notes, section 9; Authorization 2022-04-01). */
import { invalidContent, notBuilt } from "../core/arm-errors.ts";
import { scopeMark } from "../core/route-finder.ts";
import { definitionOf, namesOf, rolesAt } from "../core/permissions.ts";
import { isWithin } from "../core/resources.ts";
import { ArmFault, type ArmRoute, type Reply, type RoleAssignment, type RouteContext } from "../core/types.ts";
import { versionsOf } from "./provider-catalogue.ts";
import { isFresh } from "./managed-identity.ts";

const service = "Microsoft.Authorization";
const apiVersions = versionsOf(service);
const assignmentType = "Microsoft.Authorization/roleAssignments";
const assignments = `${scopeMark}/providers/${assignmentType}`;

/** Routes of this service; each hangs on any scope. */
export const authorizationRoutes: readonly ArmRoute[] = [
  { service, method: "GET", path: assignments, apiVersions, action: `${assignmentType}/read`, handle: listAssignments },
  {
    service,
    method: "GET",
    path: `${assignments}/:name`,
    apiVersions,
    action: `${assignmentType}/read`,
    handle: getAssignment,
  },
  {
    service,
    method: "PUT",
    path: `${assignments}/:name`,
    apiVersions,
    action: `${assignmentType}/write`,
    handle: putAssignment,
  },
  {
    service,
    method: "DELETE",
    path: `${assignments}/:name`,
    apiVersions,
    action: `${assignmentType}/delete`,
    handle: deleteAssignment,
  },
  {
    service,
    method: "GET",
    path: `${scopeMark}/providers/Microsoft.Authorization/permissions`,
    apiVersions,
    action: "Microsoft.Authorization/permissions/read",
    handle: listPermissions,
  },
];

/** The scope a route hangs on. */
export function scopeOfRoute(context: RouteContext): string {
  return context.params["scope"] === "" ? "/" : (context.params["scope"] ?? "/");
}

/** Filters as the specification words them: at or above the scope, or at, above or below it for one principal. */
function listAssignments(context: RouteContext): Reply {
  const scope = scopeOfRoute(context);
  const filter = context.query.get("$filter") ?? "";
  const parts = filter.split(/\s+and\s+/i).filter((part) => part !== "");
  let found: readonly RoleAssignment[] = context.world.roleAssignments.filter(
    (one) => isWithin(scope, one.scope) || isWithin(one.scope, scope),
  );
  for (const part of parts) {
    const principal = /^principalId eq '([^']*)'$/i.exec(part)?.[1];
    const assignedTo = /^assignedTo\('([^']*)'\)$/i.exec(part)?.[1];
    if (/^atScope\(\)$/i.test(part) || assignedTo !== undefined)
      found = found.filter((one) => isWithin(scope, one.scope));
    else if (principal === undefined) throw notBuilt(`the filter "${filter}" on role assignments`);
    // What a group was given counts for `assignedTo` alone (documentation of listing role assignments).
    const who = assignedTo === undefined ? principal?.toLowerCase() : undefined;
    if (who !== undefined) found = found.filter((one) => one.principalId === who);
    if (assignedTo !== undefined) {
      const names = namesOf(context.world.groups, assignedTo);
      found = found.filter((one) => names.includes(one.principalId));
    }
  }
  return {
    status: 200,
    mark: "specification",
    fact: "list role assignments",
    body: { value: found.map(assignmentView) },
  };
}

function getAssignment(context: RouteContext): Reply {
  const found = assignmentOf(context);
  if (found !== undefined)
    return { status: 200, mark: "recorded", fact: "arm-roleassignment-put-201", body: assignmentView(found) };
  throw new ArmFault(
    404,
    "RoleAssignmentNotFound",
    `The role assignment '${context.params["name"] ?? ""}' is not found.`,
    {
      mark: "documented",
      fact: "role assignment not found",
    },
  );
}

function assignmentOf(context: RouteContext): RoleAssignment | undefined {
  const id = assignmentId(context).toLowerCase();
  return context.world.roleAssignments.find((one) => one.id.toLowerCase() === id);
}

function assignmentId(context: RouteContext): string {
  return `${context.params["scope"] ?? ""}/providers/${assignmentType}/${context.params["name"] ?? ""}`;
}

interface AssignmentBody {
  readonly roleDefinitionId: string;
  readonly principalId: string;
  readonly principalType?: string;
}

function putAssignment(context: RouteContext): Reply {
  const { world, caller } = context;
  const asked = bodyOf(context);
  checkPrincipal(context, asked);
  checkDefinition(context, asked.roleDefinitionId);
  const made: RoleAssignment = {
    id: assignmentId(context),
    principalId: asked.principalId.toLowerCase(),
    roleDefinitionId: asked.roleDefinitionId,
    scope: scopeOfRoute(context),
    principalType: asked.principalType ?? "ServicePrincipal",
    createdOn: world.clock.now().toISOString(),
    createdBy: caller.objectId,
  };
  refuseDouble(context, made);
  const before = assignmentOf(context);
  if (before === undefined) world.roleAssignments.push(made);
  return { status: 201, mark: "recorded", fact: "arm-roleassignment-put-201", body: assignmentView(before ?? made) };
}

function bodyOf(context: RouteContext): AssignmentBody {
  const { properties } = (context.json() ?? {}) as { readonly properties?: Partial<AssignmentBody> };
  const { roleDefinitionId, principalId, principalType } = properties ?? {};
  if (typeof roleDefinitionId !== "string" || typeof principalId !== "string") {
    throw invalidContent("The properties 'roleDefinitionId' and 'principalId' are required.");
  }
  return { roleDefinitionId, principalId, ...(principalType === undefined ? {} : { principalType }) };
}

function checkPrincipal(context: RouteContext, { principalId, principalType }: AssignmentBody): void {
  const { world } = context;
  const identity = world.identity(principalId);
  const isYoung = identity !== undefined && principalType === undefined && isFresh(context, identity.id);
  if (world.knowsPrincipal(principalId) && !isYoung) return;
  throw new ArmFault(
    400,
    "PrincipalNotFound",
    `Principal ${principalId.replaceAll("-", "")} does not exist in the directory ${world.tenantId}. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype`,
    { mark: "recorded", fact: "arm-roleassignment-400-principal-not-found" },
  );
}

function checkDefinition(context: RouteContext, id: string): void {
  if (definitionOf(context.world.roleDefinitions, id) !== undefined) return;
  throw new ArmFault(
    400,
    "RoleDefinitionDoesNotExist",
    `The specified role definition with ID '${id.slice(id.lastIndexOf("/") + 1)}' does not exist.`,
    {
      mark: "documented",
      fact: "role definition does not exist",
    },
  );
}

/** The same principal, role and scope under another name is refused, and so is another content under the same name. */
function refuseDouble(context: RouteContext, made: RoleAssignment): void {
  const same = (one: RoleAssignment): boolean =>
    one.principalId === made.principalId &&
    one.scope.toLowerCase() === made.scope.toLowerCase() &&
    definitionName(one.roleDefinitionId) === definitionName(made.roleDefinitionId);
  const before = assignmentOf(context);
  if (before !== undefined && !same(before)) {
    throw new ArmFault(
      409,
      "RoleAssignmentUpdateNotPermitted",
      "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
      {
        mark: "documented",
        fact: "role assignment cannot be changed",
      },
    );
  }
  if (before === undefined && context.world.roleAssignments.some(same)) {
    throw new ArmFault(409, "RoleAssignmentExists", "The role assignment already exists.", {
      mark: "recorded",
      fact: "arm-roleassignment-409-exists",
    });
  }
}

function definitionName(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1).toLowerCase();
}

function deleteAssignment(context: RouteContext): Reply {
  const found = assignmentOf(context);
  if (found === undefined) return { status: 204, mark: "documented", fact: "delete role assignment" };
  context.world.roleAssignments.splice(context.world.roleAssignments.indexOf(found), 1);
  return { status: 200, mark: "documented", fact: "delete role assignment", body: assignmentView(found) };
}

function assignmentView(one: RoleAssignment): object {
  const created = one.createdOn ?? "2026-01-01T00:00:00.0000000Z";
  return {
    properties: {
      roleDefinitionId: one.roleDefinitionId,
      principalId: one.principalId,
      principalType: one.principalType ?? "ServicePrincipal",
      scope: one.scope,
      condition: one.condition ?? null,
      conditionVersion: one.condition === undefined ? null : "2.0",
      createdOn: created,
      updatedOn: created,
      createdBy: null,
      updatedBy: one.createdBy ?? null,
      delegatedManagedIdentityResourceId: null,
      description: null,
    },
    id: one.id,
    type: assignmentType,
    name: one.id.slice(one.id.lastIndexOf("/") + 1),
  };
}

/** One entry for each role the caller holds at or above the scope. */
function listPermissions(context: RouteContext): Reply {
  const { world, caller } = context;
  const state = {
    assignments: world.roleAssignments,
    definitions: world.roleDefinitions,
    groups: world.groups,
    denials: () => [],
  };
  const value = rolesAt(state, caller.objectId, scopeOfRoute(context)).map(
    ({ actions, notActions, dataActions, notDataActions }) => ({
      actions,
      notActions,
      dataActions,
      notDataActions,
      conditions: [],
    }),
  );
  return { status: 200, mark: "documented", fact: "list permissions", body: { value } };
}
