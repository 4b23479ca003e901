/** What the converter reads and writes. */
import type { TaskKind } from "../plan/find-step.ts";

/** A task whose steps are converted. */
export type OlderTask = Exclude<TaskKind, "AzureImageBuilder">;

/** Something to know about a converted step. `decide`: nothing but the user can tell. */
export interface ConversionNote {
  readonly kind: "changed" | "ignored" | "decide";
  readonly text: string;
}

/** A step of an older task, wherever it was found. */
export interface OlderStep {
  readonly task: OlderTask;
  /** For the reader, e.g. `line 12` or `Agent job 1, step 3`. */
  readonly where: string;
  /** Classic definitions store every default as if it had been chosen; releases keep artifacts in folders of their own. */
  readonly origin: "yaml" | "build" | "release" | "taskGroup";
  /** As written; names in any letter case. */
  readonly inputs: Readonly<Record<string, string>>;
  /** `name`, `displayName`, `condition` and the like, as YAML has them. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What could not be read of it. */
  readonly notes: readonly ConversionNote[];
}

/** What became of a step: inputs by their new names, in the order in which they are written. */
export interface ConvertedStep {
  readonly step: OlderStep;
  readonly inputs: Readonly<Record<string, string>>;
  readonly notes: readonly ConversionNote[];
}
