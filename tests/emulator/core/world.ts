/** The state of the emulated cloud, filled from a world file, and what services may do with it. */
import { setMaxListeners } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtInRoles } from "./built-in-roles.ts";
import { type AdjustableClock, createClock } from "./clock.ts";
import { type Directory, createDirectory } from "./directory.ts";
import { newGuid } from "./keys.ts";
import { createPermissions } from "./permissions.ts";
import { createResourceStore, nameOfId, typeOfId } from "./resources.ts";
import { accessToken } from "./tokens.ts";
import type {
  BlobBackend,
  Endpoints,
  IdentityFacts,
  ImageFile,
  ImageRegistry,
  Resource,
  RoleAssignment,
  RoleDefinition,
  World,
} from "./types.ts";
import type { WorldFile } from "./world-file.ts";

/** The world with the parts that only the core touches. */
export interface Cloud {
  readonly world: World;
  readonly clock: AdjustableClock;
  readonly directory: Directory;
  readonly file: WorldFile;
  /** Providers registered in a subscription, in lower case. */
  readonly registered: Map<string, Set<string>>;
  /** Set once the servers listen and the blob backend exists, before the first request. */
  connect(parts: { readonly endpoints: Endpoints; readonly blobs: BlobBackend }): void;
  /** Ends what goes on, and puts everything back to the world file. */
  reset(): Promise<void>;
  /** Ends what goes on and removes the emulator's folder. */
  close(): Promise<void>;
}

export interface CloudOptions {
  readonly file: WorldFile;
  readonly start?: Date;
  readonly scale?: number;
  readonly caPem: string;
  readonly log: (message: string) => void;
}

/** Emulated ms until a provider is registered; minutes in Azure, of no interest here beyond "not at once". */
const registrationTime = 20_000;

interface Phase {
  readonly abort: AbortController;
  readonly work: Set<Promise<unknown>>;
}

/** Makes the cloud of a world file with its own folder under the system's temporary folder. */
export async function createCloud(options: CloudOptions): Promise<Cloud> {
  const { file, log } = options;
  let phase = newPhase();
  let parts: { readonly endpoints: Endpoints; readonly blobs: BlobBackend } | undefined;
  const clock = createClock(options, () => phase.abort.signal);
  const directory = await createDirectory(file);
  const state = createState(file, directory);
  const forgetters: (() => void)[] = [];
  const dataDir = mkdtempSync(join(tmpdir(), "emulated-azure-"));
  const sweep = (): void => rmSync(dataDir, { recursive: true, force: true });
  // A program that fails before it closes its emulator leaves no folder behind either.
  process.once("exit", sweep);
  const connected = <K extends "endpoints" | "blobs">(part: K) => {
    if (parts === undefined) throw new Error("The emulator's servers do not listen yet.");
    return parts[part];
  };
  const endPhase = async (): Promise<void> => {
    const ended = phase;
    phase = newPhase();
    ended.abort.abort();
    await Promise.allSettled(ended.work);
  };
  const world: World = {
    tenantId: file.tenantId,
    subscriptionIds: file.subscriptions.map(({ id }) => id),
    subscriptionName: (id) => file.subscriptions.find((one) => one.id === id)?.displayName ?? "",
    clock,
    resources: state.resources,
    roleAssignments: state.roleAssignments,
    roleDefinitions: state.roleDefinitions,
    permissions: createPermissions(state.roleAssignments, state.roleDefinitions),
    images: state.images,
    dataDir,
    caPem: options.caPem,
    newGuid,
    log,
    get endpoints() {
      return connected("endpoints");
    },
    get blobs() {
      return connected("blobs");
    },
    get closing() {
      return phase.abort.signal;
    },
    background: (work) => watch(phase, work, log),
    onReset: (forget) => void forgetters.push(forget),
    isRegistered: (namespace, subscriptionId = file.subscriptions[0]?.id ?? "") =>
      state.registered.get(subscriptionId.toLowerCase())?.has(namespace.toLowerCase()) ?? false,
    register: (namespace, subscriptionId) =>
      world.background(
        clock.sleep(registrationTime).then(() => {
          state.registered.get(subscriptionId.toLowerCase())?.add(namespace.toLowerCase());
        }),
      ),
    knowsPrincipal: (principalId) => principalKnown(principalId, directory, world),
    identity: (idOrPrincipal) => findIdentity(idOrPrincipal, world),
    tokenFor: (principalId, resource) => accessToken({ principalId, resource, world, directory }),
  };
  return {
    world,
    clock,
    directory,
    file,
    registered: state.registered,
    connect: (made) => void (parts = made),
    async reset() {
      await endPhase();
      state.fill();
      for (const forget of forgetters) forget();
    },
    async close() {
      await endPhase();
      process.off("exit", sweep);
      sweep();
    },
  };
}

