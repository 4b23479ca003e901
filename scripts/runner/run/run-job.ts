/** Runs one job as an agent of its own would. */
import { randomUUID } from "node:crypto";
import { copyFileSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { endpointSecrets, systemConnection, type Endpoint } from "../agent/endpoints.ts";
import { cleanBase } from "../agent/environment.ts";
import { createLog } from "../agent/log.ts";
import { createMasker, type Masker } from "../agent/masker.ts";
import type { TaskResult } from "../agent/results.ts";
import type { JobFiles, JobState, OutputVariable } from "../agent/state.ts";
import { removeTasks } from "../package/vsix.ts";
import type { Job, Stage } from "../pipeline/types.ts";
import { createJobVariables, evaluateDeclarations, type Upstream } from "./job-variables.ts";
import { setJobResult, type JobContext } from "./job-context.ts";
import { limitJob } from "./job-limits.ts";
import { endOrphans, lookupVariable } from "./orphans.ts";
import { planSteps } from "./plan-steps.ts";
import { runStep } from "./run-step.ts";
import { localPipeline, systemVariables } from "./system-variables.ts";
import type { JobReport, RunSettings, StepReport, TimelineRecord } from "./types.ts";
import {
  createArtifactStore,
  createJobFolders,
  sourceVersion,
  type ArtifactStore,
  type JobFolders,
} from "./workspace.ts";

/** A job that is to run, and what it is given. */
export interface JobRequest {
  readonly stage: Stage;
  readonly job: Job;
  /** Number of the job in the run, from 1: names its folder. */
  readonly number: number;
  readonly declared: Parameters<typeof evaluateDeclarations>[0]["declared"];
  readonly upstream: Upstream;
  readonly stageRecordId: string;
  /** Registers what is secret beyond this job. */
  readonly runMasker: Masker;
}

/** What came of a job. */
export interface JobOutcome extends JobReport {
  readonly state: JobState;
  readonly steps: readonly StepReport[];
  readonly records: readonly TimelineRecord[];
  readonly record: TimelineRecord;
}

/** Runs the steps of a job whose condition holds. Never throws for what a step does. */
export async function runJob(settings: RunSettings, request: JobRequest): Promise<JobOutcome> {
  const startTime = Date.now();
  const folders = await createJobFolders(join(settings.workFolder, String(request.number)));
  const artifacts = createArtifactStore(join(settings.workFolder, "artifacts"));
  const state = await createState(settings, request, { folders, artifacts, startTime });
  const limits = limitJob(settings, request.job);
  const mark = `vsts_${randomUUID()}`;
  const context: JobContext = {
    settings,
    stage: request.stage,
    job: request.job,
    state,
    folders,
    artifacts,
    base: { ...cleanBase(process.env), [lookupVariable]: mark },
    cancel: limits.cancel,
    kill: limits.kill,
    recordId: randomUUID(),
    result: "Succeeded",
    steps: [],
    records: [],
  };
  setJobResult(context, "Succeeded");
  try {
    for (const plan of await planSteps(context)) await runStep(context, plan);
  } finally {
    limits.end();
    await endOrphans(mark);
    await removeTasks(folders.tasks);
  }
  return describe(context, {
    startTime,
    result: endResult(settings, context),
    stageRecordId: request.stageRecordId,
  });
}

/** A job whose agent is lost has failed, whatever it came to before (agent contract, section 4.2). */
function endResult({ lost }: RunSettings, { cancel, result }: JobContext): TaskResult {
  if (lost?.aborted === true) return "Failed";
  return cancel.aborted ? "Canceled" : result;
}

async function createState(
  settings: RunSettings,
  request: JobRequest,
  parts: { readonly folders: JobFolders; readonly artifacts: ArtifactStore; readonly startTime: number },
): Promise<JobState> {
  const { surroundings, attempt, runId = 1 } = settings;
  const masker = bothMaskers(createMasker(), request.runMasker);
  const identity = {
    stage: request.stage,
    job: request.job,
    jobId: surroundings.service.jobId ?? randomUUID(),
    attempt,
    runId,
    pipeline: settings.identity ?? localPipeline,
    sourceVersion: await sourceVersion(settings.repository),
    startTime: parts.startTime,
  };
  const values = evaluateDeclarations(
    {
      system: systemVariables(identity, parts.folders, surroundings),
      surroundings: surroundings.variables,
      declared: request.declared,
      queued: settings.variables,
      secrets: settings.secretVariables ?? {},
    },
    request.upstream,
  );
  const endpoints = allEndpoints(settings);
  for (const value of endpoints.flatMap(endpointSecrets)) masker.addAtStart(value);
  const variables = createJobVariables(values, masker);
  return {
    variables,
    masker,
    log: createLog(settings.sink, masker, () => variables.get("system.debug")?.toLowerCase() === "true"),
    files: createFiles(settings.workFolder, parts.artifacts),
    endpoints: new Map(endpoints.map((endpoint) => [endpoint.id.toLowerCase(), endpoint])),
    prependPath: [],
    attachments: [],
    details: new Map(),
    buildTags: [],
    hostType: "build",
    now: () => Date.now(),
  };
}

function allEndpoints({ surroundings }: RunSettings): readonly Endpoint[] {
  const { collectionUri, accessToken } = surroundings.service;
  return [...surroundings.endpoints, systemConnection(collectionUri, accessToken)];
}

/** What is secret in a job is secret in the run's report, too; not the other way round. */
function bothMaskers(own: Masker, run: Masker): Masker {
  return {
    add(value) {
      own.add(value);
      run.add(value);
    },
    addAtStart(value) {
      own.addAtStart(value);
      run.addAtStart(value);
    },
    mask: (text) => own.mask(text),
  };
}

function createFiles(workFolder: string, artifacts: ArtifactStore): JobFiles {
  return {
    keep(file) {
      const folder = join(workFolder, "attachments", randomUUID());
      mkdirSync(folder, { recursive: true });
      const copy = join(folder, basename(file));
      copyFileSync(file, copy);
      return copy;
    },
    publish: (artifact, folder, path) => artifacts.publish(artifact, folder === artifact ? "." : folder, path),
  };
}

function describe(
  context: JobContext,
  end: { readonly startTime: number; readonly result: TaskResult; readonly stageRecordId: string },
): JobOutcome {
  const { stage, job, state, steps, records } = context;
  const result = end.result === "Failed" && job.continueOnError ? "SucceededWithIssues" : end.result;
  return {
    stage: stage.name,
    name: job.name,
    result,
    outputs: jobOutputs(context),
    state,
    steps,
    records,
    record: {
      id: context.recordId,
      parentId: end.stageRecordId,
      type: "Job",
      name: job.displayName,
      refName: job.name,
      result,
      startTime: end.startTime,
      finishTime: Date.now(),
      percentComplete: 100,
      currentOperation: undefined,
      attempt: context.settings.attempt,
      details: [],
    },
  };
}

/** A deployment job's outputs carry the job's name in front (Azure Pipelines documentation, "Deployment jobs"). */
function jobOutputs({ job, steps }: JobContext): ReadonlyMap<string, OutputVariable> {
  const prefix = job.kind === "deployment" ? `${job.name}.` : "";
  return new Map(
    steps.flatMap((step) => {
      const name = step.name.replace(/^(Pre|Post)-job: /, "");
      return [...step.outputs].map(([variable, output]) => [`${prefix}${name}.${variable}`, output] as const);
    }),
  );
}
