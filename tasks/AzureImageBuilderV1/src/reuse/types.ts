/** What came of asking whether an image that is there will do. */
import type { Note } from "../findings.ts";
import type { PipelineRunFacts, RunOutput } from "../ports.ts";

/** Why a build would make something new, for conditions in pipelines. */
export const buildReasons = [
  /** This pipeline has made none. */
  "noImage",
  "newSource",
  "changedArtifact",
  /** Steps or validation. */
  "changedSteps",
  /** Disks, identities, optimisation, or the definition. */
  "changedSettings",
  "tooOld",
  /** It is retired, past its end of life, excluded from latest, or not complete. */
  "notUsable",
  /** Nothing shows that this pipeline made it on a branch that counts. */
  "notTrusted",
  /** The source's exact version is not known, or the target is one that bears no tags. */
  "notComparable",
] as const;
export type BuildReason = (typeof buildReasons)[number];

export type Verdict =
  | {
      readonly kind: "reuse";
      readonly outputs: readonly RunOutput[];
      /** The run that made it. */
      readonly maker: PipelineRunFacts;
      /** Where it is found, what was trusted: whole sentences. */
      readonly text: string;
      /** Short names, by output. */
      readonly regions: Readonly<Record<string, readonly string[]>>;
      /** Regions asked for that it is not in. */
      readonly notes: readonly Note[];
    }
  | {
      readonly kind: "build";
      readonly reason: BuildReason;
      /** Why, in whole sentences. */
      readonly text: string;
    };

/** Why an image is not used again: the end of a sentence that begins with its name. */
export interface Refusal {
  readonly reason: BuildReason;
  readonly why: string;
}
