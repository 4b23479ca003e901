/** The emulator: a strict local Azure for tests, the demo and anyone who wants to look. */
import { writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { createAdmin } from "./core/admin.ts";
import { type Certificates, createCertificates } from "./core/certificates.ts";
import type { ClockChange } from "./core/clock.ts";
import { type Description, describe } from "./core/description.ts";
import type { DoorHandler, TlsDoor } from "./core/exchange.ts";
import { type Fault, type FaultList, createFaultList } from "./core/faults.ts";
import { type FrontDoor, createFrontDoor } from "./core/front-door.ts";
import { signingKey } from "./core/keys.ts";
import { type ProxyLogin, type ProxyServer, openProxy } from "./core/proxy.ts";
import type { LoggedRequest } from "./core/request-log.ts";
import { type SecretLedger, type SeenSecret, createSecretLedger } from "./core/seen-secrets.ts";
import { type DoorParts, closeServer, openDoor, openMetadataDoor, openPlain, portOf } from "./core/server.ts";
import type { Endpoints, World } from "./core/types.ts";
import { type WorldFile, defaultWorld, parseWorld, readWorld } from "./core/world-file.ts";
import { type Cloud, createCloud } from "./core/world.ts";
import { createAgentMachine } from "./services/agent-machine.ts";
import { createDevopsDoor } from "./services/devops.ts";
import { type RecordedRun, type RunStore, createRunStore } from "./services/devops/runs.ts";
import { createEntraDoor } from "./services/entra.ts";
import { armRoutes } from "./services/index.ts";
import { type StorageFront, createStorageFront } from "./services/storage-front.ts";
import { type BuilderChange, configureImageBuilder, defaultSettings } from "./services/virtual-machine-images/index.ts";

export type { Description } from "./core/description.ts";
export type { Fault, FaultAction, FaultMatch } from "./core/faults.ts";
export type { LoggedRequest } from "./core/request-log.ts";
export type { SeenSecret } from "./core/seen-secrets.ts";
export type { RecordedRun } from "./services/devops/runs.ts";

type Log = (line: string) => void;

/** A request on its way: it has arrived and nothing is done about it yet, or its work is done and the answer is about to leave. */
export interface RequestEvent {
  readonly stage: "arrived" | "answered";
  readonly method: string;
  /** Without the values of signatures. */
  readonly url: string;
}

type Watcher = (event: RequestEvent) => void;

export interface EmulatorOptions {
  /** A world, the path of a world file, or the name of one in `worlds`; default: `default`. */
  readonly world?: WorldFile | string;
  /** How the image builder service behaves, on top of what the world says of it. */
  readonly imageBuilder?: BuilderChange;
  /** Emulated milliseconds in a real one; default 1. */
  readonly scale?: number;
  /** Emulated date at the start; default: now. */
  readonly start?: Date;
  /** The proxy asks for this login; default: it asks for none. */
  readonly proxyLogin?: ProxyLogin;
  /** Starts Azurite with the emulator, instead of at the first blob request, which then waits a second or two for it. */
  readonly warm?: boolean;
  /** For replaying recordings only: api-versions that are no longer served are accepted. */
  readonly olderApiVersions?: boolean;
  /** Receives the emulator's own log, a line at a time; default: nobody. */
  readonly log?: (line: string) => void;
}

export interface Emulator {
  /** What `npm run emulator -- --json` prints. */
  readonly description: Description;
  readonly world: World;
  /** Requests so far, oldest first, without secrets. */
  requests(): readonly LoggedRequest[];
  /** Secrets that passed in answers since the last reset, as core/seen-secrets.ts finds them. */
  secretsSeen(): readonly SeenSecret[];
  /** Calls `watcher` twice for each request from now on; the function given back ends that. A reset does not. */
  watch(watcher: Watcher): () => void;
  /** Host names the proxy was asked for, oldest first. */
  proxied(): readonly { readonly host: string; readonly status: number }[];
  /** An access token of an application of the world, by its name; for Resource Manager unless `resource` names another. */
  tokenOf(application: string, resource?: string): Promise<string>;
  /**
   * Makes a run known to Azure DevOps, or what has become of it, until the next reset; its attachments can be read from
   * then on. Throws an Error for a project the world has not.
   */
  recordRun(run: RecordedRun): void;
  /** Throws an Error that says what is wrong with the fault. */
  addFault(fault: Fault): void;
  /** Faults still to come, with the times left. */
  faults(): readonly Fault[];
  /** Changes the clock; see `POST /clock`. */
  adjustClock(change: ClockChange): Promise<void>;
  /**
   * Puts everything back to the world file; faults and the log are emptied. With a world: to that one, which stays the world;
   * throws an Error where its tenant, subscriptions, applications, project, connections or defaults are others.
   */
  reset(world?: WorldFile | string): Promise<void>;
  /** Ends all work, servers and processes and removes every file the emulator made. */
  close(): Promise<void>;
}

/** Starts an emulator on free ports of 127.0.0.1. Throws an Error where the world is not of the form. */
export async function createEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const log = options.log ?? (() => undefined);
  const file = worldOf(options.world);
  // Started together: making keys is what a start waits for.
  const [certificates] = await Promise.all([createCertificates(), signingKey("entra"), signingKey("devops")]);
  const cloud = await createCloud({ file, start: options.start, scale: options.scale, caPem: certificates.caPem, log });
  configureImageBuilder(cloud.world, file.imageBuilder ?? {});
  configureImageBuilder(cloud.world, options.imageBuilder ?? {});
  const caFile = join(cloud.world.dataDir, "ca.pem");
  writeFileSync(caFile, certificates.caPem);
  const jobToken = `emulated-job-${cloud.world.newGuid()}`;
  const machine = createMachine(cloud, { certificates, log, olderApiVersions: options.olderApiVersions ?? false });
  const servers = await openServers(machine, { certificates, log, jobToken, proxyLogin: options.proxyLogin });
  cloud.connect({ endpoints: servers.endpoints, blobs: machine.storage.blobs });
  if (options.warm === true) await machine.storage.warm();
  return {
    description: describe({ cloud, caFile, jobToken, proxyLogin: options.proxyLogin }),
    world: cloud.world,
    requests: () => [...machine.requests],
    secretsSeen: () => machine.secrets.list(),
    watch(watcher) {
      machine.watchers.add(watcher);
      return () => void machine.watchers.delete(watcher);
    },
    proxied: () => [...servers.proxy.asked],
    tokenOf: async (name, resource = "https://management.azure.com") => {
      const application = cloud.file.applications.find((one) => one.name === name);
      if (application === undefined) throw new Error(`The world has no application '${name}'.`);
      return cloud.world.tokenFor(application.objectId, resource);
    },
    recordRun: (run) => machine.runs.record(run),
    addFault: (fault) => machine.faults.add(fault),
    faults: () => machine.faults.list(),
    adjustClock: machine.adjustClock,
    reset: async (world) => {
      const next = world === undefined ? undefined : worldOf(world);
      await machine.reset(next);
      if (next === undefined) return;
      configureImageBuilder(cloud.world, { ...defaultSettings, ...next.imageBuilder });
      configureImageBuilder(cloud.world, options.imageBuilder ?? {});
    },
    async close() {
      await servers.close();
      // Work that is still going on may start Azurite again: it ends first.
      await cloud.close();
      await machine.storage.close();
    },
  };
}