function newPhase(): Phase {
  const abort = new AbortController();
  // Every request, operation and build listens for the end.
  setMaxListeners(0, abort.signal);
  return { abort, work: new Set() };
}

function watch(phase: Phase, work: Promise<unknown>, log: (message: string) => void): void {
  const signal = phase.abort.signal;
  const watched = work
    .catch((error: unknown) => {
      if (!signal.aborted)
        log(
          `Work in the background failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
    })
    .finally(() => phase.work.delete(watched));
  phase.work.add(watched);
}

function createState(file: WorldFile, directory: Directory) {
  const resources = createResourceStore();
  const roleAssignments: RoleAssignment[] = [];
  const registered = new Map<string, Set<string>>();
  const made = new Map<string, { readonly id: string; readonly files: () => Promise<readonly ImageFile[]> }>();
  const roleDefinitions: readonly RoleDefinition[] = [...builtInRoles, ...customRoles(file)];
  const images: ImageRegistry = {
    register: (id, files) => void made.set(id.toLowerCase(), { id, files }),
    files: (id) => made.get(id.toLowerCase())?.files(),
    ids: () => [...made.values()].map(({ id }) => id),
  };
  const fill = (): void => {
    resources.clear();
    made.clear();
    registered.clear();
    for (const resource of file.resources) resources.put(asResource(resource));
    for (const { id, registered: names } of file.subscriptions) {
      registered.set(id, new Set(names.map((name) => name.toLowerCase())));
    }
    roleAssignments.splice(0, roleAssignments.length, ...assignments(file, directory, roleDefinitions));
  };
  fill();
  return { resources, roleAssignments, roleDefinitions, registered, images, fill };
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

function assignments(
  file: WorldFile,
  directory: Directory,
  definitions: readonly RoleDefinition[],
): readonly RoleAssignment[] {
  return (file.roleAssignments ?? []).map(({ principal, role, scope }) => {
    const definition = definitions.find((one) => one.name === role || one.roleName === role);
    if (definition === undefined) throw new Error(`The world assigns the role '${role}', which it does not define.`);
    const subscription =
      /^\/subscriptions\/[^/]+/.exec(scope)?.[0] ?? `/subscriptions/${file.subscriptions[0]?.id ?? ""}`;
    return {
      id: `${scope}/providers/Microsoft.Authorization/roleAssignments/${newGuid()}`,
      principalId: principalIdOf(file, directory, principal),
      roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${definition.name}`,
      scope,
    };
  });
}

function principalIdOf(file: WorldFile, directory: Directory, principal: string): string {
  const application = directory.applications.find(({ name }) => name === principal);
  if (application !== undefined) return application.objectId;
  const identity = file.resources.find(({ id }) => isIdentity(typeOfId(id)) && nameOfId(id) === principal);
  const properties = identity?.["properties"] as { readonly principalId?: string } | undefined;
  if (properties?.principalId !== undefined) return properties.principalId;
  if (/^[0-9a-f-]{36}$/i.test(principal)) return principal.toLowerCase();
  throw new Error(`The world assigns a role to '${principal}', which is no application, no identity and no object id.`);
}

function isIdentity(type: string): boolean {
  return type.toLowerCase() === "microsoft.managedidentity/userassignedidentities";
}

function principalKnown(principalId: string, directory: Directory, world: World): boolean {
  const wanted = principalId.toLowerCase();
  return directory.applications.some(({ objectId }) => objectId === wanted) || world.identity(wanted) !== undefined;
}

function findIdentity(idOrPrincipal: string, world: World): IdentityFacts | undefined {
  const candidates = idOrPrincipal.startsWith("/")
    ? [world.resources.get(idOrPrincipal)].filter((one) => one !== undefined && isIdentity(one.type))
    : world.resources.list("", "Microsoft.ManagedIdentity/userAssignedIdentities");
  for (const resource of candidates) {
    const facts = resource && identityFacts(resource);
    if (facts && (idOrPrincipal.startsWith("/") || facts.principalId === idOrPrincipal.toLowerCase())) return facts;
  }
  return undefined;
}

function identityFacts(resource: Resource): IdentityFacts | undefined {
  const { principalId, clientId } = (resource.body["properties"] ?? {}) as Partial<IdentityFacts>;
  return principalId !== undefined && clientId !== undefined ? { id: resource.id, principalId, clientId } : undefined;
}
