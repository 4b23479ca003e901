import assert from "node:assert/strict";
import { openStage, type Stage } from "./stage.ts";
import { told, type Told } from "./told.ts";

const subscription = "5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f";
const group = `/subscriptions/${subscription}/resourceGroups/rg-images`;

type Row = readonly [title: string, inputs: Readonly<Record<string, string>>, findings: readonly Told[]];

const wrong: readonly Row[] = [
  [
    "that there is no such size, and which was meant",
    { vmSize: "Standard_D2ds_v55" },
    [
      {
        code: "AIB024",
        message:
          "The VM size Standard_D2ds_v55 is not offered to this subscription in westeurope (did you mean `Standard_D2ds_v5`?); the run would fail when it makes the VM.",
        remedy:
          "Use Standard_B2s, Standard_F2s_v2 or Standard_DS2_v2: offered in westeurope, fit for the image, and inside the quota.",
        commands: ["az vm list-skus --location westeurope --size Standard_D --all --output table"],
        input: "vmSize",
        severity: "error",
      },
    ],
  ],
  [
    "that the region does not offer the size",
    { vmSize: "Standard_E2s_v5" },
    [
      {
        code: "AIB024",
        message:
          "The VM size Standard_E2s_v5 is not offered to this subscription in westeurope (did you mean `Standard_D2s_v5`?); the run would fail when it makes the VM.",
        remedy:
          "Use Standard_B2s, Standard_F2s_v2 or Standard_DS2_v2: offered in westeurope, fit for the image, and inside the quota.",
        commands: ["az vm list-skus --location westeurope --size Standard_E --all --output table"],
        input: "vmSize",
        severity: "error",
      },
    ],
  ],
  [
    "that the subscription may not use the size",
    { vmSize: "Standard_D4s_v5" },
    [
      {
        code: "AIB025",
        message:
          "The VM size Standard_D4s_v5 is offered in westeurope, and this subscription may not use it there (NotAvailableForSubscription); the run would fail when it makes the VM.",
        remedy:
          "Use Standard_B2s, Standard_F2s_v2 or Standard_DS2_v2: offered in westeurope, fit for the image, and inside the quota.",
        commands: ["az vm list-skus --location westeurope --size Standard_D --all --output table"],
        input: "vmSize",
        severity: "error",
      },
    ],
  ],
  [
    "that the size does not start the image's generation",
    { vmSize: "Standard_D2_v2" },
    [
      {
        code: "AIB026",
        message:
          "The VM size Standard_D2_v2 does not fit the source image: it starts images of generation V1, and the source image is V2. The run would fail when it makes the build VM.",
        remedy:
          "Use Standard_B2s, Standard_F2s_v2 or Standard_DS2_v2: offered in westeurope, fit for the image, and inside the quota.",
        commands: ["az vm list-skus --location westeurope --size Standard_D --all --output table"],
        input: "vmSize",
        severity: "error",
      },
    ],
  ],
  [
    "that the size has another architecture",
    { vmSize: "Standard_D2pds_v5" },
    [
      {
        code: "AIB026",
        message:
          "The VM size Standard_D2pds_v5 does not fit the source image: it is Arm64, and the source image is x64. The run would fail when it makes the build VM.",
        remedy:
          "Use Standard_B2s, Standard_F2s_v2 or Standard_DS2_v2: offered in westeurope, fit for the image, and inside the quota.",
        commands: ["az vm list-skus --location westeurope --size Standard_D --all --output table"],
        input: "vmSize",
        severity: "error",
      },
    ],
  ],
  [
    "that the image has no driver for the size's disks",
    { vmSize: "Standard_D2ds_v6", sourceImage: "Canonical:UbuntuServer:18_04-LTS-GEN2" },
    [
      {
        code: "AIB026",
        message:
          "The VM size Standard_D2ds_v6 does not fit the source image: its disks are on NVMe, and the source image starts from SCSI. The run would fail when it makes the build VM.",
        remedy:
          "Use Standard_B2s, Standard_F2s_v2 or Standard_DS2_v2: offered in westeurope, fit for the image, and inside the quota.",
        commands: ["az vm list-skus --location westeurope --size Standard_D --all --output table"],
        input: "vmSize",
        severity: "error",
      },
    ],
  ],
  [
    "that the image needs Trusted Launch",
    {
      vmSize: "Standard_DS2_v2",
      sourceImage: `${group}/providers/Microsoft.Compute/galleries/galimages/images/trusted-launch-only`,
    },
    [
      {
        code: "AIB026",
        message:
          "The VM size Standard_DS2_v2 does not fit the source image: it cannot do Trusted Launch, and the source image starts with nothing else. The run would fail when it makes the build VM.",
        remedy:
          "Use Standard_B2s, Standard_F2s_v2 or Standard_B2ms: offered in westeurope, fit for the image, and inside the quota.",
        commands: ["az vm list-skus --location westeurope --size Standard_D --all --output table"],
        input: "vmSize",
        severity: "error",
      },
    ],
  ],
  [
    "that the definition promises Trusted Launch",
    {
      vmSize: "Standard_DS2_v2",
      galleryImage: `${group}/providers/Microsoft.Compute/galleries/galimages/images/trusted-launch`,
    },
    [
      {
        code: "AIB029",
        message:
          "The VM size Standard_DS2_v2 serves this image badly: it cannot do Trusted Launch, and the gallery's definition says that its images start with it.",
        remedy:
          "Use Standard_B2s, Standard_F2s_v2 or Standard_B2ms: offered in westeurope, fit for the image, and inside the quota.",
        commands: ["az vm list-skus --location westeurope --size Standard_D --all --output table"],
        input: "vmSize",
        severity: "warning",
      },
    ],
  ],
  [
    "that the size is small for Windows",
    {
      vmSize: "Standard_B1s",
      sourceImage: "MicrosoftWindowsServer:WindowsServer:2022-datacenter-g2",
      inlineScript: "dir",
      galleryImage: `${group}/providers/Microsoft.Compute/galleries/galimages/images/windows-avd`,
    },
    [
      {
        code: "AIB029",
        message:
          "The VM size Standard_B1s serves this image badly: it has 1 vCPU and 1 GB, and Windows wants 2 and 4 at least; with less it may not answer in time, or never end its updates.",
        remedy:
          "Use Standard_B2s, Standard_F2s_v2 or Standard_DS2_v2: offered in westeurope, fit for the image, and inside the quota.",
        commands: ["az vm list-skus --location westeurope --size Standard_B --all --output table"],
        input: "vmSize",
        severity: "warning",
      },
    ],
  ],
  [
    "that the family's quota is too small",
    { vmSize: "Standard_D2s_v3" },
    [
      {
        code: "AIB027",
        message:
          "The quota is too small. Standard DSv3 Family vCPUs in westeurope: 1 of 10 free, and the build takes 2 (1 × Standard_D2s_v3). The run would fail when it makes the VM.",
        remedy:
          "Ask for more quota, delete machines that are not used, or use Standard_B2s, Standard_F2s_v2 or Standard_DS2_v2, which pass.",
        commands: ["az vm list-usage --location westeurope --output table"],
        input: "vmSize",
        severity: "error",
      },
    ],
  ],
  [
    "that the family's quota is just enough",
    { vmSize: "Standard_D2s_v4" },
    [
      {
        code: "AIB028",
        message:
          "The quota is just enough. Standard DSv4 Family vCPUs in westeurope: 3 of 10 free, and the build takes 2 (1 × Standard_D2s_v4). What runs beside the build may take it.",
        remedy:
          "Ask for more quota, delete machines that are not used, or use Standard_B2s, Standard_F2s_v2 or Standard_DS2_v2, which pass.",
        commands: ["az vm list-usage --location westeurope --output table"],
        input: "vmSize",
        severity: "warning",
      },
    ],
  ],
  [
    "that the quota is too small with the machine of the validation",
    { vmSize: "Standard_D2s_v4", enableValidation: "true", validationScript: "true" },
    [
      {
        code: "AIB027",
        message:
          "The quota is too small. Standard DSv4 Family vCPUs in westeurope: 3 of 10 free, and the build takes 4 (2 × Standard_D2s_v4). The run would fail when it makes the VM.",
        remedy:
          "Ask for more quota, delete machines that are not used, or use Standard_B2s, Standard_F2s_v2 or Standard_DS2_v2, which pass.",
        commands: ["az vm list-usage --location westeurope --output table"],
        input: "vmSize",
        severity: "error",
      },
    ],
  ],
  [
    "that there is no quota for the proxy VM",
    {
      vmSize: "Standard_D2ds_v5",
      subnet: `${group}/providers/Microsoft.Network/virtualNetworks/vnet-build/subnets/build`,
    },
    [
      {
        code: "AIB027",
        message:
          "The quota is too small. Standard Av2 Family vCPUs in westeurope: 0 of 10 free, and the build takes 1 (1 × Standard_A1_v2). The run would fail when it makes the VM.",
        remedy: "Ask for more quota, or name a subnet for the container too: the build then has no proxy VM.",
        commands: ["az vm list-usage --location westeurope --output table"],
        input: "containerInstanceSubnet",
        severity: "error",
      },
    ],
  ],
  [
    "that the subscription may not use the size of the proxy VM",
    {
      vmSize: "Standard_D2ds_v5",
      subnet: `${group}/providers/Microsoft.Network/virtualNetworks/vnet-build/subnets/build`,
      proxyVmSize: "Standard_A2_v2",
    },
    [
      {
        code: "AIB027",
        message:
          "The quota is too small. Standard Av2 Family vCPUs in westeurope: 0 of 10 free, and the build takes 2 (1 × Standard_A2_v2). The run would fail when it makes the VM.",
        remedy: "Ask for more quota, or name a subnet for the container too: the build then has no proxy VM.",
        commands: ["az vm list-usage --location westeurope --output table"],
        input: "containerInstanceSubnet",
        severity: "error",
      },
      {
        code: "AIB025",
        message:
          "The VM size Standard_A2_v2 is offered in westeurope, and this subscription may not use it there (QuotaId); the run would fail when it makes the VM.",
        remedy: "Use another size for the proxy VM that westeurope offers to this subscription.",
        commands: ["az vm list-skus --location westeurope --size Standard_A --all --output table"],
        input: "proxyVmSize",
        severity: "error",
      },
    ],
  ],
  [
    "that overrides leave the size to the service",
    { templateOverrides: '{"properties":{"vmProfile":{"vmSize":null}}}' },
    [
      {
        code: "AIB030",
        message:
          "The template names no VM size, and the documents disagree on what the service then takes: some sizes they name cannot start generation 2, or are small for Windows.",
        remedy: "Name a size, e.g. Standard_B2s, Standard_F2s_v2 or Standard_DS2_v2, which pass.",
        commands: ["az vm list-skus --location westeurope --size Standard_D --all --output table"],
        input: "vmSize",
        severity: "warning",
      },
    ],
  ],
  [
    "that overrides leave the size of an Arm64 build to the service",
    {
      sourceImage: "Canonical:ubuntu-22_04-lts:server-arm64",
      templateOverrides: '{"properties":{"vmProfile":{"vmSize":null}}}',
    },
    [
      {
        code: "AIB030",
        message:
          "The template names no VM size, and the documents disagree on what the service then takes; the source image is Arm64, and every size they name is x64.",
        remedy: "Name a size, e.g. Standard_D2pds_v5, Standard_D2ps_v6 or Standard_D4pds_v5, which pass.",
        commands: ["az vm list-skus --location westeurope --size Standard_D --all --output table"],
        input: "vmSize",
        severity: "warning",
      },
    ],
  ],
];

