/** Known failures of the source image and of the files that the template names. */
import type { KnownFailure, Where } from "../types.ts";

const resourceManager: readonly Where[] = ["arm-error", "customization-log", "pipeline-log"];

/** Entries `src-*` and `artifact-*`. */
export const sourceFailures: readonly KnownFailure[] = [
  {
    id: "artifact-unavailable",
    patterns: [/Resource\s+\S+\s+is unavailable\.\s+Please check the file exists/],
    where: resourceManager,
    cause:
      "The service cannot fetch a script or file that the template names: wrong address, no access, or a host it cannot talk to.",
    remedy:
      "Correct the address, or put the file into Azure Storage and give the template's identity Storage Blob Data Reader.",
    command:
      "az storage blob exists --account-name <account> --container-name <container> --name <path> --auth-mode login",
    link: "https://learn.microsoft.com/azure/virtual-desktop/troubleshoot-custom-image-templates#script-is-unavailable",
    weight: "cause",
    retryable: false,
  },
  {
    id: "src-platform-notfound",
    patterns: [/Platform Image was not found/],
    where: resourceManager,
    cause:
      "The region of the template has no such platform image: publisher, offer, SKU or version is wrong or was withdrawn.",
    remedy: "List what the region offers and name an image that exists.",
    command:
      "az vm image list --location <region> --publisher <publisher> --offer <offer> --sku <sku> --all --output table",
    link: "https://github.com/Azure/azvmimagebuilder/issues/34",
    weight: "cause",
    retryable: false,
  },
  {
    id: "src-platform-code",
    patterns: [/PlatformImageNotFound/, /The platform image '[^']{0,200}'\s+is\s+not\s+available/],
    where: resourceManager,
    cause: "Compute found no platform image of that publisher, offer, SKU and version in the region.",
    remedy: "List what the region offers and name an image that exists.",
    command:
      "az vm image list --location <region> --publisher <publisher> --offer <offer> --sku <sku> --all --output table",
    link: "https://github.com/hashicorp/packer-plugin-azure/issues/53",
    weight: "cause",
    retryable: false,
  },
  {
    id: "src-pir-version",
    patterns: [/Build \(Azure PIR Image\) step failed/],
    where: resourceManager,
    cause: "The version given for the platform image was not accepted.",
    remedy: "Name a version that exists; where latest is refused, name the newest one.",
    command:
      "az vm image list --location <region> --publisher <publisher> --offer <offer> --sku <sku> --all --query [].version",
    link: "https://github.com/danielsollondon/azvmimagebuilder/blob/30d21ca/troubleshootingaib.md",
    weight: "cause",
    retryable: false,
  },
  {
    id: "src-plan-missing",
    patterns: [/PurchasePlanNotProvided/, /Purchase Plan was not provided for image/],
    where: resourceManager,
    cause: "The marketplace image is sold with a plan, and the source of the template does not name it.",
    remedy:
      "Put planInfo (planName, planProduct, planPublisher) inside the source of the template, as the image has it.",
    command: "az vm image show --location <region> --urn <publisher:offer:sku:version> --query plan",
    link: "https://github.com/MicrosoftDocs/azure-docs/issues/99954",
    weight: "cause",
    retryable: false,
  },
  {
    id: "src-plan-vm",
    patterns: [/requires\s+Plan\s+information\s+in\s+the\s+request/],
    where: resourceManager,
    cause: "The source stems from a marketplace image with a plan, and the build VM was requested without it.",
    remedy:
      "Put planInfo inside the source of the template. An own image made from a paid one must come from a gallery " +
      "definition that carries the plan.",
    command: "az vm image show --location <region> --urn <publisher:offer:sku:version> --query plan",
    link: "https://github.com/MicrosoftDocs/azure-docs/issues/37015",
    weight: "cause",
    retryable: false,
  },
  {
    id: "src-offer-notfound",
    patterns: [
      /Offer with PublisherId:[^\n]{1,64}?OfferId:[^\n]{1,64}?\bnot found\b/,
      /[Tt]he offer with Offer ID '[^']{0,200}'\s+was\s+not\s+found/,
    ],
    where: resourceManager,
    cause:
      "The plan names an offer that does not exist, or was taken from the marketplace, or is younger than half an hour.",
    remedy: "Copy the plan from the image instead of writing it by hand.",
    command: "az vm image show --location <region> --urn <publisher:offer:sku:version> --query plan",
    link: "https://github.com/confidential-containers/cloud-api-adaptor/issues/886",
    weight: "cause",
    retryable: false,
  },
  {
    id: "src-terms",
    patterns: [/MarketplacePurchaseEligibilityFailed/, /Legal\s+terms\s+have\s+not\s+been\s+accepted/],
    unless: [
      /ResourcePurchaseValidationFailed/,
      /not\s+accepted\s+the\s+legal\s+terms/,
      /[Oo]ffer with (?:PublisherId:[^\n]{1,150}?\bnot found\b|Offer ID '[^']{0,200}'\s+was\s+not\s+found)/,
    ],
    where: resourceManager,
    cause:
      "The marketplace refuses the purchase: its terms were not accepted in this subscription, or the tenant has no " +
      "organisation profile (AccountSetupError), or the offer is not sold to this subscription.",
    remedy:
      "Accept the terms once for each subscription. If the inner error speaks of missing tenant information, the " +
      "tenant's administrator fills in the form that it links.",
    command: "az vm image terms accept --urn <publisher:offer:sku:version>",
    link: "https://github.com/hashicorp/packer/pull/6009",
    weight: "cause",
    retryable: false,
  },
  {
    id: "src-terms-purchase",
    patterns: [/ResourcePurchaseValidationFailed/, /not\s+accepted\s+the\s+legal\s+terms/],
    where: resourceManager,
    cause:
      "The marketplace terms of the source image were not accepted in this subscription; more rarely, its way of " +
      "payment or its private marketplace forbids the purchase.",
    remedy: "Accept the terms once for each subscription, then run again.",
    command: "az vm image terms accept --urn <publisher:offer:sku:version>",
    link: "https://github.com/MicrosoftDocs/azure-docs/issues/12998",
    weight: "cause",
    retryable: false,
  },
  {
    id: "src-gallery-version-404",
    patterns: [/Build \(Shared Image Version\) step failed/],
    where: resourceManager,
    cause:
      "The gallery version named as source does not exist, is not replicated to the template's region, or the " +
      "template's identity may not read it.",
    remedy: "Check the version's ID, replicate it to the template's region, and give the identity read on the gallery.",
    command:
      "az sig image-version show --resource-group <group> --gallery-name <gallery> --gallery-image-definition <definition> --gallery-image-version <version> --query publishingProfile.targetRegions",
    link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot#build-step-failed-for-the-image-version",
    weight: "cause",
    retryable: false,
  },
  {
    id: "src-managed-403",
    patterns: [/Build \(Managed Image\) step failed/],
    where: resourceManager,
    cause:
      "The managed image named as source cannot be read: the template's identity has no role on it, or it does not exist.",
    remedy:
      "Give the identity Microsoft.Compute/images/read on the image's resource group. The image must be in the " +
      "template's subscription and region.",
    command:
      "az role assignment create --assignee-object-id <principal-id> --assignee-principal-type ServicePrincipal --role Reader --scope <image-id>",
    link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot#error-occurs-with-getting-a-managed-image",
    weight: "cause",
    retryable: false,
  },
];
