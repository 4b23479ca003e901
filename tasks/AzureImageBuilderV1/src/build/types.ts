/** What a build is asked for, and what it left behind, as the outputs room reads it. */
import type { TaskError } from "../errors.ts";
import type { RunOutput } from "../ports.ts";

/**
 * What becomes of the template: `delete` it, `keepForImage` because the image would go with it, or leave alone one that
 * is `notOurs`.
 */
export type Afterwards = "delete" | "keepForImage" | "notOurs";

export interface BuildResult {
  readonly outcome: "Succeeded" | "PartiallySucceeded" | "Failed" | "Canceled";
  readonly runOutputs: readonly RunOutput[];
  /** The source version the service used, e.g. `24.04.202601140`; undefined when it does not say. */
  readonly sourceVersion?: string;
  /** Resource id of the template (it may be deleted by now). */
  readonly templateId: string;
  /** Why, where the outcome is Failed or Canceled. */
  readonly error?: TaskError;
  /** True where the service may still be working on the run: what the run needs must stay. */
  readonly mayStillRun: boolean;
}