const full: readonly Row[] = [
  [
    "that the region's quota is too small, and proposes nothing that is not",
    { vmSize: "Standard_D2ds_v5" },
    [
      {
        code: "AIB027",
        message:
          "The quota is too small. Total Regional vCPUs in westeurope: 1 of 100 free, and the build takes 2 (1 × Standard_D2ds_v5). The run would fail when it makes the VM.",
        remedy: "Ask for more quota, or delete machines that are not used.",
        commands: ["az vm list-usage --location westeurope --output table"],
        input: "vmSize",
        severity: "error",
      },
    ],
  ],
];

describe("P5 in the right world", () => {
  let stage: Stage;
  before(async () => void (stage = await openStage()));
  after(() => stage.close());
  const fine: readonly (readonly [title: string, inputs: Readonly<Record<string, string>>])[] = [
    ["the size that is derived", {}],
    ["one for Arm64", { sourceImage: "Canonical:ubuntu-22_04-lts:server-arm64" }],
    [
      "one for Windows",
      {
        sourceImage: "MicrosoftWindowsServer:WindowsServer:2022-datacenter-g2",
        inlineScript: "dir",
        galleryImage: `${group}/providers/Microsoft.Compute/galleries/galimages/images/windows-avd`,
      },
    ],
    [
      "a subnet, which takes a proxy VM",
      { subnet: `${group}/providers/Microsoft.Network/virtualNetworks/vnet-build/subnets/build` },
    ],
  ];
  for (const [title, inputs] of fine) {
    it(`finds nothing wrong with ${title}`, async () => {
      const result = await stage.check("P5", { inputs });
      assert.deepEqual([result.status, result.findings, result.notRead], ["ok", [], []]);
    });
  }
});

