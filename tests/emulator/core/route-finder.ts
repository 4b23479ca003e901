/** From a request's method and path to the route that serves it. */
import findMyWay, { type HTTPMethod } from "find-my-way";
import type { ArmRoute } from "./types.ts";

/** Path of a route that hangs on any scope begins with this. */
export const scopeMark = "/{scope}";

/** A route with the parameters of a path; `scope` is what stands before a route that hangs on any scope. */
export interface Match {
  readonly route: ArmRoute;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds the route of a method and path, without regard to case. */
export type Finder = (method: string, path: string) => Match | undefined;

/** Builds the finder over all routes. Throws an Error where two are the same. */
export function createFinder(routes: readonly ArmRoute[]): Finder {
  const settings = { caseSensitive: false, ignoreTrailingSlash: true, maxParamLength: 2048 };
  const plain = findMyWay(settings);
  const scoped = findMyWay(settings);
  for (const route of routes) {
    const isScoped = route.path.startsWith(scopeMark);
    const path = isScoped ? route.path.slice(scopeMark.length) : route.path;
    (isScoped ? scoped : plain).on(route.method, path, () => undefined, route);
  }
  return (method, path) => {
    const found = plain.find(method as HTTPMethod, path);
    if (found !== null) return asMatch(found);
    const at = path.toLowerCase().lastIndexOf("/providers/");
    const onScope = at < 0 ? null : scoped.find(method as HTTPMethod, path.slice(at));
    return onScope === null ? undefined : asMatch(onScope, path.slice(0, at));
  };
}

function asMatch(
  found: { readonly store: unknown; readonly params: { readonly [k: string]: string | undefined } },
  scope?: string,
): Match {
  const params: Record<string, string> = scope === undefined ? {} : { scope };
  for (const [name, value] of Object.entries(found.params)) params[name] = value ?? "";
  return { route: found.store as ArmRoute, params };
}
