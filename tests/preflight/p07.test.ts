import assert from "node:assert/strict";
import { openStage, type Stage } from "./stage.ts";
import { told, type Told } from "./told.ts";

const subscription = "5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f";
const group = `/subscriptions/${subscription}/resourceGroups/rg-images`;

type Row = readonly [title: string, inputs: Readonly<Record<string, string>>, findings: readonly Told[]];

const wrong: readonly Row[] = [
  [
    "that the template is denied",
    { resourceGroup: "rg-governed" },
    [
      {
        code: "AIB039",
        message: `The policy assignment "Only northern templates" denies the template itself. The template would be refused. Assignment: /subscriptions/${subscription}/resourceGroups/rg-governed/providers/Microsoft.Authorization/policyAssignments/no-templates`,
        remedy: "Build what the policy takes, or have the resource group rg-governed exempted from it.",
        commands: [
          `az policy exemption create --name image-builder --exemption-category Waiver --policy-assignment '/subscriptions/${subscription}/resourceGroups/rg-governed/providers/Microsoft.Authorization/policyAssignments/no-templates' --scope /subscriptions/${subscription}/resourceGroups/rg-governed`,
        ],
        severity: "error",
      },
    ],
  ],
  [
    "which tag the template lacks",
    { resourceGroup: "rg-tagged" },
    [
      {
        code: "AIB039",
        message: `The policy assignment "Templates have a cost center" requires a tag costCenter of the template itself. The template would be refused. Assignment: /subscriptions/${subscription}/resourceGroups/rg-tagged/providers/Microsoft.Authorization/policyAssignments/template-tag`,
        remedy: "Set the tag costCenter in templateTags.",
        input: "templateTags",
        severity: "error",
      },
    ],
  ],
  [
    "that the build VM is denied",
    { stagingResourceGroup: "rg-st-machines" },
    [
      {
        code: "AIB039",
        message: `The policy assignment "Small machines only" denies the build VM. The run would fail when the service makes it. Assignment: /subscriptions/${subscription}/resourceGroups/rg-st-machines/providers/Microsoft.Authorization/policyAssignments/no-machines`,
        remedy: "Have the staging resource group exempted from the policy.",
        commands: [
          `az policy exemption create --name image-builder --exemption-category Waiver --policy-assignment '/subscriptions/${subscription}/resourceGroups/rg-st-machines/providers/Microsoft.Authorization/policyAssignments/no-machines' --scope /subscriptions/${subscription}/resourceGroups/rg-st-machines`,
        ],
        input: "stagingResourceGroup",
        severity: "error",
      },
    ],
  ],
  [
    "that the storage account is denied, as a warning",
    { stagingResourceGroup: "rg-st-storage" },
    [
      {
        code: "AIB040",
        message: `The policy assignment "Storage behind firewalls" denies the storage account. The run may fail when the service makes it. Assignment: /subscriptions/${subscription}/resourceGroups/rg-st-storage/providers/Microsoft.Authorization/policyAssignments/no-public-storage`,
        remedy: "Have the staging resource group exempted from the policy.",
        commands: [
          `az policy exemption create --name image-builder --exemption-category Waiver --policy-assignment '/subscriptions/${subscription}/resourceGroups/rg-st-storage/providers/Microsoft.Authorization/policyAssignments/no-public-storage' --scope /subscriptions/${subscription}/resourceGroups/rg-st-storage`,
        ],
        input: "stagingResourceGroup",
        severity: "warning",
      },
    ],
  ],
  [
    "that the key vault of a Windows build is denied",
    {
      stagingResourceGroup: "rg-st-vaults",
      sourceImage: "MicrosoftWindowsServer:WindowsServer:2022-datacenter-g2",
      inlineScript: "dir",
      galleryImage: `${group}/providers/Microsoft.Compute/galleries/galimages/images/windows-avd`,
    },
    [
      {
        code: "AIB040",
        message: `The policy assignment "Vaults are private" denies the key vault. The run may fail when the service makes it. Assignment: /subscriptions/${subscription}/resourceGroups/rg-st-vaults/providers/Microsoft.Authorization/policyAssignments/no-public-vaults`,
        remedy: "Have the staging resource group exempted from the policy.",
        commands: [
          `az policy exemption create --name image-builder --exemption-category Waiver --policy-assignment '/subscriptions/${subscription}/resourceGroups/rg-st-vaults/providers/Microsoft.Authorization/policyAssignments/no-public-vaults' --scope /subscriptions/${subscription}/resourceGroups/rg-st-vaults`,
        ],
        input: "stagingResourceGroup",
        severity: "warning",
      },
    ],
  ],
  [
    "that what a single subnet takes is denied, in one finding",
    {
      stagingResourceGroup: "rg-st-links",
      subnet: `${group}/providers/Microsoft.Network/virtualNetworks/vnet-build/subnets/build`,
    },
    [
      {
        code: "AIB040",
        message: `The policy assignment "No private links" denies the private endpoint and the load balancer. The run may fail when the service makes them. Assignment: /subscriptions/${subscription}/resourceGroups/rg-st-links/providers/Microsoft.Authorization/policyAssignments/no-links`,
        remedy: "Have the staging resource group exempted from the policy.",
        commands: [
          `az policy exemption create --name image-builder --exemption-category Waiver --policy-assignment '/subscriptions/${subscription}/resourceGroups/rg-st-links/providers/Microsoft.Authorization/policyAssignments/no-links' --scope /subscriptions/${subscription}/resourceGroups/rg-st-links`,
        ],
        input: "stagingResourceGroup",
        severity: "warning",
      },
    ],
  ],
  [
    "which tag everything lacks",
    { stagingResourceGroup: "rg-st-tags" },
    [
      {
        code: "AIB039",
        message: `The policy assignment "Everything has a cost center" requires a tag costCenter of the build VM, the storage account, the container group, the virtual network and the network security group. The run would fail when the service makes them. Assignment: /subscriptions/${subscription}/resourceGroups/rg-st-tags/providers/Microsoft.Authorization/policyAssignments/all-tags`,
        remedy: "Set the tag costCenter in managedResourceTags.",
        input: "managedResourceTags",
        severity: "error",
      },
    ],
  ],
  [
    "that agents come onto machines",
    { stagingResourceGroup: "rg-st-agents" },
    [
      {
        code: "AIB041",
        message:
          'Policies put agents or extensions onto new machines here, the build VM among them: "Deploy the Azure Monitor Agent to machines". They may slow the build, hold locks that its steps need, or stay in the image.',
        remedy: "Have the staging resource group exempted from the policy.",
        commands: [
          `az policy exemption create --name image-builder --exemption-category Waiver --policy-assignment '/subscriptions/${subscription}/resourceGroups/rg-st-agents/providers/Microsoft.Authorization/policyAssignments/agents' --scope /subscriptions/${subscription}/resourceGroups/rg-st-agents`,
        ],
        input: "stagingResourceGroup",
        severity: "warning",
      },
    ],
  ],
];

