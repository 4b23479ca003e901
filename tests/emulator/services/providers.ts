/** Resource providers of a subscription: what is registered, and which types, regions and api-versions each offers. */
import { authorize } from "../core/admission.ts";
import type { ArmRoute, Reply, RouteContext } from "../core/types.ts";
import { isOfferedIn } from "./compute/world-catalogue.ts";
import {
  type CatalogueNamespace,
  findNamespace,
  normalRegion,
  providerCatalogue,
  versionsOf,
} from "./provider-catalogue.ts";
import { zonesOf } from "./regions.ts";

const service = "Microsoft.Resources";
const apiVersions = versionsOf(service);
const read = "Microsoft.Resources/subscriptions/providers/read";
const all = "/subscriptions/:subscriptionId/providers";

/** Routes of this service. */
export const providerRoutes: readonly ArmRoute[] = [
  { service, method: "GET", path: all, apiVersions, action: read, handle: list },
  { service, method: "GET", path: `${all}/:namespace`, apiVersions, action: read, handle: get },
  { service, method: "POST", path: `${all}/:namespace/register`, apiVersions, action: undefined, handle: register },
];

function list(context: RouteContext): Reply {
  return {
    status: 200,
    mark: "documented",
    fact: "list providers",
    body: { value: providerCatalogue.map((one) => view(one, context)) },
  };
}

function get(context: RouteContext): Reply {
  return { status: 200, mark: "documented", fact: "get provider", body: view(named(context), context) };
}

function register(context: RouteContext): Reply {
  const { world, caller, params } = context;
  const entry = named(context);
  const subscriptionId = params["subscriptionId"] ?? "";
  authorize({ caller, action: `${entry.namespace}/register/action`, scope: `/subscriptions/${subscriptionId}` }, world);
  const isDone = world.isRegistered(entry.namespace, subscriptionId);
  if (!isDone) world.register(entry.namespace, subscriptionId);
  const body = { ...view(entry, context), registrationState: isDone ? "Registered" : "Registering" };
  return { status: 200, mark: "documented", fact: "register provider", body };
}

/** The front door has refused unknown namespaces already. */
function named(context: RouteContext): CatalogueNamespace {
  const entry = findNamespace(context.params["namespace"] ?? "");
  if (entry === undefined)
    throw new Error(`The front door let the namespace '${context.params["namespace"] ?? ""}' pass.`);
  return entry;
}

function view(entry: CatalogueNamespace, { world, params }: RouteContext): object {
  const subscriptionId = params["subscriptionId"] ?? "";
  return {
    id: `/subscriptions/${subscriptionId}/providers/${entry.namespace}`,
    namespace: entry.namespace,
    resourceTypes: entry.types.map((one) => {
      const regions = one.tracked ? entry.locations : [];
      const offered = regions.filter((name) =>
        isOfferedIn(world.catalogue, `${entry.namespace}/${one.type}`, normalRegion(name)),
      );
      return {
        resourceType: one.type,
        locations: offered,
        ...(one.tracked && entry.namespace === "Microsoft.Compute"
          ? { zoneMappings: zoneMappings(offered, world) }
          : {}),
        apiVersions: one.apiVersions,
        capabilities: one.tracked
          ? "CrossResourceGroupResourceMove, CrossSubscriptionResourceMove, SupportsTags, SupportsLocation"
          : "None",
      };
    }),
    registrationState: entry.always ? "Registered" : world.registrationState(entry.namespace, subscriptionId),
    registrationPolicy: entry.always ? "RegistrationFree" : "RegistrationRequired",
  };
}

/** Zones by region; a region without zones has an entry without any. */
function zoneMappings(regions: readonly string[], world: RouteContext["world"]): readonly object[] {
  return regions.map((location) => ({ location, zones: zonesOf(world, normalRegion(location)) }));
}
