/** Role definitions, built in and custom (Authorization 2022-04-01). */
import { notBuilt } from "../core/arm-errors.ts";
import { definitionOf } from "../core/permissions.ts";
import { scopeMark } from "../core/route-finder.ts";
import { ArmFault, type ArmRoute, type Reply, type RoleDefinition, type RouteContext } from "../core/types.ts";
import { scopeOfRoute } from "./authorization.ts";
import { versionsOf } from "./provider-catalogue.ts";

const service = "Microsoft.Authorization";
const apiVersions = versionsOf(service);
const definitionType = "Microsoft.Authorization/roleDefinitions";
const definitions = `${scopeMark}/providers/${definitionType}`;
const action = `${definitionType}/read`;

/** Routes of this service; each hangs on any scope. */
export const roleDefinitionRoutes: readonly ArmRoute[] = [
  { service, method: "GET", path: definitions, apiVersions, action, handle: listDefinitions },
  { service, method: "GET", path: `${definitions}/:name`, apiVersions, action, handle: getDefinition },
];

function listDefinitions(context: RouteContext): Reply {
  const filter = context.query.get("$filter");
  const name = filter === null ? undefined : /^\s*roleName eq '([^']*)'\s*$/i.exec(filter)?.[1];
  if (filter !== null && name === undefined) throw notBuilt(`the filter "${filter}" on role definitions`);
  const found = context.world.roleDefinitions.filter(({ roleName }) => name === undefined || roleName === name);
  const value = found.map((one) => definitionView(one, scopeOfRoute(context)));
  return { status: 200, mark: "documented", fact: "list role definitions", body: { value } };
}

function getDefinition(context: RouteContext): Reply {
  const name = context.params["name"] ?? "";
  const found = definitionOf(context.world.roleDefinitions, name);
  if (found !== undefined)
    return {
      status: 200,
      mark: "documented",
      fact: "get role definition",
      body: definitionView(found, scopeOfRoute(context)),
    };
  throw new ArmFault(
    404,
    "RoleDefinitionDoesNotExist",
    `The specified role definition with ID '${name}' does not exist.`,
    {
      mark: "documented",
      fact: "role definition does not exist",
    },
  );
}

function definitionView(one: RoleDefinition, scope: string): object {
  const subscription = /^\/subscriptions\/[^/]+/i.exec(scope)?.[0] ?? "";
  const { actions, notActions, dataActions, notDataActions } = one;
  return {
    properties: {
      roleName: one.roleName,
      type: one.type,
      description: one.description,
      assignableScopes: one.assignableScopes,
      permissions: [{ actions, notActions, dataActions, notDataActions }],
    },
    id: `${subscription}/providers/${definitionType}/${one.name}`,
    type: definitionType,
    name: one.name,
  };
}
