/** Preview features of a subscription (Microsoft.Features 2021-07-01), to be read. */
import { ArmFault, type ArmRoute, type Reply, type RouteContext } from "../core/types.ts";
import { findNamespace, versionsOf } from "./provider-catalogue.ts";

const service = "Microsoft.Features";
const type = "Microsoft.Features/providers/features";
const action = `${type}/read`;
const path = "/subscriptions/:subscriptionId/providers/Microsoft.Features/providers/:namespace/features";

/** Features that exist for everyone to ask for; a world may name further ones. */
const known = [
  "Microsoft.Compute/TrustedLaunchByDefaultPreview",
  "Microsoft.VirtualMachineImages/FairfaxPublicPreview",
  "Microsoft.VirtualMachineImages/MooncakePublicPreview",
  "Microsoft.VirtualMachineImages/Triggers",
] as const;

/** Routes of this service. */
export const featureRoutes: readonly ArmRoute[] = [
  {
    service,
    method: "GET",
    path: `${path}/:feature`,
    apiVersions: versionsOf(service),
    action,
    handle: getFeature,
  },
];

function getFeature(context: RouteContext): Reply {
  const { subscriptionId = "", namespace = "", feature = "" } = context.params;
  const name = `${findNamespace(namespace)?.namespace ?? namespace}/${feature}`;
  const state = context.world.featureState(subscriptionId, name);
  const isKnown = known.some((one) => one.toLowerCase() === name.toLowerCase());
  if (state === undefined && !isKnown) {
    throw new ArmFault(404, "FeatureNotFound", `The feature '${feature}' could not be found.`, {
      mark: "inferred",
      fact: "unknown feature",
    });
  }
  const body = {
    properties: { state: state ?? "NotRegistered" },
    id: `/subscriptions/${subscriptionId}/providers/Microsoft.Features/providers/${namespace}/features/${feature}`,
    type,
    name,
  };
  return { status: 200, mark: "specification", fact: "get feature", body };
}
