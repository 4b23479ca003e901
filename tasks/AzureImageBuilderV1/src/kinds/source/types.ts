/** What a kind of source image is: how it is written, what must be read about it, how a template names it. */
import type { Findings } from "../../findings.ts";
import type { TemplateSource } from "../../image-template.ts";
import type { OsType, PurchasePlan } from "../../ports.ts";
import type { KindReads } from "../reads.ts";

/** The inputs that can name a source image. */
export type SourceInputName = "sourceImage" | "baseImagePubOfferSku" | "customImageResourceId" | "imageVersionId";

/** What the user wrote about the source. */
export interface SourceText {
  /** The input that names the image. */
  readonly input: SourceInputName;
  readonly text: string;
  /** `sourceVersion`; undefined when left out or `latest`. */
  readonly version: string | undefined;
  readonly plan: PurchasePlan | undefined;
}

/** An image of the Marketplace. */
export interface PlatformImageChoice {
  readonly kind: "platformImage";
  readonly input: SourceInputName;
  readonly publisher: string;
  readonly offer: string;
  readonly sku: string;
  /** `latest` or a version number. */
  readonly version: string;
  readonly plan?: PurchasePlan;
  /** From the fourth part of an old four-part name. */
  readonly osType?: OsType;
}

/** A managed image. */
export interface ManagedImageChoice {
  readonly kind: "managedImage";
  readonly input: SourceInputName;
  readonly imageId: string;
}

/** A version of a gallery's image definition. */
export interface GalleryImageChoice {
  readonly kind: "galleryImage";
  readonly input: SourceInputName;
  readonly definitionId: string;
  /** `latest` or `x.y.z`. */
  readonly version: string;
}

/** What each kind of source is chosen by. */
export interface SourceChoices {
  readonly platformImage: PlatformImageChoice;
  readonly managedImage: ManagedImageChoice;
  readonly galleryImage: GalleryImageChoice;
}

/** Names of the kinds, as the code calls them. */
export type SourceKindName = keyof SourceChoices;

/** The source the user chose. */
export type SourceChoice = SourceChoices[SourceKindName];

/** What Azure says about a source; absent is not known. */
export interface SourceFacts {
  readonly osType?: OsType;
  readonly plan?: PurchasePlan;
  /** `V1` or `V2`. */
  readonly hyperVGeneration?: string;
  /** `x64` or `Arm64`. */
  readonly architecture?: string;
  /** The version `latest` stands for now. */
  readonly version?: string;
}

/** One kind of source: a file of its own, and a line in the registry. */
export interface SourceKind<C extends SourceChoice> {
  /** For messages: `a marketplace image`. */
  readonly label: string;
  /** How it is written, for messages. */
  readonly example: string;
  /** The older tasks' words for it in `imageSource`, lower case. */
  readonly imageSourceWords: readonly string[];
  /** The older input that named it (a marketplace image had `baseImage` too, which is `sourceImage` now). */
  readonly olderInput: Exclude<SourceInputName, "sourceImage">;
  /** Whether a text is meant to be of this kind; it may still be wrong. */
  accepts(text: string): boolean;
  /** The choice, or undefined with a problem in `findings`. */
  read(source: SourceText, findings: Findings): C | undefined;
  /** Reads what planning needs. What is not there is a problem, what may not be read is a note. Throws ServiceError. */
  gather(choice: C, reads: KindReads): Promise<SourceFacts>;
  /** The `source` of the template. */
  build(choice: C, facts: SourceFacts): TemplateSource;
}
