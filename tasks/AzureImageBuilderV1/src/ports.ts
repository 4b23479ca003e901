/**
 * What the rooms ask of the world. Adapters implement these; tests pass object literals. Nothing here knows
 * azure-pipelines-task-lib or an Azure SDK.
 */
import type { Readable } from "node:stream";
import type { Secret } from "./secret.ts";
import type { ImageTemplate } from "./image-template.ts";

/** The build agent: where inputs come from and where text, variables and results go. */
export interface Agent {
  /** An input's text, trimmed; `""` when absent or empty. Names are compared without case. */
  input(name: string): string;
  /** A predefined or pipeline variable, e.g. `Build.BuildId`; undefined when unset. */
  variable(name: string): string | undefined;
  /** The service connection behind an endpoint id, as the agent hands it over; undefined when it does not. */
  endpoint(id: string): ServiceConnection | undefined;
  /** The job's own token for Azure DevOps, from the system connection. */
  systemToken(): Secret | undefined;
  /** Sets a variable for later steps: `plain` as `$(name)` in the same job, `output` as `$(step.name)`. */
  setVariable(name: string, value: string, kind: "plain" | "output"): void;
  /** Masks a value from now on, raw and URL-encoded, line by line. */
  setSecret(secret: Secret): void;
  info(line: string): void;
  debug(line: string): void;
  warning(message: string, code?: string): void;
  /** Reports an issue that does not by itself end the task. */
  error(message: string, code?: string): void;
  group(title: string): void;
  endGroup(): void;
  progress(percent: number, operation: string): void;
}

export interface ServiceConnection {
  readonly id: string;
  /** As Azure DevOps names it, e.g. `ServicePrincipal`, `WorkloadIdentityFederation`. */
  readonly scheme: string;
  /** Resource Manager endpoint, e.g. `https://management.azure.com/`. */
  readonly url: string;
  /** Authorization parameter, name without case; undefined when absent. */
  parameter(name: string): string | undefined;
  /** Data value, name without case; undefined when absent. */
  data(name: string): string | undefined;
}

/** Time. Milliseconds throughout. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Reads the planning needs. Every method throws ServiceError; a missing resource is undefined. */
export interface FactReader {
  /** Region of a resource group, e.g. `westeurope`. */
  resourceGroupLocation(subscriptionId: string, resourceGroup: string): Promise<string | undefined>;
  /** Version names of a marketplace image in a region, unordered. */
  platformImageVersions(subscriptionId: string, location: string, image: PlatformImageName): Promise<readonly string[]>;
  platformImage(
    subscriptionId: string,
    location: string,
    image: PlatformImageName,
    version: string,
  ): Promise<PlatformImageFacts | undefined>;
  managedImage(id: string): Promise<{ readonly osType?: OsType; readonly location?: string } | undefined>;
  galleryDefinition(id: string): Promise<GalleryDefinitionFacts | undefined>;
  /** Versions of a gallery image definition, unordered. */
  galleryVersions(definitionId: string): Promise<readonly GalleryVersionFacts[]>;
  /** A storage account by name (looked up in the subscription) or resource id. */
  storageAccount(subscriptionId: string, nameOrId: string): Promise<StorageAccountFacts | undefined>;
}

export type OsType = "linux" | "windows";

export interface PlatformImageName {
  readonly publisher: string;
  readonly offer: string;
  readonly sku: string;
}

export interface PurchasePlan {
  readonly name: string;
  readonly product: string;
  readonly publisher: string;
}

export interface PlatformImageFacts {
  readonly osType?: OsType;
  readonly plan?: PurchasePlan;
  readonly hyperVGeneration?: string;
  readonly architecture?: string;
}

export interface GalleryDefinitionFacts {
  readonly location: string;
  readonly osType?: OsType;
  readonly hyperVGeneration?: string;
  readonly architecture?: string;
}

export interface GalleryVersionFacts {
  readonly name: string;
  readonly provisioningState?: string;
  readonly excludeFromLatest: boolean;
  readonly regions: readonly string[];
}

export interface StorageAccountFacts {
  readonly id: string;
  readonly name: string;
  /** `primaryEndpoints.blob`, with a trailing slash. */
  readonly blobEndpoint: string;
  readonly allowSharedKeyAccess: boolean;
}

