/**
 * A small marketplace: real publishers, offers and SKUs with version numbers of the real form. Some sets of versions
 * sort differently as text and as numbers, one image has a purchase plan, one is withdrawn, one is not in every region.
 */

import type { World } from "../../core/types.ts";

export interface PurchasePlan {
  readonly name: string;
  readonly publisher: string;
  readonly product: string;
}

export interface MarketplaceImage {
  readonly publisher: string;
  readonly offer: string;
  readonly sku: string;
  /** In the order Azure lists them without `$orderby`: as text. */
  readonly versions: readonly string[];
  readonly generation: "V1" | "V2";
  readonly architecture: "x64" | "Arm64";
  readonly os: "Linux" | "Windows";
  readonly sizeInGb: number;
  /** Value of the feature SecurityType; absent: standard security. */
  readonly security?: "TrustedLaunchSupported" | "TrustedLaunchAndConfidentialVmSupported";
  readonly plan?: PurchasePlan;
  /** Value of the feature DiskControllerTypes; absent: `SCSI, NVMe` for generation 2, else `SCSI`. */
  readonly controllers?: "SCSI" | "NVMe" | "SCSI, NVMe";
  readonly state: "Active" | "ScheduledForDeprecation" | "Deprecated";
  /** ISO 8601: when it is or was withdrawn. */
  readonly deprecation?: string;
  /** `publisher:offer:sku` to be used in its place. */
  readonly alternative?: string;
  /** Regions that do not have it. */
  readonly notIn: readonly string[];
}

type Row = Pick<MarketplaceImage, "publisher" | "offer" | "sku" | "versions"> & Partial<MarketplaceImage>;

function linux(row: Row): MarketplaceImage {
  return { generation: "V2", architecture: "x64", os: "Linux", sizeInGb: 30, state: "Active", notIn: [], ...row };
}

function windows(row: Row): MarketplaceImage {
  const standard = {
    generation: "V2",
    architecture: "x64",
    os: "Windows",
    sizeInGb: 127,
    state: "Active",
    notIn: [],
  } as const;
  return { ...standard, security: "TrustedLaunchSupported", ...row };
}

const jammy = ["22.04.202409120", "22.04.202501160", "22.04.202503090", "22.04.202510020"];
const noble = ["24.04.202409120", "24.04.202502210", "24.04.202506160", "24.04.202510010"];
const bionic = ["18.04.201808140", "18.04.201903060", "18.04.202305010", "18.04.202306070", "18.04.202401161"];
/** As text 20348.887 comes last; it is the oldest. */
const server2022 = ["20348.2762.241006", "20348.3091.250112", "20348.4171.250830", "20348.887.220806"];
const server2025 = ["26100.2605.241207", "26100.32230.250813", "26100.4652.250705"];
const windows11 = ["26100.2314.241107", "26100.4652.250708", "26100.863.240607"];

/** All images, in no particular order. */
export const marketplace: readonly MarketplaceImage[] = [
  linux({
    publisher: "Canonical",
    offer: "ubuntu-22_04-lts",
    sku: "server",
    versions: jammy,
    security: "TrustedLaunchSupported",
  }),
  linux({ publisher: "Canonical", offer: "ubuntu-22_04-lts", sku: "server-gen1", versions: jammy, generation: "V1" }),
  linux({
    publisher: "Canonical",
    offer: "ubuntu-22_04-lts",
    sku: "server-arm64",
    versions: jammy,
    architecture: "Arm64",
  }),
  linux({
    publisher: "Canonical",
    offer: "ubuntu-24_04-lts",
    sku: "server",
    versions: noble,
    security: "TrustedLaunchSupported",
  }),
  linux({ publisher: "Canonical", offer: "ubuntu-24_04-lts", sku: "server-gen1", versions: noble, generation: "V1" }),
  linux({
    publisher: "Canonical",
    offer: "0001-com-ubuntu-server-jammy",
    sku: "22_04-lts-gen2",
    versions: jammy,
    security: "TrustedLaunchSupported",
  }),
  linux({
    publisher: "Canonical",
    offer: "0001-com-ubuntu-server-jammy",
    sku: "22_04-lts",
    versions: jammy,
    generation: "V1",
  }),
  linux({ publisher: "Canonical", offer: "UbuntuServer", sku: "18.04-LTS", versions: bionic, generation: "V1" }),
  linux({ publisher: "Canonical", offer: "UbuntuServer", sku: "18_04-LTS-GEN2", versions: bionic }),
  linux({
    publisher: "Debian",
    offer: "debian-12",
    sku: "12-gen2",
    // The last part counts minutes and may lose its leading digit.
    versions: ["0.20240507.1740", "0.20250115.1993", "0.20250814.2204", "0.20250814.993"],
    security: "TrustedLaunchSupported",
  }),
  linux({
    publisher: "Debian",
    offer: "debian-12",
    sku: "12",
    versions: ["0.20250115.1993", "0.20250814.2204"],
    generation: "V1",
  }),
  linux({
    publisher: "resf",
    offer: "rockylinux-x86_64",
    sku: "9-base",
    versions: ["9.3.20231113", "9.4.20240509", "9.6.20250531"],
    sizeInGb: 10,
    plan: { name: "9-base", publisher: "resf", product: "rockylinux-x86_64" },
  }),
  linux({
    publisher: "center-for-internet-security-inc",
    offer: "cis-ubuntu",
    sku: "cis-ubuntulinux2204-l1-gen2",
    versions: ["1.0.9", "1.0.10"],
    plan: { name: "cis-ubuntulinux2204-l1-gen2", publisher: "center-for-internet-security-inc", product: "cis-ubuntu" },
  }),
  windows({
    publisher: "MicrosoftWindowsServer",
    offer: "WindowsServer",
    sku: "2019-Datacenter",
    versions: ["17763.7314.250509", "2019.0.20190214"],
    generation: "V1",
    security: undefined,
  }),
  windows({
    publisher: "MicrosoftWindowsServer",
    offer: "WindowsServer",
    sku: "2022-datacenter",
    versions: server2022,
    generation: "V1",
    security: undefined,
  }),
  windows({
    publisher: "MicrosoftWindowsServer",
    offer: "WindowsServer",
    sku: "2022-datacenter-g2",
    versions: server2022,
  }),
  windows({
    publisher: "MicrosoftWindowsServer",
    offer: "WindowsServer",
    sku: "2022-datacenter-azure-edition",
    versions: server2022,
  }),
  windows({
    publisher: "MicrosoftWindowsServer",
    offer: "WindowsServer",
    sku: "2025-datacenter-g2",
    versions: server2025,
  }),
  windows({
    publisher: "MicrosoftWindowsServer",
    offer: "WindowsServer",
    sku: "2025-datacenter-azure-edition",
    versions: server2025,
  }),
  windows({ publisher: "MicrosoftWindowsDesktop", offer: "windows-11", sku: "win11-24h2-avd", versions: windows11 }),
  windows({ publisher: "MicrosoftWindowsDesktop", offer: "windows-11", sku: "win11-24h2-ent", versions: windows11 }),
  windows({
    publisher: "MicrosoftWindowsDesktop",
    offer: "windows-11",
    sku: "win11-25h2-avd",
    versions: ["26200.6584.250915"],
    notIn: ["ukwest"],
  }),
  windows({
    publisher: "MicrosoftWindowsDesktop",
    offer: "windows-11",
    sku: "win11-25h2-ent",
    versions: ["26200.6584.250915"],
  }),
  windows({
    publisher: "MicrosoftWindowsDesktop",
    offer: "office-365",
    sku: "win11-24h2-avd-m365",
    versions: windows11,
  }),
  windows({
    publisher: "MicrosoftWindowsDesktop",
    offer: "windows-10",
    sku: "win10-21h2-avd-g2",
    versions: ["19044.4529.240607"],
    state: "Deprecated",
    deprecation: "2025-06-11T00:00:00+00:00",
    alternative: "MicrosoftWindowsDesktop:windows-11:win11-24h2-avd",
  }),
];

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Which image: names are compared without case, as Azure does. */
export interface ImageName {
  readonly publisher: string;
  readonly offer: string;
  readonly sku: string;
}

