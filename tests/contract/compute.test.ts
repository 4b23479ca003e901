/** Microsoft.Compute at the emulator and the official client: marketplace, galleries, versions, managed images. */
import assert from "node:assert/strict";
import { compareVersions, marketplace, resolveVersion } from "../emulator/services/compute/catalogue.ts";
import { isVersionNumber } from "../emulator/services/compute/gallery-version.ts";
import { nextVersion } from "../emulator/services/virtual-machine-images/versions.ts";
import { GROUP, openSetup, type Setup } from "./virtual-machine-images-setup.ts";

const fast = { updateIntervalInMs: 5 };

describe("compute at the emulator", () => {
  let setup: Setup;
  before(async () => {
    setup = await openSetup();
  });
  after(() => setup.close());
  beforeEach(async () => {
    await setup.reset();
    setup.assign(principal(), "Contributor", setup.resources.resourceGroup);
  });

  const principal = (): string => setup.emulator.world.roleAssignments[0]?.principalId ?? "";
  const images = () => setup.compute.virtualMachineImages;
  /** Lets the emulator's clock run while a client polls. */
  async function hurry<T>(work: PromiseLike<T>): Promise<T> {
    const timer = setInterval(() => void setup.emulator.adjustClock({ advanceMs: 60_000 }), 10);
    try {
      return await work;
    } finally {
      clearInterval(timer);
    }
  }

  describe("marketplace images", () => {
    it("are found from publisher to version", async () => {
      const names = (items: readonly { readonly name: string }[]) => items.map((item) => item.name);
      assert.ok(names(await images().listPublishers("westeurope")).includes("Canonical"));
      assert.ok(names(await images().listOffers("westeurope", "canonical")).includes("ubuntu-24_04-lts"));
      assert.ok(names(await images().listSkus("westeurope", "Canonical", "ubuntu-24_04-lts")).includes("server-gen1"));
      const versions = names(await images().list("westeurope", "Canonical", "ubuntu-24_04-lts", "server"));
      assert.ok(versions.length > 2);
    });

    it("list versions as text, also with $orderby: the first is not the newest", async () => {
      const args = ["westeurope", "MicrosoftWindowsServer", "WindowsServer", "2022-datacenter-g2"] as const;
      const [first] = await images().list(...args, { top: 1, orderby: "name desc" });
      assert.equal(first?.name, "20348.887.220806");
      const all = await images().list(...args);
      const newest = [...all].sort((a, b) => compareVersions(a.name, b.name)).at(-1);
      assert.equal(newest?.name, "20348.4171.250830");
    });

    it("tell generation, architecture, system, features and state", async () => {
      const image = await images().get("westeurope", "Canonical", "ubuntu-24_04-lts", "server", "24.04.202510010");
      assert.equal(image.hyperVGeneration, "V2");
      assert.equal(image.architecture, "x64");
      assert.equal(image.osDiskImage?.operatingSystem, "Linux");
      assert.equal(image.imageDeprecationStatus?.imageState, "Active");
      assert.deepEqual(
        image.features?.find((feature) => feature.name === "SecurityType")?.value,
        "TrustedLaunchSupported",
      );
      assert.equal(image.plan, undefined);
    });

    it("tell the plan where there is one, and that an image is withdrawn", async () => {
      const rocky = await images().get("westeurope", "resf", "rockylinux-x86_64", "9-base", "9.6.20250531");
      assert.deepEqual(rocky.plan, { publisher: "resf", name: "9-base", product: "rockylinux-x86_64" });
      const old = await images().get(
        "westeurope",
        "MicrosoftWindowsDesktop",
        "windows-10",
        "win10-21h2-avd-g2",
        "latest",
      );
      assert.equal(old.imageDeprecationStatus?.imageState, "Deprecated");
    });

    for (const [title, args] of [
      ["a version", ["westeurope", "Canonical", "ubuntu-24_04-lts", "server", "1.0.0"]],
      ["a SKU", ["westeurope", "Canonical", "ubuntu-24_04-lts", "desktop", "latest"]],
      ["a region", ["ukwest", "MicrosoftWindowsDesktop", "windows-11", "win11-25h2-avd", "latest"]],
    ] as const) {
      it(`are 404 for ${title} that has none`, async () => {
        const [location, publisher, offer, sku, version] = args;
        await assert.rejects(images().get(location, publisher, offer, sku, version), {
          statusCode: 404,
          code: "NotFound",
        });
      });
    }

    it("have sets of versions that sort differently as text and as numbers", () => {
      const trapped = marketplace.filter(
        (image) => resolveVersion(image, "latest") !== [...image.versions].sort().at(-1),
      );
      assert.ok(trapped.length >= 3, `${trapped.length}`);
    });
  });

  describe("galleries", () => {
    it("are made with an operation that ends in a moment", async () => {
      const made = await hurry(
        setup.compute.galleries.createOrUpdate(GROUP, "newgallery", { location: "westeurope" }, fast),
      );
      assert.equal(made.provisioningState, "Succeeded");
      assert.equal(made.identifier?.uniqueName, `${setup.subscription}-NEWGALLERY`);
      const names = [];
      for await (const { name } of setup.compute.galleries.listByResourceGroup(GROUP)) names.push(name);
      assert.deepEqual(names, ["galimages", "newgallery"]);
    });

    it("answer 201 and Creating, with Compute's own operation", async () => {
      const path = `${setup.resources.resourceGroup}/providers/Microsoft.Compute/galleries/newgallery?api-version=2021-10-01`;
      const answer = await setup.send("PUT", path, { location: "westeurope", tags: {} });
      assert.equal(answer.status, 201);
      assert.equal(
        answer.json<{ properties: { provisioningState: string } }>().properties.provisioningState,
        "Creating",
      );
      assert.match(
        String(answer.headers["azure-asyncoperation"]),
        /\/locations\/westeurope\/capsOperations\/[0-9a-f-]{36}\?api-version=2021-10-01$/,
      );
    });

    for (const [api, generation, security] of [
      ["2025-03-03", "V2", "TrustedLaunchSupported"],
      ["2021-10-01", "V1", undefined],
    ] as const) {
      it(`make definitions of generation ${generation} by default under ${api}`, async () => {
        const id = `${setup.resources.gallery}/images/new`;
        const properties = {
          osType: "Linux",
          osState: "Generalized",
          identifier: { publisher: "p", offer: "o", sku: "s" },
        };
        await setup.send("PUT", `${id}?api-version=${api}`, { location: "westeurope", properties });
        const shown = (await setup.send("GET", `${id}?api-version=${api}`)).json<{
          properties: Record<string, unknown>;
        }>().properties;
        assert.equal(shown["hyperVGeneration"], generation);
        const features = (shown["features"] ?? []) as { name: string; value: string }[];
        assert.equal(features.find((feature) => feature.name === "SecurityType")?.value, security);
      });
    }

    it("keep the generation of a definition as it is", async () => {
      const shown = await setup.compute.galleryImages.get(GROUP, "galimages", "ubuntu-web");
      await assert.rejects(
        async () =>
          setup.compute.galleryImages.createOrUpdate(
            GROUP,
            "galimages",
            "ubuntu-web",
            { ...shown, hyperVGeneration: "V1" },
            fast,
          ),
        /Changing property 'galleryImage\.properties\.hyperVGeneration' is not allowed\./,
      );
    });

    it("want the definition's identifier", async () => {
      const answer = await setup.send("PUT", `${setup.resources.gallery}/images/new?api-version=2025-03-03`, {
        location: "westeurope",
        properties: { osType: "Linux", osState: "Generalized" },
      });
      assert.equal(answer.status, 400);
      assert.match(answer.text, /Required parameter 'galleryImage\.properties\.identifier' is missing \(null\)\./);
    });
  });

  describe("gallery versions", () => {
    const versions = () => setup.compute.galleryImageVersions;
    const target = ["rg-images", "galimages", "ubuntu-web"] as const;
    const imageId = (): string => `${setup.resources.resourceGroup}/providers/Microsoft.Compute/images/source`;
    const body = (regions: readonly string[] = ["West Europe"]) => ({
      location: "westeurope",
      storageProfile: { source: { id: imageId() } },
      publishingProfile: { targetRegions: regions.map((name) => ({ name })) },
    });
    beforeEach(async () => {
      const osDisk = {
        osType: "Linux",
        osState: "Generalized",
        blobUri: "https://x.blob.core.windows.net/vhds/x.vhd",
      } as const;
      await hurry(
        setup.compute.images.createOrUpdate(
          GROUP,
          "source",
          { location: "westeurope", storageProfile: { osDisk } },
          fast,
        ),
      );
    });

    it("replicate for a while and are then complete in every region", async () => {
      const poller = versions().createOrUpdate(...target, "1.0.0", body(["West Europe", "North Europe"]), fast);
      await poller.poll();
      const early = await versions().get(...target, "1.0.0", { expand: "ReplicationStatus" });
      assert.equal(early.provisioningState, "Creating");
      assert.equal(early.replicationStatus?.aggregatedState, "InProgress");
      await hurry(poller.pollUntilDone());
      const late = await versions().get(...target, "1.0.0", { expand: "ReplicationStatus" });
      assert.equal(late.provisioningState, "Succeeded");
      assert.deepEqual(
        late.replicationStatus?.summary?.map(({ region, state, progress }) => [region, state, progress]),
        [
          ["West Europe", "Completed", 100],
          ["North Europe", "Completed", 100],
        ],
      );
      assert.equal("replicationStatus" in (await versions().get(...target, "1.0.0")), true);
      assert.equal((await versions().get(...target, "1.0.0")).replicationStatus, undefined);
    });

    it("can be left out of latest, tagged, replicated further, and deleted", async () => {
      await hurry(versions().createOrUpdate(...target, "1.0.0", body(), fast));
      await hurry(
        versions().update(
          ...target,
          "1.0.0",
          {
            tags: { a: "b" },
            publishingProfile: {
              excludeFromLatest: true,
              targetRegions: [{ name: "West Europe" }, { name: "East US" }],
            },
          },
          fast,
        ),
      );
      const changed = await versions().get(...target, "1.0.0");
      assert.deepEqual(changed.tags, { a: "b" });
      assert.equal(changed.publishingProfile?.excludeFromLatest, true);
      assert.deepEqual(
        changed.publishingProfile?.targetRegions?.map((region) => region.name),
        ["West Europe", "East US"],
      );
      await hurry(versions().delete(...target, "1.0.0", fast));
      await assert.rejects(versions().get(...target, "1.0.0"), { statusCode: 404 });
    });

    for (const [title, name, change, message] of [
      ["a name that is no number", "v1.0", {}, /should follow Major\(int\)\.Minor\(int\)\.Patch\(int\) format/],
      [
        "regions without its own",
        "1.0.0",
        { publishingProfile: { targetRegions: [{ name: "East US" }] } },
        /must contain the location of image version/,
      ],
      [
        "a region twice",
        "1.0.0",
        { publishingProfile: { targetRegions: [{ name: "West Europe" }, { name: "westeurope" }] } },
        /Duplicate regions are not allowed/,
      ],
      ["no source", "1.0.0", { storageProfile: {} }, /storageProfile\.source' is missing/],
    ] as const) {
      it(`are refused with ${title}`, async () => {
        await assert.rejects(
          async () => versions().createOrUpdate(...target, name, { ...body(), ...change } as never, fast),
          message,
        );
      });
    }

    it("need a definition", async () => {
      await assert.rejects(
        async () => versions().createOrUpdate("rg-images", "galimages", "none", "1.0.0", body(), fast),
        /Parent resource 'galimages\/none' not found\./,
      );
    });
  });

  it("keep managed images, which come and go", async () => {
    const osDisk = {
      osType: "Linux",
      osState: "Generalized",
      blobUri: "https://x.blob.core.windows.net/vhds/x.vhd",
    } as const;
    await hurry(
      setup.compute.images.createOrUpdate(
        GROUP,
        "made",
        { location: "westeurope", hyperVGeneration: "V2", storageProfile: { osDisk } },
        fast,
      ),
    );
    const image = await setup.compute.images.get(GROUP, "made");
    assert.equal(image.hyperVGeneration, "V2");
    assert.equal(image.provisioningState, "Succeeded");
    const names = [];
    for await (const { name } of setup.compute.images.listByResourceGroup(GROUP)) names.push(name);
    assert.deepEqual(names, ["made"]);
    await hurry(setup.compute.images.delete(GROUP, "made", fast));
    await assert.rejects(setup.compute.images.get(GROUP, "made"), { statusCode: 404, code: "ResourceNotFound" });
  });
});

describe("version numbers of the emulator", () => {
  for (const [name, good] of [
    ["1.0.0", true],
    ["0.0.0", true],
    ["2147483647.1.1", true],
    ["2147483648.1.1", false],
    ["01.0.0", false],
    ["1.0", false],
    ["1.0.0.0", false],
    ["v1.0.0", false],
  ] as const) {
    it(`${good ? "take" : "do not take"} ${name}`, () => assert.equal(isVersionNumber(name), good));
  }

  it("before 2022-07-01 grow with time and fit the recorded ones", () => {
    const at = (date: string): string =>
      nextVersion({
        versioning: undefined,
        existing: [],
        source: undefined,
        apiVersion: "2022-02-14",
        now: new Date(date),
      });
    assert.match(at("2019-06-12T00:00:00Z"), /^0\.238\d\d\.\d{1,5}$/);
    assert.match(at("2023-03-10T00:00:00Z"), /^0\.256\d\d\.\d{1,5}$/);
  });
});
