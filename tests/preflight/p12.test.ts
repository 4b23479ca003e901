import assert from "node:assert/strict";
import type { CheckResult, Finding } from "../../tasks/AzureImageBuilderV1/src/preflight/types.ts";
import { openStage, type Stage } from "./stage.ts";

type Inputs = Readonly<Record<string, string>>;

const subscription = "5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f";
const group = `/subscriptions/${subscription}/resourceGroups/rg-images`;
const definition = `${group}/providers/Microsoft.Compute/galleries/galimages/images/ubuntu-web`;
const gallery = { type: "SharedImage", runOutputName: "web", galleryImageId: definition };

/** Outputs that no input can ask for: those of overrides. */
function distribute(...outputs: readonly object[]): Inputs {
  return { templateOverrides: JSON.stringify({ properties: { distribute: outputs } }) };
}

const toRegions = (...targetRegions: readonly object[]): object => ({ ...gallery, targetRegions });

function told({ code, severity, message, remedy, commands }: Finding): object {
  return { code, severity, message, remedy, commands };
}

interface Told {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly commands?: readonly string[];
  readonly severity?: "warning";
}

const wrong: readonly (readonly [title: string, Inputs, readonly Told[]])[] = [
  [
    "a region twice",
    distribute({ ...gallery, replicationRegions: ["westeurope", "West Europe"] }),
    [
      {
        code: "AIB076",
        message: "The output `web` names westeurope twice: the version could not be published, after the whole build.",
        remedy: "Name each region once.",
      },
    ],
  ],
  [
    "regions without that of the definition",
    distribute(toRegions({ name: "northeurope" }, { name: "eastus" })),
    [
      {
        code: "AIB076",
        message:
          "The output `web` goes to northeurope, eastus, and its image definition ubuntu-web is in westeurope: the version must be there as well, or it could not be published.",
        remedy: "Add westeurope to the regions.",
      },
    ],
  ],
  [
    "more than 100 copies",
    distribute(
      toRegions(
        { name: "westeurope", replicaCount: 40 },
        { name: "eastus", replicaCount: 40 },
        { name: "westus2", replicaCount: 21 },
      ),
    ),
    [
      {
        code: "AIB077",
        message:
          "The output `web` asks for 101 copies of the version in all, and a version has at most 100: it could not be published.",
        remedy: "Ask for at most 100 copies over all regions.",
      },
    ],
  ],
  [
    "more than 50 copies in a region",
    { targetRegions: "westeurope=51" },
    [
      {
        code: "AIB078",
        severity: "warning",
        message:
          "The output `gallery` asks for 51 copies in westeurope; Azure's advice is at most 50 in a region, its limit 100 for the version.",
        remedy: "Ask for 50 copies or less, unless machines start in such numbers.",
      },
    ],
  ],
  [
    "shallow versions in two regions",
    distribute({
      ...gallery,
      replicationMode: "Shallow",
      targetRegions: [{ name: "westeurope" }, { name: "eastus" }],
    }),
    [
      {
        code: "AIB079",
        message:
          "The output `web` is shallow and asks for 2 regions with 2 copies in all: a shallow version is in one region, once.",
        remedy: "Leave one region with one copy, or take replicationMode Full.",
      },
    ],
  ],
  [
    "zones where there are none",
    { targetRegions: "westeurope=1:Standard_ZRS, westus=1:Standard_ZRS" },
    [
      {
        code: "AIB080",
        message:
          "The output `gallery` asks for Standard_ZRS in westus, which has no availability zones: it could not be published there.",
        remedy: "Ask for Standard_LRS or Premium_LRS in westus, or take a region that the command lists.",
        commands: [
          `az account list-locations --subscription ${subscription} --query "[?availabilityZoneMappings].name" --output tsv`,
        ],
      },
    ],
  ],
  [
    "zones by the older properties",
    distribute({ ...gallery, replicationRegions: ["westeurope", "ukwest"], storageAccountType: "Standard_ZRS" }),
    [
      {
        code: "AIB080",
        message:
          "The output `web` asks for Standard_ZRS in ukwest, which has no availability zones: it could not be published there.",
        remedy: "Ask for Standard_LRS or Premium_LRS in ukwest, or take a region that the command lists.",
        commands: [
          `az account list-locations --subscription ${subscription} --query "[?availabilityZoneMappings].name" --output tsv`,
        ],
      },
    ],
  ],
];

