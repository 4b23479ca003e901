/** Target: a managed image. */
import { readResourceId } from "../../values/resource-id.ts";
import type { TargetKind } from "./types.ts";

const type = "Microsoft.Compute/images";

/** Managed images (facts, section 1.8). A bare name is one in the template's resource group. */
export const managedImage: TargetKind<"managedImage"> = {
  olderWords: [],
  mainInput: "managedImage",
  mainInputRequired: true,
  options: { image: "managedImage", location: "managedImageLocation" },
  read: ({ managedImage: image, managedImageLocation: location }) =>
    image === undefined ? undefined : { kind: "managedImage", image, ...(location === undefined ? {} : { location }) },
  gather: async () => ({}),
  plan: ({ image, location }, place) => ({
    kind: "managedImage",
    runOutputName: "managedImage",
    imageId:
      readResourceId(image)?.id ??
      `/subscriptions/${place.subscriptionId}/resourceGroups/${place.resourceGroup}/providers/${type}/${image}`,
    location: location ?? place.location,
  }),
  build: ({ runOutputName, imageId, location }, artifactTags) => ({
    type: "ManagedImage",
    runOutputName,
    imageId,
    location,
    artifactTags,
  }),
  diesWithTemplate: () => false,
};
