/** The variables the service and the agent set for a job (agent contract, section 2.3). */
import { arch, hostname, platform } from "node:os";
import type { Job, Stage } from "../pipeline/types.ts";
import type { JobFolders } from "./workspace.ts";
import type { PipelineIdentity, Surroundings } from "./types.ts";

/** Which job it is, of which run. */
export interface JobIdentity {
  readonly stage: Stage;
  readonly job: Job;
  readonly jobId: string;
  readonly attempt: number;
  /** Of the pipeline run. */
  readonly runId: number;
  readonly pipeline: PipelineIdentity;
  readonly sourceVersion: string;
  /** Of the run, in ms since 1970. */
  readonly startTime: number;
}

/** The agent whose contract this runner follows. */
const agentVersion = "4.275.0";

/** The pipeline of a run that is not said to be another's. */
export const localPipeline: PipelineIdentity = { id: 1, name: "local", branch: "refs/heads/main" };

/** A run's number as people see it; `startTime` in ms since 1970. */
export function runNumber(runId: number, startTime: number): string {
  return `${new Date(startTime).toISOString().slice(0, 10).replaceAll("-", "")}.${runId}`;
}

/** The variables of a run that tell its branch. */
export function branchVariables({ branch }: PipelineIdentity): Readonly<Record<string, string>> {
  return { "Build.SourceBranch": branch, "Build.SourceBranchName": branch.split("/").at(-1) ?? branch };
}

/** Minutes that the service gives a job which names none. */
const defaultTimeout = 60;

/** Predefined variables by their documented names; read-only for the steps. */
export function systemVariables(
  identity: JobIdentity,
  folders: JobFolders,
  surroundings: Surroundings,
): Readonly<Record<string, string>> {
  return {
    ...agentVariables(folders, identity),
    ...serviceVariables(identity, surroundings),
    ...buildVariables(identity, folders),
    ...(surroundings.caFile === undefined ? {} : { "Agent.CAInfo": surroundings.caFile }),
  };
}

function agentVariables(folders: JobFolders, { job }: JobIdentity): Record<string, string> {
  const systems: Readonly<Record<string, string>> = { linux: "Linux", darwin: "Darwin", win32: "Windows_NT" };
  const architectures: Readonly<Record<string, string>> = { x64: "X64", arm64: "ARM64", arm: "ARM", ia32: "X86" };
  return {
    "Agent.Id": "1",
    "Agent.Name": "local",
    "Agent.MachineName": hostname(),
    "Agent.Version": agentVersion,
    "Agent.OS": systems[platform()] ?? platform(),
    "Agent.OSArchitecture": architectures[arch()] ?? arch().toUpperCase(),
    "Agent.IsSelfHosted": "1",
    "Agent.JobName": job.displayName,
    "Agent.HomeDirectory": folders.home,
    "Agent.RootDirectory": folders.work,
    "Agent.WorkFolder": folders.work,
    "Agent.BuildDirectory": folders.build,
    "Agent.ToolsDirectory": folders.tools,
    "Agent.TempDirectory": folders.temp,
    "Agent.ReadOnlyVariables": "true",
  };
}

/** `System.JobName` is `__default` unless a matrix makes several jobs of one; the job's own name is the phase's. */
function serviceVariables(identity: JobIdentity, { service }: Surroundings): Record<string, string> {
  const { stage, job, jobId, attempt, pipeline } = identity;
  const phase = stage.name === "__default" ? job.name : `${stage.name}.${job.name}`;
  return {
    "System.CollectionUri": service.collectionUri,
    "System.TeamFoundationCollectionUri": service.collectionUri,
    "System.TeamFoundationServerUri": service.collectionUri,
    "System.CollectionId": "c0ffee00-0000-4000-8000-000000000001",
    "System.TeamProject": service.project,
    "System.TeamProjectId": service.projectId,
    "System.ServerType": "Hosted",
    "System.Culture": "en-US",
    "System.HostType": "build",
    "System.PlanId": service.planId,
    "System.TimelineId": service.planId,
    "System.JobId": jobId,
    "System.JobName": "__default",
    "System.JobDisplayName": job.displayName,
    "System.JobIdentifier": `${phase}.__default`,
    "System.JobAttempt": String(attempt),
    "System.StageName": stage.name,
    "System.StageDisplayName": stage.displayName,
    "System.StageAttempt": String(attempt),
    "System.JobTimeout": String(job.timeoutInMinutes ?? defaultTimeout),
    "System.PhaseName": job.name,
    "System.PhaseDisplayName": job.displayName,
    "System.PhaseAttempt": String(attempt),
    "System.DefinitionId": String(pipeline.id),
    "System.DefinitionName": pipeline.name,
    ...(service.oidcRequestUri === undefined
      ? {}
      : { "System.OidcRequestUri": oidcUri(service.oidcRequestUri, jobId) }),
  };
}

/** The address names the job that asks. */
function oidcUri(uri: string, jobId: string): string {
  return uri.replace(/(\/jobs\/)[^/]+/i, `$1${jobId}`);
}

function buildVariables(identity: JobIdentity, folders: JobFolders): Record<string, string> {
  const { sourceVersion, startTime, runId, pipeline } = identity;
  return {
    "System.DefaultWorkingDirectory": folders.sources,
    "System.ArtifactsDirectory": folders.staging,
    "Pipeline.Workspace": folders.build,
    "Build.SourcesDirectory": folders.sources,
    "Build.Repository.LocalPath": folders.sources,
    "Build.ArtifactStagingDirectory": folders.staging,
    "Build.StagingDirectory": folders.staging,
    "Build.BinariesDirectory": folders.binaries,
    "Common.TestResultsDirectory": folders.testResults,
    "Build.BuildId": String(runId),
    "Build.BuildNumber": runNumber(runId, startTime),
    "Build.BuildUri": `vstfs:///Build/Build/${runId}`,
    "Build.DefinitionName": pipeline.name,
    "Build.Reason": "Manual",
    "Build.RequestedFor": "Local User",
    "Build.Repository.Name": "local",
    "Build.Repository.Provider": "TfsGit",
    ...branchVariables(pipeline),
    "Build.SourceVersion": sourceVersion,
  };
}