const ofSubscription: readonly Row[] = [
  [
    "that the group the service makes is denied, and how to make one",
    {},
    [
      {
        code: "AIB039",
        message: `The policy assignment "Names of groups" denies the staging resource group. The run would fail when the service makes it. Assignment: /subscriptions/${subscription}/providers/Microsoft.Authorization/policyAssignments/group-names`,
        remedy:
          "Make a staging resource group, have it exempted from the policy, name it in stagingResourceGroup, and make the template's identity its Contributor.",
        commands: [
          `az group create --name rg-images-staging --location westeurope --subscription ${subscription}`,
          `az policy exemption create --name image-builder --exemption-category Waiver --policy-assignment '/subscriptions/${subscription}/providers/Microsoft.Authorization/policyAssignments/group-names' --scope ${group}-staging`,
        ],
        input: "stagingResourceGroup",
        severity: "error",
      },
      {
        code: "AIB040",
        message: `The policy assignment "Storage behind firewalls" denies the storage account. The run may fail when the service makes it. Assignment: /subscriptions/${subscription}/providers/Microsoft.Authorization/policyAssignments/no-public-storage`,
        remedy:
          "Make a staging resource group, have it exempted from the policy, name it in stagingResourceGroup, and make the template's identity its Contributor.",
        commands: [
          `az group create --name rg-images-staging --location westeurope --subscription ${subscription}`,
          `az policy exemption create --name image-builder --exemption-category Waiver --policy-assignment '/subscriptions/${subscription}/providers/Microsoft.Authorization/policyAssignments/no-public-storage' --scope ${group}-staging`,
        ],
        input: "stagingResourceGroup",
        severity: "warning",
      },
      {
        code: "AIB041",
        message:
          'Policies put agents or extensions onto new machines here, the build VM among them: "Guest configuration". They may slow the build, hold locks that its steps need, or stay in the image.',
        remedy:
          "Make a staging resource group, have it exempted from the policy, name it in stagingResourceGroup, and make the template's identity its Contributor.",
        commands: [
          `az group create --name rg-images-staging --location westeurope --subscription ${subscription}`,
          `az policy exemption create --name image-builder --exemption-category Waiver --policy-assignment '/subscriptions/${subscription}/providers/Microsoft.Authorization/policyAssignments/agents' --scope ${group}-staging`,
        ],
        input: "stagingResourceGroup",
        severity: "warning",
      },
    ],
  ],
  [
    "nothing against a new group with a name that is allowed, but against what comes into it",
    { stagingResourceGroup: "rg-new" },
    [
      {
        code: "AIB040",
        message: `The policy assignment "Storage behind firewalls" denies the storage account. The run may fail when the service makes it. Assignment: /subscriptions/${subscription}/providers/Microsoft.Authorization/policyAssignments/no-public-storage`,
        remedy:
          "Make a staging resource group, have it exempted from the policy, name it in stagingResourceGroup, and make the template's identity its Contributor.",
        commands: [
          `az group create --name rg-new --location westeurope --subscription ${subscription}`,
          `az policy exemption create --name image-builder --exemption-category Waiver --policy-assignment '/subscriptions/${subscription}/providers/Microsoft.Authorization/policyAssignments/no-public-storage' --scope /subscriptions/${subscription}/resourceGroups/rg-new`,
        ],
        input: "stagingResourceGroup",
        severity: "warning",
      },
      {
        code: "AIB041",
        message:
          'Policies put agents or extensions onto new machines here, the build VM among them: "Guest configuration". They may slow the build, hold locks that its steps need, or stay in the image.',
        remedy:
          "Make a staging resource group, have it exempted from the policy, name it in stagingResourceGroup, and make the template's identity its Contributor.",
        commands: [
          `az group create --name rg-new --location westeurope --subscription ${subscription}`,
          `az policy exemption create --name image-builder --exemption-category Waiver --policy-assignment '/subscriptions/${subscription}/providers/Microsoft.Authorization/policyAssignments/agents' --scope /subscriptions/${subscription}/resourceGroups/rg-new`,
        ],
        input: "stagingResourceGroup",
        severity: "warning",
      },
    ],
  ],
];

