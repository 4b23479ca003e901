/** What the task is going to do, decided before anything is created. Pure data: names, paths, deadlines. */
import type { Note } from "../findings.ts";
import type { PlannedTargets } from "../kinds/target/types.ts";
import type { ObjectNode } from "../template-file/nodes.ts";
import type { Secret } from "../secret.ts";
import type { OsType, PipelineArtifact, StorageAccountFacts, TemplateRef } from "../ports.ts";
import type {
  ImageTemplateProperties,
  TemplateCustomizer,
  TemplateDistributor,
  TemplateSource,
  TemplateValidator,
  TemplateVmProfile,
} from "../image-template.ts";

type Workload = NonNullable<NonNullable<ImageTemplateProperties["optimize"]>["workload"]>;

export interface BuildPlan {
  readonly template: TemplateRef;
  /** Lowest API version that has every property used. */
  readonly apiVersion: "2024-02-01" | "2025-10-01";
  readonly location: string;
  readonly identityId: string;
  readonly osType: OsType;
  readonly source: TemplateSource;
  readonly artifact?: ArtifactPlan;
  /** In order. `fetchArtifact` stands where the artifact is fetched, checked and unpacked. */
  readonly customize: readonly PlannedStep[];
  readonly validate?: {
    readonly continueDistributeOnFailure: boolean;
    readonly sourceValidationOnly: boolean;
    readonly validators: readonly TemplateValidator[];
  };
  /** The only target, or the first of several. */
  readonly target: PlannedTarget;
  readonly otherTargets: readonly PlannedTarget[];
  /** Merged into the template last. */
  readonly overrides?: ObjectNode;
  /** All targets as a template file writes them, `target` first; absent where inputs name the target. */
  readonly distribute?: readonly TemplateDistributor[];
  /** Properties that only API 2025-10-01 has, from the template file or inputs. */
  readonly more?: Pick<ImageTemplateProperties, "additionalDataDisks"> & { readonly workload?: Workload };
  readonly vmProfile?: TemplateVmProfile;
  readonly optimizeVmBoot: boolean;
  readonly errorHandling?: {
    readonly onCustomizerError: "cleanup" | "abort";
    readonly onValidationError: "cleanup" | "abort";
  };
  readonly stagingResourceGroup?: string;
  readonly managedResourceTags?: Readonly<Record<string, string>>;
  /** Tags of the template resource. */
  readonly templateTags: Readonly<Record<string, string>>;
  /** Tags of the image itself, the user's and those that tell its origin; nothing about people. */
  readonly imageTags: Readonly<Record<string, string>>;
  /** Whether the image's tags also name the digests of artifact and request. */
  readonly tagDigests: boolean;
  /** 0 is the service's 240. */
  readonly buildTimeoutInMinutes: number;
  /** Delete the template when the build has ended. False where the image would die with it. */
  readonly deleteTemplate: boolean;
  /** When the template is deleted, where it may be. */
  readonly cleanup: "always" | "onSuccess" | "never";
  /** Whether a cancelled pipeline run cancels the build, or lets it go on. */
  readonly onCancel: "cancel" | "leave";
  /** How much of the build's log the pipeline's log shows. */
  readonly verbosity: "none" | "quiet" | "normal" | "full";
  /** When the whole log of the build becomes part of the run's own. */
  readonly attachLog: "always" | "onFailure" | "never";
  /** The source as outputs name it. */
  readonly platformImage?: {
    readonly publisher: string;
    readonly offer: string;
    readonly sku: string;
    readonly version: string;
  };
  readonly notes: readonly Note[];
}

export type { Note } from "../findings.ts";

export type PlannedStep =
  { readonly kind: "fetchArtifact" } | { readonly kind: "customizer"; readonly customizer: TemplateCustomizer };

/** Where the artifact's files are. */
export type ArtifactSource =
  /** A tree or one file on the agent, to be packed; an absolute path. */
  | { readonly kind: "folder" | "file"; readonly path: string }
  /** An archive on the agent, handed over as it is. */
  | { readonly kind: "archive"; readonly path: string }
  /** A pipeline artifact, whose archive Azure DevOps hands over. */
  | { readonly kind: "pipeline"; readonly artifact: PipelineArtifact };

/** A way for the build VM to get the blob. */
export type ArtifactAccess =
  /** The build VM fetches it by its own identity; `identityId` is that identity's resource ID. */
  | { readonly kind: "vmIdentity"; readonly identityId: string }
  /** The service places it by the template's identity; only what has at most `maxBytes`. */
  | { readonly kind: "templateIdentity"; readonly maxBytes: number }
  | { readonly kind: "delegationSas" }
  | { readonly kind: "accountKey" };

export interface ArtifactPlan {
  readonly source: ArtifactSource;
  readonly format: "tar.gz" | "zip";
  /** The folder's name inside the image. */
  readonly folder: string;
  readonly account: StorageAccountFacts;
  readonly container: string;
  /** In order: the first that takes the archive's size is used. Never empty. */
  readonly access: readonly ArtifactAccess[];
  /** Unused blobs of the task are removed after so many days. */
  readonly retentionDays: number;
  /** When an address with a signature stops working: build timeout plus at most an hour. */
  readonly urlExpires: Date;
  /** Where the build VM puts the archive, e.g. `/tmp/web.tar.gz`. */
  readonly archiveInImage: string;
  /** Where it unpacks it, e.g. `/tmp/web`. */
  readonly folderInImage: string;
  /** A folder at the archive's top that does not become part of the image, as Azure DevOps makes one. */
  readonly topFolder?: string;
  /** The archive knows no modes: files that begin with `#!` are made executable in a Linux image. */
  readonly deriveModes: boolean;
}

/** The artifact as it lies in the blob store, ready to be named in a template. */
export interface ArtifactRef {
  /** How the build VM gets it. */
  readonly access: ArtifactAccess;
  /** Its address; with a signature where `access` is `delegationSas` or `accountKey`, hence a Secret. */
  readonly url: Secret;
  /** Transport digest: SHA-256 of the bytes of the blob, lower-case hex. */
  readonly sha256: string;
  /** Content digest: SHA-256 of what the archive holds (docs/artifacts.md), lower-case hex. */
  readonly content: string;
  /** Bytes of the blob. */
  readonly size: number;
}

/** A target of this build. */
export type PlannedTarget = PlannedTargets[keyof PlannedTargets];
