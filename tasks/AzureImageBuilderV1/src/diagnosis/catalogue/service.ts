/** What the service says in general terms: texts that many failures share, and passing faults of Azure itself. */
import type { KnownFailure } from "../types.ts";

const troubleshoot = "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot";

/** General answers (`gen-*`) and faults of Resource Manager (`arm-*`). Texts: Microsoft's pages, recorded answers. */
export const serviceFailures: readonly KnownFailure[] = [
  {
    id: "gen-mismatch-aib",
    patterns: [/cross-generation\s+for\s+multiple\s+Hyper-V\s+Versions\s+is\s+not\s+supported/],
    where: ["arm-error", "pipeline-log"],
    cause: "Source image and image definition have different Hyper-V generations.",
    remedy:
      "Take a source of the definition's generation, or create another definition with --hyper-v-generation V1 or V2. " +
      "That of an existing definition never changes.",
    command:
      "az sig image-definition show --resource-group <group> --gallery-name <gallery> " +
      "--gallery-image-definition <definition> --query hyperVGeneration",
    link: "https://learn.microsoft.com/azure/virtual-desktop/troubleshoot-custom-image-templates",
    weight: "cause",
    retryable: false,
  },
  {
    id: "gen-mismatch-acg",
    patterns: [/has\s+a\s+different\s+Hypervisor\s+generation/],
    where: ["arm-error", "customization-log", "pipeline-log"],
    cause: "The gallery refuses the image: its Hyper-V generation is not that of the image definition.",
    remedy: "Publish to a definition of the image's generation, or build from a source of the definition's.",
    command:
      "az sig image-definition show --resource-group <group> --gallery-name <gallery> " +
      "--gallery-image-definition <definition> --query hyperVGeneration",
    link: "https://learn.microsoft.com/azure/virtual-machines/troubleshooting-shared-images",
    weight: "cause",
    retryable: false,
  },
  {
    id: "gen-distribute",
    patterns: [/Failed\s+in\s+distributing\s+\d/, /\[Distribute\s+\d+\]\s+Error\b/],
    where: ["arm-error", "pipeline-log"],
    cause:
      "Customizing went well, publishing did not: the identity lacks a right on the target, the version is taken, the " +
      "definition does not fit, or time ran out.",
    remedy:
      "Check the rights of the template's identity on the target's resource group first, then whether the target " +
      "exists already, then the time limit.",
    command: "az image builder show-runs --resource-group <group> --name <template>",
    link: `${troubleshoot}#error-occurs-with-waiting-for-azure-compute-gallery`,
    weight: "symptom",
    retryable: false,
  },
  {
    id: "gen-packer",
    patterns: [
      /Packer\s+build\s+command\s+has\s+failed/,
      /\bPackerBuildFailed\b/,
      /During\s+the\s+image\s+build,?\s+a\s+failure\s+has\s+occurred/,
    ],
    where: ["arm-error", "pipeline-log"],
    cause: "A customizer or validator failed, or the build VM could not be made. Only the build's log says which.",
    remedy:
      "Read customization.log at the place that the message names, from the end, by the lines marked (telemetry).",
    command: "az storage blob download --auth-mode login --blob-url <log-address> --file customization.log",
    link: `${troubleshoot}#packer-build-command-fails`,
    weight: "symptom",
    retryable: false,
  },
  {
    id: "gen-auth",
    patterns: [/\bAuthorizationFailed\b/, /does\s+not\s+have\s+authorization\s+to\s+perform\s+action/],
    where: ["arm-error", "customization-log", "pipeline-log"],
    cause: "Somebody lacks a right: the message names the action, the scope and who asked.",
    remedy:
      "Give the named object a role with that action on that scope. A role given minutes ago may need some time to count.",
    command: "az role assignment list --assignee <object-id> --scope <scope> --include-inherited --output table",
    link: "https://learn.microsoft.com/azure/role-based-access-control/troubleshooting",
    weight: "symptom",
    retryable: false,
  },
  {
    id: "gen-log-errored",
    patterns: [/\bBuild\s+'[^'\n]+'\s+errored(?:\s+after\s[^:\n]+)?:\s/],
    where: ["customization-log"],
    cause: "Packer gave up; the reason stands behind the colon, and more of it in the last step before.",
    remedy: "Read the output of the last step, between its start and its end.",
    link: `${troubleshoot}#packer-build-command-fails`,
    weight: "symptom",
    retryable: false,
  },
  {
    id: "gen-unauthorized",
    patterns: [/\bUnauthorized\b/],
    unless: [/Not\s+authorized\s+to\s+access\s+the\s+resource/],
    where: ["arm-error"],
    cause:
      "The template's identity may not do what the build needs; the service says so only after it took the template.",
    remedy: "Read provisioningError of the template: it names the resource. Give the identity its role there.",
    command: "az image builder show --resource-group <group> --name <template> --query provisioningError",
    link: `${troubleshoot}#assigned-managed-identity-isnt-authorized-to-access-a-resource`,
    weight: "symptom",
    retryable: false,
  },
  {
    id: "gen-internal",
    patterns: [/Internal\s+error\s+occurred\b/],
    unless: [/Failed\s+in\s+distributing/],
    where: ["arm-error", "pipeline-log"],
    cause:
      "The service tells no reason. Mostly the identity lacks a right, a staging group is shared or not empty, or a " +
      "storage account has a firewall; sometimes the service is at fault.",
    remedy:
      "Read provisioningError and lastRunStatus of the template and check the rights of its identity. If nothing is " +
      "wrong there, delete the template and try once more; then ask Azure support, with the correlation id.",
    command:
      "az image builder show --resource-group <group> --name <template> " +
      '--query "{error: provisioningError, run: lastRunStatus}"',
    link: `${troubleshoot}#resource-operation-finished-with-a-terminal-provisioning-state-of-failed`,
    weight: "symptom",
    retryable: true,
  },
  {
    id: "gen-terminal",
    patterns: [/completed\s+with\s+terminal\s+provisioning\s+state\s+'Failed'/],
    unless: [/Internal\s+error\s+occurred\b/, /Failed\s+in\s+distributing/],
    where: ["arm-error", "pipeline-log"],
    cause: "Only the wrapping of a failure: the reason lies in its details or in the state of the resource.",
    remedy: "Read the details of the error, and provisioningError of the template.",
    command: "az image builder show --resource-group <group> --name <template> --query provisioningError",
    link: `${troubleshoot}#resource-operation-finished-with-a-terminal-provisioning-state-of-failed`,
    weight: "symptom",
    retryable: false,
  },
  {
    id: "gen-cancel",
    patterns: [/Cancelling\s+build\s+after\s+receiving\s+terminated/],
    where: ["customization-log"],
    cause: "The build was stopped from outside: it reached its time limit, or somebody cancelled it.",
    remedy:
      "See the run's message for which of the two it was. For the time limit, look for what the last step was waiting " +
      "for, or raise buildTimeoutInMinutes.",
    command: "az image builder show --resource-group <group> --name <template> --query lastRunStatus",
    link: `${troubleshoot}#build-is-canceled-after-context-cancellation`,
    weight: "symptom",
    retryable: false,
  },
  {
    id: "arm-conflict-concurrent",
    patterns: [/failed\s+due\s+to\s+conflict\s+with\s+a\s+concurrent\s+request/],
    where: ["arm-error", "customization-log", "pipeline-log"],
    cause: "Two requests changed the same resource at the same time.",
    remedy:
      "Try again. If it comes back, look in the activity log for what else touches the resource (often a policy).",
    command: "az monitor activity-log list --resource-id <resource-id> --offset 1h --output table",
    link: "https://aka.ms/activitylog",
    weight: "cause",
    retryable: true,
  },
  {
    id: "arm-server-timeout",
    patterns: [/\bServerTimeout\b/],
    where: ["arm-error", "customization-log", "pipeline-log"],
    cause: "Azure Resource Manager ran out of time over the request. Nothing is wrong with the request itself.",
    remedy: "Try again.",
    link: "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors",
    weight: "cause",
    retryable: true,
  },
];
