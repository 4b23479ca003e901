import assert from "node:assert/strict";
import { InputError, ServiceError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import {
  type ExistingImage,
  findImage,
  findTemplateImages,
} from "../../../tasks/AzureImageBuilderV1/src/facts/existing-image.ts";
import type { FactReader, GalleryVersionFacts } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { ref, type Script, setStage, shown, versionId } from "../build/stage.ts";
import { definition, group, subscription } from "../inputs/step.ts";
import { broken, portsOf } from "./world.ts";

const place = { subscriptionId: subscription, resourceGroup: "rg-images" };

function version(name: string, facts: Partial<GalleryVersionFacts> = {}): GalleryVersionFacts {
  return {
    name,
    provisioningState: "Succeeded",
    excludeFromLatest: false,
    regions: ["westeurope"],
    tags: {},
    ...facts,
  };
}

/** Unordered, as the service lists them. */
const versions: readonly GalleryVersionFacts[] = [
  version("1.9.0", { tags: { Ring: "prod", commit: "a" }, regions: ["westeurope", "uksouth"] }),
  version("1.10.0", { tags: { Ring: "prod", commit: "b" } }),
  version("1.2.0", { tags: { Ring: "canary" } }),
  version("2.0.0", { excludeFromLatest: true, tags: { Ring: "prod" } }),
  version("3.0.0", { provisioningState: "Failed" }),
  version("4.0.0", { provisioningState: "Creating" }),
  version("5.0.0", { provisioningState: undefined }),
];

interface Search {
  readonly version?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly there?: readonly GalleryVersionFacts[];
}

function find({ version: number, tags = {}, there = versions }: Search): Promise<ExistingImage> {
  const wanted = { kind: "gallery", definitionId: definition, version: number, tags } as const;
  return findImage(wanted, place, portsOf({ reader: { galleryVersions: async () => there } }));
}

async function refusal(search: Promise<unknown>): Promise<string> {
  const error: unknown = await search.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof InputError, String(error));
  assert.deepEqual(error.problems.map(({ code }) => code), ["AIB131"]); // prettier-ignore
  return error.message;
}

describe("A version of a gallery that is there", () => {
  const found: readonly (readonly [title: string, search: Search, name: string])[] = [
    ["the latest by number, of those that are ready and not excluded", {}, "1.10.0"],
    ["the latest with a tag, whose name has any case", { tags: { ring: "canary" } }, "1.2.0"],
    ["the latest with all of the tags", { tags: { Ring: "prod", commit: "a" } }, "1.9.0"],
    ["one by its number", { version: "1.9.0" }, "1.9.0"],
    ["one by its number although it is excluded from latest", { version: "2.0.0" }, "2.0.0"],
  ];
  for (const [title, search, name] of found) {
    it(`is ${title}`, async () => {
      assert.equal((await find(search)).output.artifactId, `${definition}/versions/${name}`);
    });
  }

  it("is told with its regions and tags", async () => {
    assert.deepEqual(await find({ version: "1.9.0" }), {
      output: { name: "gallery", artifactId: `${definition}/versions/1.9.0` },
      regions: ["westeurope", "uksouth"],
      tags: { Ring: "prod", commit: "a" },
    });
  });

  const missed: readonly (readonly [title: string, search: Search, text: RegExp])[] = [
    ["has failed", { version: "3.0.0" }, /version 3\.0\.0; there is .*3\.0\.0 \(Failed\)/],
    ["is being made", { version: "4.0.0" }, /4\.0\.0 \(Creating\)/],
    ["does not say its state", { version: "5.0.0" }, /5\.0\.0 \(state unknown\)/],
    ["is not there", { version: "1.0.0" }, /version 1\.0\.0; there is 1\.9\.0, 1\.10\.0/],
    ["has a tag of another value", { tags: { ring: "PROD" } }, /not excluded from latest with these tags; there is/],
    ["has the number and not the tag", { version: "1.2.0", tags: { ring: "prod" } }, /version 1\.2\.0 with these tags/],
    ["is excluded, where the latest is wanted", { there: [version("2.0.0", { excludeFromLatest: true })] }, /2\.0\.0 \(excluded from latest\)/], // prettier-ignore
    ["is past its end of life, where the latest is wanted", { there: [version("2.0.0", { endOfLife: new Date("2020-02-01T00:00:00Z") })] }, /2\.0\.0 \(end of life 2020-02-01\)/], // prettier-ignore
    ["would be the first", { there: [] }, /there are no versions/],
  ];
  for (const [title, search, text] of missed) {
    it(`is missed with what there is, where it ${title}`, async () => assert.match(await refusal(find(search)), text));
  }

  it("is not taken for missing where the gallery cannot be read", async () => {
    const wanted = { kind: "gallery", definitionId: definition, version: undefined, tags: {} } as const;
    await assert.rejects(findImage(wanted, place, portsOf({ reader: { galleryVersions: broken } })), ServiceError);
  });
});

describe("A managed image that is there", () => {
  const imageId = `${group}/providers/Microsoft.Compute/images/web`;
  const findManaged = (idOrName: string, managedImage: FactReader["managedImage"]): Promise<ExistingImage> =>
    findImage({ kind: "managedImage", idOrName }, place, portsOf({ reader: { managedImage } }));

  for (const idOrName of [imageId, "web"]) {
    it(`is found by ${idOrName === "web" ? "its name in the step's resource group" : "its ID"}`, async () => {
      const only: FactReader["managedImage"] = async (id) => (id === imageId ? { location: "westeurope" } : undefined);
      assert.deepEqual(await findManaged(idOrName, only), {
        output: { name: "managedImage", artifactId: imageId },
        regions: ["westeurope"],
        tags: {},
      });
    });
  }

  it("is missed by its whole ID", async () => {
    assert.match(await refusal(findManaged("web", async () => undefined)), /managedImage: there is no such image/);
  });
});

describe("What a template has made", () => {
  const found = (script: Script): ReturnType<typeof findTemplateImages> => findTemplateImages(ref, setStage(script));
  const image = { name: "gallery", artifactId: versionId };

  it("is all that its run has made, without what has no result", async () => {
    const template = shown({ runState: "Succeeded" });
    const outputs = [image, { name: "vhd", artifactUri: "https://x/1.vhd" }];
    const script: Script = { template: [[0, template]], outputs: [[0, [...outputs, { name: "none" }]]] };
    assert.deepEqual(await found(script), { template, outputs });
  });

  it("is missed where the template is not there", async () => {
    assert.match(await refusal(found({})), /templateName: .*the name or ID of an image template that exists/);
  });

  it("is missed where it has never run, or its run has made nothing", async () => {
    assert.match(await refusal(found({ template: [[0, shown()]] })), /it has never run/);
    assert.match(await refusal(found({ template: [[0, shown({ runState: "Failed" })]] })), /its last run: Failed/);
  });
});
