/** Microsoft.Compute as the image builder's clients use it: marketplace, galleries, managed images. */
import type { ArmRoute } from "../../core/types.ts";
import { capacityRoutes } from "./capacity.ts";
import { capsOperationRoutes } from "./caps-operations.ts";
import { galleryRoutes } from "./galleries.ts";
import { imageRoutes } from "./images.ts";
import { machineRoutes } from "./machines.ts";
import { marketplaceRoutes } from "./marketplace.ts";
import { versionRoutes } from "./versions.ts";

export { addMarketplaceImages } from "./catalogue.ts";

export const computeRoutes: readonly ArmRoute[] = [
  ...capacityRoutes,
  ...capsOperationRoutes,
  ...marketplaceRoutes,
  ...galleryRoutes,
  ...versionRoutes,
  ...imageRoutes,
  ...machineRoutes,
];
