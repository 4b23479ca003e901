/** The state of the emulated cloud, filled from a world file, and what services may do with it. */
import { setMaxListeners } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AdjustableClock, createClock } from "./clock.ts";
import { type Directory, createDirectory } from "./directory.ts";
import { newGuid } from "./keys.ts";
import { createPermissions } from "./permissions.ts";
import { accessToken } from "./tokens.ts";
import type { BlobBackend, Endpoints, IdentityFacts, Resource, World } from "./types.ts";
import type { WorldFile } from "./world-file.ts";
import { createState, isIdentity, type WorldState } from "./world-state.ts";

/** The world with the parts that only the core touches. */
export interface Cloud {
  readonly world: World;
  readonly clock: AdjustableClock;
  readonly directory: Directory;
  /** What the world was filled from last. */
  readonly file: WorldFile;
  /** Providers registered in a subscription, in lower case. */
  readonly registered: Map<string, Set<string>>;
  /** Set once the servers listen and the blob backend exists, before the first request. */
  connect(parts: { readonly endpoints: Endpoints; readonly blobs: BlobBackend }): void;
  /**
   * Ends what goes on, and puts everything back to the world file, or to another one of the same tenant and subscriptions
   * with the same applications, project and connections. Throws an Error for a file that differs in these.
   */
  reset(file?: WorldFile): Promise<void>;
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
  const { log } = options;
  let phase = newPhase();
  let parts: { readonly endpoints: Endpoints; readonly blobs: BlobBackend } | undefined;
  const clock = createClock(options, () => phase.abort.signal);
  const directory = await createDirectory(options.file);
  const state = createState(options.file, directory, () => clock.now());
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
    tenantId: options.file.tenantId,
    subscriptionIds: options.file.subscriptions.map(({ id }) => id),
    subscriptionName: (id) => subscriptionOf(state, id)?.displayName ?? "",
    clock,
    resources: state.resources,
    roleAssignments: state.roleAssignments,
    roleDefinitions: state.roleDefinitions,
    groups: state.groups,
    permissions: createPermissions({
      assignments: state.roleAssignments,
      definitions: state.roleDefinitions,
      groups: state.groups,
      denials: state.denials,
    }),
    get catalogue() {
      return state.catalogue();
    },
    featureState: (subscriptionId, name) =>
      Object.entries(subscriptionOf(state, subscriptionId)?.features ?? {}).find(
        ([key]) => key.toLowerCase() === name.toLowerCase(),
      )?.[1],
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
    isRegistered: (namespace, subscriptionId = options.file.subscriptions[0]?.id ?? "") =>
      state.registered.get(subscriptionId.toLowerCase())?.has(namespace.toLowerCase()) ?? false,
    registrationState: (namespace, subscriptionId) => {
      if (world.isRegistered(namespace, subscriptionId)) return "Registered";
      const names = subscriptionOf(state, subscriptionId)?.registering ?? [];
      return names.some((one) => one.toLowerCase() === namespace.toLowerCase()) ? "Registering" : "NotRegistered";
    },
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
    get file() {
      return state.file();
    },
    registered: state.registered,
    connect: (made) => void (parts = made),
    async reset(file = state.file()) {
      checkSame(options.file, file);
      await endPhase();
      state.fill(file, clock.now());
      for (const forget of forgetters) forget();
    },
    async close() {
      await endPhase();
      process.off("exit", sweep);
      sweep();
    },
  };
}

function subscriptionOf(state: WorldState, id: string): WorldFile["subscriptions"][number] | undefined {
  return state.file().subscriptions.find((one) => one.id === id.toLowerCase());
}

/** Parts that are made once, when the emulator starts. */
function checkSame(first: WorldFile, next: WorldFile): void {
  const fixed = ({ tenantId, subscriptions, devops, applications, connections, defaults }: WorldFile) => ({
    tenantId,
    subscriptions: subscriptions.map(({ id }) => id),
    devops,
    applications,
    connections,
    defaults,
  });
  const [known, asked] = [fixed(first), fixed(next)];
  const differs = (Object.keys(known) as (keyof typeof known)[]).find(
    (part) => JSON.stringify(known[part]) !== JSON.stringify(asked[part]),
  );
  if (differs !== undefined)
    throw new Error(`An emulator cannot change to a world with other ${differs}: start another one for it.`);
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
