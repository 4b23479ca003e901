import assert from "node:assert/strict";
import { runChecks } from "../../tasks/AzureImageBuilderV1/src/preflight/run-checks.ts";
import { type CheckResult, checkIds, type Finding } from "../../tasks/AzureImageBuilderV1/src/preflight/types.ts";
import { openStage, type Stage } from "./stage.ts";

const subscription = "5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f";
const compute = `/subscriptions/${subscription}/resourceGroups/rg-images/providers/Microsoft.Compute`;
const version = (number: string): string => `${compute}/galleries/galimages/images/ubuntu-web/versions/${number}`;
const image = (name: string): string => `${compute}/images/${name}`;
const inGallery = `--subscription ${subscription} --resource-group rg-images --gallery-name galimages --gallery-image-definition ubuntu-web`;
const listVersions = `az sig image-version list ${inGallery} --output table`;
const rocky = "resf:rockylinux-x86_64:9-base";
const cis = "center-for-internet-security-inc:cis-ubuntu:cis-ubuntulinux2204-l1-gen2";

type Inputs = Readonly<Record<string, string>>;
type Told = Pick<Finding, "code" | "message" | "remedy" | "severity"> & Partial<Pick<Finding, "commands" | "input">>;

/** A source that only the template itself names: planning does not look for it. */
const source = (value: object): Inputs => ({ templateOverrides: JSON.stringify({ properties: { source: value } }) });

