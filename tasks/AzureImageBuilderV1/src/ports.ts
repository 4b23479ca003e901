/**
 * What the rooms ask of the world. Adapters implement these; tests pass object literals. Nothing here knows
 * azure-pipelines-task-lib or an Azure SDK.
 */
import type { Secret } from "./secret.ts";
import type { ImageTemplate } from "./image-template.ts";
import type { Permissions } from "./values/permissions.ts";

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
  /** Sets a variable that only this step's post-job part gets; not for secrets. */
  setTaskVariable(name: string, value: string): void;
  /** A variable that another part of this step, or this one, has set; undefined when unset. */
  taskVariable(name: string): string | undefined;
  /** Masks a value from now on, line by line, in the forms the agent masks; what the task prints hides more of them. */
  setSecret(secret: Secret): void;
  info(line: string): void;
  debug(line: string): void;
  warning(message: string, code?: string): void;
  /** Reports an issue that does not by itself end the task. */
  error(message: string, code?: string): void;
  group(title: string): void;
  endGroup(): void;
  progress(percent: number, operation: string): void;
  /** The text without any value that is secret to this job: for files, which the agent uploads as they are. */
  hideSecrets(text: string): string;
  /** Names of the job's secret variables of at least six characters whose value is somewhere in `text`. */
  secretVariablesIn(text: string): readonly string[];
  /**
   * Hands a file to the run: a `log` becomes part of the log archive, a `summary` (Markdown) is shown on the run's page.
   * The file must stay until the job ends. A restricted step loses it with a warning.
   */
  upload(kind: "log" | "summary", path: string): void;
  /**
   * Attaches a file to the run under a type and a name, by which programs find it; neither may hold a character that no
   * file name has. The file must stay until the job ends. A restricted step loses it with a warning.
   */
  attach(type: string, name: string, path: string): void;
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
  managedImage(id: string): Promise<ManagedImageFacts | undefined>;
  galleryDefinition(id: string): Promise<GalleryDefinitionFacts | undefined>;
  /** Versions of a gallery image definition, unordered. */
  galleryVersions(definitionId: string): Promise<readonly GalleryVersionFacts[]>;
  /** A storage account by name (looked up in the subscription) or resource id. */
  storageAccount(subscriptionId: string, nameOrId: string): Promise<StorageAccountFacts | undefined>;
  /** A user-assigned identity: the ID that its roles are assigned to. */
  identity(id: string): Promise<{ readonly principalId: string } | undefined>;
  /** What a principal may do at a scope (a resource's ID), by its own roles and those of its groups. */
  permissionsOf(principalId: string, scope: string): Promise<Permissions | undefined>;
  /** What the connection itself may do at a scope. */
  ownPermissions(scope: string): Promise<Permissions | undefined>;
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
  /** The value of its feature `SecurityType`; absent where it has none. */
  readonly securityType?: string;
  /** Purchase plan that its images have. */
  readonly plan?: PurchasePlan;
}

