/** Known failures of reading or writing blobs: artifacts of the pipeline and logs of the service. */
import type { KnownFailure, Where } from "../types.ts";

const blobs: readonly Where[] = ["storage", "arm-error", "customization-log", "pipeline-log"];

/** Entries `sto-*`. */
export const storageFailures: readonly KnownFailure[] = [
  {
    id: "sto-public",
    patterns: [/PublicAccessNotPermitted/],
    where: blobs,
    cause: "The address was opened without signing in, and the storage account forbids anonymous access.",
    remedy:
      "Read it as a signed-in principal with Storage Blob Data Reader on the account. For the build log this task does " +
      "so itself; that a browser may not open its link is no fault of the build.",
    command:
      "az storage blob download --account-name <account> --container-name <container> --name <path> --file <local-file> --auth-mode login",
    link: "https://github.com/Azure/azvmimagebuilder/issues/32",
    weight: "cause",
    retryable: false,
  },
  {
    id: "sto-keyauth",
    patterns: [/KeyBasedAuthenticationNotPermitted/, /Key based authentication is not permitted/],
    where: blobs,
    cause: "The storage account accepts no account keys, often because a policy says so.",
    remedy:
      "Sign in with an identity that has a data role. For the account that the service makes, exempt the staging " +
      "resource group from that policy.",
    command: "az storage account show --name <account> --query allowSharedKeyAccess",
    link: "https://github.com/Azure/azvmimagebuilder/issues/59",
    weight: "cause",
    retryable: false,
  },
  {
    id: "sto-perm-mismatch",
    patterns: [
      /AuthorizationPermissionMismatch/,
      /not\s+authorized\s+to\s+perform\s+this\s+operation\s+using\s+this\s+permission/,
    ],
    where: blobs,
    cause: "The caller has no role for the data in this account; Owner and Contributor alone do not give one.",
    remedy:
      "Give it Storage Blob Data Contributor (to write) or Reader (to read). This takes effect after some minutes.",
    command:
      'az role assignment create --assignee-object-id <principal-id> --assignee-principal-type ServicePrincipal --role "Storage Blob Data Contributor" --scope <account-id>',
    link: "https://github.com/skyplane-project/skyplane/issues/354",
    weight: "cause",
    retryable: true,
  },
  {
    id: "sto-firewall",
    patterns: [/\bAuthorizationFailure\b/],
    where: blobs,
    cause: "The firewall of the storage account refuses the network that the request came from.",
    remedy:
      "Let the account accept that network. For a build this means subnets for both the build VM and the container, " +
      "with the container's subnet allowed on the account; trusted services and IP rules do not help.",
    command:
      "az storage account network-rule add --account-name <account> --resource-group <group> --subnet <subnet-id>",
    link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-networking#access-storage-accounts-protected-by-firewalls",
    weight: "cause",
    retryable: false,
  },
  {
    id: "sto-sas-expired",
    patterns: [
      /Signature\s+not\s+valid\s+in\s+the\s+specified\s+time\s+frame/,
      /Signed\s+expiry\s+time\s+\[[^\]]{0,80}\]\s+(?:must|has\s+to)\s+be\s+after\s+signed\s+start\s+time/,
    ],
    where: blobs,
    cause: "The shared access signature in the address is no longer valid, or not yet.",
    remedy: "Use the plain address and a role of the template's identity; or sign for longer than the build may take.",
    command:
      'az role assignment create --assignee-object-id <principal-id> --assignee-principal-type ServicePrincipal --role "Storage Blob Data Reader" --scope <container-id>',
    link: "https://github.com/microsoft/vs-dapr/issues/8",
    weight: "cause",
    retryable: false,
  },
  {
    id: "sto-sas-signature",
    patterns: [/Signature\s+did\s+not\s+match\.\s+String\s+to\s+sign/],
    where: blobs,
    cause:
      "The shared access signature does not fit the address: cut off, escaped twice, or signed with a key that was renewed.",
    remedy:
      "Make a new one and pass it on unchanged; better, use the plain address and a role of the template's identity.",
    command:
      'az role assignment create --assignee-object-id <principal-id> --assignee-principal-type ServicePrincipal --role "Storage Blob Data Reader" --scope <container-id>',
    link: "https://github.com/Azure/AzureStor/issues/140",
    weight: "cause",
    retryable: false,
  },
  {
    id: "sto-blob-404",
    patterns: [
      /\b(?:BlobNotFound|ContainerNotFound)\b/,
      /The\s+specified\s+(?:blob|container)\s+does\s+not\s+exist/,
      /<Code>ResourceNotFound<\/Code>\s*<Message>The specified resource does not exist/,
    ],
    where: blobs,
    cause: "There is no such blob or container: wrong path or case, a log not written yet, or an account that is gone.",
    remedy:
      "Check path and case. Logs appear some minutes after the start and vanish with the template; keep the template to " +
      "keep them.",
    command:
      "az storage blob list --account-name <account> --container-name <container> --auth-mode login --output table",
    link: "https://github.com/danielsollondon/azvmimagebuilder/issues/102",
    weight: "cause",
    retryable: false,
  },
];
