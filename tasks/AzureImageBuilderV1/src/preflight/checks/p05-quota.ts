/** P5, quota of vCPUs: what is free, and what the build takes (facts, section 5). */
import { numberAt, textAt } from "../json.ts";
import type { Json } from "../reads.ts";
import type { VmSize } from "./p05-sizes.ts";

/** Name of the quota of all families of a region together. */
const regionTotal = "cores";

/** A quota by its name in lower case. */
export type Quotas = ReadonlyMap<string, Quota>;

export interface Quota {
  /** As Azure shows it. */
  readonly label: string;
  readonly used: number;
  readonly limit: number;
}

/** A machine that the build makes. */
export interface Machine {
  readonly size: VmSize;
  /** How many at a time. */
  readonly count: number;
}

/** A quota that the build takes from. */
export interface Demand extends Quota {
  /** vCPUs that the build takes. */
  readonly need: number;
  /** What it takes them for. */
  readonly machines: readonly Machine[];
}

/** Quotas among the entries of a region's list of usages. */
export function decodeQuotas(entries: readonly Json[]): Quotas {
  return new Map(
    entries.flatMap((entry) => {
      const name = textAt(entry, "name", "value");
      const [used, limit] = [numberAt(entry, "currentValue"), numberAt(entry, "limit")];
      if (name === undefined || used === undefined || limit === undefined) return [];
      return [[name.toLowerCase(), { label: textAt(entry, "name", "localizedValue") ?? name, used, limit }] as const];
    }),
  );
}

/** What the machines take from each quota that is known. */
export function demandsOf(machines: readonly Machine[], quotas: Quotas): readonly Demand[] {
  const families = machines.flatMap(({ size }) => size.family?.toLowerCase() ?? []);
  return [...new Set([...families, regionTotal])].flatMap((name) => {
    const quota = quotas.get(name);
    const takers = machines.filter(({ size }) => name === regionTotal || size.family?.toLowerCase() === name);
    const need = takers.reduce((sum, { size, count }) => sum + count * (size.vCpus ?? 0), 0);
    return quota === undefined || need === 0 ? [] : [{ ...quota, need, machines: takers }];
  });
}

/** vCPUs that are free; what is over the limit already counts as none. */
export function freeOf({ used, limit }: Quota): number {
  return Math.max(0, limit - used);
}

/** Whether all machines fit into what is free. */
export function fitsQuota(machines: readonly Machine[], quotas: Quotas): boolean {
  return demandsOf(machines, quotas).every((demand) => freeOf(demand) >= demand.need);
}