const wrong: readonly (readonly [title: string, Inputs, Told])[] = [
  [
    "a marketplace image that is not there",
    source({
      type: "PlatformImage",
      publisher: "Canonical",
      offer: "ubuntu-24_04-lts",
      sku: "sever",
      version: "latest",
    }),
    {
      code: "AIB013",
      message:
        "There is no source image Canonical:ubuntu-24_04-lts:sever:latest in westeurope. The service would refuse the template.",
      remedy: "Name an image that is there.",
      commands: [
        `az vm image list --subscription ${subscription} --location westeurope --publisher Canonical --offer ubuntu-24_04-lts --sku sever --all --output table`,
      ],
      input: "sourceImage",
      severity: "error",
    },
  ],
  [
    "a gallery version that is not there",
    { sourceImage: version("7.7.7") },
    {
      code: "AIB013",
      message:
        "There is no source image galimages/ubuntu-web/7.7.7 in westeurope. The service would refuse the template.",
      remedy: "Name an image that is there.",
      commands: [listVersions],
      input: "sourceImage",
      severity: "error",
    },
  ],
  [
    "a managed image that is not there",
    source({ type: "ManagedImage", imageId: image("nothing") }),
    {
      code: "AIB013",
      message: `There is no source image nothing (${image("nothing")}). The service would refuse the template.`,
      remedy: "Name an image that is there.",
      input: "sourceImage",
      severity: "error",
    },
  ],
  [
    "an image that has been withdrawn",
    { sourceImage: "MicrosoftWindowsDesktop:windows-10:win10-21h2-avd-g2", inlineScript: "dir" },
    {
      code: "AIB014",
      message:
        "The source MicrosoftWindowsDesktop:windows-10:win10-21h2-avd-g2:19044.4529.240607 has been withdrawn from the Marketplace: machines can no longer be made from it.",
      remedy: "Name another image; its publisher advises the offer windows-11.",
      input: "sourceImage",
      severity: "error",
    },
  ],
  [
    "an image that will be withdrawn",
    { sourceImage: "Canonical:ubuntu-22_04-lts:server" },
    {
      code: "AIB015",
      message:
        "The source Canonical:ubuntu-22_04-lts:server:22.04.202510020 will be withdrawn from the Marketplace on 2027-04-01: from then on machines can no longer be made from it.",
      remedy: "Name another image before that; its publisher advises the offer ubuntu-24_04-lts.",
      input: "sourceImage",
      severity: "warning",
    },
  ],
  [
    "a version past its end of life",
    { sourceImage: version("1.4.0") },
    {
      code: "AIB015",
      message:
        "The source galimages/ubuntu-web/1.4.0 is past its end of life, 2020-06-30. Azure goes on making machines from it, and `latest` goes on meaning it.",
      remedy: "Name a newer version, or set a later date where the version is still cared for.",
      input: "sourceVersion",
      severity: "warning",
    },
  ],
  [
    "named with a plan other than its own",
    { sourceImage: rocky, purchasePlan: "9-other:rockylinux-x86_64:resf" },
    {
      code: "AIB016",
      message: `The purchase plan of ${rocky}:9.6.20250531 is 9-base:rockylinux-x86_64:resf, and the template names 9-other:rockylinux-x86_64:resf (name:product:publisher). The build VM could not be made.`,
      remedy:
        "Leave purchasePlan out, or set it to 9-base:rockylinux-x86_64:resf; templateOverrides must not change it.",
      input: "purchasePlan",
      severity: "error",
    },
  ],
  [
    "named with a plan where it has none",
    { purchasePlan: "9-base:rockylinux-x86_64:resf" },
    {
      code: "AIB016",
      message:
        "The purchase plan of Canonical:ubuntu-24_04-lts:server:24.04.202510010 is none, and the template names 9-base:rockylinux-x86_64:resf (name:product:publisher). The build VM could not be made.",
      remedy: "Leave purchasePlan out: this image is sold under no plan.",
      input: "purchasePlan",
      severity: "error",
    },
  ],
  [
    "under terms that nobody has accepted",
    { sourceImage: cis },
    {
      code: "AIB017",
      message:
        `The terms of the purchase plan cis-ubuntulinux2204-l1-gen2:cis-ubuntu:center-for-internet-security-inc of ${cis}:1.0.10 are not ` +
        `accepted in the subscription ${subscription}. The build VM could not be made.`,
      remedy: "Read the terms, and accept them once for the subscription; the task accepts none by itself.",
      commands: ["show", "accept"].map(
        (verb) =>
          `az vm image terms ${verb} --subscription ${subscription} --publisher center-for-internet-security-inc --offer cis-ubuntu --plan cis-ubuntulinux2204-l1-gen2`,
      ),
      severity: "error",
    },
  ],
  [
    "a version that is not ready",
    { sourceImage: version("1.1.0") },
    {
      code: "AIB018",
      message:
        "The source galimages/ubuntu-web/1.1.0 is in state Creating, and only a version in state Succeeded can be built from.",
      remedy: "Wait until it is complete, or name another version.",
      commands: [listVersions],
      input: "sourceVersion",
      severity: "error",
    },
  ],
  [
    "a version in other regions",
    { sourceImage: version("1.2.0") },
    {
      code: "AIB018",
      message:
        "The source galimages/ubuntu-web/1.2.0 is in northeurope, eastus, and the template in westeurope: the service takes a version only in the template's region.",
      remedy: "Replicate the version to westeurope, or build in a region that has it.",
      commands: [
        `az sig image-version update ${inGallery} --gallery-image-version 1.2.0 --target-regions northeurope eastus westeurope`,
      ],
      input: "location",
      severity: "error",
    },
  ],
  [
    "a version that is still being replicated",
    { sourceImage: version("1.3.0") },
    {
      code: "AIB018",
      message:
        "The source galimages/ubuntu-web/1.3.0 is not complete in westeurope: its replication there is in state Replicating.",
      remedy: "Wait until the replication is complete, or name another version.",
      commands: [
        `az sig image-version show ${inGallery} --gallery-image-version 1.3.0 --expand ReplicationStatus --query replicationStatus`,
      ],
      input: "sourceVersion",
      severity: "error",
    },
  ],
  [
    "a managed image in another region",
    { sourceImage: image("northern") },
    {
      code: "AIB018",
      message:
        "The managed image northern is in northeurope and the template in westeurope: the service takes managed images of the template's own region and subscription only.",
      remedy: "Build in northeurope, or bring the image over through a gallery.",
      input: "location",
      severity: "error",
    },
  ],
  [
    "a managed image in another subscription",
    source({ type: "ManagedImage", imageId: image("base").replace("5f3c1b2a", "6f3c1b2a") }),
    {
      code: "AIB018",
      message: `The managed image base is in the subscription 6f3c1b2a-0000-4000-8000-0a1b2c3d4e5f and the template in ${subscription}: the service takes managed images of the template's own region and subscription only.`,
      remedy:
        "Build in the subscription 6f3c1b2a-0000-4000-8000-0a1b2c3d4e5f, or bring the image over through a gallery.",
      input: "sourceImage",
      severity: "error",
    },
  ],
  [
    "an image that is not generalized and demands Trusted Launch",
    { sourceImage: `${compute}/galleries/galimages/images/special` },
    {
      code: "AIB019",
      message:
        "The source galimages/special/1.0.0 cannot be built from: it is Specialized, and the service builds from Generalized images only; its SecurityType is TrustedLaunch, and the service takes only those that end in Supported.",
      remedy: "Build from an image that is generalized and supports, but does not demand, that security.",
      input: "sourceImage",
      severity: "error",
    },
  ],
  [
    "on a disk larger than the one asked for",
    { sourceImage: version("1.0.0"), osDiskSizeGB: "40" },
    {
      code: "AIB020",
      message:
        "The system disk asked for has 40 GB, and that of the source galimages/ubuntu-web/1.0.0 has 64 GB: a disk may grow, and never shrink. The build VM could not be made.",
      remedy: "Set osDiskSizeGB to 64 or more, or leave it out.",
      input: "osDiskSizeGB",
      severity: "error",
    },
  ],
];

