/** The packaged task in the runner: cancelled while it builds, and used by an older task's name. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readyVersion } from "../../scripts/runner/made.ts";
import { preparePackage } from "../../scripts/runner/package/freshness.ts";
import { samplePipeline, sampleVariables } from "../../scripts/runner/sample.ts";
import { runSession } from "../../scripts/runner/session.ts";
import { skipWhereSimulated } from "./build-vm-support.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import { shortBuild } from "./short-build.ts";

const root = resolve(import.meta.dirname, "../..");

describe("the packaged task in the runner", function () {
  this.timeout(120_000);
  let emulator: Emulator;
  let extension = "";
  before(async () => {
    extension = await preparePackage(root, () => undefined);
  });
  beforeEach(async () => {
    emulator = await createEmulator({ scale: 150, imageBuilder: { durations: shortBuild } });
  });
  afterEach(() => emulator.close());

  it("ends by itself when it is cancelled while the image is built, and the next stage does not run", async () => {
    const cancel = new AbortController();
    const report = await runSession(emulator, {
      pipeline: samplePipeline(root),
      extension,
      variables: sampleVariables(emulator.description),
      cancel: cancel.signal,
      sink(line) {
        if (/\bBuilding\b/.test(line)) cancel.abort();
      },
    });
    const image = report.steps.find(({ name }) => name === "image");
    assert.deepEqual([report.result, image?.result, image?.exitCode], ["Canceled", "Canceled", 0]);
    assert.ok(!report.steps.some(({ name }) => name === "roll"));
    assert.deepEqual(report.outputs["image.imageId"], undefined);
  });

  it("runs for a step of the older task, whose plain variables later steps read", async function () {
    const folder = mkdtempSync(join(tmpdir(), "runner-older-"));
    mkdirSync(join(folder, "site"));
    writeFileSync(join(folder, "site/index.html"), "<h1>hello</h1>\n");
    const pipeline = join(folder, "pipeline.yml");
    writeFileSync(
      pipeline,
      `
steps:
  - task: AzureImageBuilder.devOps-task-for-azure-image-builder.custom-build-release-task.AzureImageBuilderTask@1
    name: bake
    inputs:
      ibSubscription: images-prod
      ibAzureResourceGroup: rg-images
      ibLocation: $(emulatorLocation)
      managedIdentity: $(emulatorIdentity)
      imageSource: marketplace
      baseImagePubOfferSku: 'Canonical:ubuntu-24_04-lts:server'
      packagePath: '$(System.DefaultWorkingDirectory)/site'
      storageAccountName: stimages
      inlineScript: sudo cp /tmp/site/index.html /srv/index.html
      distributeType: sig
      galleryImageId: $(emulatorDefinition)
      replicationRegions: $(emulatorLocation)
  - bash: echo "##vso[task.setvariable variable=seen;isoutput=true]$(imageUri)"
    name: after
`,
    );
    try {
      const log: string[] = [];
      const report = await runSession(emulator, { pipeline, extension, sink: (line) => log.push(line) });
      assert.equal(report.result, "Succeeded", log.slice(-30).join("\n"));
      assert.equal(report.steps.find(({ name }) => name === "bake")?.task, "AzureImageBuilder@1");
      const seen = report.outputs["after.seen"] ?? "";
      assert.ok(readyVersion(emulator, seen) !== undefined, seen);
      await skipWhereSimulated(this, emulator);
      const files = (await emulator.world.images.files(seen)) ?? [];
      assert.ok(files.some(({ path }) => path === "/srv/index.html"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
