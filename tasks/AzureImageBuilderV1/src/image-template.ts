/**
 * The body of `PUT imageTemplates`, API 2024-02-01 and 2025-10-01, as the published schema has it
 * (Azure/azure-resource-manager-schemas). Typed here and not taken from the SDK: the plan is compared with what the SDK
 * serialises, so the two must not share a definition.
 */
export interface ImageTemplate {
  readonly location: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly identity: {
    readonly type: "UserAssigned";
    readonly userAssignedIdentities: Readonly<Record<string, Record<string, never>>>;
  };
  readonly properties: ImageTemplateProperties;
}

export interface ImageTemplateProperties {
  readonly source: TemplateSource;
  readonly customize?: readonly TemplateCustomizer[];
  readonly validate?: {
    readonly continueDistributeOnFailure?: boolean;
    readonly sourceValidationOnly?: boolean;
    readonly inVMValidations?: readonly TemplateValidator[];
  };
  readonly distribute: readonly TemplateDistributor[];
  readonly optimize?: {
    readonly vmBoot?: { readonly state?: "Enabled" | "Disabled" };
    /** API 2025-10-01. */
    readonly workload?: {
      readonly state?: "Enabled" | "Disabled";
      readonly scriptUri?: string;
      readonly sha256Checksum?: string;
    };
  };
  readonly errorHandling?: {
    readonly onCustomizerError?: "cleanup" | "abort";
    readonly onValidationError?: "cleanup" | "abort";
  };
  readonly vmProfile?: TemplateVmProfile;
  readonly buildTimeoutInMinutes?: number;
  readonly stagingResourceGroup?: string;
  readonly managedResourceTags?: Readonly<Record<string, string>>;
  /** API 2025-10-01. */
  readonly additionalDataDisks?: readonly { readonly sizeGB?: number }[];
}

/** Workload optimisation, API 2025-10-01. */
export type WorkloadOptimization = NonNullable<NonNullable<ImageTemplateProperties["optimize"]>["workload"]>;

export type TemplateSource =
  | {
      readonly type: "PlatformImage";
      readonly publisher: string;
      readonly offer: string;
      readonly sku: string;
      readonly version: string;
      readonly planInfo?: { readonly planName: string; readonly planProduct: string; readonly planPublisher: string };
    }
  | { readonly type: "ManagedImage"; readonly imageId: string }
  | { readonly type: "SharedImageVersion"; readonly imageVersionId: string };

export interface ShellCustomizer {
  readonly type: "Shell";
  readonly name?: string;
  readonly inline?: readonly string[];
  readonly scriptUri?: string;
  readonly sha256Checksum?: string;
}

export interface PowerShellCustomizer {
  readonly type: "PowerShell";
  readonly name?: string;
  readonly inline?: readonly string[];
  readonly scriptUri?: string;
  readonly sha256Checksum?: string;
  readonly runElevated?: boolean;
  readonly runAsSystem?: boolean;
  readonly validExitCodes?: readonly number[];
}

export interface FileCustomizer {
  readonly type: "File";
  readonly name?: string;
  readonly sourceUri: string;
  readonly sha256Checksum?: string;
  readonly destination: string;
}

export interface WindowsRestartCustomizer {
  readonly type: "WindowsRestart";
  readonly name?: string;
  readonly restartCommand?: string;
  readonly restartCheckCommand?: string;
  readonly restartTimeout?: string;
}

export interface WindowsUpdateCustomizer {
  readonly type: "WindowsUpdate";
  readonly name?: string;
  readonly searchCriteria?: string;
  readonly filters?: readonly string[];
  readonly updateLimit?: number;
}

export type TemplateCustomizer =
  ShellCustomizer | PowerShellCustomizer | FileCustomizer | WindowsRestartCustomizer | WindowsUpdateCustomizer;

export type TemplateValidator = ShellCustomizer | PowerShellCustomizer | FileCustomizer;

export type TemplateDistributor =
  | {
      readonly type: "ManagedImage";
      readonly runOutputName: string;
      readonly imageId: string;
      readonly location: string;
      readonly artifactTags?: Readonly<Record<string, string>>;
    }
  | {
      readonly type: "SharedImage";
      readonly runOutputName: string;
      readonly galleryImageId: string;
      readonly targetRegions?: readonly TargetRegion[];
      /** The older form; never together with `targetRegions`. */
      readonly replicationRegions?: readonly string[];
      readonly storageAccountType?: TargetRegion["storageAccountType"];
      readonly excludeFromLatest?: boolean;
      readonly versioning?: { readonly scheme: "Latest"; readonly major?: number } | { readonly scheme: "Source" };
      readonly replicationMode?: "Full" | "Shallow";
      readonly artifactTags?: Readonly<Record<string, string>>;
    }
  | {
      readonly type: "VHD";
      readonly runOutputName: string;
      readonly uri?: string;
      readonly artifactTags?: Readonly<Record<string, string>>;
    };

export interface TargetRegion {
  readonly name: string;
  /** 1 to 100. */
  readonly replicaCount?: number;
  readonly storageAccountType?: "Standard_LRS" | "Standard_ZRS" | "Premium_LRS";
}

export interface TemplateVmProfile {
  readonly vmSize?: string;
  /** GiB; the service keeps the source's size when absent. */
  readonly osDiskSizeGB?: number;
  readonly userAssignedIdentities?: readonly string[];
  readonly vnetConfig?: {
    readonly subnetId: string;
    readonly containerInstanceSubnetId?: string;
    readonly proxyVmSize?: string;
  };
}
