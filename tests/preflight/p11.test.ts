import assert from "node:assert/strict";
import type { CheckResult } from "../../tasks/AzureImageBuilderV1/src/preflight/types.ts";
import { openStage, type Stage } from "./stage.ts";
import { type Told, toldOf } from "./told-texts.ts";

const subscriptionId = "5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f";
const groups = `/subscriptions/${subscriptionId}/resourceGroups`;
const subnet = `${groups}/rg-images/providers/Microsoft.Network/virtualNetworks/vnet-build/subnets/build`;
const windows = {
  sourceImage: "MicrosoftWindowsServer:WindowsServer:2022-datacenter-azure-edition",
  galleryImage: `${groups}/rg-images/providers/Microsoft.Compute/galleries/galimages/images/windows-avd`,
  inlineScript: "Write-Host 1",
  subnet,
};
const application = "cf32a0cc-373c-47c9-9156-0db11f6a6dfc";
const lockOf = (group: string, name: string): string =>
  `${groups}/${group}/providers/Microsoft.Authorization/locks/${name}`;

const elsewhere = (group: string, fact: string): Told => ({
  code: "AIB070",
  severity: "error",
  message: `The staging resource group ${group} is in ${fact}: the service takes one of the same place only.`,
  remedy: "Leave stagingResourceGroup out, and the service makes one; or name an empty group of the same place.",
  commands: [`az group create --subscription ${subscriptionId} --name ${group}-westeurope --location westeurope`],
});
const locked = (told: Pick<Told, "code" | "severity" | "message">, id: string): Told => ({
  ...told,
  remedy: "Remove the lock, or leave stagingResourceGroup out.",
  commands: [`az lock delete --ids ${id}`],
});

const wrong: readonly (readonly [title: string, inputs: Readonly<Record<string, string>>, told: Told])[] = [
  [
    "is in another region",
    { stagingResourceGroup: "rg-north" },
    elsewhere("rg-north", "the region northeurope, the template in westeurope"),
  ],
  [
    "belongs to another template",
    { stagingResourceGroup: "rg-used" },
    {
      code: "AIB071",
      severity: "error",
      message:
        "The staging resource group rg-used belongs to the image template other of the resource group rg-others, as its tags imageTemplateName and imageTemplateResourceGroupName say: the service refuses it, or leaves the template in Creating.",
      remedy:
        "Name another group, or delete that template first. Where it is gone, empty the group and remove its tags.",
      commands: [
        `az image builder delete --subscription ${subscriptionId} --resource-group rg-others --name other`,
        `az tag update --resource-id ${groups}/rg-used --operation Delete --tags imageTemplateName=other imageTemplateResourceGroupName=rg-others`,
      ],
    },
  ],
  [
    "another template uses now, with what that has in it",
    { stagingResourceGroup: "rg-held" },
    {
      code: "AIB069",
      severity: "warning",
      message:
        "The staging resource group rg-held is in use by the image template weekly of the resource group rg-images: the build waits until that template is deleted, half an hour at most, and then fails.",
      remedy: "Name another group for builds at the same time, or leave stagingResourceGroup out.",
      commands: [`az image builder show --subscription ${subscriptionId} --resource-group rg-images --name weekly`],
    },
  ],
  [
    "is not empty",
    { stagingResourceGroup: "rg-full" },
    {
      code: "AIB072",
      severity: "error",
      message:
        "The staging resource group rg-full is not empty: nsg-a (Microsoft.Network/networkSecurityGroups), nsg-b (Microsoft.Network/networkSecurityGroups). The service takes an empty group only, and deletes what is in it with the template.",
      remedy: "Name an empty group, or leave stagingResourceGroup out.",
      commands: [`az resource list --subscription ${subscriptionId} --resource-group rg-full --output table`],
    },
  ],
  [
    "has a lock against changes",
    { stagingResourceGroup: "rg-shut" },
    locked(
      {
        code: "AIB074",
        severity: "error",
        message: `The lock keep-out on ${groups}/rg-shut covers the staging resource group rg-shut and lets nothing be made there (ReadOnly): the service refuses the template.`,
      },
      lockOf("rg-shut", "keep-out"),
    ),
  ],
  [
    "has a lock against deletion",
    { stagingResourceGroup: "rg-kept" },
    locked(
      {
        code: "AIB075",
        severity: "warning",
        message: `The lock keep on ${groups}/rg-kept covers the staging resource group rg-kept (CanNotDelete): the build works, and what it leaves there is not cleaned up.`,
      },
      lockOf("rg-kept", "keep"),
    ),
  ],
  [
    "gives the service no right to make the proxy VM of a Windows build",
    { ...windows, stagingResourceGroup: "rg-good" },
    {
      code: "AIB073",
      severity: "error",
      message: `Nobody but people and the template's identity may write disks in the staging resource group rg-good, and the service's own principal (application ${application}) has to: it makes the proxy VM of a Windows build in a subnet. The run would fail after some minutes.`,
      remedy: `Give it the role Contributor on ${groups}/rg-good, or give containerInstanceSubnet as well, which needs no proxy VM.`,
      commands: [`az role assignment create --assignee ${application} --role Contributor --scope ${groups}/rg-good`],
    },
  ],
];

