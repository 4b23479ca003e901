/** Images that an earlier attempt has made, by their tags. */
import assert from "node:assert/strict";
import {
  findMadeImages,
  type MadeImages,
  readImagePlaces,
} from "../../../tasks/AzureImageBuilderV1/src/facts/made-images.ts";
import type { TemplateDistributor } from "../../../tasks/AzureImageBuilderV1/src/image-template.ts";
import type { GalleryVersionFacts, ManagedImageFacts } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { refusal } from "../build/stage.ts";

const definition = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/galleries/g/images/Web";
const image = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/images/web";
const maker = { run: "build/7", template: "aib-1", request: "v1:abc" };
const own = { "aib-task-run": "build/7", "aib-task-template": "aib-1", "aib-task-request": "v1:abc" };

const gallery: TemplateDistributor = { type: "SharedImage", runOutputName: "gallery", galleryImageId: definition };
const exact: TemplateDistributor = { ...gallery, galleryImageId: `${definition}/versions/1.2.3` };
const managed: TemplateDistributor = {
  type: "ManagedImage",
  runOutputName: "copy",
  imageId: image,
  location: "westeurope",
};
const vhd: TemplateDistributor = { type: "VHD", runOutputName: "vhd" };

function version(
  name: string,
  provisioningState = "Succeeded",
  tags: GalleryVersionFacts["tags"] = own,
): GalleryVersionFacts {
  return { name, provisioningState, excludeFromLatest: false, regions: [], tags };
}

interface There {
  readonly versions?: readonly GalleryVersionFacts[];
  readonly image?: ManagedImageFacts;
}

async function find(
  targets: readonly TemplateDistributor[],
  there: There,
  by: Parameters<typeof findMadeImages>[1] = maker,
): Promise<MadeImages> {
  const places = await readImagePlaces(targets, {
    galleryVersions: async () => there.versions ?? [],
    managedImage: async () => there.image,
  });
  return findMadeImages(targets, by, places);
}

/** Names of the versions or images found, or the state. */
async function found(...given: Parameters<typeof find>): Promise<string> {
  const made = await find(...given);
  return made.state === "ready"
    ? made.outputs.map(({ artifactId }) => artifactId?.split("/").at(-1)).join()
    : made.state;
}

describe("An image of an earlier attempt", () => {
  const cases: readonly (readonly [title: string, targets: readonly TemplateDistributor[], there: There, result: string])[] = [
    ["is a version with its three tags", [gallery], { versions: [version("1.0.0")] }, "1.0.0"],
    ["is the latest of several by number", [gallery], { versions: [version("1.9.0"), version("1.10.0"), version("1.2.0")] }, "1.10.0"],
    ["is one that is ready before one that is being made", [gallery], { versions: [version("1.1.0", "Creating"), version("1.0.0")] }, "1.0.0"],
    ["is still coming while it is made", [gallery], { versions: [version("1.0.0", "Creating")] }, "coming"],
    ["is still coming while it is copied", [gallery], { versions: [version("1.0.0", "Updating")] }, "coming"],
    ["is none that failed", [gallery], { versions: [version("1.0.0", "Failed")] }, "none"],
    ["is none that is being deleted", [gallery], { versions: [version("1.0.0", "Deleting")] }, "none"],
    ["is none of another run", [gallery], { versions: [version("1.0.0", "Succeeded", { ...own, "aib-task-run": "build/8" })] }, "none"],
    ["is none of another step", [gallery], { versions: [version("1.0.0", "Succeeded", { ...own, "aib-task-template": "aib-2" })] }, "none"],
    ["is none of another request", [gallery], { versions: [version("1.0.0", "Succeeded", { ...own, "aib-task-request": "v1:b" })] }, "none"],
    ["is none without tags", [gallery], { versions: [version("1.0.0", "Succeeded", {})] }, "none"],
    ["has tags whose names are compared without case", [gallery], { versions: [version("1.0.0", "Succeeded", { "Aib-Task-Run": "build/7", "AIB-TASK-TEMPLATE": "aib-1", "aib-task-request": "v1:abc" })] }, "1.0.0"],
    ["is the version that is asked for", [exact], { versions: [version("1.2.4"), version("1.2.3")] }, "1.2.3"],
    ["is no other version than the one asked for", [exact], { versions: [version("1.2.4")] }, "none"],
    ["is a managed image with its three tags", [managed], { image: { provisioningState: "Succeeded", tags: own } }, "web"],
    ["is no managed image with other tags", [managed], { image: { provisioningState: "Succeeded", tags: {} } }, "none"],
    ["is no managed image that failed", [managed], { image: { provisioningState: "Failed", tags: own } }, "none"],
    ["is no VHD, which bears no tags", [vhd], {}, "none"],
    ["is one for each target", [gallery, managed], { versions: [version("1.0.0")], image: { provisioningState: "Succeeded", tags: own } }, "1.0.0,web"],
    ["is none where a target has none", [gallery, managed], { versions: [version("1.0.0")] }, "none"],
    ["is none where a target is a VHD", [gallery, vhd], { versions: [version("1.0.0")] }, "none"],
    ["is coming where one of them is", [gallery, managed], { versions: [version("1.0.0", "Creating")], image: { provisioningState: "Succeeded", tags: own } }, "coming"],
  ]; // prettier-ignore
  for (const [title, targets, there, result] of cases) {
    it(title, async () => assert.equal(await found(targets, there), result));
  }

  it("is told by the names of the template's outputs", async () => {
    assert.deepEqual(await find([gallery], { versions: [version("1.0.0")] }), {
      state: "ready",
      outputs: [{ name: "gallery", artifactId: `${definition}/versions/1.0.0` }],
    });
  });

  it("may be of any request before that is known", async () => {
    const { run, template } = maker;
    const other = version("1.0.0", "Succeeded", { ...own, "aib-task-request": "v1:b" });
    assert.equal(await found([gallery], { versions: [other] }, { run, template }), "1.0.0");
  });

  it("is read by one request for a definition, however many targets name it", async () => {
    const reads: string[] = [];
    await readImagePlaces([gallery, exact, vhd], {
      galleryVersions: async (id) => (reads.push(id), []),
      managedImage: () => assert.fail("no target is one"),
    });
    assert.deepEqual(reads, [definition]);
  });

  it("is not known where its place cannot be read, and that stops nothing", async () => {
    const places = await readImagePlaces([gallery], {
      galleryVersions: () => Promise.reject(refusal(403)),
      managedImage: async () => undefined,
    });
    assert.deepEqual(findMadeImages([gallery], maker, places), { state: "none" });
  });

  it("hides no defect", async () => {
    const facts = {
      galleryVersions: () => Promise.reject(new TypeError("defect")),
      managedImage: async () => undefined,
    };
    await assert.rejects(readImagePlaces([gallery], facts), TypeError);
  });
});
