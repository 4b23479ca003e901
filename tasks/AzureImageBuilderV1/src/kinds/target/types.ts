/** What a kind of target is: the inputs it reads, what must be known about it, how a template names it. */
import type { Findings } from "../../findings.ts";
import type { TargetRegion, TemplateDistributor } from "../../image-template.ts";
import type { GalleryVersionFacts, OsType, PurchasePlan } from "../../ports.ts";
import type { Place } from "../../values/structure.ts";
import type { RunNumbers } from "../../values/version-pattern.ts";
import type { KindReads } from "../reads.ts";

/** How the number of a gallery version comes about. */
export type VersionChoice =
  | { readonly scheme: "Latest"; readonly major?: number }
  | { readonly scheme: "Source" }
  | { readonly scheme: "Explicit"; readonly version: string }
  /** A pattern such as `1.2.{next}`, as given. */
  | { readonly scheme: "Pattern"; readonly text: string };

/** The inputs of all kinds, parsed; undefined where left out, wrong, or not the chosen kind's. */
export interface TargetValues {
  readonly galleryImage: string | undefined;
  readonly galleryVersion: VersionChoice | undefined;
  readonly distributeVersioningMajor: number | undefined;
  readonly targetRegions: readonly TargetRegion[] | undefined;
  readonly replicationRegions: readonly TargetRegion[] | undefined;
  readonly distributeStorageAccountType: TargetRegion["storageAccountType"];
  readonly excludeFromLatest: boolean;
  readonly replicationMode: "Full" | "Shallow";
  readonly managedImage: string | undefined;
  readonly managedImageLocation: string | undefined;
  readonly vhdUri: string | undefined;
}

/** A version of a gallery's image definition. */
export interface GalleryTarget {
  readonly kind: "gallery";
  readonly definitionId: string;
  readonly version?: VersionChoice;
  /** Empty: the definition's region. */
  readonly regions: readonly TargetRegion[];
  /** The input the regions come from. */
  readonly regionsInput: "targetRegions" | "replicationRegions";
  /** For regions that name no storage type. */
  readonly storageAccountType?: TargetRegion["storageAccountType"];
  readonly excludeFromLatest: boolean;
  /** One region and one copy, for tests. */
  readonly shallow: boolean;
}

/** A managed image. */
export interface ManagedImageTarget {
  readonly kind: "managedImage";
  /** An ID, or a name in the template's resource group. */
  readonly image: string;
  /** Undefined: the template's region. */
  readonly location?: string;
}

/** A VHD. */
export interface VhdTarget {
  readonly kind: "vhd";
  /** Undefined: the staging storage account. */
  readonly uri?: string;
}

/** What the user chose, by kind. */
export interface TargetChoices {
  readonly gallery: GalleryTarget;
  readonly managedImage: ManagedImageTarget;
  readonly vhd: VhdTarget;
}

/** The options of `targetType`. */
export type TargetKindName = keyof TargetChoices;

/** The target the user chose. */
export type TargetChoice = TargetChoices[TargetKindName];

/** What is decided about a gallery version. */
export interface PlannedGallery {
  readonly kind: "gallery";
  readonly runOutputName: string;
  /** Definition id, or a version id for an exact version. */
  readonly galleryImageId: string;
  readonly targetRegions: readonly TargetRegion[];
  readonly excludeFromLatest: boolean;
  /** Since API 2025-10-01; absent is the service's own, Full. */
  readonly replicationMode?: "Shallow";
  readonly versioning?: { readonly scheme: "Latest"; readonly major?: number } | { readonly scheme: "Source" };
  /** What the definition says of its images, lower case; absent is not known. */
  readonly traits?: { readonly generation?: string; readonly securityType?: string };
}

/** What is decided about a managed image. */
export interface PlannedManagedImage {
  readonly kind: "managedImage";
  readonly runOutputName: string;
  readonly imageId: string;
  readonly location: string;
}

/** What is decided about a VHD. */
export interface PlannedVhd {
  readonly kind: "vhd";
  readonly runOutputName: string;
  readonly uri?: string;
}

/** What is decided, by kind. */
export interface PlannedTargets {
  readonly gallery: PlannedGallery;
  readonly managedImage: PlannedManagedImage;
  readonly vhd: PlannedVhd;
}

/** One target of a list. */
export interface ListedTarget {
  readonly choice: TargetChoice;
  /** Name of its run output, unique in the list. */
  readonly name: string;
  readonly place: Place;
}

/** What Azure says about a target; absent is not known. */
export interface TargetFacts {
  /** Region of the gallery's definition. */
  readonly definitionLocation?: string;
  readonly definitionOsType?: OsType;
  /** `x64` or `Arm64`. */
  readonly definitionArchitecture?: string;
  readonly definitionPlan?: PurchasePlan;
  /** `V1` or `V2`. */
  readonly definitionGeneration?: string;
  /** The value of its feature `SecurityType`. */
  readonly definitionSecurityType?: string;
  /** The definition's versions, where a version's number depends on them. */
  readonly versions?: readonly GalleryVersionFacts[];
}

/** Where the template is, and what is known about the target. */
export interface TargetPlace {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly location: string;
  readonly facts: TargetFacts;
  readonly numbering: Numbering;
  /** IDs of the versions that targets before this one get. */
  readonly planned: readonly string[];
}

/** What the number of a version is made of, and by what an earlier attempt's version is known. */
export interface Numbering extends RunNumbers {
  readonly now: Date;
  /** `build/<id>` or `release/<id>`. */
  readonly run: string;
  /** The template's name. */
  readonly template: string;
}

/** One kind of target: a file of its own, and a line in the registry. */
export interface TargetKind<K extends TargetKindName> {
  /** The older tasks' words for it in `distributeType`, lower case. */
  readonly olderWords: readonly string[];
  /** The input that names the target; filled in, it tells that this kind is meant. */
  readonly mainInput: keyof TargetValues & ("galleryImage" | "managedImage" | "vhdUri");
  /** What a list of targets calls the inputs of this kind. */
  readonly options: Readonly<Record<string, keyof TargetValues>>;
  /** Whether the step is wrong without the main input. */
  readonly mainInputRequired: boolean;
  /** The choice, or undefined where an input it cannot do without is missing or wrong. */
  read(values: TargetValues, findings: Findings): TargetChoices[K] | undefined;
  /** Reads what planning needs. What is not there is a problem, what may not be read is a note. Throws ServiceError. */
  gather(choice: TargetChoices[K], reads: KindReads): Promise<TargetFacts>;
  plan(choice: TargetChoices[K], place: TargetPlace, findings: Findings): PlannedTargets[K];
  /** The entry of the template's `distribute`. */
  build(planned: PlannedTargets[K], artifactTags: Readonly<Record<string, string>>): TemplateDistributor;
  /** Whether the image would be deleted with the template. */
  diesWithTemplate(planned: PlannedTargets[K]): boolean;
}
