/** What of Azure's platform a world sees: VM sizes, quotas, marketplace terms, zones; the emulator's own tables with the world's changes. */
import { merge } from "../../core/world-change.ts";
import type { MarketplaceImage } from "./catalogue.ts";
import { builtInQuotas, builtInSizes, containerQuotas, type Quota, type VmSize } from "./sizes.ts";

type ByName<T> = Readonly<Record<string, T>>;

/** A world's changes; null takes an entry away, what an entry does not name stays. */
export interface CatalogueChange {
  readonly sizes?: ByName<Partial<VmSize> | null>;
  /** Quotas of Microsoft.Compute, the same in every region. */
  readonly quotas?: ByName<Partial<Quota>>;
  readonly containerQuotas?: ByName<Partial<Quota>>;
  /** By `publisher:offer:sku`. */
  readonly images?: ByName<Partial<MarketplaceImage> | null>;
  /** By `publisher:offer:plan`: accepted or not. */
  readonly agreements?: ByName<boolean>;
  /** Regions without availability zones, beside those that have none. */
  readonly withoutZones?: readonly string[];
  /** By namespace or `namespace/type`: regions it is not offered in. */
  readonly providers?: ByName<{ readonly notIn?: readonly string[] }>;
}

export interface Catalogue {
  readonly sizes: ByName<VmSize>;
  readonly quotas: ByName<Quota>;
  readonly containerQuotas: ByName<Quota>;
  readonly images: ByName<Partial<MarketplaceImage> | null>;
  readonly agreements: ByName<boolean>;
  readonly withoutZones: readonly string[];
  readonly providers: ByName<{ readonly notIn?: readonly string[] }>;
}

/** Terms that the subscriptions have accepted where the world says nothing else. */
const builtInAgreements: ByName<boolean> = { "resf:rockylinux-x86_64:9-base": true };

/** The catalogue of a world. Throws an Error for a new size or quota that lacks a part. */
export function catalogueOf(change: CatalogueChange = {}): Catalogue {
  return {
    sizes: changed(builtInSizes, change.sizes, "vCPUs"),
    quotas: changed(builtInQuotas, change.quotas, "limit"),
    containerQuotas: changed(containerQuotas, change.containerQuotas, "limit"),
    images: change.images ?? {},
    agreements: { ...builtInAgreements, ...change.agreements },
    withoutZones: change.withoutZones ?? [],
    providers: change.providers ?? {},
  };
}

function changed<T extends object>(base: ByName<T>, change: ByName<Partial<T> | null> = {}, part: string): ByName<T> {
  const merged = Object.entries(merge(base, change) as ByName<T | null>);
  const kept = merged.filter((entry): entry is [string, T] => entry[1] !== null);
  const lacking = kept.find(([, value]) => !(part in value));
  if (lacking !== undefined) throw new Error(`The world's catalogue gives '${lacking[0]}' no ${part}.`);
  return Object.fromEntries(kept);
}

/** Is the provider's type (`Microsoft.Compute/galleries`) offered in the region (short name), as far as the world says? */
export function isOfferedIn(catalogue: Catalogue, type: string, region: string): boolean {
  const namespace = type.split("/")[0]?.toLowerCase() ?? "";
  const lacks = Object.entries(catalogue.providers).filter(([name]) =>
    [namespace, type.toLowerCase()].includes(name.toLowerCase()),
  );
  return !lacks.some(([, { notIn = [] }]) => notIn.includes(region));
}