/** The parts behind the servers. */
interface Machine {
  readonly cloud: Cloud;
  readonly front: FrontDoor;
  readonly storage: StorageFront;
  readonly faults: FaultList;
  readonly runs: RunStore;
  readonly requests: LoggedRequest[];
  readonly secrets: SecretLedger;
  readonly watchers: Set<Watcher>;
  readonly adjustClock: (change: ClockChange) => Promise<void>;
  readonly reset: (file?: WorldFile) => Promise<void>;
}

function createMachine(
  cloud: Cloud,
  options: { readonly certificates: Certificates; readonly log: Log; readonly olderApiVersions: boolean },
): Machine {
  const requests: LoggedRequest[] = [];
  const faults = createFaultList();
  const runs = createRunStore(() => cloud.file);
  const secrets = createSecretLedger();
  const { olderApiVersions } = options;
  const front = createFrontDoor({ world: cloud.world, routes: armRoutes, olderApiVersions });
  const storage = createStorageFront(cloud, options.certificates);
  return {
    cloud,
    front,
    storage,
    faults,
    runs,
    requests,
    secrets,
    watchers: new Set(),
    async adjustClock(change) {
      cloud.clock.adjust(change);
      await storage.followClock();
    },
    async reset(file) {
      await cloud.reset(file);
      await storage.reset();
      front.reset();
      faults.clear();
      runs.clear();
      secrets.clear();
      requests.length = 0;
    },
  };
}

