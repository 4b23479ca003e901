/** The state a world file describes: resources, roles, registrations, what exists of the platform. */
import { type Catalogue, catalogueOf } from "../services/compute/world-catalogue.ts";
import { builtInRoles } from "./built-in-roles.ts";
import type { Directory } from "./directory.ts";
import { newGuid } from "./keys.ts";
import { createResourceStore, nameOfId, typeOfId } from "./resources.ts";
import type {
  DenyAssignment,
  DirectoryGroup,
  ImageFile,
  ImageRegistry,
  Resource,
  ResourceStore,
  RoleAssignment,
  RoleDefinition,
} from "./types.ts";
import type { WorldFile } from "./world-file.ts";

/** All of it can change while the emulator runs; `fill` puts it back to what a file says. */
export interface WorldState {
  readonly resources: ResourceStore;
  readonly roleAssignments: RoleAssignment[];
  readonly roleDefinitions: RoleDefinition[];
  readonly groups: DirectoryGroup[];
  /** Registered namespaces by subscription, in lower case. */
  readonly registered: Map<string, Set<string>>;
  readonly images: ImageRegistry;
  readonly catalogue: () => Catalogue;
  readonly file: () => WorldFile;
  readonly denials: () => readonly DenyAssignment[];
  /** `now` is the time that ages of assignments count from. */
  fill(file: WorldFile, now: Date): void;
}

/** Makes the state of a file. Throws an Error where the file names a role or a principal that does not exist. */
export function createState(first: WorldFile, directory: Directory, now: () => Date): WorldState {
  const resources = createResourceStore(now);
  const roleAssignments: RoleAssignment[] = [];
  const roleDefinitions: RoleDefinition[] = [];
  const groups: DirectoryGroup[] = [];
  const registered = new Map<string, Set<string>>();
  const made = new Map<string, { readonly id: string; readonly files: () => Promise<readonly ImageFile[]> }>();
  const images: ImageRegistry = {
    register: (id, files) => void made.set(id.toLowerCase(), { id, files }),
    files: (id) => made.get(id.toLowerCase())?.files(),
    ids: () => [...made.values()].map(({ id }) => id),
  };
  let current = first;
  let catalogue = catalogueOf(first.catalogue);
  const fill: WorldState["fill"] = (file, at) => {
    current = file;
    catalogue = catalogueOf(file.catalogue);
    resources.clear();
    made.clear();
    registered.clear();
    for (const resource of file.resources) resources.put(asResource(resource));
    for (const { id, registered: names } of file.subscriptions) {
      registered.set(id, new Set(names.map((name) => name.toLowerCase())));
    }
    refill(roleDefinitions, [...builtInRoles, ...customRoles(file)]);
    refill(groups, groupsOf(file, directory));
    refill(roleAssignments, assignments(file, { directory, definitions: roleDefinitions, now: at }));
  };
  fill(first, now());
  const denials = (): readonly DenyAssignment[] =>
    resources.list("", "Microsoft.Authorization/denyAssignments").map(asDenial);
  const state = { resources, roleAssignments, roleDefinitions, groups, registered, images, denials, fill };
  return { ...state, catalogue: () => catalogue, file: () => current };
}

function refill<T>(list: T[], values: readonly T[]): void {
  list.splice(0, list.length, ...values);
}

/** A resource of the file as the store keeps it. */
function asResource(entry: WorldFile["resources"][number]): Resource {
  const { id, location, tags, ...body } = structuredClone(entry) as Record<string, unknown> & { id: string };
  return {
    id,
    name: nameOfId(id),
    type: typeOfId(id),
    ...(typeof location === "string" ? { location } : {}),
    ...(tags === undefined ? {} : { tags: tags as Record<string, string> }),
    body,
  };
}

function customRoles(file: WorldFile): readonly RoleDefinition[] {
  const everywhere = file.subscriptions.map(({ id }) => `/subscriptions/${id}`);
  return (file.roleDefinitions ?? []).map((role) => ({
    name: role.name,
    roleName: role.roleName,
    type: "CustomRole",
    description: role.description ?? "",
    actions: role.actions ?? [],
    notActions: role.notActions ?? [],
    dataActions: role.dataActions ?? [],
    notDataActions: role.notDataActions ?? [],
    assignableScopes: role.assignableScopes ?? everywhere,
  }));
}

