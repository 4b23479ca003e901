/** The resource providers of a subscription, read once for all checks that look at regions or registrations. */
import { regionName } from "../values/regions.ts";
import { listAt, textAt } from "./json.ts";
import type { Json, Read, Reads } from "./reads.ts";

/** All providers of a subscription (facts, section 4). */
export function readProviders(subscriptionId: string, reads: Reads): Promise<Read<readonly Json[]>> {
  return reads.list(`/subscriptions/${subscriptionId}/providers`, {
    apiVersion: "2021-04-01",
    permission: "Microsoft.Resources/subscriptions/providers/read",
  });
}

/** A provider by its namespace, case ignored. */
export function findProvider(providers: readonly Json[], namespace: string): Json | undefined {
  return providers.find((one) => textAt(one, "namespace")?.toLowerCase() === namespace.toLowerCase());
}

/** What a provider offers of a type. */
export interface Offer {
  /** Short names of regions. */
  readonly regions: readonly string[];
  readonly apiVersions: readonly string[];
}

/** What is offered of a type, e.g. `imageTemplates`; undefined where the provider does not say. */
export function offerOf(provider: Json | undefined, type: string): Offer | undefined {
  const found = listAt(provider, "resourceTypes")?.find(
    (one) => textAt(one, "resourceType")?.toLowerCase() === type.toLowerCase(),
  );
  if (found === undefined) return undefined;
  const texts = (field: string): readonly string[] =>
    (listAt(found, field) ?? []).filter((one): one is string => typeof one === "string");
  return { regions: texts("locations").map(regionName), apiVersions: texts("apiVersions") };
}
