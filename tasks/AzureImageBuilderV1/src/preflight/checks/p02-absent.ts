/** P2: what the image is distributed to and is not there (facts, section 1.8: the service makes none of it). Pure. */
import { regionName } from "../../values/regions.ts";
import { readResourceId } from "../../values/resource-id.ts";
import { describeCreation } from "../definition-fit.ts";
import type { ImageTraits } from "../image-traits.ts";
import type { Problem, Subject } from "../types.ts";

/** An image definition, whose gallery may be missing too; the commands make both for images like the source. */
export function absentDefinition(
  id: string,
  noGallery: boolean,
  known: { readonly source: ImageTraits | undefined; readonly location: string },
): Problem {
  const { subscriptionId = "", resourceGroup = "", names = [] } = readResourceId(id) ?? {};
  const [gallery = ""] = names;
  const missing = noGallery ? `gallery ${gallery}` : `image definition ${nameOf(id)}`;
  const creation = describeCreation(id, nameOf(id), known.source);
  return {
    code: "AIB006",
    message:
      `There is no ${missing} in the resource group ${resourceGroup} of the subscription ${subscriptionId}. ` +
      "The service makes none: the build would fail.",
    remedy: `Create ${noGallery ? "gallery and definition" : "the definition"}, or name one that exists.`,
    commands: [
      ...(noGallery
        ? [
            `az sig create --subscription ${subscriptionId} --resource-group ${resourceGroup} ` +
              `--gallery-name ${gallery} --location ${regionName(known.location)}`,
          ]
        : []),
      ...(creation === undefined ? [] : [creation]),
    ],
    input: "galleryImage",
  };
}

/** The resource group that a managed image is to lie in. */
export function absentGroup(imageId: string, { template }: Subject): Problem {
  const [subscription = "", name = ""] = [imageId.split("/")[2], imageId.split("/")[4]];
  return {
    code: "AIB006",
    message:
      `There is no resource group ${name} in the subscription ${subscription}, where the managed image ` +
      `${nameOf(imageId)} is to lie. The service makes none: the build would fail when it distributes the image.`,
    remedy: "Create the group, or name one that exists.",
    commands: [`az group create --subscription ${subscription} --name ${name} --location ${template.location}`],
    input: "managedImage",
  };
}

/** A resource's own name. */
export function nameOf(id: string): string {
  return readResourceId(id)?.names.at(-1) ?? id;
}
