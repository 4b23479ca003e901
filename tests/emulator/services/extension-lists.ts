/** What hangs on scopes and is only read here: deny assignments, locks, policy assignments and definitions. */
import { notBuilt, resourceNotFound } from "../core/arm-errors.ts";
import { lockType, scopeOfExtension } from "../core/locks.ts";
import { namesOf } from "../core/permissions.ts";
import { isWithin } from "../core/resources.ts";
import { scopeMark } from "../core/route-finder.ts";
import { type ArmRoute, type Reply, type Resource, type RouteContext } from "../core/types.ts";
import { scopeOfRoute } from "./authorization.ts";
import { propertiesOf } from "./resource-view.ts";

const service = "Microsoft.Authorization";
const everyone = "00000000-0000-0000-0000-000000000000";

interface Kind {
  readonly type: string;
  readonly apiVersions: readonly string[];
  /** Properties beside those of the world. */
  readonly view: (resource: Resource) => object;
  /** Names its filters beside atScope(); undefined: a filter that does not exist. */
  readonly filter: (part: string, context: RouteContext) => ((resource: Resource) => boolean) | undefined;
}

const denyAssignments: Kind = {
  type: `${service}/denyAssignments`,
  apiVersions: ["2022-04-01", "2018-07-01-preview"],
  view: (resource) => ({
    denyAssignmentName: resource.name,
    description: "",
    scope: scopeOfExtension(resource.id),
    doNotApplyToChildScopes: false,
    principals: [],
    excludePrincipals: [],
    isSystemProtected: true,
    ...propertiesOf(resource),
    permissions: ((propertiesOf(resource)["permissions"] ?? []) as readonly object[]).map((one) => ({
      actions: [],
      notActions: [],
      dataActions: [],
      notDataActions: [],
      ...one,
    })),
  }),
  filter: (part, { world }) => {
    const name = /^denyAssignmentName eq '([^']*)'$/i.exec(part)?.[1];
    if (name !== undefined) return (one) => propertiesOf(one)["denyAssignmentName"] === name;
    const principal = /^(?:principalId eq '([^']*)'|assignedTo\('([^']*)'\))$/i.exec(part);
    if (principal === null) return undefined;
    const names =
      principal[2] === undefined ? [principal[1] ?? ""] : [...namesOf(world.groups, principal[2]), everyone];
    return (one) => {
      const principals = (propertiesOf(one)["principals"] ?? []) as readonly { readonly id: string }[];
      return principals.some(({ id }) => names.some((wanted) => wanted.toLowerCase() === id.toLowerCase()));
    };
  },
};

const locks: Kind = {
  type: lockType,
  apiVersions: ["2020-05-01", "2017-04-01", "2016-09-01", "2015-01-01"],
  view: (resource) => propertiesOf(resource),
  filter: () => undefined,
};

const policyAssignments: Kind = {
  type: `${service}/policyAssignments`,
  apiVersions: [
    "2025-03-01",
    "2024-05-01",
    "2024-04-01",
    "2023-04-01",
    "2022-06-01",
    "2021-06-01",
    "2020-09-01",
    "2019-09-01",
  ],
  view: (resource) => ({
    displayName: resource.name,
    scope: scopeOfExtension(resource.id),
    notScopes: [],
    parameters: {},
    enforcementMode: "Default",
    ...propertiesOf(resource),
  }),
  filter: (part) => {
    const definition = /^policyDefinitionId eq '([^']*)'$/i.exec(part)?.[1];
    if (definition === undefined) return undefined;
    return (one) => String(propertiesOf(one)["policyDefinitionId"]).toLowerCase() === definition.toLowerCase();
  },
};

/** Routes of this service; each hangs on any scope. */
export const extensionListRoutes: readonly ArmRoute[] = [
  ...[denyAssignments, locks, policyAssignments].flatMap(routesOf),
  ...["policyDefinitions", "policySetDefinitions"].map(definitionRoute),
];

function routesOf(kind: Kind): readonly ArmRoute[] {
  const { type, apiVersions } = kind;
  const path = `${scopeMark}/providers/${type}`;
  const common = { service, method: "GET", apiVersions, action: `${type}/read` } as const;
  return [
    { ...common, path, handle: (context) => list(kind, context) },
    { ...common, path: `${path}/:name`, handle: (context) => get(kind, context) },
  ];
}

/** A definition is read where it is: in a subscription, or in the tenant, where anyone signed in may (inferred). */
function definitionRoute(name: string): ArmRoute {
  const kind: Kind = { ...policyAssignments, type: `${service}/${name}`, view: propertiesOf };
  return {
    service,
    method: "GET",
    path: `${scopeMark}/providers/${kind.type}/:name`,
    apiVersions: policyAssignments.apiVersions,
    action: undefined,
    handle: (context) => get(kind, context),
  };
}

/** At, above and below the scope; with atScope() at and above (documentation of Get-AzResourceLock and of the policy lists). */
function list(kind: Kind, context: RouteContext): Reply {
  const scope = scopeOfRoute(context);
  const filter = context.query.get("$filter") ?? "";
  let found: readonly Resource[] = context.world.resources
    .list("", kind.type)
    .filter(({ id }) => isWithin(scope, scopeOfExtension(id)) || isWithin(scopeOfExtension(id), scope));
  for (const part of filter.split(/\s+and\s+/i).filter((one) => one !== "")) {
    const test = /^atScope\(\)$/i.test(part)
      ? (one: Resource) => isWithin(scope, scopeOfExtension(one.id))
      : kind.filter(part, context);
    if (test === undefined) throw notBuilt(`the filter "${filter}" on ${kind.type}`);
    found = found.filter(test);
  }
  const value = found.map((one) => view(kind, one));
  return { status: 200, mark: "specification", fact: `list ${kind.type}`, body: { value } };
}

function get(kind: Kind, context: RouteContext): Reply {
  const scope = context.params["scope"] ?? "";
  const id = `${scope}/providers/${kind.type}/${context.params["name"] ?? ""}`;
  const found = context.world.resources.get(id);
  if (found === undefined) throw resourceNotFound(id);
  return { status: 200, mark: "specification", fact: `get ${kind.type}`, body: view(kind, found) };
}

function view(kind: Kind, resource: Resource): object {
  const { id, name } = resource;
  return { properties: kind.view(resource), id, type: kind.type, name };
}
