/**
 * The shapes every part of the emulator shares. A service is one file (or folder) in `services/`: it exports a list of
 * routes; the front door does what Azure Resource Manager does before a provider sees a request.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { Catalogue } from "../services/compute/world-catalogue.ts";
import type { Origin } from "./origins.ts";

/** How certain an answer is, by the marks of the wire notes (docs/emulator.md explains each). */
export type Mark = "recorded" | "documented" | "issue" | "specification" | "inferred";

export interface EmulatorRequest {
  /** GUID given on arrival; `x-ms-request-id` of the answer unless the service says otherwise. */
  readonly id: string;
  readonly method: string;
  /** The address as the client meant it (public host name behind the proxy, local one otherwise). */
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  /** What the answer rests on. */
  readonly mark: Mark;
  /** Where: a section of the wire notes or a recording's name, e.g. `wire 3 PUT`. */
  readonly fact: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON value; a string or Buffer is sent as it is; undefined sends no body. */
  readonly body?: unknown;
}

/** Who calls, as read from a checked access token. */
export interface Caller {
  readonly tenantId: string;
  /** Object id of the service principal or identity: what role assignments name. */
  readonly objectId: string;
  readonly clientId: string;
}

export interface RouteContext {
  readonly request: EmulatorRequest;
  /** Path parameters as sent (compare without case). */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly apiVersion: string;
  readonly caller: Caller;
  readonly world: World;
  /** The request body as JSON; throws an ArmFault 400 InvalidRequestContent when it is none. */
  json(): unknown;
  /** `https://host:port` under which this client reaches Resource Manager (for operation URLs). */
  readonly armBase: string;
  /** True where the client came by the public host names. */
  readonly viaProxy: boolean;
}

export interface ArmRoute {
  /** Resource provider namespace, for request logs and fault matching, e.g. `Microsoft.Compute`. */
  readonly service: string;
  readonly method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE" | "HEAD";
  /** find-my-way path, e.g. `/subscriptions/:subscriptionId/resourceGroups/:resourceGroup/providers/Microsoft.Compute/images/:name`. */
  readonly path: string;
  /** api-versions served; another is refused with the provider's error. */
  readonly apiVersions: readonly string[];
  /** Resource provider action the caller needs at the scope of the path, e.g. `Microsoft.Compute/images/read`; undefined: any signed-in caller. */
  readonly action: string | undefined;
  readonly handle: (context: RouteContext) => Reply | Promise<Reply>;
}

/** A resource as Resource Manager stores it. */
export interface Resource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  location?: string;
  tags?: Record<string, string>;
  /** Everything else of the body, `properties` included. */
  body: Record<string, unknown>;
}

/** Resources by id without regard to case. */
export interface ResourceStore {
  get(id: string): Resource | undefined;
  put(resource: Resource): void;
  delete(id: string): boolean;
  /** When the resource was first put; undefined where there is none. */
  createdAt(id: string): Date | undefined;
  /** All resources whose id begins with `prefix` (ignoring case) and, if given, of the type. */
  list(prefix: string, type?: string): readonly Resource[];
}

/** The emulator's clock: scaled, so that twenty minutes of baking take seconds. */
export interface EmulatorClock {
  now(): Date;
  /** Waits `ms` of emulated time; ends early (rejecting) when the emulator closes. */
  sleep(ms: number): Promise<void>;
  /** How many emulated milliseconds pass in a real one. */
  readonly scale: number;
  /** Value of the variable SCALED_CLOCK that gives another Node process this clock (core/scaled-clock.cjs, `node -r`). */
  environment(): string;
}

/** One thing inside a built image, as `GET /images/{id}/files` of the administration shows it. */
export interface ImageFile {
  /** Absolute path inside the image. */
  readonly path: string;
  readonly kind: "file" | "directory" | "link";
  /** Bytes; 0 for directories and links. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Lower-case hex, of files. */
  readonly sha256?: string;
  /** Where a link points. */
  readonly target?: string;
}

/** What builds have made, by the resource id of the artifact (compared without case). */
export interface ImageRegistry {
  /** Tells how to list what a build put into the image `id`. */
  register(id: string, files: () => Promise<readonly ImageFile[]>): void;
  /** The files of the image, or undefined where no build registered it. */
  files(id: string): Promise<readonly ImageFile[]> | undefined;
  /** Ids in the order of registration. */
  ids(): readonly string[];
}

/** Local addresses of the emulator's servers, without a trailing slash. */
export interface Endpoints {
  readonly arm: string;
  readonly authority: string;
  readonly devops: string;
  /** Root of the path-style blob addresses: `<blob>/<account>/<container>/<blob>`. */
  readonly blob: string;
  /** HTTP CONNECT proxy that leads the public host names here. */
  readonly proxy: string;
  readonly admin: string;
  /** What a program on the build agent's machine finds at http://169.254.169.254; undefined where it is no Azure VM. */
  readonly metadata: string | undefined;
}

export interface RoleAssignment {
  readonly id: string;
  readonly principalId: string;
  readonly roleDefinitionId: string;
  readonly scope: string;
  /** ISO 8601; absent for those of the world file, which are as old as the world. */
  readonly createdOn?: string;
  readonly createdBy?: string;
  readonly principalType?: string;
  /** What must hold beside it. Conditions are not evaluated: an assignment that has one grants nothing here. */
  readonly condition?: string;
}

/** A group of the directory. */
export interface DirectoryGroup {
  readonly name: string;
  readonly objectId: string;
  /** Object ids of its members. */
  readonly members: readonly string[];
}

