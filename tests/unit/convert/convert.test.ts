/** What the converter makes of single inputs, of classic definitions and of files that hold other things. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { convertSteps, writeSteps } from "../../../scripts/convert/convert-text.ts";
import { root } from "../../../scripts/lib/paths.ts";
import { planFile } from "../../../scripts/plan/plan-file.ts";

const subscription = "11111111-2222-4333-8444-555555555555";
const group = `/subscriptions/${subscription}/resourceGroups/rg-images`;
const definition = `${group}/providers/Microsoft.Compute/galleries/gallery/images/web`;

const common = {
  ibSubscription: "images",
  ibAzureResourceGroup: "rg-images",
  ibLocation: "westeurope",
  managedIdentity: `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/builder`,
};
const first = { ...common, imageSource: "marketplace", distributeType: "sig", galleryImageId: definition };
const second = { ...common, galleryImageId: definition };

type Texts = Readonly<Record<string, string>>;

function convertOne(task: string, inputs: Texts): { readonly inputs: Texts; readonly notes: readonly string[] } {
  const [step] = convertSteps(JSON.stringify([{ task, inputs }]));
  assert.ok(step !== undefined);
  return { inputs: step.inputs, notes: step.notes.map(({ kind, text }) => `${kind} ${text.split(":")[0] ?? ""}`) };
}

describe("npm run convert, input by input", () => {
  // prettier-ignore
  const cases: readonly (readonly [title: string, given: Texts, changed: Texts, notes?: readonly string[]])[] = [
    ["an own image name wins over the list", { baseImage: "a:b:c", baseImagePubOfferSku: "d:e:f" }, { sourceImage: "d:e:f" }, ["ignored baseImage"]],
    ["the placeholder of an image means none", { baseImage: "a:b:c", baseImagePubOfferSku: "Publisher:Offer:Sku" }, { sourceImage: "a:b:c" }],
    ["a fourth part may be the system", { baseImage: "a: b:c:Windows" }, { sourceImage: "a:b:c", osType: "windows" }],
    ["a fourth part may be a version", { baseImage: "a:b:c:1.2.3" }, { sourceImage: "a:b:c:1.2.3" }],
    ["a version is kept, and latest left out", { baseImage: "a:b:c", baseImageVersion: "1.2.3" }, { sourceImage: "a:b:c", sourceVersion: "1.2.3" }],
    ["a managed image is the source", { imageSource: "managedimage", customImageResourceId: "/x" }, { sourceImage: "/x" }],
    ["a gallery version is the source, in any spelling", { imageSource: "SIG", ImageVersionId: "/v" }, { sourceImage: "/v" }],
    ["a purchase plan is kept", { baseImage: "a:b:c", platformImagePurchasePlan: "p:q:r" }, { sourceImage: "a:b:c", purchasePlan: "p:q:r" }],
    ["a kind that only a run knows stays", { imageSource: "$(kind)", baseImage: "a:b:c" }, { imageSource: "$(kind)", sourceImage: "a:b:c" }, ["decide imageSource"]],
    ["Windows Update without PowerShell was ignored", { baseImage: "a:b:c", windowsUpdateProvisioner: "true" }, { sourceImage: "a:b:c" }, ["ignored windowsUpdateProvisioner"]],
    ["PowerShell means Windows", { baseImage: "a:b:c", provisioner: "powershell", runElevated: "true", runAsSystem: "true" }, { sourceImage: "a:b:c", osType: "windows", runElevated: "true", runAsSystem: "true" }],
    ["a storage type stands with each region", { baseImage: "a:b:c", replicationRegions: "westeurope , northeurope", distributeStorageAccountType: "Standard_ZRS" }, { sourceImage: "a:b:c", targetRegions: "westeurope:Standard_ZRS, northeurope:Standard_ZRS" }, ["changed distributeStorageAccountType"]],
    ["scheme and major are one", { baseImage: "a:b:c", distributeVersioningScheme: "Latest", distributeVersioningMajor: "2" }, { sourceImage: "a:b:c", galleryVersion: "Latest 2" }],
    ["a script of comments by default is none", { baseImage: "a:b:c", inlineScript: "# add commands to move build files from temporary to persistent location for linux\n# this can be an array of commands" }, { sourceImage: "a:b:c" }],
    ["autoRun is ignored", { baseImage: "a:b:c", autoRun: "true" }, { sourceImage: "a:b:c" }, ["ignored autoRun"]],
    ["an unknown input is told", { baseImage: "a:b:c", colour: "red" }, { sourceImage: "a:b:c" }, ["ignored colour"]],
    ["a disk of 0 is none", { baseImage: "a:b:c", osDiskSizeGB: "0", vnetSubnetId: "/s", proxyVmSize: "A" }, { sourceImage: "a:b:c", subnet: "/s", proxyVmSize: "A" }],
    ["what belongs to another target is told", { baseImage: "a:b:c", vhdUri: "https://x/y.vhd" }, { sourceImage: "a:b:c" }, ["ignored vhdUri"]],
  ];

  for (const [title, given, changed, notes = []] of cases) {
    it(`${title}`, () => {
      const base = {
        azureSubscription: "images",
        resourceGroup: "rg-images",
        location: "westeurope",
        managedIdentity: common.managedIdentity,
        galleryImage: definition,
      };
      const converted = convertOne("AzureImageBuilderTask@1", { ...first, vmSize: "Standard_D2ds_v5", ...given });
      assert.deepEqual(converted.inputs, { ...base, vmSize: "Standard_D2ds_v5", ...changed });
      assert.deepEqual(converted.notes, notes);
    });
  }

  it("a managed image and a VHD are targets", () => {
    const given = { ...common, imageSource: "marketplace", baseImage: "a:b:c", vmSize: "D" };
    const image = convertOne("AzureImageBuilderTask@1", { ...given, imageIdForDistribute: "/i" }).inputs;
    assert.deepEqual([image["targetType"], image["managedImage"]], ["managedImage", "/i"]);
    const disk = convertOne("AzureImageBuilderTask@1", { ...given, distributeType: "VHD", vhdUri: "https://x/y" });
    assert.deepEqual([disk.inputs["targetType"], disk.inputs["vhdUri"]], ["vhd", "https://x/y"]);
  });

  it("writes the second task's defaults down where they did something", () => {
    const { inputs, notes } = convertOne("AzureImageBuilderTaskV2@2", second);
    assert.equal(inputs["runElevated"], "true");
    assert.equal(inputs["buildTimeoutInMinutes"], "120");
    assert.equal(inputs["sourceImage"], "MicrosoftWindowsDesktop:windows-11:win11-25h2-ent");
    assert.deepEqual(notes, [
      "decide sourceImage",
      "changed runElevated",
      "changed vmSize",
      "changed buildTimeoutInMinutes",
    ]);
  });

  it("validation is kept where it is enabled", () => {
    const script = { validationInlineScript: "exit 0", continueDistributeOnFailure: "true" };
    const on = convertOne("AzureImageBuilderTaskV2@2", { ...second, ...script, enableValidation: "true" }).inputs;
    assert.deepEqual([on["validationScript"], on["continueOnValidationFailure"]], ["exit 0", "true"]);
    const off = convertOne("AzureImageBuilderTaskV2@2", { ...second, ...script });
    assert.equal(off.inputs["validationScript"], undefined);
    assert.ok(off.notes.includes("ignored validationInlineScript"));
  });
});

describe("npm run convert, on classic definitions", () => {
  const id = "a4685136-7cb5-430c-9df5-032660332fe9";
  const inputs = {
    ...first,
    ibSubscription: "8e2e0c1a-0000-4000-8000-6d1c7a3f9b52",
    baseImage: "Canonical:ubuntu-24_04-lts:server",
    baseImagePubOfferSku: "Publisher:Offer:Sku",
    platformImagePurchasePlan: "PlanName:PlanProduct:PlanPublisher",
    baseImageVersion: "latest",
    provisioner: "shell",
    windowsUpdateProvisioner: "false",
    vmSize: "Standard_D1_v2",
    buildTimeoutInMinutes: "0",
    packagePath: "$(System.DefaultWorkingDirectory)/_Web/drop",
    storageAccountName: "stimages",
    inlineScript: "set -e\nsudo /tmp/drop/install.sh",
  };
  const build = {
    name: "Bake",
    process: {
      type: 1,
      phases: [
        {
          name: "Agent job 1",
          steps: [
            {
              displayName: "Other",
              task: { id: "d9bafed4-0b18-4f58-968d-86655b4d2ce9", versionSpec: "2.*" },
              inputs: {},
            },
            {
              displayName: "Bake the image",
              refName: "image",
              enabled: true,
              continueOnError: true,
              alwaysRun: false,
              condition: "succeeded()",
              timeoutInMinutes: 90,
              environment: {},
              task: { id, versionSpec: "1.*", definitionType: "task" },
              inputs,
            },
          ],
        },
      ],
    },
  };
  const release = {
    environments: [
      {
        name: "Production",
        deployPhases: [
          {
            name: "Run on agent",
            workflowTasks: [
              { taskId: id, version: "1.*", name: "Bake", enabled: false, alwaysRun: true, condition: "", inputs },
            ],
          },
        ],
      },
    ],
  };

  it("finds the steps of a build, with their settings", () => {
    const [step, ...others] = convertSteps(JSON.stringify(build));
    assert.equal(others.length, 0);
    assert.equal(step?.step.where, "Agent job 1, step 2");
    const settings = { name: "image", displayName: "Bake the image", continueOnError: true, timeoutInMinutes: 90 };
    assert.deepEqual(step.step.settings, settings);
  });

  it("leaves out defaults that the definition stores, and asks for the connection's name", () => {
    const [step] = convertSteps(JSON.stringify(build));
    for (const input of ["sourceVersion", "purchasePlan", "vmSize", "buildTimeoutInMinutes", "windowsUpdate"]) {
      assert.equal(step?.inputs[input], undefined, input);
    }
    assert.deepEqual(
      step?.notes.map(({ kind, text }) => `${kind} ${text.split(":")[0] ?? ""}`),
      ["decide azureSubscription", "decide storageAccount", "changed vmSize"],
    );
  });

  it("finds the steps of a release, and tells that its artifact is to be downloaded", () => {
    const [step] = convertSteps(JSON.stringify(release));
    assert.equal(step?.step.where, "Production, Run on agent, step 1");
    assert.deepEqual(step.step.settings, { displayName: "Bake", condition: "always()", enabled: false });
    assert.ok(step.notes.some(({ kind, text }) => kind === "decide" && text.startsWith("artifactPath:")));
  });

  it("finds the steps of a task group", () => {
    const [step] = convertSteps(JSON.stringify({ tasks: [{ task: { id, versionSpec: "1.*" }, inputs }] }));
    assert.equal(step?.step.where, "step 1");
  });

  it("gives a step that plans without an error", () => {
    const text = writeSteps("bake.json", convertSteps(JSON.stringify(build)));
    const answer = planFile(text, { variables: {}, inputs: { azureSubscription: "images" } });
    assert.deepEqual(answer.errors, []);
    assert.equal(answer.template?.properties.source.type, "PlatformImage");
  });
});

describe("npm run convert, on files", () => {
  let folder = "";
  before(() => (folder = mkdtempSync(join(tmpdir(), "convert-"))));
  after(() => rmSync(folder, { recursive: true }));

  const convert = (
    ...args: readonly string[]
  ): { readonly status: number | null; readonly out: string; readonly err: string } => {
    const tsx = join(root, "node_modules/tsx/dist/cli.mjs");
    const { status, stdout, stderr } = spawnSync(process.execPath, [tsx, "scripts/convert.ts", ...args], { cwd: root });
    return { status, out: stdout.toString(), err: stderr.toString() };
  };
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it("prints every step of a pipeline as YAML, settings kept, notes as comments", () => {
    const pipeline = `jobs:
- job: A
  steps:
  - task: AzureImageBuilderTask@1
    displayName: First
    condition: and(succeeded(), eq(1, 1))
    inputs: { ibSubscription: images, windowsUpdateProvisioner: true }
  - script: echo
- job: B
  steps:
  - task: AzureImageBuilder@1
  - task: AzureImageBuilderTaskV2@2
    name: second
    inputs:
      ibSubscription: images
      \${{ if true }}:
        vmSize: Standard_D2ds_v5
`;
    const { status, out } = convert(file("p.yml", pipeline));
    assert.equal(status, 0);
    const steps = parse(out) as readonly Readonly<Record<string, unknown>>[];
    assert.deepEqual(
      steps.map(({ task, displayName, condition, name }) => [task, displayName, condition, name]),
      [
        ["AzureImageBuilder@1", "First", "and(succeeded(), eq(1, 1))", undefined],
        ["AzureImageBuilder@1", undefined, undefined, "second"],
      ],
    );
    assert.match(out, /^# p\.yml, line 4: was AzureImageBuilderTask\.$/m);
    assert.match(out, /^# - decide: \$\{\{ if true \}\}: this is no plain text/m);
    assert.ok(out.split("\n").every((line) => !line.startsWith("#") || line.length <= 118));
  });

  it("ends with 1 where there is nothing to convert, and with 2 where it is called wrongly", () => {
    assert.equal(convert(file("none.yml", "steps:\n- script: echo\n")).status, 1);
    const broken = convert(file("broken.yml", "a: [1\nb: }\n"));
    assert.equal(broken.status, 1);
    assert.match(broken.err, /line \d+: this is not YAML/);
    assert.equal(convert().status, 2);
    assert.equal(convert(join(folder, "missing.yml")).status, 2);
  });
});
