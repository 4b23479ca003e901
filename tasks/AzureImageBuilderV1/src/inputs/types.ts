/** The step's inputs, checked and put together: what the user asked for, before Azure is asked anything. */
import type { Note } from "../findings.ts";
import type { StepRequest } from "../kinds/customizer/index.ts";
import type { SourceChoice } from "../kinds/source/types.ts";
import type { ListedTarget, TargetChoice } from "../kinds/target/types.ts";
import type { PipelineRef } from "../ports.ts";
import type { FileTemplate } from "../template-file/read.ts";
import type { InputValues } from "./table.ts";

type TakenOver =
  | "azureSubscription"
  | "subscriptionId"
  | "resourceGroup"
  | "location"
  | "managedIdentity"
  | "osType"
  | "removeArtifact"
  | "environment"
  | "inlineScript"
  | "windowsUpdate"
  | "runElevated"
  | "runAsSystem"
  | "vmSize"
  | "osDiskSizeGB"
  | "buildVmIdentities"
  | "stagingResourceGroup"
  | "managedResourceTags"
  | "templateTags"
  | "imageTags"
  | "provenanceTags"
  | "optimizeVmBoot"
  | "optimizeWorkload"
  | "dataDisks"
  | "templateOverrides"
  | "templateName"
  | "buildTimeoutInMinutes"
  | "onCustomizerError"
  | "onValidationError"
  | "cleanup"
  | "onCancel"
  | "preflight"
  | "skipChecks"
  | "verbosity"
  | "attachLog";

/** Values straight from the table, and the groups that several inputs make together. */
export interface Inputs extends Pick<InputValues, TakenOver> {
  readonly source: SourceChoice;
  /** The only target, or the first of the list. */
  readonly target: TargetChoice;
  /** All targets of the list; empty where single inputs name the one there is. */
  readonly listedTargets: readonly ListedTarget[];
  /** As listed; empty where the short inputs say what to do. */
  readonly steps: readonly StepRequest[];
  /** Absent: the image is built without files of the pipeline. */
  readonly artifact?: ArtifactInputs;
  readonly validation?: ValidationInputs;
  readonly network?: NetworkInputs;
  /** Absent: an image is built whatever is there. */
  readonly reusable?: ReuseInputs;
  /** Absent: no template file. Its parts that are inputs too are among those. */
  readonly file?: FileTemplate;
  readonly notes: readonly Note[];
}

/** The files to take along, on the agent or in a pipeline run, and where they wait for the build VM. */
export type ArtifactInputs = ArtifactTravel &
  (
    | {
        /** As given: absolute or relative to the working directory, either separator. */
        readonly path: string;
        readonly run?: never;
      }
    | { readonly path?: never; readonly run: RunArtifact }
  );

/** An artifact that a pipeline run has published. */
export type RunArtifact =
  /** Of this run. */
  | { readonly name: string; readonly pipeline?: never }
  /** Of the latest successful run of a pipeline, on one branch where that is given, with all of the tags. */
  | {
      readonly name: string;
      readonly pipeline: PipelineRef;
      /** Full name, e.g. `refs/heads/main`. */
      readonly branch?: string;
      readonly tags: readonly string[];
    };

/** The artifact's way into the image. */
export interface ArtifactTravel {
  /** An ID, or a name to look up in the subscription. */
  readonly storageAccount: string;
  readonly container: string;
  /** The task's blobs that nobody has used for so many days are removed. */
  readonly retentionDays: number;
  readonly access: InputValues["artifactAccess"];
}

/** What the image must pass. */
export interface ValidationInputs {
  /** One script; empty where `validators` lists what to run. */
  readonly script: readonly string[];
  readonly validators: readonly StepRequest[];
  readonly sourceValidationOnly: boolean;
  readonly continueOnFailure: boolean;
}

/** Which image may be used again. */
export interface ReuseInputs {
  /** Days since it was made. */
  readonly maxAgeDays: number;
  /** Full names of branches whose images count, `*` for any part between slashes; empty: this run's own branch alone. */
  readonly branches: readonly string[];
}

/** Where the build VM is attached. */
export interface NetworkInputs {
  readonly subnet: string;
  readonly containerInstanceSubnet?: string;
  /** Never together with `containerInstanceSubnet`. */
  readonly proxyVmSize?: string;
}
