/** What images and image definitions are like, as far as it decides whether one fits the other (facts, section 5). */
import type { TemplateSource } from "../image-template.ts";
import type { PurchasePlan } from "../ports.ts";
import { listAt, numberAt, objectAt, textAt } from "./json.ts";
import type { Json } from "./reads.ts";
import type { SourceReads } from "./source-image.ts";

/** Features of security that an image supports. */
export type Security = "trustedLaunch" | "confidentialVm";

/** An image or a definition; what Azure does not tell is absent. */
export interface ImageTraits {
  /** `Linux` or `Windows`. */
  readonly osType?: string;
  /** `Generalized` or `Specialized`. */
  readonly osState?: string;
  /** `V1` or `V2`. */
  readonly generation?: string;
  /** `x64` or `Arm64`. */
  readonly architecture?: string;
  /** `none`: it has none, and Azure says so by leaving it out. */
  readonly plan?: PurchasePlan | "none";
  /** Value of the feature SecurityType; `none` without it. */
  readonly securityType?: string;
  /** GB of the system's disk. */
  readonly sizeGB?: number;
}

/** What the source is like; undefined where it is not there or could not be read. */
export function traitsOfSource(source: TemplateSource, { image, version }: SourceReads): ImageTraits | undefined {
  if (image.state !== "found") return undefined;
  const { value } = image;
  switch (source.type) {
    case "PlatformImage":
      return {
        ...traits(value, textAt(value, "properties", "osDiskImage", "operatingSystem"), "plan"),
        ...present("sizeGB", numberAt(value, "properties", "osDiskImage", "sizeInGb")),
      };
    case "SharedImageVersion": {
      const disk =
        version?.state === "found"
          ? numberAt(version.value, "properties", "storageProfile", "osDiskImage", "sizeInGB")
          : undefined;
      return { ...traitsOfDefinition(value), ...present("sizeGB", disk) };
    }
    case "ManagedImage": {
      const disk = objectAt(value, "properties", "storageProfile", "osDisk");
      return {
        ...present("osType", textAt(disk, "osType")),
        ...present("osState", textAt(disk, "osState")),
        ...present("generation", textAt(value, "properties", "hyperVGeneration")),
        ...present("sizeGB", numberAt(disk, "diskSizeGB")),
        // Managed images are neither (facts, section 5).
        architecture: "x64",
        plan: "none",
        securityType: "none",
      };
    }
  }
}

/** What an image definition is made for. */
export function traitsOfDefinition(definition: Json): ImageTraits {
  const state = textAt(definition, "properties", "osState");
  return {
    ...traits(definition, textAt(definition, "properties", "osType"), "purchasePlan"),
    ...present("osState", state),
  };
}

function traits(value: Json, osType: string | undefined, planField: "plan" | "purchasePlan"): ImageTraits {
  const properties = objectAt(value, "properties");
  if (properties === undefined) return {};
  const features = listAt(properties, "features");
  const feature = features?.find((one) => textAt(one, "name") === "SecurityType");
  // A definition that was made without features has none to tell; a marketplace image always tells them.
  const security = features === undefined && planField === "plan" ? undefined : (textAt(feature, "value") ?? "none");
  return {
    ...present("osType", osType),
    ...present("generation", textAt(properties, "hyperVGeneration")),
    ...present("architecture", textAt(properties, "architecture")),
    ...present("securityType", security),
    plan: planOf(objectAt(properties, planField)) ?? "none",
  };
}

function planOf(plan: Json | undefined): PurchasePlan | undefined {
  const [name, product, publisher] = [textAt(plan, "name"), textAt(plan, "product"), textAt(plan, "publisher")];
  return name && product && publisher ? { name, product, publisher } : undefined;
}

function present<K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, T>);
}

/** What a SecurityType lets a machine have (facts, section 5). */
export function securityOf(type: string): readonly Security[] {
  const word = type.toLowerCase();
  return [
    ...(word.includes("trustedlaunch") ? (["trustedLaunch"] as const) : []),
    ...(word.includes("confidentialvm") ? (["confidentialVm"] as const) : []),
  ];
}

/** Whether a SecurityType admits nothing else: those that do admit it end in `Supported`. */
export function isSecurityOnly(type: string): boolean {
  return securityOf(type).length > 0 && !/supported$/i.test(type);
}