interface Naming {
  readonly directory: Directory;
  readonly definitions: readonly RoleDefinition[];
  readonly now: Date;
}

function assignments(file: WorldFile, { directory, definitions, now }: Naming): readonly RoleAssignment[] {
  return (file.roleAssignments ?? []).map(({ principal, role, scope, condition, createdMinutesAgo }) => {
    const definition = definitions.find((one) => one.name === role || one.roleName === role);
    if (definition === undefined) throw new Error(`The world assigns the role '${role}', which it does not define.`);
    const subscription =
      /^\/subscriptions\/[^/]+/.exec(scope)?.[0] ?? `/subscriptions/${file.subscriptions[0]?.id ?? ""}`;
    const isGroup = (file.groups ?? []).some(({ name }) => name === principal);
    return {
      id: `${scope}/providers/Microsoft.Authorization/roleAssignments/${newGuid()}`,
      principalId: principalIdOf(file, directory, principal),
      roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${definition.name}`,
      scope,
      ...(isGroup ? { principalType: "Group" } : {}),
      ...(condition === undefined ? {} : { condition }),
      ...(createdMinutesAgo === undefined
        ? {}
        : { createdOn: new Date(now.getTime() - createdMinutesAgo * 60_000).toISOString() }),
    };
  });
}

function groupsOf(file: WorldFile, directory: Directory): readonly DirectoryGroup[] {
  return (file.groups ?? []).map(({ name, objectId, members }) => ({
    name,
    objectId,
    members: members.map((one) => principalIdOf(file, directory, one)),
  }));
}

function asDenial({ id, body }: Resource): DenyAssignment {
  const properties = (body["properties"] ?? {}) as {
    readonly denyAssignmentName?: string;
    readonly permissions?: readonly Partial<
      Pick<DenyAssignment, "actions" | "notActions" | "dataActions" | "notDataActions">
    >[];
    readonly doNotApplyToChildScopes?: boolean;
    readonly principals?: readonly { readonly id: string }[];
    readonly excludePrincipals?: readonly { readonly id: string }[];
  };
  const all = (part: "actions" | "notActions" | "dataActions" | "notDataActions"): readonly string[] =>
    (properties.permissions ?? []).flatMap((one) => one[part] ?? []);
  return {
    id,
    name: properties.denyAssignmentName ?? nameOfId(id),
    actions: all("actions"),
    notActions: all("notActions"),
    dataActions: all("dataActions"),
    notDataActions: all("notDataActions"),
    scope: id.slice(0, id.toLowerCase().lastIndexOf("/providers/")),
    doNotApplyToChildScopes: properties.doNotApplyToChildScopes ?? false,
    principals: (properties.principals ?? []).map((one) => one.id),
    excludePrincipals: (properties.excludePrincipals ?? []).map((one) => one.id),
  };
}

function principalIdOf(file: WorldFile, directory: Directory, principal: string): string {
  const application = directory.applications.find(({ name }) => name === principal);
  if (application !== undefined) return application.objectId;
  const group = (file.groups ?? []).find(({ name }) => name === principal);
  if (group !== undefined) return group.objectId;
  const identity = file.resources.find(({ id }) => isIdentity(typeOfId(id)) && nameOfId(id) === principal);
  const properties = identity?.["properties"] as { readonly principalId?: string } | undefined;
  if (properties?.principalId !== undefined) return properties.principalId;
  if (/^[0-9a-f-]{36}$/i.test(principal)) return principal.toLowerCase();
  throw new Error(
    `The world assigns a role to '${principal}', which is no application, no identity, no group and no object id.`,
  );
}

/** Is this the type of user-assigned identities? */
export function isIdentity(type: string): boolean {
  return type.toLowerCase() === "microsoft.managedidentity/userassignedidentities";
}
