/** What planning knows besides the inputs. */
import type { Note } from "../findings.ts";
import type { SourceFacts } from "../kinds/source/types.ts";
import type { TargetFacts } from "../kinds/target/types.ts";
import type { PipelineArtifact } from "../ports.ts";
import type { StorageAccountFacts } from "../ports.ts";
import type { ArchiveFormat } from "../values/archive-kind.ts";
import type { Known } from "../values/permissions.ts";

/** The pipeline run this step is part of, from the agent's variables (agent contract, section 2.3). */
export interface RunIdentity {
  /** Address of the organisation or collection; `""` when unknown, as all texts here. */
  readonly collection: string;
  /** The project's ID, or its name where the ID is not told. */
  readonly project: string;
  readonly kind: "build" | "release";
  /** ID of the pipeline's definition. */
  readonly definition: string;
  /** ID of the build or of the release. */
  readonly id: string;
  readonly stage: string;
  /** Phase and job: a matrix makes several jobs of one phase. */
  readonly job: string;
  /** The step's reference name. */
  readonly step: string;
  readonly commit: string;
  readonly repository: string;
  /** Address of the repository, without the user it may name. */
  readonly repositoryUrl: string;
  /** Full name, e.g. `refs/heads/main`. */
  readonly branch: string;
  /** Address of the run's page. */
  readonly url: string;
  /** Where relative paths begin. */
  readonly workingDirectory: string;
  /** As people see it, e.g. `20261123.1`; in a release that of its primary artifact. */
  readonly buildNumber?: string;
  /** When the pipeline run began: the same for every attempt. */
  readonly startedAt?: Date;
}

/** What lies at the artifact's path. */
export type ArtifactFound =
  | { readonly kind: "folder" | "file" }
  /** An archive, which is handed over as it is. */
  | { readonly kind: "archive"; readonly format: ArchiveFormat };

/** A file that a step names, by its path as given. */
export type FoundFile =
  | { readonly from: "agent"; readonly content: Uint8Array }
  /** Part of the artifact: its path inside, with `/` between parts. */
  | { readonly from: "artifact"; readonly inside: string };

/** Whether an identity may read the artifact's blobs. */
export type BlobReaderFacts = {
  /** Its resource ID. */
  readonly id: string;
} & (
  | { readonly state: "reads" }
  | { readonly state: "noRole"; readonly principalId: string }
  /** There is no such identity. */
  | { readonly state: "absent" }
  /** The identity, its roles, or some of its roles could not be read (a role under a condition counts as the last). */
  | { readonly state: "unknown"; readonly unread: "identity" | "roles" | "allRoles" }
);

/** What the choice among ways of access goes by; what was not worth reading is absent, or unknown. */
export interface ArtifactAccessFacts {
  /** In the order of `buildVmIdentities`. */
  readonly vmIdentities: readonly BlobReaderFacts[];
  readonly templateIdentity?: BlobReaderFacts;
  readonly connection: ConnectionBlobFacts;
}

/** What the connection may do with the storage account. */
export interface ConnectionBlobFacts {
  /** Write blobs to the container by its own token. */
  readonly upload: Known;
  /** Get a user-delegation key of the account. */
  readonly delegation: Known;
  /** Read the account's keys. */
  readonly keys: Known;
}

/** Files of the lists of steps and validators, by path as given. */
export interface ListFiles {
  readonly steps: Readonly<Record<string, FoundFile>>;
  readonly validators: Readonly<Record<string, FoundFile>>;
}

/** Facts of one build, all read before anything is created. */
export interface Facts {
  readonly now: Date;
  readonly run: RunIdentity;
  readonly subscriptionId: string;
  /** The template's region, short name. */
  readonly location: string;
  readonly source: SourceFacts;
  readonly target: TargetFacts;
  /** Of the other targets of a list, in its order. */
  readonly otherTargets: readonly TargetFacts[];
  readonly files: ListFiles;
  /** Present when there is an artifact on the agent. */
  readonly artifact?: ArtifactFound;
  /** Present when there is an artifact of a pipeline run. */
  readonly pipelineArtifact?: PipelineArtifact;
  /** Present when there is an artifact. */
  readonly storageAccount?: StorageAccountFacts;
  /** Absent where the inputs alone decide how the build VM gets the artifact. */
  readonly artifactAccess?: ArtifactAccessFacts;
  readonly notes: readonly Note[];
}
