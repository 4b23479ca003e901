/** Why a build failed: what is known beforehand, what was seen, and what is concluded. */
import type { ServiceErrorBody } from "../ports.ts";

/** Where a text was found: what is harmless in one place means a failure in another. */
export type Where = "customization-log" | "arm-error" | "storage" | "entra" | "pipeline-log";

/** A known failure. Pure data: one place to add one is a file of `catalogue/`. */
export interface KnownFailure {
  /** Stable; `topic-what`, e.g. `src-terms`. */
  readonly id: string;
  /** Any of them. May span lines: lines are joined by `\n`. */
  readonly patterns: readonly RegExp[];
  /** None of them may match the text beside it. */
  readonly unless?: readonly RegExp[];
  readonly where: readonly Where[];
  /** One or two sentences: what it means, as probably as it is known. */
  readonly cause: string;
  /** What the user does about it. */
  readonly remedy: string;
  /** An `az` command where there is one, with `<placeholders>` for what only the user knows. */
  readonly command?: string;
  /** The document or issue it comes from. */
  readonly link: string;
  /**
   * `cause`: says what went wrong; `symptom`: true of many failures, told after the causes; `harmless`: never
   * blamed, hidden in the log.
   */
  readonly weight: "cause" | "symptom" | "harmless";
  /** The same step may succeed when it is run again. */
  readonly retryable: boolean;
}

/** All that is known of a failure. Every part may be absent. */
export interface Evidence {
  /** The operation's error tree. */
  readonly error?: ServiceErrorBody;
  readonly provisioningError?: { readonly code?: string; readonly message?: string };
  /** `lastRunStatus.message`. */
  readonly runMessage?: string;
  /** The build's log as text; where it is long, its beginning and its end. */
  readonly log?: string;
  /** Any other text, and where it comes from. */
  readonly text?: { readonly where: Where; readonly content: string };
}

/** A known failure that was found. */
export interface Finding {
  readonly id: string;
  readonly cause: string;
  readonly remedy: string;
  readonly command?: string;
  readonly link: string;
  readonly retryable: boolean;
  /** A symptom is true of many failures, and comes after every cause. */
  readonly weight: "cause" | "symptom";
  /** The line that says it, as it stands in the text. */
  readonly evidence: string;
}

/** The step in which the log ends with an error. */
export interface FailedStep {
  /** Its number among the log's steps, from 1. */
  readonly number: number;
  /** Packer's word, e.g. `powershell`. */
  readonly provisioner: string;
  /** As the script or the process ended; undefined where the log does not say. */
  readonly exitCode?: number;
  /** What was said between the step's start and its end: the last lines of it, at most 20. */
  readonly lines: readonly string[];
}

export interface Diagnosis {
  /** Best first: the cause before its symptoms. Empty: not known. */
  readonly findings: readonly Finding[];
  readonly step?: FailedStep;
  /** The text holds nothing but what is harmless. */
  readonly harmless: boolean;
}