/** Microsoft.VirtualMachineImages, as far as a build needs it. Every method throws ServiceError. */
export interface ImageTemplates {
  /** The template as stored, or undefined when there is none. */
  get(ref: TemplateRef): Promise<TemplateStatus | undefined>;
  /** Creates the template and waits for the end of the operation. A failed operation throws with its error tree. */
  create(ref: TemplateRef, template: ImageTemplate, options: CreateOptions): Promise<void>;
  /** Asks for a run; resolves when the service has accepted it. */
  startRun(ref: TemplateRef): Promise<RunHandle>;
  cancelRun(ref: TemplateRef): Promise<void>;
  /** Asks for deletion; resolves when accepted (or when there is nothing to delete). */
  delete(ref: TemplateRef): Promise<void>;
  runOutputs(ref: TemplateRef): Promise<readonly RunOutput[]>;
}

export interface CreateOptions {
  /** Version of the service's interface the template is written for. */
  readonly apiVersion: "2024-02-01" | "2025-10-01";
  readonly signal: AbortSignal;
}

export interface TemplateRef {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
}

/** An accepted run. */
export interface RunHandle {
  /** One read of the operation document behind the (signed, secret) operation URL. */
  poll(): Promise<OperationStatus>;
}

export interface OperationStatus {
  readonly status: "InProgress" | "Succeeded" | "Failed" | "Canceled";
  readonly error?: ServiceErrorBody;
}

/** An error tree as Azure nests it. */
export interface ServiceErrorBody {
  readonly code?: string;
  readonly message?: string;
  readonly details?: readonly ServiceErrorBody[];
}

export interface TemplateStatus {
  readonly id: string;
  readonly provisioningState?: string;
  readonly provisioningError?: { readonly code?: string; readonly message?: string };
  /** Absent until the first run. Year-1 dates are given as undefined. */
  readonly lastRun?: LastRunStatus;
  /** `source.exactVersion` as the service resolved it. */
  readonly exactSourceVersion?: string;
  readonly stagingResourceGroup?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The marketplace image the template names; absent for other sources. */
  readonly platformImage?: PlatformImageName & { readonly version: string };
  /** The template's own limit; undefined is the service's. */
  readonly buildTimeoutInMinutes?: number;
  /** Where the template sends the image, in its order. */
  readonly targets: readonly TemplateTarget[];
}

/** A target as outputs know it. */
export interface TemplateTarget {
  readonly runOutputName: string;
  /** Short names; absent where the template names none. */
  readonly regions?: readonly string[];
}

export interface LastRunStatus {
  /** ISO text exactly as the service wrote it: identifies the run. */
  readonly startTime?: string;
  readonly endTime?: string;
  readonly runState: string;
  readonly runSubState?: string;
  readonly message?: string;
}

export interface RunOutput {
  readonly name: string;
  /** Managed image or gallery version id. */
  readonly artifactId?: string;
  /** VHD blob. */
  readonly artifactUri?: string;
}

/** One container of a storage account, opened with the access the plan chose. Every method throws ServiceError. */
export interface BlobContainer {
  createIfAbsent(): Promise<void>;
  /** Streams to a block blob; nothing of that name is left visible when it fails. */
  upload(
    blob: string,
    content: Readable,
    options: { readonly metadata: Readonly<Record<string, string>> },
  ): Promise<void>;
  /** The blob's address with a read-only, HTTPS-only signature for that blob alone. */
  signedUrl(blob: string, expires: Date): Promise<Secret>;
  delete(blob: string): Promise<void>;
}

export interface BlobStore {
  /** `accountKey` reads the account's key by Resource Manager; the other signs by user delegation. */
  container(account: StorageAccountFacts, container: string, access: "delegationSas" | "accountKey"): BlobContainer;
}

/** The agent's disk, as far as planning looks at it. */
export interface LocalFiles {
  /** What lies at an absolute path; undefined when nothing does. */
  kind(path: string): Promise<"file" | "folder" | undefined>;
  /** Content of the file at an absolute path; undefined when it has more than `limit` bytes. Throws where it cannot be read. */
  read(path: string, limit: number): Promise<Uint8Array | undefined>;
}

/** Everything together, as `main.ts` wires it. */
export interface Ports {
  readonly agent: Agent;
  readonly clock: Clock;
  readonly facts: FactReader;
  readonly templates: ImageTemplates;
  readonly blobs: BlobStore;
  readonly files: LocalFiles;
  /** Aborted when the agent asks the task to stop. */
  readonly cancelled: AbortSignal;
  /** `bytes` random bytes in lower-case hex. */
  randomHex(bytes: number): string;
}
