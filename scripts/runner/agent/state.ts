/** What the agent keeps while a job and its steps run. */
import type { Endpoint } from "./endpoints.ts";
import type { Log } from "./log.ts";
import type { Masker } from "./masker.ts";
import type { TaskResult } from "./results.ts";
import type { VariableStore } from "./variables.ts";
import type { TaskRestrictions } from "../package/task-definition.ts";

/** An error or warning that a step reported. */
export interface Issue {
  readonly type: "error" | "warning";
  readonly code: string | undefined;
  readonly message: string;
}

/** A file a step handed over. */
export interface Attachment {
  /** Reference name of the step. */
  readonly step: string;
  readonly type: string;
  readonly name: string;
  /** Where the copy lies. */
  readonly path: string;
}

/** A record of `task.logdetail`; times in ms since 1970. */
export interface DetailRecord {
  readonly id: string;
  readonly parentId?: string;
  readonly name?: string;
  readonly type?: string;
  readonly order?: number;
  readonly state?: "Pending" | "InProgress" | "Completed";
  readonly result?: TaskResult;
  readonly percentComplete?: number;
  readonly currentOperation?: string;
  readonly startTime?: number;
  readonly finishTime?: number;
  /** The step that reported it. */
  readonly step: string;
}

/** The value of an output variable. */
export interface OutputVariable {
  readonly value: string;
  readonly secret: boolean;
}

/** Where files go that a step hands over. */
export interface JobFiles {
  /** Copies a file; returns the copy's path. */
  keep(file: string): string;
  /** Copies a file or folder into `folder` of a named artifact of the run. */
  publish(artifact: string, folder: string, path: string): void;
}

/** What all steps of a job share. */
export interface JobState {
  readonly variables: VariableStore;
  readonly masker: Masker;
  readonly log: Log;
  readonly files: JobFiles;
  /** By id. */
  readonly endpoints: Map<string, Endpoint>;
  /** Folders for PATH, oldest first. */
  readonly prependPath: string[];
  readonly attachments: Attachment[];
  /** Detail records of all steps of the job, by id in lower case. */
  readonly details: Map<string, DetailRecord>;
  readonly buildTags: string[];
  readonly hostType: "build";
  /** Milliseconds since 1970, real time. */
  readonly now: () => number;
}

/** What one part of a step has come to so far. */
export interface StepState {
  readonly refName: string;
  result: TaskResult | undefined;
  commandResult: TaskResult | undefined;
  readonly issues: Issue[];
  /** All that were reported, kept or not. */
  readonly counts: { error: number; warning: number };
  progress: number;
  currentOperation: string | undefined;
  readonly outputs: Map<string, OutputVariable>;
  /** In lower case: names the task declares as output variables. */
  readonly declaredOutputs: ReadonlySet<string>;
  /** Of the task and of the pipeline's `target`; all apply. */
  readonly restrictions: readonly TaskRestrictions[];
  /** Shared by the parts of one step. */
  readonly taskVariables: VariableStore;
  /** Called when the task asks not to be waited for. */
  onDone: (() => void) | undefined;
}

/** A step that has not begun. */
export function createStepState(
  refName: string,
  options: Pick<StepState, "declaredOutputs" | "restrictions" | "taskVariables">,
): StepState {
  return {
    ...options,
    refName,
    result: undefined,
    commandResult: undefined,
    issues: [],
    counts: { error: 0, warning: 0 },
    progress: 0,
    currentOperation: undefined,
    outputs: new Map(),
    onDone: undefined,
  };
}

/** How many issues of a kind a step keeps. */
const keptIssues = 10;

/** Logs an issue and keeps it, unless ten of its kind are kept already. */
export function addIssue(job: JobState, step: StepState, issue: Issue): void {
  const masked = { ...issue, message: job.masker.mask(issue.message) };
  if (masked.message !== "") job.log.tag(issue.type, masked.message);
  if (step.counts[issue.type] < keptIssues) step.issues.push(masked);
  step.counts[issue.type] += 1;
}

/** An error of the agent itself; does not by itself fail the step. */
export function reportError(job: JobState, step: StepState, message: string): void {
  addIssue(job, step, { type: "error", code: undefined, message });
}

/** A warning of the agent itself. */
export function reportWarning(job: JobState, step: StepState, message: string): void {
  addIssue(job, step, { type: "warning", code: undefined, message });
}

/** Percent 0 to 100; never goes down. */
export function reportProgress(step: StepState, percent: number, operation: string): void {
  step.progress = Math.max(step.progress, Math.min(Math.max(percent, 0), 100));
  if (operation !== "") step.currentOperation = operation;
}
