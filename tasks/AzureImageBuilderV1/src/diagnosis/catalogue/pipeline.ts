/** Failures of the pipeline around the build. */
import type { KnownFailure } from "../types.ts";

/** Failures that a pipeline's log tells (`pipe-*`). Texts: Microsoft's page on troubles and the issue linked. */
export const pipelineFailures: readonly KnownFailure[] = [
  {
    id: "pipe-cancel",
    patterns: [/##\[error\]The operation was canceled/, /ran longer than the maximum time of \d{1,6} minutes/],
    where: ["pipeline-log", "arm-error"],
    cause:
      "The pipeline stopped the job at its own time limit (60 minutes by default). The image build may still be running.",
    remedy:
      "Set the job's timeoutInMinutes 30 above the build timeout (0 is the most the agent allows), or start the run and " +
      "wait for it elsewhere. See whether the build still runs, and cancel it if it is not wanted.",
    command: "az image builder show --resource-group <group> --name <template> --query lastRunStatus",
    link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot#operation-was-canceled",
    weight: "cause",
    retryable: false,
  },
  {
    id: "pipe-null-input",
    patterns: [/TypeError: Cannot read propert(?:y 'split' of null|ies of null \(reading 'split'\))/],
    where: ["pipeline-log"],
    cause: "The older Image Builder task was started without an input that it needs, such as replicationRegions.",
    remedy: "Give all inputs, replicationRegions with a gallery among them, or change to AzureImageBuilder@1.",
    link: "https://github.com/danielsollondon/azvmimagebuilder/issues/67",
    weight: "cause",
    retryable: false,
  },
];
