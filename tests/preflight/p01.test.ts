import assert from "node:assert/strict";
import type { CheckResult, Subject } from "../../tasks/AzureImageBuilderV1/src/preflight/types.ts";
import { openStage, type Stage, type StageOptions } from "./stage.ts";
import { type Told, toldOf } from "./told-texts.ts";

const subscription = "/subscriptions/5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f";
const group = `${subscription}/resourceGroups/rg-images`;
const providers = `${group}/providers`;
const gallery = `${providers}/Microsoft.Compute/galleries/galimages`;
const network = `${providers}/Microsoft.Network/virtualNetworks/vnet-build`;
const identity = (name: string): string => `${providers}/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
const principal = "27e3fe0a-0000-4000-8000-4666831b100b";
const checked = "the service checks this when it makes the template, and refuses it.";

/** A target for which the identity needs no rights. */
const vhd = { galleryImage: "", targetType: "vhd" };
const bothSubnets = { subnet: `${network}/subnets/build`, containerInstanceSubnet: `${network}/subnets/containers` };

interface Lacking {
  readonly actions: string;
  readonly what: string;
  readonly role: string;
  readonly scope: string;
  readonly consequence?: string;
}

function lacks({ actions, what, role, scope, consequence = checked }: Lacking): Told {
  return {
    code: "AIB002",
    severity: "error",
    message: `The identity id-imagebuilder lacks ${actions} on ${what}: ${consequence}`,
    remedy: `Give it the role ${role} on ${scope}. A new assignment counts after some minutes.`,
    commands: [
      `az role assignment create --assignee-object-id ${principal} --assignee-principal-type ServicePrincipal --role "${role}" --scope ${scope}`,
    ],
  };
}

const ofGallery = ["", "/images", "/images/versions"].map((part) => `Microsoft.Compute/galleries${part}/read`);
const ddos = lacks({
  actions: "Microsoft.Network/ddosProtectionPlans/join/action",
  what: "the DDoS protection plan ddos of the virtual network",
  role: "Network Contributor",
  scope: `${providers}/Microsoft.Network/ddosProtectionPlans/ddos`,
  consequence: "the run fails when its first network interface is made.",
});
const inNetwork = (subnets: string): Told =>
  lacks({
    actions: "Microsoft.Network/virtualNetworks/read, Microsoft.Network/virtualNetworks/subnets/join/action",
    what: `the virtual network vnet-build, ${subnets}`,
    role: "Network Contributor",
    scope: network,
  });

/** At a world whose identity has no role at all. */
const wrong: readonly (readonly [title: string, inputs: Readonly<Record<string, string>>, told: readonly Told[]])[] = [
  [
    "a gallery to publish to",
    {},
    [
      lacks({
        actions: [...ofGallery, "Microsoft.Compute/galleries/images/versions/write"].join(", "),
        what: "the image definition ubuntu-web of the gallery galimages",
        role: "Contributor",
        scope: gallery,
      }),
    ],
  ],
  [
    "a managed image to make",
    { galleryImage: "", targetType: "managedImage", managedImage: `${providers}/Microsoft.Compute/images/web` },
    [
      lacks({
        actions: ["read", "write", "delete"].map((verb) => `Microsoft.Compute/images/${verb}`).join(", "),
        what: "the resource group rg-images, where the image web is to be",
        role: "Contributor",
        scope: group,
      }),
    ],
  ],
  [
    "a managed image to build on",
    { ...vhd, sourceImage: `${providers}/Microsoft.Compute/images/base` },
    [
      lacks({
        actions: "Microsoft.Compute/images/read",
        what: "the source image base",
        role: "Reader",
        scope: `${providers}/Microsoft.Compute/images/base`,
      }),
    ],
  ],
  [
    "a gallery's version to build on",
    { ...vhd, sourceImage: `${gallery}/images/ubuntu-web/versions/1.0.0` },
    [
      lacks({
        actions: ofGallery.join(", "),
        what: "the source image definition ubuntu-web of the gallery galimages",
        role: "Reader",
        scope: gallery,
      }),
    ],
  ],
  ["a subnet under a DDoS plan", { ...vhd, subnet: bothSubnets.subnet }, [inNetwork("subnet build"), ddos]],
  ["both subnets", { ...vhd, ...bothSubnets }, [inNetwork("subnets build and containers"), ddos]],
  [
    "an identity for the build VM",
    { ...vhd, buildVmIdentities: identity("id-vm") },
    [
      lacks({
        actions: "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
        what: "the identity id-vm, which the build VM is to have",
        role: "Managed Identity Operator",
        scope: identity("id-vm"),
      }),
    ],
  ],
  [
    "a staging group that is there",
    { ...vhd, stagingResourceGroup: "rg-staging" },
    [
      lacks({
        actions:
          "Microsoft.Storage/storageAccounts/write, Microsoft.Compute/virtualMachines/write, " +
          "Microsoft.Network/networkInterfaces/write, Microsoft.ContainerInstance/containerGroups/write",
        what: "the staging resource group rg-staging",
        role: "Contributor",
        scope: `${subscription}/resourceGroups/rg-staging`,
      }),
    ],
  ],
  [
    "a blob for the VHD, which nobody has confirmed",
    { ...vhd, vhdUri: "https://stimages.blob.core.windows.net/vhds/web.vhd" },
    [
      {
        ...lacks({
          actions: "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
          what: "the container vhds of stimages, where the VHD is to be",
          role: "Storage Blob Data Contributor",
          scope: `${providers}/Microsoft.Storage/storageAccounts/stimages/blobServices/default/containers/vhds`,
          consequence: "the run would fail at its end, when the VHD is copied.",
        }),
        code: "AIB005",
        severity: "warning",
      },
    ],
  ],
];

function absent(name: string): Told {
  return {
    code: "AIB001",
    severity: "error",
    message: `There is no identity ${identity(name)}. The service refuses a template with it.`,
    remedy: "Name an identity that exists, or make this one and give it its roles.",
    commands: [
      'az identity list --subscription 5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f --query "[].id" --output tsv',
      `az identity create --subscription 5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f --resource-group rg-images --name ${name}`,
    ],
  };
}

describe("P1, the template's identity", () => {
  let stage: Stage;
  let world: string;
  before(async () => {
    stage = await openStage();
    world = "default";
  });
  after(() => stage.close());

  const check = async (name: string, options: StageOptions = {}): Promise<CheckResult> => {
    if (world !== name || world === "default") await stage.emulator.reset(name);
    world = name;
    return stage.check("P1", options);
  };
  const refuse = (path: string): void =>
    stage.emulator.addFault({ match: { path }, times: 20, action: { status: 403, code: "AuthorizationFailed" } });

  for (const [title, inputs] of [
    ["publishes to a gallery", {}],
    ["builds in two subnets", bothSubnets],
    ["makes a managed image", { galleryImage: "", targetType: "managedImage", managedImage: "web" }],
    ["names a staging group that is not there", { stagingResourceGroup: "rg-new" }],
  ] as const) {
    it(`is content where the identity may do what is needed: the step ${title}`, async () => {
      const { status, findings, notRead } = await check("default", { inputs });
      assert.deepEqual({ status, findings, notRead }, { status: "ok", findings: [], notRead: [] });
    });
  }

  it("counts the roles of the identity's groups", async () => {
    const { status, notRead } = await check("preflight/identity-in-group");
    assert.deepEqual({ status, notRead }, { status: "ok", notRead: [] });
  });

  it("asks four questions about a step that publishes to a gallery", async () => {
    await stage.emulator.reset("default");
    const { subject } = await stage.subject();
    const before = stage.emulator.requests().length;
    await stage.check("P1", { change: () => subject });
    const asked = stage.emulator.requests().slice(before);
    const ofCheck = asked.filter(({ url }) => /userAssignedIdentities\/id-imagebuilder\?|Authorization/.test(url));
    assert.equal(ofCheck.length, 4);
  });

  for (const [title, inputs, told] of wrong) {
    it(`tells what is lacking for ${title}`, async () => {
      assert.deepEqual(toldOf(await check("preflight/identity-without-rights", { inputs })), told);
    });
  }

  it("names the right for the block to send", async () => {
    const { findings } = await check("preflight/identity-without-rights", {
      inputs: { ...vhd, buildVmIdentities: identity("id-vm") },
    });
    assert.deepEqual(findings[0]?.right, {
      identity: "id-imagebuilder",
      principalId: principal,
      actions: ["Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"],
      scope: identity("id-vm"),
      role: "Managed Identity Operator",
    });
  });

  it("tells that the template's identity is not there, and nothing else about it", async () => {
    const result = await check("default", { inputs: { managedIdentity: "id-gone" } });
    assert.deepEqual(toldOf(result), [absent("id-gone")]);
  });

  it("tells that the build VM's identity is not there", async () => {
    const result = await check("default", { inputs: { buildVmIdentities: identity("id-gone") } });
    assert.deepEqual(toldOf(result), [absent("id-gone")]);
  });

  it("tells that the build VM's identity is of another tenant", async () => {
    const inputs = { ...vhd, buildVmIdentities: identity("id-elsewhere") };
    assert.deepEqual(toldOf(await check("preflight/identity-without-rights", { inputs })), [
      {
        code: "AIB001",
        severity: "error",
        message:
          "The build VM's identity id-elsewhere is of the tenant 11111111-0000-4000-8000-1d0c5a7b7e01, and the template's identity id-imagebuilder of 72f988bf-0000-4000-8000-1d0c5a7b7e01: the service refuses identities of two tenants.",
        remedy: "Name an identity of the template's tenant in buildVmIdentities.",
        commands: [],
      },
    ]);
  });

  it("tells that a deny assignment stands against it", async () => {
    assert.deepEqual(toldOf(await check("preflight/identity-denied")), [
      {
        code: "AIB003",
        severity: "error",
        message: `The deny assignment "Deny changes of stack images" keeps the identity id-imagebuilder from Microsoft.Compute/galleries/images/versions/write on the image definition ubuntu-web of the gallery galimages: ${checked} No role lifts it.`,
        remedy:
          "Have whoever made it (a deployment stack, a managed application) exclude the identity, or use another resource.",
        commands: [
          `az rest --method get --uri "${gallery}/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01&\\$filter=atScope()"`,
        ],
      },
    ]);
  });

  it("leaves alone what the deny assignment leaves out", async () => {
    const inputs = { galleryImage: "", targetType: "managedImage", managedImage: "web" };
    assert.equal((await check("preflight/identity-denied", { inputs })).status, "ok");
  });

  it("warns of a role that is too young to count", async () => {
    const made = new Date("2026-01-01T00:00:00.000Z");
    const change = (subject: Subject): Subject => ({ ...subject, now: new Date(made.getTime() + 9 * 60_000) });
    assert.deepEqual(toldOf(await check("default", { change })), [
      {
        code: "AIB004",
        severity: "warning",
        message: `The role Image Builder template identity gives the identity id-imagebuilder ${[...ofGallery, "Microsoft.Compute/galleries/images/versions/write"].join(", ")} on the image definition ubuntu-web of the gallery galimages, and was assigned at 2026-01-01T00:00:00.000Z only: it may take up to 30 minutes until the service sees it.`,
        remedy: "Run the step again at 2026-01-01T00:10:00.000Z or later.",
        commands: [],
      },
    ]);
  });

  it("says of a role under a condition that it cannot be verified", async () => {
    const { status, findings, notRead } = await check("preflight/identity-under-condition");
    assert.deepEqual(
      { status, findings, notRead },
      {
        status: "notChecked",
        findings: [],
        notRead: [
          `whether the identity id-imagebuilder has ${[...ofGallery, "Microsoft.Compute/galleries/images/versions/write"].join(", ")} on the image definition ubuntu-web of the gallery galimages: the role Contributor on ${group} is assigned under a condition, which is not evaluated`,
        ],
      },
    );
  });

  for (const [title, path, permission] of [
    ["the identity", "id-imagebuilder?", "Microsoft.ManagedIdentity/userAssignedIdentities/read"],
    ["role assignments", "/roleAssignments", "Microsoft.Authorization/roleAssignments/read"],
    ["role definitions", "/roleDefinitions", "Microsoft.Authorization/roleDefinitions/read"],
    ["deny assignments", "/denyAssignments", "Microsoft.Authorization/denyAssignments/read"],
  ] as const) {
    it(`finds nothing, and names the missing right, where ${title} may not be read`, async () => {
      await stage.emulator.reset("default");
      refuse(path);
      const { status, findings, notRead } = await stage.check("P1");
      assert.deepEqual({ status, findings, count: notRead.length }, { status: "notChecked", findings: [], count: 1 });
      assert.ok(notRead[0]?.includes(`${permission}: `), notRead[0]);
      world = "changed";
    });
  }

  it("is content with the identity's own roles where its groups may not be looked up", async () => {
    await stage.emulator.reset("default");
    refuse("assignedTo");
    assert.equal((await stage.check("P1")).status, "ok");
    world = "changed";
  });

  it("takes nothing for lacking where groups may not be looked up", async () => {
    await stage.emulator.reset("preflight/identity-in-group");
    refuse("assignedTo");
    const { status, findings, notRead } = await stage.check("P1");
    assert.deepEqual({ status, findings }, { status: "notChecked", findings: [] });
    assert.match(notRead[0] ?? "", /Microsoft\.Authorization\/roleAssignments\/read, roles of groups: /);
    world = "changed";
  });
});
