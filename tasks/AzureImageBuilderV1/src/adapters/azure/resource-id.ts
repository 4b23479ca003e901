/** Resource ids, compared and taken apart without regard to case (wire notes, section 1). */

export interface ResourceId {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** Names along the path, outermost first: of a gallery version the gallery, the definition, the version. */
  readonly names: readonly string[];
}

/** Takes `/subscriptions/…/resourceGroups/…/providers/ns/type/name/…` apart; undefined for anything else. */
export function parseResourceId(id: string): ResourceId | undefined {
  const match = /^\/?subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/[^/]+\/(.+?)\/?$/i.exec(id.trim());
  const [, subscriptionId, resourceGroup, path] = match ?? [];
  if (subscriptionId === undefined || resourceGroup === undefined || path === undefined) return undefined;
  return { subscriptionId, resourceGroup, names: path.split("/").filter((_, index) => index % 2 === 1) };
}
