/** The packaged task with a template file, on the emulator. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readyVersion } from "../../scripts/runner/made.ts";
import { preparePackage } from "../../scripts/runner/package/freshness.ts";
import { runSession } from "../../scripts/runner/session.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import { skipWhereSimulated } from "./build-vm-support.ts";
import { shortBuild } from "./short-build.ts";

const root = resolve(import.meta.dirname, "../..");

/** A deployment template with a gallery version and a managed image as targets, and a place for the artifact. */
const deployment = {
  $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  contentVersion: "1.0.0.0",
  parameters: {
    identityId: { type: "string" },
    definitionId: { type: "string" },
    greeting: { type: "string", defaultValue: "hello" },
  },
  variables: { image: "[resourceId('Microsoft.Compute/images', 'from-file')]" },
  resources: [
    {
      type: "Microsoft.VirtualMachineImages/imageTemplates",
      apiVersion: "2022-02-14",
      name: "from-file",
      location: "[resourceGroup().location]",
      identity: { type: "UserAssigned", userAssignedIdentities: { "[parameters('identityId')]": {} } },
      properties: {
        source: {
          type: "PlatformImage",
          publisher: "Canonical",
          offer: "ubuntu-24_04-lts",
          sku: "server",
          version: "latest",
        },
        customize: [
          { type: "Shell", name: "first", inline: ["[format('echo {0} > /tmp/greeting', parameters('greeting'))]"] },
          { type: "Artifact" },
          { type: "Shell", name: "last", inline: ["sudo cp /tmp/greeting /tmp/site/index.html /srv/"] },
        ],
        distribute: [
          {
            type: "SharedImage",
            runOutputName: "to-gallery",
            galleryImageId: "[parameters('definitionId')]",
            replicationRegions: ["[resourceGroup().location]"],
          },
          {
            type: "ManagedImage",
            runOutputName: "to-image",
            imageId: "[variables('image')]",
            location: "[resourceGroup().location]",
          },
        ],
      },
    },
  ],
};

describe("the packaged task with a template file", function () {
  this.timeout(120_000);
  let emulator: Emulator;
  let extension = "";
  let folder = "";
  before(async () => {
    extension = await preparePackage(root, () => undefined);
  });
  beforeEach(async () => {
    emulator = await createEmulator({ scale: 150, imageBuilder: { durations: shortBuild } });
    folder = mkdtempSync(join(tmpdir(), "runner-file-"));
    mkdirSync(join(folder, "site"));
    writeFileSync(join(folder, "site/index.html"), "<h1>hello</h1>\n");
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    await emulator.close();
  });

  async function run(
    content: string,
  ): Promise<{ readonly report: Awaited<ReturnType<typeof runSession>>; readonly log: string }> {
    writeFileSync(join(folder, "image.jsonc"), content);
    const pipeline = join(folder, "pipeline.yml");
    writeFileSync(
      pipeline,
      `
steps:
  - task: AzureImageBuilder@1
    name: bake
    inputs:
      azureSubscription: images-prod
      resourceGroup: rg-images
      templateFile: image.jsonc
      templateParameters: |
        identityId: $(emulatorIdentity)
        definitionId: $(emulatorDefinition)
      artifactPath: site
      storageAccount: stimages
`,
    );
    const log: string[] = [];
    const report = await runSession(emulator, { pipeline, extension, sink: (line) => log.push(line) });
    return { report, log: log.join("\n") };
  }

  it("builds what the file says, to all of its targets", async function () {
    const { report, log } = await run(`// ours\n${JSON.stringify(deployment, undefined, 2)}`);
    assert.equal(report.result, "Succeeded", log.slice(-3000));
    const ids = JSON.parse(report.outputs["bake.imageIds"] ?? "[]") as readonly string[];
    assert.equal(ids.length, 2);
    assert.equal(report.outputs["bake.templateName"], "from-file");
    const version = ids.find((id) => id.includes("/versions/")) ?? "";
    assert.ok(readyVersion(emulator, version) !== undefined, version);
    assert.ok(ids.some((id) => id.endsWith("/images/from-file")));
    await skipWhereSimulated(this, emulator);
    const files = (await emulator.world.images.files(version)) ?? [];
    assert.deepEqual(
      files.map(({ path }) => path).filter((path) => path.startsWith("/srv/")),
      ["/srv/greeting", "/srv/index.html"],
    );
  });

  it("creates nothing when the file has faults, and tells each with its place", async () => {
    const faulty = JSON.stringify(deployment, undefined, 2)
      .replace("PlatformImage", "PlatformImages")
      .replace("server", "<sku>");
    const { report, log } = await run(faulty);
    assert.equal(report.result, "Failed");
    assert.match(log, /image\.jsonc:\d+:\d+ \(properties\.source\.type\)/);
    assert.doesNotMatch(log, /Creating image template/);
  });
});
