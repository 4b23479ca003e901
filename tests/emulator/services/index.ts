/** All services behind Resource Manager's front door. */
import type { ArmRoute } from "../core/types.ts";
import { authorizationRoutes } from "./authorization.ts";
import { computeRoutes } from "./compute/index.ts";
import { containerInstanceRoutes } from "./container-instance.ts";
import { extensionListRoutes } from "./extension-lists.ts";
import { featureRoutes } from "./features.ts";
import { managedIdentityRoutes } from "./managed-identity.ts";
import { marketplaceOrderingRoutes } from "./marketplace-ordering.ts";
import { networkFilterRoutes } from "./network-filters.ts";
import { networkRoutes } from "./network.ts";
import { policyRestrictionRoutes } from "./policy/restrictions.ts";
import { providerRoutes } from "./providers.ts";
import { regionRoutes } from "./regions.ts";
import { resourceGroupRoutes } from "./resource-groups.ts";
import { roleDefinitionRoutes } from "./role-definitions.ts";
import { storageRoutes } from "./storage.ts";
import { tagRoutes } from "./tags.ts";
import { virtualMachineImagesRoutes } from "./virtual-machine-images/index.ts";

/** Every route, in no particular order. */
export const armRoutes: readonly ArmRoute[] = [
  ...authorizationRoutes,
  ...computeRoutes,
  ...containerInstanceRoutes,
  ...extensionListRoutes,
  ...featureRoutes,
  ...managedIdentityRoutes,
  ...marketplaceOrderingRoutes,
  ...networkFilterRoutes,
  ...networkRoutes,
  ...policyRestrictionRoutes,
  ...providerRoutes,
  ...regionRoutes,
  ...resourceGroupRoutes,
  ...roleDefinitionRoutes,
  ...storageRoutes,
  ...tagRoutes,
  ...virtualMachineImagesRoutes,
];
