/** The resources of the emulated cloud and what their ids say. */
import type { Resource, ResourceStore } from "./types.ts";

/** A resource id taken apart. Names and types keep the case they came in. */
export interface ParsedId {
  readonly subscriptionId: string | undefined;
  readonly resourceGroup: string | undefined;
  /** Namespace of the last `providers` segment; undefined for subscriptions and groups. */
  readonly namespace: string | undefined;
  /** Types after that namespace, joined by `/`: `galleries/images`. */
  readonly type: string;
  /** Names that belong to the types; one fewer where the id ends in a type (a collection or an action). */
  readonly names: readonly string[];
  /** The id before the last `/providers/`; the whole id where there is none. */
  readonly parent: string;
}

/** Takes an id or the path of a request apart. Never throws: what is absent is undefined or empty. */
export function parseId(id: string): ParsedId {
  const segments = id.split("/").filter((segment) => segment !== "");
  const lower = segments.map((segment) => segment.toLowerCase());
  const after = (word: string, place: number): string | undefined =>
    lower[place] === word ? segments[place + 1] : undefined;
  const provider = lower.lastIndexOf("providers");
  const hasNamespace = provider >= 0 && segments[provider + 1] !== undefined;
  const rest = hasNamespace ? segments.slice(provider + 2) : [];
  return {
    subscriptionId: after("subscriptions", 0),
    resourceGroup: after("resourcegroups", 2),
    namespace: hasNamespace ? segments[provider + 1] : undefined,
    type: rest.filter((_, index) => index % 2 === 0).join("/"),
    names: rest.filter((_, index) => index % 2 === 1),
    parent: hasNamespace ? `/${segments.slice(0, provider).join("/")}` : `/${segments.join("/")}`,
  };
}

/** Full type of a resource by its id, e.g. `Microsoft.Compute/galleries/images`; groups are `Microsoft.Resources/resourceGroups`. */
export function typeOfId(id: string): string {
  const parsed = parseId(id);
  if (parsed.namespace !== undefined) return `${parsed.namespace}/${parsed.type}`;
  return parsed.resourceGroup === undefined
    ? "Microsoft.Resources/subscriptions"
    : "Microsoft.Resources/resourceGroups";
}

/** Does a resource of this type hang on others, as locks and policy assignments do, and lie in no group itself? */
export function isExtension(type: string): boolean {
  return type.toLowerCase().startsWith("microsoft.authorization/");
}

/** The last name in an id. */
export function nameOfId(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}

/** Is `id` the scope itself or below it? Case is ignored, and `/a/bc` is not below `/a/b`. */
export function isWithin(id: string, scope: string): boolean {
  const base = scope.toLowerCase().replace(/\/+$/, "");
  const inner = id.toLowerCase();
  return inner === base || inner.startsWith(`${base}/`);
}

/** Makes an empty store; `now` is the emulated time. */
export function createResourceStore(now: () => Date): ResourceStore & { clear(): void } {
  const byId = new Map<string, Resource>();
  const times = new Map<string, Date>();
  return {
    get: (id) => byId.get(id.toLowerCase()),
    put: (resource) => {
      const key = resource.id.toLowerCase();
      if (!byId.has(key)) times.set(key, now());
      byId.set(key, resource);
    },
    delete: (id) => byId.delete(id.toLowerCase()),
    clear: () => byId.clear(),
    createdAt: (id) => (byId.has(id.toLowerCase()) ? times.get(id.toLowerCase()) : undefined),
    list: (prefix, type) =>
      [...byId.values()].filter(
        (resource) =>
          isWithin(resource.id, prefix) && (type === undefined || resource.type.toLowerCase() === type.toLowerCase()),
      ),
  };
}