describe("P3, the source", () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage({ world: "preflight/sources" });
  });
  after(() => stage.close());

  const vhd = { galleryImage: "", targetRegions: "", targetType: "vhd" };
  const check = (inputs: Inputs = {}): Promise<CheckResult> => stage.check("P3", { inputs: { ...vhd, ...inputs } });

  for (const [title, inputs] of [
    ["a marketplace image without a plan", {}],
    ["a marketplace image whose terms are accepted", { sourceImage: rocky }],
    ["a gallery version in the template's region", { sourceImage: version("1.0.0"), osDiskSizeGB: "64" }],
    ["a managed image in the template's region", { sourceImage: image("base"), osDiskSizeGB: "40" }],
  ] as const) {
    it(`can be ${title}`, async () => {
      assert.deepEqual(await check(inputs), {
        id: "P3",
        title: "The source can be built from",
        status: "ok",
        findings: [],
        notRead: [],
      });
    });
  }

  for (const [title, inputs, finding] of wrong) {
    it(`is told to be ${title}`, async () => {
      const result = await check(inputs);
      assert.equal(result.status, "bad");
      assert.deepEqual(result.findings, [{ ...finding, check: "P3" }]);
    });
  }

  it("takes, with P2 and P8, five reads at most", async () => {
    const skip = checkIds.filter((id) => !["P2", "P3", "P8"].includes(id));
    const definition = `${compute}/galleries/galimages/images/ubuntu-web`;
    const reads = async (inputs: Inputs): Promise<number> => {
      const { subject, session } = await stage.subject({ inputs });
      return (await runChecks(subject, { depth: "fast", skip }, session)).reads;
    };
    assert.equal(await reads({}), 3);
    assert.equal(await reads({ sourceImage: rocky, galleryVersion: "9.0.0" }), 5);
    assert.equal(await reads({ sourceImage: definition, galleryVersion: "9.0.0" }), 4);
  });

  it("is what latest means in the region, where the template says latest", async () => {
    const latest = await check(source({ type: "SharedImageVersion", imageVersionId: version("latest") }));
    assert.deepEqual(
      latest.findings.map(({ code, message }) => [code, message.split(",")[0]]),
      [["AIB015", "The source galimages/ubuntu-web/latest is past its end of life"]],
    );
  });

  it("is not checked where it may not be read", async () => {
    await stage.emulator.reset("preflight/compute-unread");
    const result = await check({ osType: "linux", location: "westeurope" });
    assert.equal(result.status, "notChecked");
    assert.deepEqual(result.findings, []);
    assert.deepEqual(
      result.notRead.map((why) => why.split(": ")[0]),
      ["Microsoft.Compute/locations/publishers/artifacttypes/offers/skus/versions/read"],
    );
  });
});
