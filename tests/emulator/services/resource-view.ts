/** How resources of the store become bodies of answers. */
import { resourceNotFound } from "../core/arm-errors.ts";
import type { Resource, RouteContext } from "../core/types.ts";

/** The resource a request's path names. Throws 404 ResourceNotFound. */
export function resourceOfPath(context: RouteContext): Resource {
  const id = pathOf(context);
  const found = context.world.resources.get(id);
  if (found === undefined) throw resourceNotFound(id);
  return found;
}

/** Path of the request without slashes at its end. */
export function pathOf(context: RouteContext): string {
  return context.request.url.pathname.replace(/\/+$/, "");
}

/** `properties` of a stored resource. */
export function propertiesOf(resource: Resource): Readonly<Record<string, unknown>> {
  return (resource.body["properties"] ?? {}) as Readonly<Record<string, unknown>>;
}

/**
 * A page of a list: all of it, or `$top` of it with a link to what follows. `$skiptoken` says where a page begins.
 */
export function page(
  context: RouteContext,
  items: readonly unknown[],
): { readonly value: readonly unknown[]; readonly nextLink?: string } {
  const { query } = context;
  const from = Number(query.get("$skiptoken") ?? 0);
  const top = Number(query.get("$top") ?? items.length);
  const value = items.slice(from, from + top);
  if (from + value.length >= items.length) return { value };
  const next = new URL(context.request.url);
  next.searchParams.set("$skiptoken", String(from + value.length));
  return { value, nextLink: next.href };
}
