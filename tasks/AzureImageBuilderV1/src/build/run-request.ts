/** What to run, and what is known of a run before it has ended. */
import type { RunHandle, TemplateRef, TemplateStatus } from "../ports.ts";
import type { Cleanup } from "./clean-up.ts";
import type { LogOptions } from "./follow-log.ts";
import { templateIdOf } from "../values/template-ref.ts";
import type { BuildResult } from "./types.ts";

/** What to run. */
export interface RunRequest extends Cleanup {
  readonly ref: TemplateRef;
  /** As it was before the run. */
  readonly found: TemplateStatus;
  /** A run may go on that the template does not show yet: another process of the step may have asked for it. */
  readonly mayRun?: boolean;
  /** The template's own limit in minutes; 0 is the service's. */
  readonly minutes: number;
  /** Names of the run's outputs, in the order in which they are told. */
  readonly outputNames: readonly string[];
  readonly log: LogOptions;
  /** Milliseconds that such builds took before. */
  readonly expectedMs?: number;
}

/** A run that is under way. */
export interface StartedRun {
  /** Start time of the run before this one, as text. */
  readonly before: string | undefined;
  /** The operation, where its address is known. */
  readonly handle: RunHandle | undefined;
  /** Logs made before are another run's. */
  readonly startedAt: Date;
}

/** The template's ID, and the source version that the service names. */
export function namesOf(
  last: TemplateStatus | undefined,
  { ref, found }: RunRequest,
): Pick<BuildResult, "templateId" | "sourceVersion"> {
  const exact = last?.exactSourceVersion ?? found.exactSourceVersion;
  // A gallery version's is a whole id; a marketplace image's may still be the word.
  const version = exact?.split("/").at(-1);
  return {
    templateId: templateIdOf(ref),
    ...(version === undefined || version.toLowerCase() === "latest" ? {} : { sourceVersion: version }),
  };
}
