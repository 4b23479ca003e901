/** What a build left behind, as the outputs room reads it. */
import type { TaskError } from "../errors.ts";
import type { RunOutput } from "../ports.ts";

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