/** A deny assignment, as it decides (documentation of deny assignments). */
export interface DenyAssignment {
  readonly id: string;
  readonly name: string;
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly dataActions: readonly string[];
  readonly notDataActions: readonly string[];
  readonly scope: string;
  readonly doNotApplyToChildScopes: boolean;
  /** Object ids; the all-zero GUID is everyone. */
  readonly principals: readonly string[];
  readonly excludePrincipals: readonly string[];
}

/** A role definition, built in or custom; `name` is the GUID at the end of its id. */
export interface RoleDefinition {
  readonly name: string;
  readonly roleName: string;
  readonly type: "BuiltInRole" | "CustomRole";
  readonly description: string;
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly dataActions: readonly string[];
  readonly notDataActions: readonly string[];
  readonly assignableScopes: readonly string[];
}

export interface Permissions {
  /** Does `principalId` hold `action` (control plane) at `scope` (resource id), by its own and its groups' role assignments, and no deny assignment stands against it? */
  allows(principalId: string, action: string, scope: string): boolean;
  /** The same for a data action, e.g. `Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read`. */
  allowsData(principalId: string, dataAction: string, scope: string): boolean;
}

/** What a service may touch: the state of the emulated cloud and the emulator's own parts. */
export interface World {
  readonly tenantId: string;
  /** The subscriptions of the tenant; any other is unknown to the front door. */
  readonly subscriptionIds: readonly string[];
  /** Display name of a subscription; empty for an unknown one. */
  subscriptionName(id: string): string;
  readonly endpoints: Endpoints;
  readonly images: ImageRegistry;
  readonly clock: EmulatorClock;
  readonly resources: ResourceStore;
  readonly roleAssignments: RoleAssignment[];
  readonly roleDefinitions: readonly RoleDefinition[];
  readonly permissions: Permissions;
  readonly blobs: BlobBackend;
  /** New random GUID in lower case. */
  newGuid(): string;
  /** Folder of this emulator's own files (images, staging), removed when it closes. */
  readonly dataDir: string;
  /** PEM of the certificate authority made at start. */
  readonly caPem: string;
  /** One line of the emulator's own log. */
  log(message: string): void;
  /** Registers work that goes on after the answer (operations, builds): failures are reported, close() waits for it. */
  background(work: Promise<unknown>): void;
  /** Aborted when the emulator closes or is reset; read it anew for each piece of work, a reset brings a new one. */
  readonly closing: AbortSignal;
  /** Called after a reset has emptied the state, so that a service forgets what it keeps beside the resources. */
  onReset(forget: () => void): void;
  /** Is the namespace registered in the subscription (case ignored)? */
  isRegistered(namespace: string, subscriptionId?: string): boolean;
  /** Registered, Registering or NotRegistered. */
  registrationState(namespace: string, subscriptionId: string): "Registered" | "Registering" | "NotRegistered";
  /** State of a preview feature (`Namespace/name`) as its list shows it, or undefined where it was never asked for. */
  featureState(subscriptionId: string, name: string): string | undefined;
  /** What of the platform this world sees. */
  readonly catalogue: Catalogue;
  readonly groups: readonly DirectoryGroup[];
  /** Begins to register the namespace; it is registered some emulated seconds later, as in Azure. */
  register(namespace: string, subscriptionId: string): void;
  /** Does Entra ID know this object id (service principal or user-assigned identity)? */
  knowsPrincipal(principalId: string): boolean;
  /** The user-assigned identity with this principal (object) id, or the resource id given: its ids, else undefined. */
  identity(idOrPrincipal: string): IdentityFacts | undefined;
  /** An access token for `resource` (e.g. `https://storage.azure.com`) as the principal would get it from Entra ID. */
  tokenFor(principalId: string, resource: string): Promise<string>;
}

export interface IdentityFacts {
  readonly id: string;
  readonly principalId: string;
  readonly clientId: string;
}

/** The real Azurite behind the storage front, for services that write blobs themselves (staging logs, VHDs). */
export interface BlobBackend {
  /** Makes an account known to Azurite and gives its key; the resource itself is the storage service's. */
  ensureAccount(name: string): Promise<{ readonly key: string; readonly keys: readonly [string, string] }>;
  /** Adds bytes to an append blob, making container and blob when absent. */
  append(account: string, container: string, blob: string, content: Buffer): Promise<void>;
  /** Writes a whole block blob. */
  write(account: string, container: string, blob: string, content: Buffer): Promise<void>;
  /** Replaces a blob's metadata. */
  mark(account: string, container: string, blob: string, metadata: Readonly<Record<string, string>>): Promise<void>;
  /** Blobs of a container with their metadata; none where there is no such container. */
  list(account: string, container: string): Promise<readonly BlobEntry[]>;
  read(account: string, container: string, blob: string): Promise<Buffer | undefined>;
  /** Fetches any URL as a machine inside the emulated cloud would: emulator hosts only, emulator CA trusted. `bearer` is a token for storage; `from` is the machine that fetches, else the call comes from outside. */
  fetch(url: string, bearer?: string, from?: Origin): Promise<{ readonly status: number; readonly body: Buffer }>;
}

/** A blob as a list shows it. */
export interface BlobEntry {
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** An error answer in Resource Manager's form; thrown by handlers, written by the front door. */
export class ArmFault extends Error {
  readonly status: number;
  readonly code: string;
  readonly mark: Mark;
  readonly fact: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `details` of the error; left out of the body when undefined. */
  readonly details: readonly unknown[] | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    options: {
      mark: Mark;
      fact: string;
      headers?: Readonly<Record<string, string>>;
      details?: readonly unknown[];
    },
  ) {
    super(message);
    this.name = "ArmFault";
    this.status = status;
    this.code = code;
    this.mark = options.mark;
    this.fact = options.fact;
    this.headers = options.headers ?? {};
    this.details = options.details;
  }
}