describe("P5 where sizes and quotas are wrong", () => {
  let stage: Stage;
  before(async () => void (stage = await openStage({ world: "preflight/sizes" })));
  after(() => stage.close());

  for (const [title, inputs, findings] of wrong) {
    it(`says ${title}`, async () => {
      assert.deepEqual(told(await stage.check("P5", { inputs })), findings);
    });
  }

  const fine: readonly (readonly [title: string, inputs: Readonly<Record<string, string>>])[] = [
    ["a restriction of one zone", { vmSize: "Standard_D4ds_v4" }],
    ["disks that the image has drivers for", { vmSize: "Standard_D2ds_v6" }],
    ["any letter case", { vmSize: "standard_d2DS_V5" }],
  ];
  for (const [title, inputs] of fine) {
    it(`finds nothing wrong with ${title}`, async () => {
      const result = await stage.check("P5", { inputs });
      assert.deepEqual([result.status, result.findings], ["ok", []]);
    });
  }
});

describe("P5 where the region is full", () => {
  let stage: Stage;
  before(async () => void (stage = await openStage({ world: "preflight/region-full" })));
  after(() => stage.close());

  for (const [title, inputs, findings] of full) {
    it(`says ${title}`, async () => {
      assert.deepEqual(told(await stage.check("P5", { inputs })), findings);
    });
  }
});

describe("P5 where reading is forbidden", () => {
  let stage: Stage;
  before(async () => void (stage = await openStage({ world: "preflight/platform-unread" })));
  after(() => stage.close());

  it("names the missing permission, and finds nothing", async () => {
    const { status, findings, notRead } = await stage.check("P5", { inputs: {} });
    assert.deepEqual([status, findings], ["notChecked", []]);
    assert.deepEqual([...new Set(notRead.map((why) => why.split(":")[0]))].sort(), [
      "Microsoft.Compute/locations/usages/read",
      "Microsoft.Compute/skus/read",
    ]);
    for (const why of notRead) assert.match(why, /HTTP 403\. AuthorizationFailed/);
  });
});
