/** Managed images (wire notes, section 9). */
import type { ArmRoute, Reply, Resource, RouteContext, World } from "../../core/types.ts";
import { QUICK_MS, startOperation } from "./caps-operations.ts";
import * as common from "./common.ts";
import { readEnvelope } from "./galleries.ts";

const IMAGE_PATH = `${common.GROUP_PATH}/providers/Microsoft.Compute/images`;
const TYPE = "Microsoft.Compute/images";
const RECORDED = { mark: "recorded", fact: "wire 9 Managed image" } as const;
const DOCUMENTED = { mark: "documented", fact: "Microsoft.Compute, images" } as const;

const DELETION_MS = 10_000;

/** What a managed image is made of. */
export interface NewImage {
  readonly id: string;
  readonly location: string;
  readonly tags: Record<string, string> | undefined;
  readonly osType: "Linux" | "Windows";
  readonly generation: "V1" | "V2";
  readonly sizeGB: number;
  /** Address of the disk's blob in a storage account. */
  readonly blobUri: string;
}

/** Puts a managed image in the store, as a capture leaves it. */
export function putImage(world: World, image: NewImage): Resource {
  const resource: Resource = {
    id: image.id,
    name: image.id.slice(image.id.lastIndexOf("/") + 1),
    type: TYPE,
    location: image.location,
    tags: image.tags,
    body: {
      properties: {
        storageProfile: {
          osDisk: {
            osType: image.osType,
            osState: "Generalized",
            diskSizeGB: image.sizeGB,
            blobUri: image.blobUri,
            caching: "None",
            storageAccountType: "Standard_LRS",
          },
          dataDisks: [],
        },
        provisioningState: "Succeeded",
        hyperVGeneration: image.generation,
      },
    },
  };
  world.resources.put(resource);
  return resource;
}

function imageId(context: RouteContext): string {
  return common.idOf(context, "images", context.params["image"] ?? "");
}

function getImage(context: RouteContext): Reply {
  const resource = common.existing(context, imageId(context));
  return common.reply(200, common.show(resource), { ...RECORDED, headers: common.rateHeader("GetImages", 360) });
}

function list(context: RouteContext, prefix: string): Reply {
  const value = context.world.resources.list(prefix, TYPE).map((resource) => common.show(resource));
  return common.reply(200, { value }, DOCUMENTED);
}

/** Creation from a generalised machine is not built; from a blob it is. */
function putImageRoute(context: RouteContext): Reply {
  const { location, tags, properties } = readEnvelope(context, "image");
  const osDisk = common.objectOf(common.objectOf(properties["storageProfile"])["osDisk"]);
  if (properties["sourceVirtualMachine"] !== undefined) {
    return notBuilt("The emulator makes managed images from blobs only, not from virtual machines.");
  }
  if (typeof osDisk["blobUri"] !== "string")
    throw common.missingParameter("image.properties.storageProfile.osDisk.blobUri");
  if (osDisk["osType"] !== "Linux" && osDisk["osType"] !== "Windows") {
    throw common.missingParameter("image.properties.storageProfile.osDisk.osType");
  }
  const isNew = context.world.resources.get(imageId(context)) === undefined;
  const resource = putImage(context.world, {
    id: imageId(context),
    location,
    tags,
    osType: osDisk["osType"],
    generation: properties["hyperVGeneration"] === "V2" ? "V2" : "V1",
    sizeGB: typeof osDisk["diskSizeGB"] === "number" ? osDisk["diskSizeGB"] : 30,
    blobUri: osDisk["blobUri"],
  });
  const headers = startOperation(context, location, { ms: QUICK_MS, work: () => undefined });
  return common.reply(isNew ? 201 : 200, common.show(resource), { ...DOCUMENTED, headers });
}

/** PATCH: tags are replaced as a whole; other properties of an image are not built. */
function patchImage(context: RouteContext): Reply {
  const resource = common.existing(context, imageId(context));
  const body = common.objectOf(context.json());
  if (body["properties"] !== undefined) return notBuilt("The emulator changes tags of managed images, nothing else.");
  const tags = common.tagsOf(body["tags"]);
  if (tags !== undefined) resource.tags = tags;
  const headers = startOperation(context, resource.location ?? "", { ms: QUICK_MS, work: () => undefined });
  return common.reply(200, common.show(resource), { ...DOCUMENTED, headers });
}

function notBuilt(message: string): Reply {
  return common.reply(501, { error: { code: "NotImplemented", message } }, { mark: "inferred", fact: "not built" });
}

function deleteImage(context: RouteContext): Reply {
  const { world } = context;
  const resource = world.resources.get(imageId(context));
  if (resource === undefined) return common.reply(204, undefined, DOCUMENTED);
  const headers = startOperation(context, resource.location ?? "", {
    ms: DELETION_MS,
    work: () => void world.resources.delete(resource.id),
    withLocation: true,
  });
  return common.reply(202, undefined, { ...DOCUMENTED, headers });
}

const imageRoute = (method: ArmRoute["method"], path: string, action: string, handle: ArmRoute["handle"]): ArmRoute =>
  common.route(method, path, { versions: common.IMAGE_VERSIONS, action: `images/${action}`, handle });

export const imageRoutes: readonly ArmRoute[] = [
  imageRoute("GET", `${IMAGE_PATH}/:image`, "read", getImage),
  imageRoute("PUT", `${IMAGE_PATH}/:image`, "write", putImageRoute),
  imageRoute("PATCH", `${IMAGE_PATH}/:image`, "write", patchImage),
  imageRoute("DELETE", `${IMAGE_PATH}/:image`, "delete", deleteImage),
  imageRoute("GET", IMAGE_PATH, "read", (context) => {
    const { subscriptionId, resourceGroup } = context.params;
    return list(context, `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`);
  }),
  imageRoute("GET", `${common.SUBSCRIPTION_PATH}/providers/Microsoft.Compute/images`, "read", (context) =>
    list(context, `/subscriptions/${context.params["subscriptionId"]}`),
  ),
];
