/** Known failures of resource providers that a subscription has not registered. */
import type { KnownFailure, Where } from "../types.ts";

const resourceManager: readonly Where[] = ["arm-error", "customization-log", "pipeline-log"];

/** Entries `rp-*`. */
export const providerFailures: readonly KnownFailure[] = [
  {
    id: "rp-aci",
    patterns: [/Azure\s+Container\s+Instances\s+provider\s+not\s+registered/],
    where: resourceManager,
    cause: "The subscription has not registered Microsoft.ContainerInstance, which every isolated build needs.",
    remedy: "Register it and run again.",
    command: "az provider register --namespace Microsoft.ContainerInstance --wait",
    link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot#azure-container-instances-provider-is-unregistered",
    weight: "cause",
    retryable: false,
  },
  {
    id: "rp-type",
    patterns: [/not\s+registered\s+for\s+the\s+resource\s+type\s+'/],
    where: resourceManager,
    cause: "The provider's registration is unfinished, or older than the resource type that the message names.",
    remedy: "Register the provider once more and wait for the end.",
    command: "az provider register --namespace Microsoft.VirtualMachineImages --wait",
    link: "https://github.com/danielsollondon/azvmimagebuilder/issues/22",
    weight: "cause",
    retryable: false,
  },
  {
    id: "rp-missing",
    patterns: [/MissingSubscriptionRegistration/, /subscription\s+is\s+not\s+registered\s+to\s+use\s+namespace/],
    unless: [/not\s+registered\s+for\s+the\s+resource\s+type\s+'/],
    where: resourceManager,
    cause: "The subscription has not registered the resource provider that the message names.",
    remedy: "Register it and run again. Who registers needs Contributor on the subscription.",
    command: "az provider register --namespace <namespace-in-the-message> --wait",
    link: "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-register-resource-provider",
    weight: "cause",
    retryable: false,
  },
  {
    id: "rp-none",
    patterns: [/NoRegisteredProviderFound/, /No\s+registered\s+resource\s+provider\s+found\s+for\s+location/],
    where: resourceManager,
    cause: "The provider is not registered, or it does not offer this type in this region or with this API version.",
    remedy: "Register the provider, and use a region and API version that the message or the command lists.",
    command:
      "az provider show --namespace Microsoft.VirtualMachineImages --query \"resourceTypes[?resourceType=='imageTemplates'].{regions:locations,versions:apiVersions}\"",
    link: "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-register-resource-provider",
    weight: "cause",
    retryable: false,
  },
];
