/** Terms of marketplace plans: whether a subscription has accepted them (Microsoft.MarketplaceOrdering 2021-01-01). */
import { createHash } from "node:crypto";
import { ArmFault, type ArmRoute, type Reply, type RouteContext } from "../core/types.ts";
import { marketplaceOf, type PurchasePlan } from "./compute/catalogue.ts";
import { versionsOf } from "./provider-catalogue.ts";

const service = "Microsoft.MarketplaceOrdering";
const path =
  "/subscriptions/:subscriptionId/providers/Microsoft.MarketplaceOrdering/offerTypes/:offerType/publishers/:publisher/offers/:offer/plans/:plan/agreements/current";

/** Routes of this service; accepting terms is not built. */
export const marketplaceOrderingRoutes: readonly ArmRoute[] = [
  {
    service,
    method: "GET",
    path,
    apiVersions: versionsOf(service),
    action: "Microsoft.MarketplaceOrdering/offertypes/publishers/offers/plans/agreements/read",
    handle: getTerms,
  },
];

const same = (a: string, b: string | undefined): boolean => a.toLowerCase() === b?.toLowerCase();

function planOf({ params, world }: RouteContext): PurchasePlan {
  const { publisher, offer, plan, offerType = "" } = params;
  const found = marketplaceOf(world)
    .flatMap((image) => (image.plan === undefined ? [] : [image.plan]))
    .find((one) => same(one.publisher, publisher) && same(one.product, offer) && same(one.name, plan));
  if (found !== undefined && same("virtualmachine", offerType)) return found;
  throw new ArmFault(
    400,
    "BadRequest",
    `Unable to find legal terms for this offer. Product details - PublisherId: '${publisher}', OfferId: '${offer}', PlanId: '${plan}'.`,
    { mark: "inferred", fact: "terms of an unknown plan" },
  );
}

function getTerms(context: RouteContext): Reply {
  const { name, publisher, product } = planOf(context);
  const { agreements } = context.world.catalogue;
  const key = Object.keys(agreements).find((one) => same(one, `${publisher}:${product}:${name}`));
  const terms = `https://mpcprodsa.blob.core.windows.net/legalterms/${publisher}.${product}.${name}.txt`;
  const body = {
    id: `/subscriptions/${context.params["subscriptionId"] ?? ""}/providers/Microsoft.MarketplaceOrdering/offerTypes/VirtualMachine/publishers/${publisher}/offers/${product}/plans/${name}/agreements/current`,
    name,
    type: "Microsoft.MarketplaceOrdering/offertypes",
    properties: {
      publisher,
      product,
      plan: name,
      licenseTextLink: terms,
      privacyPolicyLink: terms,
      marketplaceTermsLink: terms,
      retrieveDatetime: context.world.clock.now().toISOString(),
      signature: createHash("sha256").update(terms).digest("hex").toUpperCase(),
      accepted: key !== undefined && agreements[key] === true,
    },
  };
  return { status: 200, mark: "specification", fact: "get marketplace terms", body };
}
