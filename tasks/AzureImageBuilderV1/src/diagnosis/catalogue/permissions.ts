/** Known failures of roles: what the service's identity or the connection's principal may not do. */
import type { KnownFailure, Where } from "../types.ts";

const resourceManager: readonly Where[] = ["arm-error", "customization-log", "pipeline-log"];

/** Entries `perm-*`. */
export const permissionsFailures: readonly KnownFailure[] = [
  {
    id: "perm-artifact-blob",
    patterns: [/Not authorized to access the resource:?\s+https?:\/\//],
    where: resourceManager,
    cause:
      "The template's identity may not read a script or file in storage. It needs a role for the data even where the " +
      "blob is open to everyone; a firewall of the storage account looks the same.",
    remedy:
      "Give the identity Storage Blob Data Reader on the container, wait some minutes, and run again. If the account " +
      "has a firewall, build in a network that it allows.",
    command:
      'az role assignment create --assignee-object-id <principal-id> --assignee-principal-type ServicePrincipal --role "Storage Blob Data Reader" --scope <container-id>',
    link: "https://github.com/Azure/azvmimagebuilder/issues/60",
    weight: "cause",
    retryable: false,
  },
  {
    id: "perm-resource",
    patterns: [/Not authorized to access the resource:?\s+[^h\s\n]/],
    where: resourceManager,
    cause: "The template's identity lacks a role on the resource that the message names.",
    remedy:
      "Find the identity of the template, give it the role it needs on that resource, and wait up to half an hour for " +
      "the role to take effect.",
    command: "az role assignment list --assignee <principal-id> --all --output table",
    link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot#assigned-managed-identity-isnt-authorized-to-access-a-resource",
    weight: "cause",
    retryable: false,
  },
  {
    id: "perm-identity-assign",
    patterns: [
      /does\s+not\s+have\s+(?:permission|authorization)\s+to\s+perform\s+action(?:\(s\))?\s+'Microsoft\.ManagedIdentity\/userAssignedIdentities\/assign\/action'/i,
    ],
    where: resourceManager,
    cause:
      "A managed identity may not be attached. The connection's principal must be allowed to use the template's " +
      "identity, and the template's identity must be allowed to use those of the build VM.",
    remedy: "Give Managed Identity Operator on the identity in the message to the caller that the message names.",
    command:
      'az role assignment create --assignee-object-id <caller-object-id> --assignee-principal-type ServicePrincipal --role "Managed Identity Operator" --scope <identity-id>',
    link: "https://github.com/Azure/aad-pod-identity/issues/613",
    weight: "cause",
    retryable: false,
  },
  {
    id: "perm-images",
    patterns: [/does\s+not\s+have\s+authorization\s+to\s+perform\s+action\s+'Microsoft\.Compute\/images\//],
    unless: [/Build \(Managed Image\) step failed/],
    where: resourceManager,
    cause: "The caller may not read, write or delete managed images in the resource group that the message names.",
    remedy:
      "Give the template's identity a role with Microsoft.Compute/images/read, write and delete on that resource group.",
    command:
      "az role assignment create --assignee-object-id <principal-id> --assignee-principal-type ServicePrincipal --role Contributor --scope <resource-group-id>",
    link: "https://github.com/danielsollondon/azvmimagebuilder/issues/20",
    weight: "cause",
    retryable: false,
  },
  {
    id: "perm-gallery",
    patterns: [/does\s+not\s+have\s+authorization\s+to\s+perform\s+action\s+'Microsoft\.Compute\/galleries\//],
    where: resourceManager,
    cause: "The caller may not read the gallery, or may not write versions into it.",
    remedy:
      "Give the caller that the message names a role on the gallery: read on gallery, definition and version for a " +
      "source, and write on versions for a target.",
    command:
      "az role assignment create --assignee-object-id <principal-id> --assignee-principal-type ServicePrincipal --role Contributor --scope <gallery-id>",
    link: "https://github.com/Azure/azure-cli/issues/16674",
    weight: "cause",
    retryable: false,
  },
  {
    id: "perm-caller",
    patterns: [
      /does\s+not\s+have\s+authorization\s+to\s+perform\s+action(?:\(s\))?\s+'[\w.]+\//,
      /does\s+not\s+have\s+permission\s+to\s+perform\s+action(?:\(s\))?\s+'[\w.]+\/[^']{0,200}'\s+at\s+scope/,
    ],
    unless: [
      /perform\s+action(?:\(s\))?\s+'Microsoft\.(?:Compute\/(?:images|galleries|disks)|Network\/virtualNetworks\/subnets\/join|ManagedIdentity)\//,
    ],
    where: resourceManager,
    cause:
      "The caller in the message has no role with the action in the message. It is the service connection's principal, " +
      "unless its object ID is that of the template's identity.",
    remedy:
      "Give that caller a role with the action on the scope in the message. For templates, Contributor on the " +
      "template's resource group is enough. A role given a moment ago takes some minutes.",
    command:
      "az role assignment create --assignee-object-id <object-id> --assignee-principal-type ServicePrincipal --role Contributor --scope <resource-group-id>",
    link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-permissions-cli",
    weight: "cause",
    retryable: false,
  },
  {
    id: "perm-linked-tenant",
    patterns: [/current\s+tenant\s+'[^']{0,200}'\s+is\s+not\s+authorized\s+to\s+access\s+linked\s+subscription/],
    where: resourceManager,
    cause:
      "The template refers to an identity, image or subnet in a subscription of another tenant, or the subscription in " +
      "that resource ID is wrong.",
    remedy: "Correct the subscription in the resource ID. Resources of another tenant cannot be used here.",
    command: "az account show --subscription <subscription-id> --query tenantId",
    link: "https://github.com/Azure/azure-cli/blob/dev/src/azure-cli/azure/cli/command_modules/vm/tests/latest/recordings/test_image_builder_template_file.yaml",
    weight: "cause",
    retryable: false,
  },
  {
    id: "perm-linked",
    patterns: [/LinkedAuthorizationFailed/],
    unless: [
      /is\s+not\s+authorized\s+to\s+access\s+linked\s+subscription/,
      /does\s+not\s+have\s+(?:permission|authorization)\s+to\s+perform\s+action(?:\(s\))?\s+'Microsoft\.(?:ManagedIdentity\/userAssignedIdentities\/assign|Network\/virtualNetworks\/subnets\/join)\/action'/i,
    ],
    where: resourceManager,
    cause: "The caller may change the resource itself, but not use another one that it refers to.",
    remedy: "Give the caller the second action of the message on the linked scope of the message.",
    command:
      "az role assignment create --assignee-object-id <object-id> --assignee-principal-type ServicePrincipal --role <role> --scope <linked-scope>",
    link: "https://github.com/microsoft/planetary-computer-hub/pull/25",
    weight: "cause",
    retryable: false,
  },
  {
    id: "perm-role-limit",
    patterns: [/RoleDefinitionLimitExceeded/, /Role definition limit exceeded/],
    where: resourceManager,
    cause: "The tenant holds as many custom roles as it may.",
    remedy: "Use built-in roles for the image builder, or delete custom roles that nobody uses.",
    command: "az role definition list --custom-role-only true --output table",
    link: "https://learn.microsoft.com/azure/role-based-access-control/troubleshoot-limits",
    weight: "cause",
    retryable: false,
  },
  {
    id: "perm-principal-new",
    patterns: [/\bPrincipalNotFound\b/, /Principal\s+[0-9a-f-]{32,36}\s+does\s+not\s+exist\s+in\s+the\s+directory/],
    where: resourceManager,
    cause:
      "The directory does not know the principal yet, because it is seconds old, or the client ID was given in place of " +
      "the principal ID.",
    remedy: "Try again after a minute, with the principal ID and the principal type.",
    command:
      "az role assignment create --assignee-object-id <principal-id> --assignee-principal-type ServicePrincipal --role <role> --scope <scope>",
    link: "https://github.com/danielsollondon/azvmimagebuilder/issues/23",
    weight: "cause",
    retryable: true,
  },
  {
    id: "perm-assign-exists",
    patterns: [/RoleAssignmentExists/],
    where: resourceManager,
    cause: "The role assignment is there already.",
    remedy: "None needed.",
    link: "https://github.com/Azure/azure-cli/blob/dev/src/azure-cli/azure/cli/command_modules/acs/tests/latest/recordings/test_aks_create_default_service_with_virtual_node_addon.yaml",
    weight: "harmless",
    retryable: false,
  },
];