describe("P7 in the right world", () => {
  let stage: Stage;
  before(async () => void (stage = await openStage()));
  after(() => stage.close());
  const fine: readonly (readonly [title: string, inputs: Readonly<Record<string, string>>])[] = [
    ["a build without a network", {}],
    [
      "a Windows build in a subnet",
      {
        subnet: `${group}/providers/Microsoft.Network/virtualNetworks/vnet-build/subnets/build`,
        sourceImage: "MicrosoftWindowsServer:WindowsServer:2022-datacenter-g2",
        inlineScript: "dir",
        galleryImage: `${group}/providers/Microsoft.Compute/galleries/galimages/images/windows-avd`,
      },
    ],
  ];
  for (const [title, inputs] of fine) {
    it(`finds nothing wrong with ${title}`, async () => {
      const result = await stage.check("P7", { inputs });
      assert.deepEqual([result.status, result.findings, result.notRead], ["ok", [], []]);
    });
  }
});

describe("P7 where policies object", () => {
  let stage: Stage;
  before(async () => void (stage = await openStage({ world: "preflight/policies" })));
  after(() => stage.close());

  for (const [title, inputs, findings] of wrong) {
    it(`says ${title}`, async () => {
      assert.deepEqual(told(await stage.check("P7", { inputs })), findings);
    });
  }

  const fine: readonly (readonly [title: string, inputs: Readonly<Record<string, string>>])[] = [
    ["policies of other groups", {}],
    ["a template that has the tag", { resourceGroup: "rg-tagged", templateTags: "costCenter: 4711" }],
    ["a Linux build where vaults are denied", { stagingResourceGroup: "rg-st-vaults" }],
    ["a build without a subnet where private links are denied", { stagingResourceGroup: "rg-st-links" }],
    [
      "managed resources that have the tag",
      { stagingResourceGroup: "rg-st-tags", managedResourceTags: "costCenter: 4711" },
    ],
    ["assignments that are not enforced", { stagingResourceGroup: "rg-st-quiet" }],
  ];
  for (const [title, inputs] of fine) {
    it(`finds nothing wrong with ${title}`, async () => {
      const result = await stage.check("P7", { inputs });
      assert.deepEqual([result.status, result.findings], ["ok", []]);
    });
  }
});

describe("P7 where policies of the subscription object", () => {
  let stage: Stage;
  before(async () => void (stage = await openStage({ world: "preflight/policies-of-subscription" })));
  after(() => stage.close());

  for (const [title, inputs, findings] of ofSubscription) {
    it(`says ${title}`, async () => {
      assert.deepEqual(told(await stage.check("P7", { inputs })), findings);
    });
  }
});

describe("P7 where reading is forbidden", () => {
  let stage: Stage;
  before(async () => void (stage = await openStage({ world: "preflight/platform-unread" })));
  after(() => stage.close());

  it("names the missing permission, and finds nothing", async () => {
    const { status, findings, notRead } = await stage.check("P7", { inputs: {} });
    assert.deepEqual([status, findings], ["notChecked", []]);
    assert.deepEqual([...new Set(notRead.map((why) => why.split(":")[0]))].sort(), [
      "Microsoft.PolicyInsights/checkPolicyRestrictions/read",
    ]);
    for (const why of notRead) assert.match(why, /HTTP 403\. AuthorizationFailed/);
  });
});