describe("P11, the staging resource group", () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage({ world: "preflight/staging-groups" });
  });
  after(() => stage.close());

  const check = (inputs: Readonly<Record<string, string>>): Promise<CheckResult> => stage.check("P11", { inputs });

  it("is not made where the service makes the group", async () => {
    assert.equal((await check({})).status, "skipped");
  });

  for (const [title, inputs] of [
    ["is empty", { stagingResourceGroup: "rg-good" }],
    ["is empty and has tags of its own", { stagingResourceGroup: "rg-given" }],
    ["is not there", { stagingResourceGroup: "rg-new" }],
    [
      "is for a Windows build with both subnets",
      { ...windows, stagingResourceGroup: "rg-good", containerInstanceSubnet: subnet.replace("/build", "/containers") },
    ],
  ] as const) {
    it(`is content with a group that ${title}`, async () => {
      const { status, findings, notRead } = await check(inputs);
      assert.deepEqual({ status, findings, notRead }, { status: "ok", findings: [], notRead: [] });
    });
  }

  for (const [title, inputs, told] of wrong) {
    it(`tells of a group that ${title}`, async () => {
      assert.deepEqual(toldOf(await check(inputs)), [told]);
    });
  }

  it("tells of a group in another subscription, which only overrides can name", async () => {
    const other = "0aa0aa00-0000-4000-8000-0a1b2c3d4e5f";
    const stagingResourceGroup = `/subscriptions/${other}/resourceGroups/rg-far`;
    const result = await check({ templateOverrides: JSON.stringify({ properties: { stagingResourceGroup } }) });
    const told = elsewhere("rg-far", `the subscription ${other}, the template in ${subscriptionId}`);
    assert.deepEqual(toldOf(result), [told]);
  });

  it("says that only the directory knows the service's principal where somebody has the right", async () => {
    const { status, findings, notRead } = await check({ ...windows, stagingResourceGroup: "rg-given" });
    assert.deepEqual(
      { status, findings, notRead },
      {
        status: "notChecked",
        findings: [],
        notRead: [
          `whether the service's own principal (application ${application}) is one of those with a role on rg-given that may write disks: the directory is not read`,
        ],
      },
    );
  });

  for (const [title, path, permission] of [
    ["the group", "/resourceGroups/rg-full?", "Microsoft.Resources/subscriptions/resourceGroups/read"],
    ["what is in the group", "/rg-full/resources", "Microsoft.Resources/subscriptions/resourceGroups/resources/read"],
  ] as const) {
    it(`finds nothing, and names the missing right, where ${title} may not be read`, async () => {
      stage.emulator.addFault({ match: { path }, action: { status: 403, code: "AuthorizationFailed" } });
      const { status, findings, notRead } = await check({ stagingResourceGroup: "rg-full" });
      assert.deepEqual({ status, findings, count: notRead.length }, { status: "notChecked", findings: [], count: 1 });
      assert.ok(notRead[0]?.startsWith(`${permission}: `), notRead[0]);
    });
  }

  it("finds nothing, and names the missing right, where locks may not be read", async () => {
    const match = { path: "/locks" };
    stage.emulator.addFault({ match, action: { status: 403, code: "AuthorizationFailed" } });
    const { status, notRead } = await check({ stagingResourceGroup: "rg-shut" });
    assert.equal(status, "notChecked");
    assert.ok(notRead[0]?.startsWith("Microsoft.Authorization/locks/read: "), notRead[0]);
  });
});
