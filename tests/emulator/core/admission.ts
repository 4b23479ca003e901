/** Which requests Resource Manager lets through to a provider, and in which order it looks. */
import { isOfferedIn } from "../services/compute/world-catalogue.ts";
import { findNamespace, findType, normalRegion } from "../services/provider-catalogue.ts";
import {
  invalidContent,
  locationNotAvailable,
  locationRequired,
  missingApiVersion,
  notAuthorized,
  notRegistered,
  unknownApiVersion,
  unknownGroup,
  unknownNamespace,
  unknownPath,
  unknownSubscription,
  unknownType,
} from "./arm-errors.ts";
import type { Exchange } from "./exchange.ts";
import { checkLocks } from "./locks.ts";
import type { ParsedId } from "./resources.ts";
import type { Match } from "./route-finder.ts";
import type { Caller, RouteContext, World } from "./types.ts";

/** Namespace of paths without a provider. */
export const resourceManager = "Microsoft.Resources";

/** A request whose token is good. */
export interface Admission {
  readonly exchange: Exchange;
  readonly parsed: ParsedId;
  readonly match: Match | undefined;
  readonly caller: Caller;
}

/**
 * The checks in the order of the service (order of authorization against api-version: inferred). Throws ArmFault.
 * `olderApiVersions` takes an api-version that is no longer served for one that is.
 */
export function admit(
  admission: Admission,
  options: { readonly world: World; readonly olderApiVersions: boolean },
): void {
  const { exchange, parsed, match, caller } = admission;
  const { world } = options;
  const apiVersion = exchange.url.searchParams.get("api-version") ?? "";
  if (apiVersion === "") throw missingApiVersion();
  const { subscriptionId } = parsed;
  if (subscriptionId !== undefined && !world.subscriptionIds.includes(subscriptionId.toLowerCase())) {
    throw unknownSubscription(subscriptionId);
  }
  const namespace = checkType(parsed, match, apiVersion);
  checkVersion(admission, { apiVersion, namespace }, options);
  if (match?.route.action !== undefined)
    authorize({ caller, action: match.route.action, scope: scopeOf(exchange.url.pathname) }, world);
  // The namespace last in a path may be what the request is about, not who answers it: `…/Microsoft.Features/providers/X`.
  const owner = match?.route.service ?? namespace;
  if (needsRegistration(owner, parsed) && !world.isRegistered(owner, subscriptionId)) throw notRegistered(owner);
  checkGroup(parsed, world);
  if (match?.route.action !== undefined) checkLocks(world, match.route.action, scopeOf(exchange.url.pathname));
}

/** A provider of the platform is always there, and asking about or registering a provider needs no registration. */
function needsRegistration(namespace: string | undefined, parsed: ParsedId): namespace is string {
  if (namespace === undefined || (findNamespace(namespace)?.always ?? false)) return false;
  return parsed.subscriptionId !== undefined && parsed.type !== "" && parsed.type.toLowerCase() !== "register";
}

/** Canonical namespace of the path. Throws where namespace or type is unknown. */
function checkType(parsed: ParsedId, match: Match | undefined, apiVersion: string): string | undefined {
  if (parsed.namespace === undefined) {
    if (match === undefined && !isResourcesPath(parsed.parent)) throw unknownPath();
    return undefined;
  }
  const entry = findNamespace(parsed.namespace);
  if (entry === undefined) throw unknownNamespace(parsed.namespace);
  if (match === undefined && resourceTypeOf(parsed) === undefined) throw unknownType(entry.namespace, apiVersion);
  return entry.namespace;
}

/** The type of the catalogue a path is about; an action at the end of the path (`…/run`) is no type. */
function resourceTypeOf(parsed: ParsedId): string | undefined {
  const namespace = parsed.namespace ?? resourceManager;
  const whole = findType(namespace, parsed.type)?.type;
  if (whole !== undefined) return whole;
  const types = parsed.type.split("/");
  return types.length > parsed.names.length ? findType(namespace, types.slice(0, -1).join("/"))?.type : undefined;
}

/** Paths of Resource Manager itself that exist in Azure, built here or not. */
function isResourcesPath(path: string): boolean {
  return /^\/(subscriptions|providers|tenants|locations)?(\/[^/]+)?(\/(resourcegroups|resources|tagnames|locations|operationresults|providers|exporttemplate|moveresources)(\/|$).*)?$/i.test(
    path,
  );
}

function checkVersion(
  admission: Admission,
  what: { readonly apiVersion: string; readonly namespace: string | undefined },
  options: { readonly olderApiVersions: boolean },
): void {
  const { parsed, match } = admission;
  const namespace = what.namespace ?? resourceManager;
  const type = match === undefined ? (resourceTypeOf(parsed) ?? "") : parsed.type;
  const offered = match?.route.apiVersions ?? findType(namespace, type)?.apiVersions ?? [];
  if (offered.includes(what.apiVersion)) return;
  if (options.olderApiVersions && /^\d{4}-\d{2}-\d{2}(-preview)?$/.test(what.apiVersion)) return;
  if (match === undefined && offered.length === 0) return;
  const locations = (findNamespace(namespace)?.locations ?? []).map(normalRegion);
  throw unknownApiVersion({ namespace, type, apiVersion: what.apiVersion, supported: offered, locations });
}

/** Throws 403 unless the caller holds the action at the scope. */
export function authorize(
  what: { readonly caller: Caller; readonly action: string; readonly scope: string },
  world: World,
): void {
  const { caller, action, scope } = what;
  if (world.permissions.allows(caller.objectId, action, scope)) return;
  throw notAuthorized({ client: caller.clientId, objectId: caller.objectId, action, scope });
}

/** Scope of a request: the resource, or for a collection and an action what stands before it. */
export function scopeOf(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  const segments = trimmed.split("/").slice(1);
  const provider = segments.map((segment) => segment.toLowerCase()).lastIndexOf("providers");
  const rest = provider < 0 ? segments : segments.slice(provider + 2);
  if (provider >= 0 && rest.length === 0) return `/${segments.slice(0, provider).join("/")}`;
  return rest.length % 2 === 0 ? trimmed : trimmed.slice(0, trimmed.lastIndexOf("/"));
}

function checkGroup(parsed: ParsedId, world: World): void {
  if (parsed.resourceGroup === undefined || parsed.namespace === undefined) return;
  const group = `/subscriptions/${parsed.subscriptionId ?? ""}/resourceGroups/${parsed.resourceGroup}`;
  if (world.resources.get(group) === undefined) throw unknownGroup(parsed.resourceGroup);
}

/** A PUT of a tracked resource names a region, and the type must be offered there. Throws ArmFault 400. */
export function checkLocation(exchange: Exchange, parsed: ParsedId, context: RouteContext): void {
  if (exchange.method !== "PUT") return;
  const namespace = parsed.namespace ?? resourceManager;
  const type = parsed.namespace === undefined ? "resourceGroups" : parsed.type;
  if (findType(namespace, type)?.tracked !== true) return;
  const value = context.json();
  if (typeof value !== "object" || value === null) throw invalidContent("The body is no JSON object.");
  const location = (value as { readonly location?: unknown }).location;
  if (typeof location !== "string" || location === "") throw locationRequired();
  const fullType = `${namespace}/${type}`;
  const offered = (findNamespace(namespace)?.locations ?? [])
    .map(normalRegion)
    .filter((region) => isOfferedIn(context.world.catalogue, fullType, region));
  if (!offered.includes(normalRegion(location))) throw locationNotAvailable(location, fullType, offered);
}
