/** What a run is given, and what is told about it. Times in ms since 1970, real time. */
import type { RunnerClock } from "../agent/clock.ts";
import type { DockerClient } from "../agent/container.ts";
import type { Endpoint } from "../agent/endpoints.ts";
import type { LogSink } from "../agent/log.ts";
import type { TaskResult } from "../agent/results.ts";
import type { Attachment, DetailRecord, Issue, OutputVariable } from "../agent/state.ts";
import type { Variable } from "../agent/variables.ts";
import type { StepPart } from "../package/task-definition.ts";
import type { ExtensionPackage } from "../package/vsix.ts";

/** The world a job runs in: Azure DevOps and the service connections, as the emulator has them. */
export interface Surroundings {
  readonly endpoints: readonly Endpoint[];
  readonly service: {
    /** With a trailing slash. */
    readonly collectionUri: string;
    readonly projectId: string;
    readonly project: string;
    readonly accessToken: string;
    /** Where a job asks for its federated assertions; undefined where there is none. */
    readonly oidcRequestUri: string | undefined;
    readonly planId: string;
    /** The job's id where the service knows only one; else each job gets its own. */
    readonly jobId: string | undefined;
  };
  /** File of certificate authorities, as an agent's administrator would configure it. */
  readonly caFile: string | undefined;
  /** Variables every job has, unless the pipeline sets them. */
  readonly variables: Readonly<Record<string, string>>;
  /** Module that Node loads before a task's script, with the environment it needs. */
  readonly preload: { readonly module: string; readonly environment: Readonly<Record<string, string>> } | undefined;
}

/** A part of a task of the extension that has just been started. */
export interface StartedPart {
  readonly part: StepPart;
  /** Sends SIGKILL to the task's own process at once, in a container too. Does nothing when it has ended. */
  readonly kill: () => void;
}

/** Which pipeline a run is of, as Azure DevOps knows it. */
export interface PipelineIdentity {
  readonly id: number;
  readonly name: string;
  /** Full name, e.g. `refs/heads/main`. */
  readonly branch: string;
}

/** Everything a run is made of. */
export interface RunSettings {
  /** Text of the pipeline. */
  readonly source: string;
  /** What messages call the pipeline. */
  readonly file: string;
  /** What `checkout: self` brings: the folder of the pipeline. */
  readonly repository: string;
  readonly extension: ExtensionPackage;
  readonly surroundings: Surroundings;
  /** Node that runs the tasks. */
  readonly nodePath: string;
  /** Set when the run is queued: override what the file says. */
  readonly variables: Readonly<Record<string, string>>;
  /** Secret variables of the pipeline, which no file holds. */
  readonly secretVariables?: Readonly<Record<string, string>>;
  /** Override inputs of the extension's steps. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Takes the place of the service connection in the extension's steps. */
  readonly connection: string | undefined;
  /** Of the stage and job, from 1. */
  readonly attempt: number;
  /** ID of the pipeline run, which its attempts share; default 1. */
  readonly runId?: number;
  /** Whose run it is; default: `localPipeline`. */
  readonly identity?: PipelineIdentity;
  /** Aborted: the run is cancelled. */
  readonly cancel: AbortSignal;
  /** Aborted: the agent is lost with all that runs on it; no step of the running job follows, no post-job part either. */
  readonly lost?: AbortSignal;
  /** What the docker client of a container job does with a signal; default `stays`. */
  readonly dockerClient?: DockerClient;
  /** Called when a part of the extension's task begins. */
  readonly onTaskStart?: (started: StartedPart) => void;
  /** Called when a part of a step is over, with what it has attached. */
  readonly onStepEnd?: (attachments: readonly Attachment[]) => void;
  /** Each line a task of the extension prints, before commands are carried out and secrets masked. */
  readonly onOutput?: (line: string) => void;
  /** Time limits and pauses between tries. */
  readonly clock: RunnerClock;
  /** Waits of the cancel sequence. */
  readonly signalClock: RunnerClock;
  readonly sink: LogSink;
  /** Empty folder for everything the run needs; not removed. */
  readonly workFolder: string;
}

/** What came of one step, or of one part of it. */
export interface StepReport {
  /** Reference name; `Post-job: <name>` and `Pre-job: <name>` for the other parts. */
  readonly name: string;
  readonly displayName: string;
  /** As the pipeline names it, resolved: `AzureImageBuilder@1`, `Bash@3`, `checkout`. */
  readonly task: string;
  readonly stage: string;
  readonly job: string;
  readonly result: TaskResult;
  /** Of the last process; undefined where none was started. */
  readonly exitCode: number | undefined;
  /** Output variables by name, without the step's. */
  readonly outputs: ReadonlyMap<string, OutputVariable>;
  readonly issues: readonly Issue[];
  readonly durationMs: number;
  /** The try that gave the result, from 1. */
  readonly attempt: number;
  readonly signals: readonly NodeJS.Signals[];
}

/** A record of the run's timeline. */
export interface TimelineRecord {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly type: "Stage" | "Job" | "Task";
  readonly name: string;
  readonly refName: string;
  readonly result: TaskResult;
  readonly startTime: number;
  readonly finishTime: number;
  readonly percentComplete: number;
  readonly currentOperation: string | undefined;
  /** Of the job or stage, from 1. */
  readonly attempt: number;
  readonly details: readonly DetailRecord[];
}

/** What other jobs and stages see of a job. */
export interface JobReport {
  readonly stage: string;
  readonly name: string;
  readonly result: TaskResult;
  /** `step.variable`, or `job.step.variable` for a deployment job. */
  readonly outputs: ReadonlyMap<string, OutputVariable>;
}

/** What came of a run. */
export interface RunReport {
  readonly result: TaskResult;
  readonly steps: readonly StepReport[];
  /** Of all jobs; a later job's value wins. */
  readonly variables: readonly Variable[];
  readonly jobs: readonly JobReport[];
  readonly attachments: readonly Attachment[];
  readonly timeline: readonly TimelineRecord[];
  readonly buildTags: readonly string[];
  /** Masks every secret any job knew. */
  readonly mask: (text: string) => string;
}