interface Servers {
  readonly endpoints: Endpoints;
  readonly proxy: ProxyServer;
  close(): Promise<void>;
}

async function openServers(
  machine: Machine,
  options: {
    readonly certificates: Certificates;
    readonly log: Log;
    readonly jobToken: string;
    readonly proxyLogin: ProxyLogin | undefined;
  },
): Promise<Servers> {
  const { cloud, front, storage, faults, requests, watchers } = machine;
  const tell = (stage: RequestEvent["stage"], { method, url }: Pick<LoggedRequest, "method" | "url">): void => {
    for (const watcher of watchers) watcher({ stage, method, url });
  };
  const partsOf = (handle: DoorHandler, serviceOf: DoorParts["serviceOf"]): DoorParts => ({
    handle: machine.secrets.watch(handle),
    serviceOf,
    faults,
    clock: cloud.clock,
    log: options.log,
    record(entry) {
      requests.push(entry);
      tell("answered", entry);
    },
    arrived: (request) => tell("arrived", request),
  });
  const open = (door: TlsDoor, handle: DoorHandler, serviceOf: DoorParts["serviceOf"]): Promise<Server> =>
    openDoor(door, options.certificates, partsOf(handle, serviceOf));
  const [arm, authority, devops, blob] = await Promise.all([
    open("arm", front.handle, front.serviceOf),
    open("authority", createEntraDoor(cloud), () => "entra"),
    open("devops", createDevopsDoor(cloud, options.jobToken, machine.runs), () => "devops"),
    open("blob", storage.handle, () => "blob"),
  ]);
  const doors: Doors = { arm, authority, devops, blob };
  const proxy = await openProxy({ portFor: (host) => publicPort(host, cloud, doors), login: options.proxyLogin });
  const admin = await openPlain(createAdmin({ ...machine, requests: () => requests }));
  const agentMachine = createAgentMachine(cloud);
  const metadata = agentMachine && (await openMetadataDoor(partsOf(agentMachine, () => "instance-metadata")));
  const address = (scheme: string, port: number): string => `${scheme}://127.0.0.1:${port}`;
  return {
    proxy,
    endpoints: {
      arm: address("https", portOf(arm)),
      authority: address("https", portOf(authority)),
      devops: address("https", portOf(devops)),
      blob: address("https", portOf(blob)),
      proxy: address("http", proxy.port),
      admin: address("http", portOf(admin)),
      metadata: metadata && address("http", portOf(metadata)),
    },
    async close() {
      await proxy.close();
      const all = [arm, authority, devops, blob, admin, ...(metadata === undefined ? [] : [metadata])];
      await Promise.all(all.map(closeServer));
    },
  };
}

function worldOf(world: EmulatorOptions["world"]): WorldFile {
  if (world === undefined) return defaultWorld();
  return typeof world === "string" ? readWorld(world) : parseWorld(world, "given as a value");
}

type Doors = Readonly<Record<TlsDoor, Server>>;

/** Where the proxy leads a public host name; an account that does not exist has no name in the DNS either. */
function publicPort(host: string, cloud: Cloud, doors: Doors): number | undefined {
  switch (host) {
    case "management.azure.com":
      return portOf(doors.arm);
    case "login.microsoftonline.com":
    case "login.windows.net":
      return portOf(doors.authority);
    case "dev.azure.com":
      return portOf(doors.devops);
    default: {
      if (/^artprod[a-z0-9]+\.artifacts\.visualstudio\.com$/.test(host)) return portOf(doors.devops);
      const account = /^([a-z0-9]{3,24})\.blob\.core\.windows\.net$/.exec(host)?.[1];
      const known = cloud.world.resources
        .list("", "Microsoft.Storage/storageAccounts")
        .some(({ name }) => name === account);
      return known ? portOf(doors.blob) : undefined;
    }
  }
}
