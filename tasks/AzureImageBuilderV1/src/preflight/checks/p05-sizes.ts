/** P5, sizes of VMs as the list of SKUs tells them, and what an image asks of one (facts, section 5). */
import { regionName } from "../../values/regions.ts";
import { listAt, textAt } from "../json.ts";
import type { Json } from "../reads.ts";

/** A size; what the list does not tell is absent. */
export interface VmSize {
  readonly name: string;
  /** Name of its quota. */
  readonly family?: string;
  readonly vCpus?: number;
  readonly memoryGB?: number;
  /** `V1`, `V2`. */
  readonly generations?: readonly string[];
  /** `x64` or `Arm64`. */
  readonly architecture?: string;
  /** `SCSI`, `NVMe`. */
  readonly controllers?: readonly string[];
  readonly refusesTrustedLaunch: boolean;
  /** Made for confidential machines. */
  readonly isConfidential: boolean;
  /** Why the subscription cannot use it in the region. */
  readonly restriction?: string;
}

/** What the build VM must be able to do; absent is not known. */
export interface ImageNeeds {
  readonly generation?: string;
  readonly architecture?: string;
  /** Disk controllers that the image has drivers for. */
  readonly controllers?: readonly string[];
  /** The image starts with Trusted Launch alone. */
  readonly onlyTrustedLaunch: boolean;
  /** The gallery's definition says that its images start with Trusted Launch. */
  readonly promisesTrustedLaunch: boolean;
  readonly isWindows: boolean;
}

/** Sizes among the entries of a list of SKUs. */
export function decodeSizes(entries: readonly Json[], location: string): readonly VmSize[] {
  return entries
    .filter((entry) => textAt(entry, "resourceType")?.toLowerCase() === "virtualmachines")
    .flatMap((entry) => {
      const name = textAt(entry, "name");
      return name === undefined ? [] : [decodeSize(name, entry, location)];
    });
}

function decodeSize(name: string, entry: Json, location: string): VmSize {
  const capabilities = listAt(entry, "capabilities") ?? [];
  const capability = (wanted: string): string | undefined => {
    const found = capabilities.find((one) => textAt(one, "name")?.toLowerCase() === wanted.toLowerCase());
    return textAt(found, "value");
  };
  const restriction = restrictionOf(entry, location);
  const confidential = capability("ConfidentialComputingType");
  return {
    name,
    ...known("family", textAt(entry, "family")),
    ...known("vCpus", toNumber(capability("vCPUs"))),
    ...known("memoryGB", toNumber(capability("MemoryGB"))),
    ...known("generations", splitList(capability("HyperVGenerations"))),
    ...known("architecture", capability("CpuArchitectureType")),
    ...known("controllers", splitList(capability("DiskControllerTypes"))),
    refusesTrustedLaunch: capability("TrustedLaunchDisabled")?.toLowerCase() === "true",
    isConfidential: confidential !== undefined && confidential !== "",
    ...known("restriction", restriction),
  };
}

/** The reason of a restriction of the whole region; those of zones do not matter here: builds name no zone. */
function restrictionOf(entry: Json, location: string): string | undefined {
  const found = (listAt(entry, "restrictions") ?? []).find((one) => {
    if (textAt(one, "type")?.toLowerCase() !== "location") return false;
    const places = listAt(one, "restrictionInfo", "locations") ?? listAt(one, "values") ?? [];
    return places.length === 0 || places.some((place) => regionName(String(place)) === location);
  });
  return found === undefined ? undefined : (textAt(found, "reasonCode") ?? "restricted");
}

/** A list in a text, `SCSI, NVMe`; undefined without one. */
export function splitList(text: string | undefined): readonly string[] | undefined {
  const items = text?.split(",").map((item) => item.trim());
  return items?.filter((item) => item !== "");
}

/** Why a machine of the size would not start the image, as parts of a sentence about the size. */
export function misfits(size: VmSize, needs: ImageNeeds): readonly string[] {
  const { generations, architecture, controllers } = size;
  return [
    ...(generations !== undefined && needs.generation !== undefined && !has(generations, needs.generation)
      ? [`it starts images of generation ${generations.join(" and ")}, and the source image is ${needs.generation}`]
      : []),
    ...(architecture !== undefined && needs.architecture !== undefined && !has([architecture], needs.architecture)
      ? [`it is ${architecture}, and the source image is ${needs.architecture}`]
      : []),
    ...(controllers !== undefined &&
    needs.controllers !== undefined &&
    controllers.length > 0 &&
    !controllers.some((one) => has(needs.controllers ?? [], one))
      ? [
          `its disks are on ${controllers.join(" or ")}, and the source image starts from ${needs.controllers.join(" or ")}`,
        ]
      : []),
    ...(size.refusesTrustedLaunch && needs.onlyTrustedLaunch
      ? ["it cannot do Trusted Launch, and the source image starts with nothing else"]
      : []),
  ];
}

/** Why the size would serve badly, as parts of a sentence about the size (thresholds: judgement). */
export function weaknesses(size: VmSize, needs: ImageNeeds): readonly string[] {
  const { vCpus, memoryGB } = size;
  const isSmall = (vCpus !== undefined && vCpus < 2) || (memoryGB !== undefined && memoryGB < 4);
  return [
    ...(needs.isWindows && isSmall
      ? [
          `it has ${vCpus ?? "?"} vCPU and ${memoryGB ?? "?"} GB, and Windows wants 2 and 4 at least; with less it may not ` +
            "answer in time, or never end its updates",
        ]
      : []),
    ...(size.refusesTrustedLaunch && needs.promisesTrustedLaunch && !needs.onlyTrustedLaunch
      ? ["it cannot do Trusted Launch, and the gallery's definition says that its images start with it"]
      : []),
  ];
}

/** Sizes that pass, smallest first; `hasQuota` says whether a size's vCPUs are free. */
export function proposeSizes(
  sizes: readonly VmSize[],
  needs: ImageNeeds,
  hasQuota: (size: VmSize) => boolean,
): readonly string[] {
  return sizes
    .filter((size) => isUsual(size, needs) && misfits(size, needs).length === 0 && weaknesses(size, needs).length === 0)
    .filter((size) => size.restriction === undefined && hasQuota(size))
    .sort((a, b) => order(a, b))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Enough for any build, no confidential machine, and disks that the image certainly starts from. */
function isUsual({ vCpus = 0, memoryGB = 0, isConfidential, controllers }: VmSize, needs: ImageNeeds): boolean {
  const onlyNvme = controllers !== undefined && controllers.length > 0 && !has(controllers, "SCSI");
  return vCpus >= 2 && memoryGB >= 4 && !isConfidential && (!onlyNvme || has(needs.controllers ?? [], "NVMe"));
}

function order(a: VmSize, b: VmSize): number {
  const [less, more] = [a.vCpus ?? 0, b.vCpus ?? 0];
  return less - more || (a.memoryGB ?? 0) - (b.memoryGB ?? 0) || (a.name < b.name ? -1 : 1);
}

function has(list: readonly string[], wanted: string): boolean {
  return list.some((one) => one.toLowerCase() === wanted.toLowerCase());
}

function toNumber(text: string | undefined): number | undefined {
  const number = Number(text);
  return text === undefined || Number.isNaN(number) ? undefined : number;
}

function known<K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, T>);
}
