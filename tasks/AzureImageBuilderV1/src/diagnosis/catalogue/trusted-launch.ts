/** Failures about the security type of source image, build VM and image definition. */
import type { KnownFailure } from "../types.ts";

const showFeatures =
  "az sig image-definition show --resource-group <group> --gallery-name <gallery> " +
  "--gallery-image-definition <definition> --query features";

/** Trusted Launch where it does not fit (`tl-*`). Texts: the issues linked. */
export const trustedLaunchFailures: readonly KnownFailure[] = [
  {
    id: "tl-only-image",
    patterns: [
      /only\s+supports\s+creation\s+of\s+VMs\s+and\s+VM\s+Scale\s+Sets\s+with\s+'TrustedLaunch'\s+security\s+type/,
    ],
    where: ["arm-error", "customization-log", "pipeline-log"],
    cause:
      "The source comes from a definition whose SecurityType is TrustedLaunch; Image Builder cannot build from that.",
    remedy: "Build from a source whose definition says TrustedLaunchSupported, or has no SecurityType.",
    command: showFeatures,
    link: "https://github.com/Azure/build-vm-image/issues/32",
    weight: "cause",
    retryable: false,
  },
  {
    id: "tl-source-kind",
    patterns: [/The\s+security\s+type\s+'[^'\n]*'\s+is\s+not\s+supported\s+for\s+the\s+source\s+id/],
    where: ["arm-error", "customization-log", "pipeline-log"],
    cause: "The gallery cannot make an image of the definition's SecurityType from this kind of source.",
    remedy: "Use a definition whose SecurityType fits the source: both TrustedLaunchSupported, or neither.",
    command: showFeatures,
    link: "https://github.com/hashicorp/packer-plugin-azure/issues/304",
    weight: "cause",
    retryable: false,
  },
  {
    id: "tl-managed-image",
    patterns: [
      /Creation\s+of\s+managed\s+images\s+are\s+not\s+supported\s+for\s+virtual\s+machine\s+with\s+TrustedLaunch\s+security\s+type/,
    ],
    where: ["arm-error", "customization-log", "pipeline-log"],
    cause: "The build VM runs with Trusted Launch, and no managed image can be made of such a VM.",
    remedy:
      "Publish to a gallery definition in place of a managed image. If nobody asked for Trusted Launch, see whether the " +
      "subscription makes it the default (feature TrustedLaunchByDefaultPreview).",
    command:
      "az feature show --namespace Microsoft.Compute --name TrustedLaunchByDefaultPreview --query properties.state",
    link: "https://github.com/hashicorp/packer/issues/13189",
    weight: "cause",
    retryable: false,
  },
  {
    id: "tl-image-unsupported",
    patterns: [/Use\s+of\s+TrustedLaunch\s+setting\s+is\s+not\s+supported\s+for\s+the\s+provided\s+image/],
    where: ["arm-error", "customization-log", "pipeline-log"],
    cause: "The image cannot start with Trusted Launch.",
    remedy: "Take a generation 2 image that supports it (feature SecurityType with TrustedLaunch in its name).",
    command: 'az vm image show --urn <publisher:offer:sku:version> --query "[hyperVGeneration, features]"',
    link: "https://github.com/Azure/azure-cli/issues/27975",
    weight: "cause",
    retryable: false,
  },
];
