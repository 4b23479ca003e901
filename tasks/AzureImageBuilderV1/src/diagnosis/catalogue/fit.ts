/** Known failures where image, VM size and gallery definition do not fit together. */
import type { KnownFailure, Where } from "../types.ts";

const resourceManager: readonly Where[] = ["arm-error", "customization-log", "pipeline-log"];

/** Entries `size-*`, `os-*`, `plan-*` and `arm64-*`. */
export const fitFailures: readonly KnownFailure[] = [
  {
    id: "size-generation",
    patterns: [/cannot\s+boot\s+Hypervisor\s+Generation/],
    where: resourceManager,
    cause: "The size of the build VM cannot start an image of this generation.",
    remedy: "Set a VM size that supports the image's generation, for instance Standard_D2ds_v4 for generation 2.",
    command:
      "az vm list-skus --location <region> --size <size> --query \"[].{size:name,generations:capabilities[?name=='HyperVGenerations'].value}\"",
    link: "https://learn.microsoft.com/azure/virtual-machines/generation-2",
    weight: "cause",
    retryable: false,
  },
  {
    id: "size-gen2-vhd",
    patterns: [
      /Generation\s+2\s+Hypervisor\s+Image\s+and\s+VM\s+Size\s+can\s+only\s+be\s+used\s+with\s+managed-disk\s+VMs/,
    ],
    where: resourceManager,
    cause:
      "The build VM was made without managed disks, which generation 2 does not allow; old versions of the service did that.",
    remedy: "Use a current API version. If it comes back, open a support case with the operation's ID.",
    link: "https://github.com/danielsollondon/azvmimagebuilder/issues/57",
    weight: "cause",
    retryable: false,
  },
  {
    id: "size-unavailable",
    patterns: [
      /SkuNotAvailable/,
      /[Rr]equested\s+(?:VM\s+)?size\b[\s\S]{0,400}?\bis\s+(?:currently\s+)?not\s+available\s+in/,
    ],
    where: resourceManager,
    cause: "The region does not offer this VM size to the subscription, or has none left at the moment.",
    remedy: "Choose a size that the command lists without restriction, or another region, or ask for access.",
    command: "az vm list-skus --location <region> --size <prefix> --all --output table",
    link: "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-sku-not-available",
    weight: "cause",
    retryable: false,
  },
  {
    id: "os-type-mismatch",
    patterns: [/has\s+a\s+different\s+OS\s+type/],
    where: resourceManager,
    cause: "The gallery definition is for another operating system than the image.",
    remedy: "Use or create a definition for the image's operating system; that of a definition cannot be changed.",
    command:
      "az sig image-definition create --resource-group <group> --gallery-name <gallery> --gallery-image-definition <definition> --publisher <publisher> --offer <offer> --sku <sku> --os-type <Linux-or-Windows> --os-state Generalized",
    link: "https://learn.microsoft.com/azure/virtual-machines/troubleshooting-shared-images",
    weight: "cause",
    retryable: false,
  },
  {
    id: "os-state-mismatch",
    patterns: [/since\s+the\s+OS\s+State\s+in\s+the\s+parent\s+gallery\s+image/],
    where: resourceManager,
    cause: "The gallery definition is for specialized images, and the image builder makes generalized ones.",
    remedy: "Use or create a definition with the state Generalized.",
    command:
      "az sig image-definition create --resource-group <group> --gallery-name <gallery> --gallery-image-definition <definition> --publisher <publisher> --offer <offer> --sku <sku> --os-type <Linux-or-Windows> --os-state Generalized",
    link: "https://learn.microsoft.com/azure/virtual-machines/troubleshooting-shared-images",
    weight: "cause",
    retryable: false,
  },
  {
    id: "plan-mismatch-acg",
    patterns: [/has\s+a\s+different\s+plan\b/],
    where: resourceManager,
    cause: "The source has a purchase plan, and the gallery definition has none or another one.",
    remedy: "Create a definition with exactly the plan that the message shows.",
    command:
      "az sig image-definition create --resource-group <group> --gallery-name <gallery> --gallery-image-definition <definition> --publisher <publisher> --offer <offer> --sku <sku> --os-type <Linux-or-Windows> --plan-name <plan> --plan-product <product> --plan-publisher <plan-publisher>",
    link: "https://learn.microsoft.com/azure/virtual-machines/troubleshooting-shared-images",
    weight: "cause",
    retryable: false,
  },
  {
    id: "arm64-managed-image",
    patterns: [/source\s+that\s+has\s+CPU\s+Architecture\s+['‘]Arm64['’]\s+is\s+not\s+supported/],
    where: resourceManager,
    cause: "A managed image cannot hold an Arm64 system.",
    remedy: "Distribute Arm64 images only to a gallery, into a definition whose architecture is Arm64.",
    command:
      "az sig image-definition create --resource-group <group> --gallery-name <gallery> --gallery-image-definition <definition> --publisher <publisher> --offer <offer> --sku <sku> --os-type Linux --architecture Arm64 --hyper-v-generation V2",
    link: "https://github.com/Azure/azure-sdk-for-go/issues/19665",
    weight: "cause",
    retryable: false,
  },
];
