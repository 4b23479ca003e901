import assert from "node:assert/strict";
import { providers } from "../../tasks/AzureImageBuilderV1/src/preflight/checks/p04-providers.ts";
import type { Subject } from "../../tasks/AzureImageBuilderV1/src/preflight/types.ts";
import { openStage, type Stage } from "./stage.ts";
import { told, type Told } from "./told.ts";

const subscription = "5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f";

type Row = readonly [title: string, inputs: Readonly<Record<string, string>>, findings: readonly Told[]];

const wrong: readonly Row[] = [
  [
    "which providers are not registered, and that the region is not offered",
    {},
    [
      {
        code: "AIB022",
        message: `The registration of Microsoft.Storage in subscription ${subscription} has not ended; until it has, regions may refuse what the build makes.`,
        remedy: "Wait until it says Registered.",
        commands: [
          `az provider show --namespace Microsoft.Storage --subscription ${subscription} --query registrationState`,
        ],
        severity: "warning",
      },
      {
        code: "AIB021",
        message: `The resource provider Microsoft.ContainerInstance is not registered in subscription ${subscription}; the run would fail while the service makes the build's resources.`,
        remedy: "Have it registered; that takes Contributor on the subscription, and a few minutes.",
        commands: [
          `az provider register --namespace Microsoft.ContainerInstance --subscription ${subscription} --wait`,
        ],
        severity: "error",
      },
      {
        code: "AIB022",
        message: `The resource provider Microsoft.KeyVault is not registered in subscription ${subscription}. Some documents ask for it and some do not; where it is needed, the run fails while it makes the build VM.`,
        remedy: "Have it registered; that takes Contributor on the subscription, and a few minutes.",
        commands: [`az provider register --namespace Microsoft.KeyVault --subscription ${subscription} --wait`],
        severity: "warning",
      },
      {
        code: "AIB022",
        message: `The resource provider Microsoft.ManagedIdentity is not registered in subscription ${subscription}. Some documents ask for it and some do not; where it is needed, the run fails while it makes the build VM.`,
        remedy: "Have it registered; that takes Contributor on the subscription, and a few minutes.",
        commands: [`az provider register --namespace Microsoft.ManagedIdentity --subscription ${subscription} --wait`],
        severity: "warning",
      },
      {
        code: "AIB023",
        message:
          "The template's region is westeurope, and Image Builder is not offered there; the template would be refused. The image itself may be copied to regions without Image Builder.",
        remedy: "Build in a region that has it, and name westeurope among the target regions.",
        commands: [
          "az provider show --namespace Microsoft.VirtualMachineImages --query \"resourceTypes[?resourceType=='imageTemplates'].{regions:locations,versions:apiVersions}\"",
        ],
        input: "location",
        severity: "error",
      },
    ],
  ],
  [
    "that machines get Trusted Launch where a managed image is to be made",
    { galleryImage: "", targetRegions: "", managedImage: "web" },
    [
      {
        code: "AIB022",
        message: `The registration of Microsoft.Storage in subscription ${subscription} has not ended; until it has, regions may refuse what the build makes.`,
        remedy: "Wait until it says Registered.",
        commands: [
          `az provider show --namespace Microsoft.Storage --subscription ${subscription} --query registrationState`,
        ],
        severity: "warning",
      },
      {
        code: "AIB021",
        message: `The resource provider Microsoft.ContainerInstance is not registered in subscription ${subscription}; the run would fail while the service makes the build's resources.`,
        remedy: "Have it registered; that takes Contributor on the subscription, and a few minutes.",
        commands: [
          `az provider register --namespace Microsoft.ContainerInstance --subscription ${subscription} --wait`,
        ],
        severity: "error",
      },
      {
        code: "AIB022",
        message: `The resource provider Microsoft.KeyVault is not registered in subscription ${subscription}. Some documents ask for it and some do not; where it is needed, the run fails while it makes the build VM.`,
        remedy: "Have it registered; that takes Contributor on the subscription, and a few minutes.",
        commands: [`az provider register --namespace Microsoft.KeyVault --subscription ${subscription} --wait`],
        severity: "warning",
      },
      {
        code: "AIB022",
        message: `The resource provider Microsoft.ManagedIdentity is not registered in subscription ${subscription}. Some documents ask for it and some do not; where it is needed, the run fails while it makes the build VM.`,
        remedy: "Have it registered; that takes Contributor on the subscription, and a few minutes.",
        commands: [`az provider register --namespace Microsoft.ManagedIdentity --subscription ${subscription} --wait`],
        severity: "warning",
      },
      {
        code: "AIB023",
        message:
          "The template's region is westeurope, and Image Builder is not offered there; the template would be refused. The image itself may be copied to regions without Image Builder.",
        remedy: "Build in a region that has it, and name westeurope among the target regions.",
        commands: [
          "az provider show --namespace Microsoft.VirtualMachineImages --query \"resourceTypes[?resourceType=='imageTemplates'].{regions:locations,versions:apiVersions}\"",
        ],
        input: "location",
        severity: "error",
      },
      {
        code: "AIB022",
        message: `The feature Microsoft.Compute/TrustedLaunchByDefaultPreview is on in subscription ${subscription}: machines of generation 2 get Trusted Launch, and no managed image can be made of those. The run may fail when everything is built.`,
        remedy: "Send the image to a gallery instead, or have the feature unregistered.",
        commands: [
          `az feature unregister --namespace Microsoft.Compute --name TrustedLaunchByDefaultPreview --subscription ${subscription}`,
        ],
        input: "targetType",
        severity: "warning",
      },
    ],
  ],
];

