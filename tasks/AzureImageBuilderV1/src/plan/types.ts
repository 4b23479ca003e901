/** What the task is going to do, decided before anything is created. Pure data: names, paths, deadlines. */
import type { Note } from "../findings.ts";
import type { PlannedTargets } from "../kinds/target/types.ts";
import type { ObjectNode } from "../template-file/nodes.ts";
import type { Secret } from "../secret.ts";
import type { OsType, StorageAccountFacts, TemplateRef } from "../ports.ts";
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

export interface ArtifactPlan {
  /** Absolute path on the agent. */
  readonly path: string;
  readonly format: "tar.gz" | "zip";
  /** Last segment of the path: the folder's name inside the image. */
  readonly folder: string;
  readonly account: StorageAccountFacts;
  readonly container: string;
  readonly blob: string;
  readonly access: "delegationSas" | "accountKey";
  /** When the address in the template stops working: build timeout plus at most an hour. */
  readonly urlExpires: Date;
  /** Where the build VM puts the archive, e.g. `/tmp/web.tar.gz`. */
  readonly archiveInImage: string;
  /** Where it unpacks it, e.g. `/tmp/web`. */
  readonly folderInImage: string;
}

/** The artifact as it lies in the blob store, ready to be named in a template. */
export interface ArtifactRef {
  /** Address with signature; a Secret because the signature reads the blob. */
  readonly url: Secret;
  /** SHA-256 of the uploaded bytes, lower-case hex. */
  readonly sha256: string;
  /** Bytes uploaded. */
  readonly size: number;
}

/** A target of this build. */
export type PlannedTarget = PlannedTargets[keyof PlannedTargets];