const added = new WeakMap<World, MarketplaceImage[]>();

const keyOf = ({ publisher, offer, sku }: ImageName): string => `${publisher}:${offer}:${sku}`.toLowerCase();

/** All images of a world: the marketplace with what its file changes, and what was added for this world alone. */
export function marketplaceOf(world: World): readonly MarketplaceImage[] {
  const changes = Object.entries(world.catalogue.images);
  const changeOf = (key: string): Partial<MarketplaceImage> | null | undefined =>
    changes.find(([name]) => name.toLowerCase() === key)?.[1];
  const kept = marketplace.flatMap((image) => {
    const change = changeOf(keyOf(image));
    return change === null ? [] : [{ ...image, ...change }];
  });
  const known = new Set(marketplace.map(keyOf));
  const fresh = changes.flatMap(([name, change]) =>
    change === null || known.has(name.toLowerCase()) ? [] : [newImage(name, change)],
  );
  return [...(added.get(world) ?? []), ...fresh, ...kept];
}

function newImage(name: string, change: Partial<MarketplaceImage>): MarketplaceImage {
  const [publisher = "", offer = "", sku = ""] = name.split(":");
  const row = { versions: ["1.0.0"], ...change, publisher, offer, sku };
  return change.os === "Windows" ? windows(row) : linux(row);
}

/** Adds images that the marketplace once had, or further versions of those it has: generation 1, x64, no plan. */
export function addMarketplaceImages(
  world: World,
  images: readonly (ImageName & { readonly version: string; readonly os: "Linux" | "Windows" })[],
): void {
  for (const { version, os, ...name } of images) {
    const known = marketplaceOf(world).find((image) => isNamed(image, name));
    if (known?.versions.includes(version) === true) continue;
    const extra =
      known ?? (os === "Linux" ? linux : windows)({ ...name, versions: [], generation: "V1", security: undefined });
    // The entry added last is found first, so that it stands in for the one without this version.
    added.set(world, [{ ...extra, versions: [...extra.versions, version] }, ...(added.get(world) ?? [])]);
  }
}

function isNamed(image: MarketplaceImage, name: ImageName): boolean {
  return same(image.publisher, name.publisher) && same(image.offer, name.offer) && same(image.sku, name.sku);
}

/** The image of that name in the region, or undefined. */
export function findMarketplaceImage(world: World, name: ImageName, location: string): MarketplaceImage | undefined {
  return marketplaceOf(world).find((image) => isNamed(image, name) && !image.notIn.includes(location));
}

/** Compares version numbers part by part as numbers: negative when `a` is older. */
export function compareVersions(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The version asked for, `latest` being the highest by number; undefined where the image has none such. */
export function resolveVersion(image: MarketplaceImage, version: string): string | undefined {
  if (!same(version, "latest")) return image.versions.find((candidate) => candidate === version);
  return [...image.versions].sort(compareVersions).at(-1);
}