/** A template for a region where Image Builder is a preview. */
const inPreviewRegion = (subject: Subject): Subject => ({
  ...subject,
  template: { ...subject.template, location: "usgovvirginia" },
});

describe("P4 in the right world", () => {
  let stage: Stage;
  before(async () => void (stage = await openStage()));
  after(() => stage.close());
  const fine: readonly (readonly [title: string, inputs: Readonly<Record<string, string>>])[] = [
    ["a gallery image", {}],
    ["a managed image", { galleryImage: "", targetRegions: "", managedImage: "web" }],
  ];
  for (const [title, inputs] of fine) {
    it(`finds nothing wrong with ${title}`, async () => {
      const result = await stage.check("P4", { inputs });
      assert.deepEqual([result.status, result.findings, result.notRead], ["ok", [], []]);
    });
  }

  it("says that a region is a preview whose feature is not registered", async () => {
    const [region, feature] = told(await stage.check("P4", { change: inPreviewRegion }));
    assert.equal(region?.code, "AIB023");
    assert.deepEqual(feature, {
      code: "AIB021",
      severity: "error",
      message: `Image Builder is a preview in usgovvirginia, and its feature Microsoft.VirtualMachineImages/FairfaxPublicPreview is not registered in subscription ${subscription}; the template would be refused.`,
      remedy: "Have the feature registered, and then the provider once more.",
      commands: [
        `az feature register --namespace Microsoft.VirtualMachineImages --name FairfaxPublicPreview --subscription ${subscription}`,
        `az provider register --namespace Microsoft.VirtualMachineImages --subscription ${subscription} --wait`,
      ],
    });
  });

  const versions = [
    [["2024-02-01"], "2024-02-01"],
    [
      ["2024-02-01", "2023-07-01", "2022-07-01", "2022-02-14", "2021-10-01"],
      "2024-02-01, 2023-07-01, 2022-07-01, 2022-02-14 and older ones",
    ],
  ] as const;
  for (const [apiVersions, spoken] of versions) {
    it(`says that an API version is not offered, of ${apiVersions.length} that are`, async () => {
      const { subject } = await stage.subject();
      const resourceTypes = [{ resourceType: "imageTemplates", locations: ["West Europe"], apiVersions }];
      const value = [{ namespace: "Microsoft.VirtualMachineImages", registrationState: "Registered", resourceTypes }];
      const newer: Subject = { ...subject, plan: { ...subject.plan, apiVersion: "2025-10-01" } };
      assert.deepEqual(providers.judge({ providers: { state: "found", value }, features: [] }, newer), [
        {
          code: "AIB023",
          message: `The template needs API version 2025-10-01, and Image Builder offers ${spoken} here; the template would be refused.`,
          remedy:
            "Leave out what only that version has: additional data disks, workload optimization, the replication mode.",
          commands: [
            "az provider show --namespace Microsoft.VirtualMachineImages --query \"resourceTypes[?resourceType=='imageTemplates'].{regions:locations,versions:apiVersions}\"",
          ],
        },
      ]);
    });
  }
});

describe("P4 where registrations are wrong", () => {
  let stage: Stage;
  before(async () => void (stage = await openStage({ world: "preflight/registrations" })));
  after(() => stage.close());

  for (const [title, inputs, findings] of wrong) {
    it(`says ${title}`, async () => {
      assert.deepEqual(told(await stage.check("P4", { inputs })), findings);
    });
  }
});

describe("P4 where reading is forbidden", () => {
  let stage: Stage;
  before(async () => void (stage = await openStage({ world: "preflight/platform-unread" })));
  after(() => stage.close());

  it("names the missing permission, and finds nothing", async () => {
    const { status, findings, notRead } = await stage.check("P4", {
      inputs: { galleryImage: "", targetRegions: "", managedImage: "web" },
    });
    assert.deepEqual([status, findings], ["notChecked", []]);
    assert.deepEqual([...new Set(notRead.map((why) => why.split(":")[0]))].sort(), [
      "Microsoft.Features/providers/features/read",
      "Microsoft.Resources/subscriptions/providers/read",
    ]);
    for (const why of notRead) assert.match(why, /HTTP 403\. AuthorizationFailed/);
  });
});
