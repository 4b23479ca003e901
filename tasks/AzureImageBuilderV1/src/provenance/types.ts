/** The parts of an in-toto Statement v1 with an SLSA provenance v1 predicate that this task writes (docs/provenance.md). */
import type { RequestForm } from "../request/index.ts";

/** Digests by the name of their algorithm, in lower-case hex. */
export type DigestSet = Readonly<Record<string, string>>;

/** What something was made from, or a by-product; at least one of `uri` and `digest` is there. */
export interface ResourceDescriptor {
  readonly name?: string;
  readonly uri?: string;
  readonly digest?: DigestSet;
}

/** An image, by its resource ID or the address of its blob. */
export interface Subject {
  readonly name: string;
  readonly digest: DigestSet;
}

/** What ran the build beside what determines the image. */
export interface InternalParameters {
  /** The task and its version, e.g. `AzureImageBuilder@1.2.3`. */
  readonly task: string;
  /** Of Microsoft.VirtualMachineImages. */
  readonly apiVersion: string;
  /** Name of the image template. */
  readonly template: string;
  readonly stage: string;
  readonly job: string;
  readonly step: string;
}

/** The statement as it is written. */
export interface Statement {
  readonly _type: "https://in-toto.io/Statement/v1";
  readonly subject: readonly Subject[];
  readonly predicateType: "https://slsa.dev/provenance/v1";
  readonly predicate: {
    readonly buildDefinition: {
      readonly buildType: string;
      readonly externalParameters: { readonly request: RequestForm };
      readonly internalParameters: InternalParameters;
      readonly resolvedDependencies: readonly ResourceDescriptor[];
    };
    readonly runDetails: {
      readonly builder: { readonly id: string };
      readonly metadata: { readonly invocationId: string; readonly startedOn: string; readonly finishedOn: string };
      readonly byproducts: readonly ResourceDescriptor[];
    };
  };
}

/** What a statement is made of. */
export interface Made {
  readonly form: RequestForm;
  /** Resource IDs, and addresses of blobs; at least one. */
  readonly images: readonly string[];
  readonly internal: InternalParameters;
  /** What the image was made from, as `describeDependencies` gives it. */
  readonly dependencies: readonly ResourceDescriptor[];
  /** Address of the pipeline. */
  readonly builder: string;
  /** Address of the run's page, or what else names it. */
  readonly invocation: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
}
