/** The roles of samples/setup suffice, each with nothing but its own actions: the packaged tasks run with them alone. */
import assert from "node:assert/strict";
import { group } from "./place.ts";
import { everything, openSetupStage, type SetupRun, type SetupStage, worldOf } from "./stage.ts";

/** A build with these inputs, as lines beside those that all have. */
const bake = (...inputs: readonly string[]): string => `
variables: { serviceConnection: "", resourceGroup: "", imageIdentity: "", imageDefinition: "", storageAccount: "" }
steps:
  - checkout: none
  - script: mkdir app && echo hello > app/page.html
  - task: AzureImageBuilder@1
    name: image
    inputs:
      azureSubscription: $(serviceConnection)
      resourceGroup: $(resourceGroup)
      managedIdentity: $(imageIdentity)
      sourceImage: Canonical:ubuntu-24_04-lts:server
      inlineScript: sudo true
      preflight: full
      buildTimeoutInMinutes: 45
${inputs.map((line) => `      ${line}`).join("\n")}
`;

/** A step of the second task with these inputs. */
const care = (...inputs: readonly string[]): string => `
variables: { serviceConnection: "", resourceGroup: "", imageIdentity: "", imageDefinition: "", storageAccount: "", version: "" }
steps:
  - checkout: none
  - task: AzureImageLifecycle@1
    name: care
    inputs:
      azureSubscription: images-care
${inputs.map((line) => `      ${line}`).join("\n")}
`;

const toGallery = "galleryImage: $(imageDefinition)";
const artifact = ["artifactPath: app", "storageAccount: $(storageAccount)"];
const network = `${group}/providers/Microsoft.Network/virtualNetworks/vnet-build`;
const inNetwork = [`subnet: ${network}/subnets/build`, `containerInstanceSubnet: ${network}/subnets/containers`];
const vmIdentity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-build-vm`;

/** Checks that found nothing, or had nothing to check. */
function isClean({ report, log, codes, refused }: SetupRun): void {
  assert.equal(report.result, "Succeeded", log);
  assert.deepEqual([codes, refused], [[], []], log);
  assert.doesNotMatch(log, /^P\d+ +(?:bad|not checked|in part)/m);
  assert.equal(log.match(/^P\d+ +(?:ok|skipped)/gm)?.length, 15, log);
}

describe("the least that samples/setup gives", function () {
  this.timeout(120_000);
  let stage: SetupStage;
  before(async () => {
    const { pipelinePrincipalId = "", storageAccountName = "" } = everything;
    stage = await openSetupStage(worldOf({ pipelinePrincipalId, storageAccountName, readBuildLogs: false }));
  });
  after(() => stage.close());

  it("lets a build run, whose log cannot be shown, which the checks say", async () => {
    const { report, log, codes } = await stage.run(bake(toGallery, ...artifact));
    assert.equal(report.result, "Succeeded", log);
    assert.ok(codes.includes("AIB087"), log);
    assert.equal(report.outputs["image.imageVersion"], "1.0.0");
  });
});

describe("the roles of samples/setup", function () {
  this.timeout(120_000);
  let stage: SetupStage;
  before(async () => void (stage = await openSetupStage()));
  after(() => stage.close());

  const builds: Readonly<Record<string, readonly string[]>> = {
    "without an artifact": [toGallery],
    "with an artifact by a signed address": [toGallery, ...artifact, "artifactAccess: delegationSas"],
    "with an artifact by the template's identity": [toGallery, ...artifact, "artifactAccess: templateIdentity"],
    "in the network, with an artifact by the identity of the build VM": [
      toGallery,
      ...artifact,
      "artifactAccess: vmIdentity",
      `buildVmIdentities: ${vmIdentity}`,
      ...inNetwork,
    ],
    "to a managed image": ["targetType: managedImage", "managedImage: image-of-setup"],
  };
  for (const [title, inputs] of Object.entries(builds)) {
    it(`let a build run ${title}: every check is made and finds nothing, nothing is refused`, async () => {
      const run = await stage.run(bake(...inputs));
      isClean(run);
      assert.match(run.log, /##\[group\]/, "the log of the build is shown");
    });
  }

  it("let the second connection promote and retire a version, list what it would delete, and delete it", async () => {
    const built = await stage.run(bake(toGallery, ...artifact, "excludeFromLatest: true"));
    const version = built.report.outputs["image.imageId"] ?? "";
    assert.match(version, /\/versions\/1\.0\.\d+$/, built.log);
    const steps = [
      ["action: promote", "imageVersion: $(version)"],
      ["action: retire", "imageVersion: $(version)", "confirm: true"],
      ["action: retain", toGallery, "keepNewest: 1"],
      ["action: retain", toGallery, "keepNewest: 1", "confirm: true"],
      ["action: sweep", "resourceGroup: $(resourceGroup)", "storageAccount: $(storageAccount)"],
      ["action: sweep", "resourceGroup: $(resourceGroup)", "storageAccount: $(storageAccount)", "confirm: true"],
    ];
    for (const inputs of steps) {
      const { report, log, refused } = await stage.run(care(...inputs), { version });
      assert.deepEqual([report.result, refused], ["Succeeded", []], log);
      assert.doesNotMatch(log, /AIB754/, log);
    }
  });

  /** What the check says where one action is missing: its code, and the action itself. */
  const missing: readonly (readonly [role: string, action: string, says: RegExp, ...inputs: readonly string[]])[] = [
    ["identity-gallery", "Microsoft.Compute/galleries/images/versions/write", /AIB002/, toGallery],
    ["identity-images", "Microsoft.Compute/images/write", /AIB002/, "targetType: managedImage", "managedImage: other"],
    ["identity-network", "Microsoft.Network/virtualNetworks/subnets/join/action", /AIB002/, toGallery, ...inNetwork],
    ["identity-assign", "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", /AIB086/, toGallery],
    ["connection-group", "Microsoft.VirtualMachineImages/imageTemplates/run/action", /AIB085/, toGallery],
    ["connection-group", "Microsoft.VirtualMachineImages/imageTemplates/delete", /AIB085/, toGallery],
    ["connection-subscription", "Microsoft.VirtualMachineImages/locations/operations/read", /AIB085/, toGallery],
    ["connection-checks", "Microsoft.Compute/skus/read", /P5 +not checked/, toGallery],
    ["connection-checks", "Microsoft.Authorization/roleAssignments/read", /P1 +not checked/, toGallery],
  ];
  for (const [role, action, says, ...inputs] of missing) {
    it(`are named by the checks where ${role} lacks ${action}`, async () => {
      const { report, log } = await stage.runWithout(role, action, bake(...inputs, "action: preflight"));
      assert.match(log, says);
      assert.ok(log.includes(action), log);
      const isError = /AIB/.test(says.source);
      assert.equal(report.result, isError ? "Failed" : "Succeeded", log);
    });
  }
});