describe("P12: outputs", () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
  });
  after(() => stage.close());

  const check = (inputs: Inputs = {}): Promise<CheckResult> => stage.check("P12", { inputs });

  it("go where they can in the right world", async () => {
    const { status, findings, notRead } = await check({ targetRegions: "westeurope=50:Standard_ZRS, eastus=50" });
    assert.deepEqual({ status, findings, notRead }, { status: "ok", findings: [], notRead: [] });
  });

  it("may be shallow in one region, and named by an exact version", async () => {
    const shallow = { ...gallery, galleryImageId: `${definition}/versions/1.2.3`, replicationMode: "Shallow" };
    assert.equal((await check(distribute({ ...shallow, targetRegions: [{ name: "West Europe" }] }))).status, "ok");
  });

  it("are not looked at where all are VHDs", async () => {
    assert.equal((await check({ galleryImage: "", targetRegions: "", targetType: "vhd" })).status, "skipped");
  });

  for (const [title, inputs, findings] of wrong) {
    it(`are not published with ${title}`, async () => {
      const result = await check(inputs);
      assert.equal(result.status, "bad");
      assert.deepEqual(
        result.findings.map(told),
        findings.map((one) => ({ severity: "error", commands: undefined, ...one })),
      );
    });
  }

  describe("of other worlds", () => {
    afterEach(() => stage.emulator.reset());

    it("need regions that offer images", async () => {
      await stage.emulator.reset("preflight/regions-without-images");
      const image = {
        type: "ManagedImage",
        runOutputName: "copy",
        imageId: `${group}/providers/Microsoft.Compute/images/web`,
      };
      const { findings } = await check(
        distribute(toRegions({ name: "westeurope" }, { name: "northeurope" }), { ...image, location: "westus2" }),
      );
      const missing = (output: string, region: string, what: string, type: string): object => ({
        code: "AIB080",
        severity: "error",
        message: `The output \`${output}\` goes to ${region}, which offers no ${what} to the subscription ${subscription}: it could not be published.`,
        remedy: "Take the region out, or one of those that the command lists.",
        commands: [
          `az provider show --namespace Microsoft.Compute --subscription ${subscription} --query "resourceTypes[?resourceType=='${type}'].locations[]" --output tsv`,
        ],
      });
      assert.deepEqual(findings.map(told), [
        missing("web", "northeurope", "gallery versions", "galleries/images/versions"),
        missing("copy", "westus2", "managed images", "images"),
      ]);
    });

    it("are warned of before the definition is full of versions", async () => {
      for (let patch = 0; patch < 9000; patch++) {
        const id = `${definition}/versions/1.0.${patch}`;
        const body = { properties: { provisioningState: "Succeeded", publishingProfile: { targetRegions: [] } } };
        const type = "Microsoft.Compute/galleries/images/versions";
        stage.emulator.world.resources.put({ id, name: `1.0.${patch}`, type, location: "westeurope", tags: {}, body });
      }
      const place = `--subscription ${subscription} --resource-group rg-images --gallery-name galimages --gallery-image-definition ubuntu-web`;
      assert.deepEqual((await check()).findings.map(told), [
        {
          code: "AIB081",
          severity: "warning",
          message:
            "The image definition ubuntu-web has 9000 versions, and a subscription may have 10000 in a region: beyond that no version can be published.",
          remedy: "Delete versions that nobody uses.",
          commands: [
            `az sig image-version list ${place} --query "[].name" --output tsv`,
            `az sig image-version delete ${place} --gallery-image-version <version>`,
          ],
        },
      ]);
    });

    it("are not checked where nothing may be read", async () => {
      await stage.emulator.reset("preflight/regions-and-quotas-unread");
      const { status, findings, notRead } = await check({
        targetRegions: "westeurope=1:Standard_ZRS, westus=1:Standard_ZRS",
      });
      assert.deepEqual([status, findings], ["notChecked", []]);
      assert.deepEqual(notRead.map((why) => why.split(": ")[0]).sort(), [
        "Microsoft.Compute/galleries/images/read",
        "Microsoft.Compute/galleries/images/versions/read",
        "Microsoft.Resources/subscriptions/locations/read",
        "Microsoft.Resources/subscriptions/providers/read",
      ]);
    });
  });
});
