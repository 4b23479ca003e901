/** What a build is asked for, and what it left behind, as the outputs room reads it. */
import type { TaskError } from "../errors.ts";
import type { Diagnosis } from "../diagnosis/types.ts";
import type { RunOutput } from "../ports.ts";

/** A phase of the run as the template showed it, e.g. `Building`. */
export interface PhaseTime {
  readonly phase: string;
  readonly ms: number;
}

/** A step of the template as its log showed it. */
export interface StepTime {
  readonly name: string;
  readonly type: string;
  readonly ms: number;
  readonly failed: boolean;
  /** The build was cancelled or timed out in it. */
  readonly stopped?: boolean;
}

/** Why a build failed, apart from how it is told. */
export interface FailureReport {
  /** One sentence. */
  readonly headline: string;
  readonly diagnosis: Diagnosis;
  /** The service's own words, as an indented tree; empty where it said nothing. */
  readonly serviceWords: string;
  /** IDs for a support request by what they are, e.g. `operation` and a GUID. */
  readonly ids: Readonly<Record<string, string>>;
  /** Where the build's log lies in Azure, in words or as an address without a signature. */
  readonly logPlace: string;
}

/** What the build did with what it made and needed, in whole sentences. */
export interface Leftovers {
  readonly cleanedUp: readonly string[];
  /** What stays, each with the command that removes it. */
  readonly left: readonly string[];
}

/**
 * What becomes of the template: `delete` it, `keepForImage` because the image would go with it, or leave alone one that
 * is `notOurs`.
 */
export type Afterwards = "delete" | "keepForImage" | "notOurs";

export interface BuildResult {
  /** `Started`: the build goes on without this step. `Reused`: an image of the same request was there. */
  readonly outcome: "Succeeded" | "PartiallySucceeded" | "Failed" | "Canceled" | "Started" | "Reused";
  readonly runOutputs: readonly RunOutput[];
  /** The source version the service used, e.g. `24.04.202601140`; undefined when it does not say. */
  readonly sourceVersion?: string;
  /** Resource id of the template (it may be deleted by now). */
  readonly templateId: string;
  /** In the order in which they began; each phase with the time it took. */
  readonly phases: readonly PhaseTime[];
  readonly steps: readonly StepTime[];
  /** What has been cleaned up so far. */
  readonly leftovers: Leftovers;
  /** Cleans up; to be called once, when the outputs are set. Never rejects. Absent: nothing remains to be done. */
  readonly cleanUp?: () => Promise<Leftovers>;
  /** The whole log on the agent's disk; undefined where none was read. */
  readonly logPath?: string;
  readonly failure?: FailureReport;
  /** Why, where the outcome is Failed or Canceled. */
  readonly error?: TaskError;
  /** What an earlier attempt of the step has to do with it, as a sentence; absent: nothing. */
  readonly earlier?: string;
  /** Another pipeline run has built it, or tried to, while this one followed. */
  readonly isTwin?: boolean;
  /** True where the service may still be working on the run: what the run needs must stay. */
  readonly mayStillRun: boolean;
}
