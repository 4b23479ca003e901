/** Known failures of quotas: cores, counts of resources, container instances. */
import type { KnownFailure, Where } from "../types.ts";

const resourceManager: readonly Where[] = ["arm-error", "customization-log", "pipeline-log"];

/** Entries `quota-*` and `aci-*`. */
export const quotaFailures: readonly KnownFailure[] = [
  {
    id: "quota-cores",
    patterns: [/results?\s+in\s+exceeding\s+(?:approved|quota\s+limits?)/, /\bQuotaExceeded\b/],
    where: resourceManager,
    cause:
      "The subscription has too few cores left in the region, of the VM family or in total. A build needs those of its VM " +
      "and, in an own subnet, one more for a helper VM.",
    remedy: "Choose a smaller size or another family, end VMs that are not needed, or ask for a higher quota.",
    command: "az vm list-usage --location <region> --output table",
    link: "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-resource-quota",
    weight: "cause",
    retryable: false,
  },
  {
    id: "quota-resource",
    patterns: [/ResourceQuotaExceeded/, /would\s+exceed\s+the\s+quota\s+of/],
    where: resourceManager,
    cause: "The resource group or subscription may hold no more resources of the type in the message.",
    remedy: "Delete resources of that type that are no longer used, or ask for a higher quota.",
    command: "az resource list --resource-group <group> --resource-type <type-in-the-message> --output table",
    link: "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-resource-quota",
    weight: "cause",
    retryable: false,
  },
  {
    id: "aci-quota",
    patterns: [
      /Azure\s+Container\s+Instances\s+quota\s+exceeded/,
      /Microsoft\.ContainerInstance\/containerGroups'\s+container\s+group\s+quota\s+'[^']{0,200}'\s+exceeded/,
    ],
    where: resourceManager,
    cause: "The quota of container instances in the region is used up. Each build takes one group with four cores.",
    remedy: "Run fewer builds at once, delete groups that are not needed, or ask for a higher quota.",
    command: "az container list --output table",
    link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot#subscription-exceeded-the-azure-container-instances-quota",
    weight: "cause",
    retryable: true,
  },
  {
    id: "aci-rate",
    patterns: [/Too\s+many\s+Azure\s+Container\s+Instances\s+deployed\s+within\s+a\s+period\s+of\s+time/],
    where: resourceManager,
    cause: "The subscription made too many container groups in a short time.",
    remedy: "Run again later, and fewer builds at once.",
    link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot#too-many-azure-container-instances-resources-are-deployed-within-a-period-of-time",
    weight: "cause",
    retryable: true,
  },
];
