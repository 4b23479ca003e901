/** Known failures of Azure Policy and of the staging resource group, where policies mostly strike. */
import type { KnownFailure, Where } from "../types.ts";

const resourceManager: readonly Where[] = ["arm-error", "customization-log", "pipeline-log"];

/** Entries `policy-*` and `staging-*`. */
export const policyFailures: readonly KnownFailure[] = [
  {
    id: "policy-keyvault",
    patterns: [
      /RequestDisallowedByPolicy[\s\S]{0,2000}?Key ?[Vv]ault/,
      /Key ?[Vv]ault[\s\S]{0,2000}?RequestDisallowedByPolicy/,
    ],
    where: resourceManager,
    cause:
      "A policy forbids the key vault that the service makes for a Windows build; it must be open to the public network.",
    remedy: "Name a staging resource group and exempt that group from the policy.",
    command:
      "az policy exemption create --name image-builder-staging --policy-assignment <assignment-id> --exemption-category Waiver --scope <staging-group-id>",
    link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot#template-deployment-failed-because-of-a-policy-violation",
    weight: "cause",
    retryable: false,
  },
  {
    id: "policy-deny",
    patterns: [/RequestDisallowedByPolicy/],
    unless: [
      /RequestDisallowedByPolicy[\s\S]{0,2000}?Key ?[Vv]ault/,
      /Key ?[Vv]ault[\s\S]{0,2000}?RequestDisallowedByPolicy/,
    ],
    where: resourceManager,
    cause:
      "A policy forbids something that the service makes for the build: storage, container, network, a public address, " +
      "or a group without the right tags, name or region.",
    remedy:
      "Read the policy assignment in the message. Name a staging resource group, so that an exemption of that group can " +
      "last, and exempt it.",
    command:
      "az policy exemption create --name image-builder-staging --policy-assignment <assignment-id> --exemption-category Waiver --scope <staging-group-id>",
    link: "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-policy-requestdisallowedbypolicy",
    weight: "cause",
    retryable: false,
  },
  {
    id: "policy-template",
    patterns: [/failed\s+because\s+of\s+policy\s+violation/],
    unless: [/RequestDisallowedByPolicy/],
    where: resourceManager,
    cause: "A policy forbids a part of the build's deployment. This text does not say which policy.",
    remedy:
      "Look up the refused request in the activity log of the staging group, then exempt the group from that policy.",
    command: "az monitor activity-log list --resource-group <staging-group> --status Failed --offset 1d",
    link: "https://github.com/Azure-Samples/AI-Video-Intelligence-Solution-Accelerator/issues/13",
    weight: "cause",
    retryable: false,
  },
  {
    id: "staging-bad",
    patterns: [/BadStagingResourceGroup/],
    where: resourceManager,
    cause:
      "The staging resource group cannot be used: it is not empty, lies in another region, belongs to another template, " +
      "or the template's identity is not its Contributor.",
    remedy:
      "Name an empty group in the template's region and make the identity its Contributor, or name one that does not exist yet.",
    command: "az resource list --resource-group <staging-group> --output table",
    link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json#properties-stagingresourcegroup",
    weight: "cause",
    retryable: false,
  },
  {
    id: "staging-in-use",
    patterns: [/staging\s+resource\s+group\s+may\s+be\s+used\s+by\s+another\s+image\s+template/],
    where: resourceManager,
    cause: "The staging resource group carries the tags of another template, perhaps of one that is long gone.",
    remedy: "Use another group; or, if that template is gone, take its two tags off the group.",
    command:
      "az group update --name <staging-group> --remove tags.imageTemplateName --remove tags.imageTemplateResourceGroupName",
    link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json#properties-stagingresourcegroup",
    weight: "cause",
    retryable: false,
  },
  {
    id: "staging-disk-write",
    patterns: [/Microsoft\.Compute\/disks\/write'[\s\S]{0,400}?proxyVmDisk/],
    where: resourceManager,
    cause:
      "With a Windows source, an existing staging group and an existing network, the service's own principal needs rights on the group.",
    remedy:
      "Give the principal of the service (Azure Virtual Machine Image Builder) Contributor on the staging resource group.",
    command:
      "az role assignment create --assignee cf32a0cc-373c-47c9-9156-0db11f6a6dfc --role Contributor --resource-group <staging-group>",
    link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot#authorization-error-occurs-with-creating-a-disk",
    weight: "cause",
    retryable: false,
  },
];
