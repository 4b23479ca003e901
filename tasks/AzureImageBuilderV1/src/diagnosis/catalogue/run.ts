/** Failures of a run: it cannot start, cannot be stopped, cannot be deleted, or ran out of time. */
import type { KnownFailure } from "../types.ts";

const troubleshoot = "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot";
const showRun = "az image builder show --resource-group <group> --name <template> --query lastRunStatus";

/** Failures of runs and of what is done to a template meanwhile (`run-*`). Texts: Microsoft's pages and issues linked. */
export const runFailures: readonly KnownFailure[] = [
  {
    id: "run-delete-busy",
    patterns: [/imageTemplates\/delete'?\s+is\s+not\s+allowed\s+in\s+provisioning\s?[sS]tate/],
    where: ["arm-error", "pipeline-log"],
    cause: "The template cannot be deleted while its build runs or is being cancelled.",
    remedy:
      "Cancel the run, wait until its state is final, then delete. A cancellation can take hours; one that never ends " +
      "is a case for Azure support.",
    command: "az image builder cancel --resource-group <group> --name <template>",
    link: "https://github.com/danielsollondon/azvmimagebuilder/issues/38",
    weight: "cause",
    retryable: true,
  },
  {
    id: "run-cancel-busy",
    patterns: [/imageTemplates\/(?:cancel|run)\/action'?\s+is\s+not\s+allowed\s+in\s+provisioning\s?[sS]tate/],
    where: ["arm-error", "pipeline-log"],
    cause:
      "The state of the template does not allow this: a run is under way or is being cancelled already. Another " +
      "pipeline may be using the same template.",
    remedy: "Wait until the run state is final, then try again; or give each run a template of its own.",
    command: showRun,
    link: "https://github.com/danielsollondon/azvmimagebuilder/issues/79",
    weight: "cause",
    retryable: true,
  },
  {
    id: "run-delete-creating",
    patterns: [/Operation\s+'DELETE'\s+is\s+not\s+allowed\s+in\s+provisioningState:\s+'creating'/i],
    where: ["arm-error", "pipeline-log"],
    cause:
      "The template is still being created, so it cannot be deleted. It can hang there when its staging group is unfit.",
    remedy:
      "Wait until the creation has ended, then delete. A template that stays in that state is a case for Azure support.",
    command: "az image builder show --resource-group <group> --name <template> --query provisioningState",
    link: "https://github.com/Azure/azvmimagebuilder/issues/65",
    weight: "cause",
    retryable: true,
  },
  {
    id: "run-stuck-nic",
    patterns: [/\bNicInUseWithPrivateEndpoint\b/],
    where: ["arm-error", "customization-log", "pipeline-log"],
    cause:
      "The deletion of the template hangs: a network interface in its staging group still serves a private endpoint.",
    remedy:
      "Delete by hand, in this order: the private endpoint connection, the Private Link service, the interface and the " +
      "load balancer, the staging group, the template.",
    command: "az network private-link-service list --resource-group <staging-group> --output table",
    link: `${troubleshoot}#resource-deletion-errors-appear`,
    weight: "cause",
    retryable: false,
  },
  {
    id: "run-jwt",
    patterns: [/client_jwt\s+will\s+expire\s+within\s+5\s+minutes/],
    where: ["customization-log"],
    cause: "The build timeout is between one and five minutes: the token made for that time is too short for Packer.",
    remedy: "Set buildTimeoutInMinutes to 0 (four hours) or to 6 and more.",
    link: `${troubleshoot}#jwt-errors-appear-in-the-log-early-in-the-build`,
    weight: "cause",
    retryable: false,
  },
  {
    id: "run-timeout",
    patterns: [
      /Timeout\s+waiting\s+for\s+microservice\s+to\s+complete/,
      /Failed\s+in\s+building\/customizing\s+image:[\s\S]{0,400}?context\s+deadline\s+exceeded/,
    ],
    where: ["arm-error", "pipeline-log"],
    cause:
      "The build reached its time limit while customizing: a command waited for an answer, a download was slow, or the " +
      "work is too much for the VM.",
    remedy:
      "Look at the last step of the log and make its commands ask nothing. If the work does need longer, raise " +
      "buildTimeoutInMinutes or take a larger vmSize.",
    command: showRun,
    link: `${troubleshoot}#deployment-fails-due-to-timeout`,
    weight: "cause",
    retryable: false,
  },
  {
    id: "run-gateway",
    patterns: [/The\s+gateway\s+did\s+not\s+receive\s+a\s+response\s+from\s+'Microsoft\./],
    where: ["arm-error", "pipeline-log"],
    cause: "The service did not answer in time (504). It may have taken up the request all the same.",
    remedy: "Look whether the run has started before starting it again; then repeat the request.",
    command: showRun,
    link: "https://github.com/danielsollondon/azvmimagebuilder/issues/99",
    weight: "cause",
    retryable: true,
  },
  {
    id: "run-throttled",
    patterns: [
      /\b(?:Subscription|Resource|Tenant|Operation)RequestsThrottled\b/,
      /\bTooManyRequests\b/,
      /\bRetryableErrorDueToAnotherOperation\b/,
      /\bStatus(?:Code)?[=:]\s?"?429\b/,
    ],
    where: ["arm-error", "pipeline-log"],
    cause: "Azure is refusing requests for a moment: too many were sent, or another operation holds the resource.",
    remedy: "Wait for the time that the answer names, then try again. Several pipelines that poll at once add up.",
    link: "https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling",
    weight: "cause",
    retryable: true,
  },
  {
    id: "run-canceled",
    patterns: [/The\s+build\s+was\s+canceled/],
    where: ["arm-error"],
    cause: "The run was cancelled: by a person, by another pipeline on the same template, or by the clean-up of a job.",
    remedy: "Start it again. The activity log tells who cancelled; a template name for each run keeps pipelines apart.",
    command:
      "az monitor activity-log list --resource-id <template-id> --offset 1d " +
      "--query \"[?contains(operationName.value, 'cancel')].[eventTimestamp, caller]\" --output table",
    link: "https://learn.microsoft.com/rest/api/imagebuilder/virtual-machine-image-templates/cancel",
    weight: "cause",
    retryable: true,
  },
  {
    id: "run-template-gone",
    patterns: [
      /Resource\s+'Microsoft\.VirtualMachineImages\/imageTemplates\/[^'\n]+'\s+under\s+resource\s+group\s+'[^'\n]+'\s+was\s+not\s+found/i,
    ],
    where: ["arm-error", "pipeline-log"],
    cause:
      "There is no such template: another job has deleted it, or the group or the subscription is not the right one.",
    remedy: "Compare name, group and subscription with what exists. In a clean-up it only says that the work is done.",
    command: "az image builder list --resource-group <group> --output table",
    link: "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-not-found",
    weight: "cause",
    retryable: false,
  },
  {
    id: "run-rg-gone",
    patterns: [/Resource\s+group\s+'[^'\n]+'\s+could\s+not\s+be\s+found/],
    unless: [/ERROR:\s+->\s+ResourceGroup(?:NotFound|BeingDeleted)/],
    where: ["arm-error", "pipeline-log"],
    cause:
      "A resource group that the step names does not exist, or it belongs to another subscription than the connection's.",
    remedy: "Create the group, or correct its name or the subscription.",
    command: "az group create --name <group> --location <region>",
    link: "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-not-found",
    weight: "cause",
    retryable: false,
  },
];
