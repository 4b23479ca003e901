/** What summaries are made of in tests: one build of each sort. */
import type { BuildResult, FailureReport } from "../../../tasks/AzureImageBuilderV1/src/build/types.ts";
import { BuildFailedError, CanceledError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import type { Outcome } from "../../../tasks/AzureImageBuilderV1/src/outputs/table.ts";
import { summarise, type SummaryContext } from "../../../tasks/AzureImageBuilderV1/src/outputs/summary-data.ts";
import type { SummaryData } from "../../../tasks/AzureImageBuilderV1/src/outputs/summary.ts";
import type { ServiceConnection } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { templateId, versionId } from "../build/stage.ts";

export const imageId = versionId.replace(/\/galleries.*/, "/images/web");
export const tenantId = "72f988bf-0000-4000-8000-2d7cd011db47";

/** A connection with these data and nothing else but a tenant. */
export function connection(
  data: Readonly<Record<string, string>>,
  tenant: string | undefined = tenantId,
): ServiceConnection {
  return {
    id: "images",
    scheme: "WorkloadIdentityFederation",
    url: "https://management.azure.com/",
    parameter: (name) => (name === "tenantid" ? tenant : undefined),
    data: (name) => data[name],
  };
}

export const yamlJob: Readonly<Record<string, string>> = {
  "System.TaskInstanceName": "image",
  "System.HostType": "build",
  "System.StageName": "Build",
  "System.PhaseName": "Bake",
  "System.JobName": "__default",
};

export function context(variables: Readonly<Record<string, string>> = yamlJob): SummaryContext {
  return {
    variable: (name) => variables[name],
    connection: connection({ environment: "AzureCloud" }),
    notes: [],
    totalMs: 2_523_000,
  };
}

const built: BuildResult = {
  outcome: "Succeeded",
  runOutputs: [{ name: "gallery", artifactId: versionId }],
  sourceVersion: "24.04.202601140",
  templateId,
  phases: [
    { phase: "Building", ms: 240_000 },
    { phase: "Customizing", ms: 1_200_000 },
    { phase: "Distributing", ms: 960_000 },
  ],
  steps: [
    { name: "install", type: "Shell", ms: 65_000, failed: false },
    { name: "harden", type: "Shell", ms: 12_000, failed: false },
  ],
  leftovers: { cleanedUp: ["image template aib-1 and its staging resources"], left: [] },
  mayStillRun: false,
};

export const outcome: Outcome = {
  templateName: "aib-1",
  platformImage: { publisher: "Canonical", offer: "ubuntu-24_04-lts", sku: "server", version: "latest" },
  targets: [{ runOutputName: "gallery", regions: ["westeurope", "northeurope"] }],
  artifactDigest: "v1:0a1b2c",
  requestDigest: "v1:3d4e5f",
  result: built,
};

/** Why a build failed, by a finding of the catalogue's form. */
export const report: FailureReport = {
  headline: "The image build failed after 00:12:00 in install (Shell) with exit code 100.",
  diagnosis: {
    findings: [
      {
        id: "net-apt-lock",
        cause: "Another process holds the lock of the package manager.",
        remedy: "Wait for cloud-init before the first apt-get.",
        command: "cloud-init status --wait",
        link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot",
        weight: "cause",
        retryable: true,
        evidence: "E: Could not get lock /var/lib/dpkg/lock-frontend",
      },
    ],
    step: {
      number: 1,
      provisioner: "shell",
      exitCode: 100,
      lines: ["Reading package lists...", "E: Could not get lock /var/lib/dpkg/lock-frontend"],
    },
    harmless: false,
  },
  serviceWords: "CustomizerFailed: the build did not succeed\n  -> Script exited with non-zero exit status: 100",
  ids: { operation: "11111111-2222-4333-8444-555555555555", template: templateId },
  logPlace: "https://x.blob.core.windows.net/packerlogs/1/customization.log",
};

const left = "image template aib-1: az image builder delete --subscription 5f3c1b2a --resource-group rg --name aib-1";

function failed(failure: FailureReport, next: string): SummaryData {
  const result: BuildResult = {
    ...built,
    outcome: "Failed",
    runOutputs: [],
    steps: [{ name: "install", type: "Shell", ms: 65_000, failed: true }],
    leftovers: { cleanedUp: [], left: [left] },
    failure,
    error: new BuildFailedError("AIB820", failure.headline, { next }),
  };
  return summarise({ ...outcome, result }, context());
}

const uri = "https://x.blob.core.windows.net/vhds/web.vhd";
const three: Outcome = {
  ...outcome,
  targets: [...outcome.targets, { runOutputName: "copy", regions: ["westeurope"] }, { runOutputName: "disk" }],
  result: {
    ...built,
    runOutputs: [...built.runOutputs, { name: "copy", artifactId: imageId }, { name: "disk", artifactUri: uri }],
  },
};

/** A summary of each sort, by the name of its approved file. */
export const summaries: Readonly<Record<string, SummaryData>> = {
  "gallery-two-regions": summarise(outcome, {
    ...context(),
    notes: [{ code: "AIB201", input: "sourceVersion", message: "latest is 24.04.202601140 in westeurope" }],
  }),
  "several-targets": summarise(three, context()),
  "managed-image": summarise(
    {
      ...outcome,
      targets: [{ runOutputName: "image", regions: ["westeurope"] }],
      result: { ...built, runOutputs: [{ name: "image", artifactId: imageId }] },
    },
    { ...context({ ...yamlJob, "System.StageName": "__default" }), source: { type: "ManagedImage", imageId } },
  ),
  vhd: summarise(
    {
      ...outcome,
      targets: [{ runOutputName: "disk" }],
      result: { ...built, runOutputs: [{ name: "disk", artifactUri: uri }] },
    },
    context(),
  ),
  "partial-success": summarise(
    {
      ...three,
      result: { ...built, outcome: "PartiallySucceeded", leftovers: { cleanedUp: [], left: [left] } },
    },
    context(),
  ),
  "failed-known": failed(report, `${report.diagnosis.findings[0]?.remedy ?? ""} Command: cloud-init status --wait`),
  "failed-unknown": failed(
    { ...report, diagnosis: { findings: [], harmless: false }, ids: {} },
    "Read the build's log from its end upwards for the step that failed.",
  ),
  cancelled: summarise(
    {
      ...outcome,
      result: {
        ...built,
        outcome: "Canceled",
        runOutputs: [],
        steps: [],
        error: new CanceledError("AIB830", "The build was cancelled by someone else, after 00:03:00."),
      },
    },
    context(),
  ),
  started: summarise(
    {
      ...outcome,
      result: {
        outcome: "Started",
        runOutputs: [],
        templateId,
        phases: [],
        steps: [],
        leftovers: { cleanedUp: [], left: [] },
        mayStillRun: true,
      },
    },
    { ...context(), totalMs: 31_000 },
  ),
  found: summarise(
    {
      templateName: "",
      isFound: true,
      targets: [{ runOutputName: "gallery", regions: ["westeurope"] }],
      artifactDigest: undefined,
      requestDigest: "v1:3d4e5f",
      result: {
        ...built,
        sourceVersion: undefined,
        templateId: "",
        phases: [],
        steps: [],
        leftovers: { cleanedUp: [], left: [] },
      },
    },
    context(),
  ),
  "failed-late-image": {
    ...failed(
      { ...report, diagnosis: { findings: [], harmless: false } },
      "Do not build again: wait for the replication.",
    ),
    images: summarise(outcome, context()).images,
  },
  "classic-release": summarise(
    outcome,
    context({ "System.TaskInstanceName": "image", "System.HostType": "release", "System.JobName": "Agent job" }),
  ),
};
