/**
 * A template file beside inputs: what the file says counts where no input says anything. So its parts become texts of
 * the inputs that have them, and every rule about inputs holds for files too.
 */
import type { TargetRegion, TemplateDistributor, TemplateSource, TemplateVmProfile } from "../image-template.ts";
import type { FileTemplate } from "./read.ts";

/** Texts by the name of an input. */
type Texts = Readonly<Record<string, string | undefined>>;

/** Each part of a template that inputs can replace, with the inputs that do. */
const replacements: Readonly<Record<string, readonly string[]>> = {
  name: ["templateName"],
  location: ["location"],
  identity: ["managedIdentity"],
  "properties.source": ["sourceImage", "baseImagePubOfferSku", "customImageResourceId", "imageVersionId"],
  "properties.customize": ["steps", "inlineScript", "windowsUpdate"],
  "properties.validate": ["enableValidation"],
  "properties.distribute": ["galleryImage", "managedImage", "vhdUri", "targets", "targetType"],
  "properties.additionalDataDisks": ["dataDisks"],
  "properties.optimize.workload": ["optimizeWorkload"],
  "properties.vmProfile.vmSize": ["vmSize"],
  "properties.vmProfile.osDiskSizeGB": ["osDiskSizeGB"],
  "properties.vmProfile.userAssignedIdentities": ["buildVmIdentities"],
  "properties.vmProfile.vnetConfig": ["subnet"],
  "properties.buildTimeoutInMinutes": ["buildTimeoutInMinutes"],
  "properties.stagingResourceGroup": ["stagingResourceGroup"],
  "properties.managedResourceTags": ["managedResourceTags"],
  "properties.errorHandling.onCustomizerError": ["onCustomizerError"],
  "properties.errorHandling.onValidationError": ["onValidationError"],
};

/** Inputs that say something about the target without naming it: with a file's targets they are not used. */
export const targetOptions: readonly string[] = [
  "galleryVersion",
  "targetRegions",
  "replicationRegions",
  "distributeStorageAccountType",
  "distributeVersioningMajor",
  "excludeFromLatest",
  "replicationMode",
  "managedImageLocation",
];

/** Paths of the parts that inputs replace; `isGiven` tells whether an input says something besides its default. */
export function replacedParts(isGiven: (input: string) => boolean): readonly string[] {
  return Object.entries(replacements).flatMap(([path, inputs]) => (inputs.some(isGiven) ? [path] : []));
}

/** The parts of a file as texts of inputs. The first of its targets is the one that inputs can say. */
export function asInputs({ name, location, identityId, properties }: FileTemplate): Texts {
  const { source, vmProfile, distribute, errorHandling, buildTimeoutInMinutes: minutes } = properties;
  return {
    templateName: name,
    location,
    managedIdentity: identityId,
    ...(source === undefined ? {} : sourceTexts(source)),
    ...(vmProfile === undefined ? {} : vmTexts(vmProfile)),
    ...(distribute?.[0] === undefined ? {} : targetTexts(distribute[0])),
    optimizeVmBoot: properties.optimize?.vmBoot?.state === "Enabled" ? "true" : undefined,
    buildTimeoutInMinutes: minutes === undefined ? undefined : String(minutes),
    stagingResourceGroup: properties.stagingResourceGroup,
    managedResourceTags:
      properties.managedResourceTags === undefined ? undefined : JSON.stringify(properties.managedResourceTags),
    onCustomizerError: errorHandling?.onCustomizerError,
    onValidationError: errorHandling?.onValidationError,
  };
}

function sourceTexts(source: TemplateSource): Texts {
  switch (source.type) {
    case "PlatformImage": {
      const { publisher, offer, sku, version, planInfo: plan } = source;
      return {
        sourceImage: `${publisher}:${offer}:${sku}`,
        sourceVersion: version,
        purchasePlan: plan && `${plan.planName}:${plan.planProduct}:${plan.planPublisher}`,
      };
    }
    case "ManagedImage":
      return { sourceImage: source.imageId };
    case "SharedImageVersion":
      return { sourceImage: source.imageVersionId };
  }
}

function vmTexts({ vmSize, osDiskSizeGB, userAssignedIdentities, vnetConfig }: TemplateVmProfile): Texts {
  return {
    vmSize,
    osDiskSizeGB: osDiskSizeGB === undefined ? undefined : String(osDiskSizeGB),
    buildVmIdentities: userAssignedIdentities?.join("\n"),
    subnet: vnetConfig?.subnetId,
    containerInstanceSubnet: vnetConfig?.containerInstanceSubnetId,
    proxyVmSize: vnetConfig?.proxyVmSize,
  };
}

function targetTexts(target: TemplateDistributor): Texts {
  switch (target.type) {
    case "ManagedImage":
      return { targetType: "managedImage", managedImage: target.imageId, managedImageLocation: target.location };
    case "VHD":
      return { targetType: "vhd", vhdUri: target.uri };
    case "SharedImage": {
      const { versioning, replicationRegions } = target;
      const regions = target.targetRegions ?? replicationRegions?.map((region) => ({ name: region }));
      return {
        targetType: "gallery",
        galleryImage: target.galleryImageId,
        galleryVersion: versioning && versionText(versioning),
        targetRegions: regions?.map(regionText).join(", "),
        distributeStorageAccountType: target.storageAccountType,
        excludeFromLatest: target.excludeFromLatest === true ? "true" : undefined,
      };
    }
  }
}

function versionText(
  versioning: { readonly scheme: "Latest"; readonly major?: number } | { readonly scheme: "Source" },
): string {
  if (versioning.scheme === "Source" || versioning.major === undefined || versioning.major < 0)
    return versioning.scheme;
  return `Latest ${versioning.major}`;
}

function regionText({ name, replicaCount, storageAccountType }: TargetRegion): string {
  const copies = replicaCount === undefined ? "" : `=${replicaCount}`;
  return `${name}${copies}${storageAccountType === undefined ? "" : `:${storageAccountType}`}`;
}