export interface ManagedImageFacts {
  readonly osType?: OsType;
  readonly location?: string;
  readonly provisioningState?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface GalleryVersionFacts {
  readonly name: string;
  readonly provisioningState?: string;
  readonly excludeFromLatest: boolean;
  readonly regions: readonly string[];
  /** Those of the regions where `latest` passes over the version although it does not elsewhere. */
  readonly excludedRegions?: readonly string[];
  readonly publishedAt?: Date;
  /** From then on the version should not be used; nothing hinders it. */
  readonly endOfLife?: Date;
  readonly tags: Readonly<Record<string, string>>;
}

export interface StorageAccountFacts {
  readonly id: string;
  readonly name: string;
  /** `primaryEndpoints.blob`, with a trailing slash. */
  readonly blobEndpoint: string;
  readonly allowSharedKeyAccess: boolean;
  /** `Enabled`, `Disabled` or `SecuredByPerimeter`; absent: enabled, the service's default. */
  readonly publicNetworkAccess?: string;
  /** Who is let in over the public network besides those named: `Allow` (also when absent) or `Deny`. */
  readonly defaultAction?: string;
  /** IDs of the subnets that are let in where the default is `Deny`. */
  readonly allowedSubnets?: readonly string[];
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
  /** Its customizers and its validators, in their order. */
  readonly steps: readonly TemplateStep[];
  readonly validators: readonly TemplateStep[];
}

/** A customizer or validator as people know it. */
export interface TemplateStep {
  /** The service's word, e.g. `PowerShell`. */
  readonly type: string;
  /** Empty where it has none. */
  readonly name: string;
}

/** A target as outputs know it. */
export interface TemplateTarget {
  readonly runOutputName: string;
  /** Short names; absent where the template names none. */
  readonly regions?: readonly string[];
  /** The image lies in the staging resource group, and goes with the template: a VHD without an address of its own. */
  readonly inStaging?: boolean;
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

/** A blob as a list or a look shows it. */
export interface StoredBlob {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Names in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly lastModified: Date;
}

/** A block blob that is being written: nothing of it is visible before `commit`. */
export interface BlockUpload {
  /** Sends one block; a failed request is repeated alone. `index` counts from 0. */
  stage(index: number, bytes: Uint8Array): Promise<void>;
  /**
   * Makes a blob of the first `count` blocks. False where a blob of that name is there already, which then stays as it is.
   */
  commit(count: number, metadata: Readonly<Record<string, string>>): Promise<boolean>;
}

/** One container of a storage account, opened with the access the plan chose. Every method throws ServiceError. */
export interface BlobContainer {
  createIfAbsent(): Promise<void>;
  /** Blobs whose names begin with `prefix`. */
  list(prefix: string): AsyncIterable<StoredBlob>;
  /** Undefined where there is none. */
  find(blob: string): Promise<StoredBlob | undefined>;
  upload(blob: string): BlockUpload;
  /** Copies within the container, and waits for the end. False where `to` is there already, which then stays as it is. */
  copy(from: string, to: string, metadata: Readonly<Record<string, string>>): Promise<boolean>;
  /** Replaces a blob's metadata. False where there is no such blob. */
  setMetadata(blob: string, metadata: Readonly<Record<string, string>>): Promise<boolean>;
  /** Resolves when addresses that end at `expires` can be signed. */
  prepareSigning(expires: Date): Promise<void>;
  /** The blob's address without any signature. */
  url(blob: string): Promise<string>;
  /** The blob's address with a read-only, HTTPS-only signature for that blob alone. */
  signedUrl(blob: string, expires: Date): Promise<Secret>;
  /** Nothing happens where there is none, or where it has changed since `unchangedSince`. */
  delete(blob: string, unchangedSince?: Date): Promise<void>;
}

export interface BlobStore {
  /** `accountKey` reads the account's key by Resource Manager; else requests bear a token, and Entra signs addresses. */
  container(account: StorageAccountFacts, container: string, access: "token" | "accountKey"): BlobContainer;
}

/** The run whose logs are followed. */
export interface LoggedRun {
  /** ID of the resource group that the service works in. */
  readonly stagingResourceGroup: string;
  /** Logs made before are another run's. */
  readonly startedAt: Date;
}

/** Logs that the service writes for a run (wire notes, section 7). */
export type BuildLogName = "customization" | "validation";

/** What one read of a log gave. */
export type LogRead =
  /** `bytes` follow those of the read before, of the same log and way. `more`: there is more to read at once. */
  | { readonly state: "bytes"; readonly from: "blob" | "container"; readonly bytes: Uint8Array; readonly more: boolean }
  /** Nothing new, or not there yet; or the read only found out who may read it. */
  | { readonly state: "nothing" }
  /** The log is there: the next read brings its first lines, and should not wait its turn. */
  | { readonly state: "found" }
  /** No read can succeed: `missing` says which right or rule would make it work, as whole sentences. */
  | { readonly state: "refused"; readonly missing: string };

/** Follows the logs of one run; remembers how far it has read. */
export interface RunLogs {
  /** One request at most. Throws ServiceError where it failed for this time only. */
  read(log: BuildLogName): Promise<LogRead>;
}

export interface BuildLogs {
  /** Nothing is read yet. */
  follow(run: LoggedRun): RunLogs;
}

/** Resource Manager as it is, for checks: parsed JSON, undefined where there is no such thing (404). */
export interface ArmReader {
  /** A path, or the address of a next page. Throws ServiceError. */
  get(pathOrAddress: string, query: Readonly<Record<string, string>>): Promise<unknown>;
  /** A question that is asked by POST and changes nothing. Throws ServiceError. */
  ask(path: string, body: unknown, query: Readonly<Record<string, string>>): Promise<unknown>;
}

/** Changes of resources by Resource Manager, each sent once: who asks looks before asking again. */
export interface ArmWriter {
  /** Parsed JSON of the answer. Throws ServiceError. */
  patch(path: string, body: unknown, query: Readonly<Record<string, string>>): Promise<unknown>;
  /** Resolves when the deletion is accepted, or where there is nothing to delete. Throws ServiceError. */
  delete(path: string, query: Readonly<Record<string, string>>): Promise<void>;
}

export interface ProbeOptions {
  /** `anyone` shows no sign-in; `connection` shows the connection's token for storage, to this address alone. */
  readonly as: "anyone" | "connection";
  /** Reads the content as well and tells its SHA-256, unless it has more bytes than this. */
  readonly digestUpTo?: number;
}

/** What an address gives. */
export type WebAnswer =
  | {
      readonly status: number;
      /** Lower case, without parameters, e.g. `text/html`. */
      readonly contentType?: string;
      /** Bytes. */
      readonly length?: number;
      /** Lower-case hex. */
      readonly sha256?: string;
      /** The service's own error code, where it names one in `x-ms-error-code`. */
      readonly errorCode?: string;
    }
  /** No answer came, or none that can be used: a sentence part without signatures. */
  | { readonly error: string };

/** Looks at addresses from the agent, without changing anything. */
export interface WebProbe {
  /** An https address; redirects are followed, never with a token. Never throws for what the address gives. */
  probe(address: string, options: ProbeOptions): Promise<WebAnswer>;
}

/** Images that are there. */
export interface Images {
  /** Adds tags to an image or an image version; others stay. Throws ServiceError. */
  addTags(id: string, tags: Readonly<Record<string, string>>): Promise<void>;
}

/** A text file of the task's own, in the job's temporary folder, which outlives the step. */
export interface WorkFile {
  readonly path: string;
  write(text: string): void;
  /** Resolves when all is on the disk. Throws where something could not be written. */
  close(): Promise<void>;
}

/** A pipeline as a person names it. */
export type PipelineRef = {
  /** Name or ID; absent: the project of this run. */
  readonly project?: string;
} & (
  | { readonly id: number }
  /** `folder` begins with a backslash and ends with none but in `\`, the root; absent: any folder. */
  | { readonly name: string; readonly folder?: string }
);

/** Whose artifact is looked for. */
export type RunChoice =
  /** A run by the project's name or ID and its own ID. */
  | { readonly project: string; readonly runId: number }
  /** The latest successful run of a pipeline. */
  | {
      readonly project: string;
      readonly pipeline: PipelineRef;
      /** Full name; absent: any branch. */
      readonly branch?: string;
      /** All of them must be on the run. */
      readonly tags: readonly string[];
    };

/** What came of looking for an artifact; what is not there is told with what is. */
export type PipelineArtifactSearch =
  | { readonly state: "found"; readonly artifact: PipelineArtifact }
  /** The project is unknown, or hidden from the job's token, which Azure DevOps does not tell apart. */
  | { readonly state: "noProject"; readonly project: string }
  | { readonly state: "noPipeline"; readonly known: readonly string[] }
  /** Several pipelines in different folders bear the name; folder and name of each. */
  | { readonly state: "ambiguous"; readonly known: readonly string[] }
  /** `pipeline`: the name Azure DevOps gives. */
  | { readonly state: "noRun"; readonly pipeline: string }
  /** `run`: the run's number as people see it, e.g. `20261123.1`, or its ID. */
  | { readonly state: "noArtifact"; readonly run: string; readonly known: readonly string[] }
  /** It is not kept by Azure DevOps, e.g. on a file share: `type` as Azure DevOps calls it. */
  | { readonly state: "elsewhere"; readonly run: string; readonly type: string };

/** Artifacts of pipeline runs, by the job's own token. Every method throws ServiceError. */
export interface PipelineArtifacts {
  find(name: string, run: RunChoice): Promise<PipelineArtifactSearch>;
  /**
   * The artifact's zip from its first byte. An iteration that breaks off throws; a new one begins anew, and its bytes
   * may differ, because Azure DevOps makes the archive while it is sent.
   */
  open(artifact: PipelineArtifact, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** A run of a pipeline as Azure DevOps tells of it. */
export interface PipelineRunFacts {
  readonly projectId: string;
  readonly runId: number;
  readonly definitionId: number;
  readonly definitionName: string;
  /** Full name, e.g. `refs/heads/main`. */
  readonly branch: string;
  /** As people see it, e.g. `20261123.1`. */
  readonly number: string;
  /** Address of the run's page; `""` where Azure DevOps tells none. */
  readonly url: string;
  /** Absent: it goes on. */
  readonly finishedAt?: Date;
}

/** A file that a step has attached to its run. */
export interface RunAttachment {
  readonly name: string;
  readonly content: Uint8Array;
}

/** Runs of pipelines, by the job's own token. Every method throws ServiceError. */
export interface PipelineRuns {
  /** Undefined where there is no such run, or it is hidden from the job's token, or deleted. `project`: name or ID. */
  find(project: string, runId: number): Promise<PipelineRunFacts | undefined>;
  /**
   * What the run's steps have attached under a type (compared with case), in the order of Azure DevOps; what has more than
   * `limit` bytes or is gone is left out.
   */
  attachment(
    run: Pick<PipelineRunFacts, "projectId" | "runId">,
    type: string,
    limit: number,
  ): Promise<readonly RunAttachment[]>;
}

/** A process as one can find it again: IDs are used anew. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it began, in ticks of the machine's own count; absent where the machine does not tell. */
  readonly start?: string;
}

/** The agent's disk, as far as planning looks at it. */
export interface LocalFiles {
  /** What lies at an absolute path; undefined when nothing does. */
  kind(path: string): Promise<"file" | "folder" | undefined>;
  /** The first `count` bytes of a file, or all it has; none where it cannot be read. */
  head(path: string, count: number): Promise<Uint8Array>;
  /** Content of the file at an absolute path; undefined when it has more than `limit` bytes. Throws where it cannot be read. */
  read(path: string, limit: number): Promise<Uint8Array | undefined>;
}

/** A published artifact of one run, found and read before anything is created. */
export interface PipelineArtifact {
  readonly project: string;
  /** ID of the run (build). */
  readonly runId: number;
  readonly name: string;
  /** Where its archive can be downloaded with the job's token. */
  readonly downloadUrl: string;
  /** Digest of what it holds (lower-case hex SHA-256), where Azure DevOps tells enough of it. */
  readonly content?: string;
  /** What its archive must hold, where Azure DevOps tells: how many files, and their bytes together. */
  readonly files?: number;
  readonly bytes?: number;
  /** The run's number as people see it, e.g. `20261123.1`, or its ID. */
  readonly runName: string;
  /** The folder at the archive's top that holds everything. */
  readonly topFolder: string;
}

/** Everything together, as `main.ts` wires it. */
export interface Ports {
  readonly agent: Agent;
  readonly clock: Clock;
  readonly facts: FactReader;
  readonly templates: ImageTemplates;
  readonly blobs: BlobStore;
  readonly logs: BuildLogs;
  readonly images: Images;
  readonly arm: ArmReader;
  readonly web: WebProbe;
  readonly artifacts: PipelineArtifacts;
  readonly runs: PipelineRuns;
  readonly files: LocalFiles;
  /** Begins a file of that name, which is made unique. */
  createWorkFile(name: string): WorkFile;
  /** Aborted when the agent asks the task to stop. */
  readonly cancelled: AbortSignal;
  /** `bytes` random bytes in lower-case hex. */
  randomHex(bytes: number): string;
  /** This process. */
  readonly process: ProcessIdentity;
}
