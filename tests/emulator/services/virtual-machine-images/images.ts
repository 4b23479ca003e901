/** Images that builds have made: their layers, for builds on top of them and for whoever wants to look inside. */
import type { World } from "../../core/types.ts";
import { listLayerFiles, type ImageLayer } from "../../build-vm/index.ts";
import { buildVmSupport, stateOf, type BuiltImage } from "./state.ts";

/** Makes an image known under its id: a managed image, a gallery version, or \`/account/container/blob\` of a VHD. */
export function registerImage(world: World, id: string, image: BuiltImage): void {
  stateOf(world).images.set(id.toLowerCase(), image);
  world.images.register(id, async () => {
    const support = await buildVmSupport(world);
    if (support.mode === "simulated" || image.layers.length === 0) return [];
    return listLayerFiles(support.layersDir, image.layers);
  });
}

/** Layers of the image a build stacks on, newest first; none for the marketplace and for images no build made. */
export function layersOf(world: World, imageId: string | undefined): readonly ImageLayer[] {
  return imageId === undefined ? [] : (stateOf(world).images.get(imageId.toLowerCase())?.layers ?? []);
}
