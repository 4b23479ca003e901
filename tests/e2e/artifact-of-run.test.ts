/** An artifact of a pipeline run, taken into the image by the packaged task without a download step. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { preparePackage } from "../../scripts/runner/package/freshness.ts";
import type { JsonReport } from "../../scripts/runner/run/report.ts";
import { sampleVariables } from "../../scripts/runner/sample.ts";
import { runSession } from "../../scripts/runner/session.ts";
import { type DevopsWorld, makeDevopsWorld, webFiles } from "../contract/devops-world.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import { skipWhereSimulated } from "./build-vm-support.ts";
import { shortBuild } from "./short-build.ts";

const root = resolve(import.meta.dirname, "../..");

const pipeline = (inputs: string): string => `
variables: { serviceConnection: "", resourceGroup: "", imageIdentity: "", imageDefinition: "", storageAccount: "" }
steps:
  - task: AzureImageBuilder@1
    name: image
    inputs:
      azureSubscription: $(serviceConnection)
      resourceGroup: $(resourceGroup)
      managedIdentity: $(imageIdentity)
      sourceImage: Canonical:ubuntu-24_04-lts:server
      storageAccount: $(storageAccount)
      galleryImage: $(imageDefinition)
      inlineScript: |
        sudo cp -a /tmp/web /opt/web
        sudo /opt/web/install.sh
${inputs}
`;

describe("an artifact of a run in an image", function () {
  this.timeout(120_000);
  let world: DevopsWorld;
  let emulator: Emulator;
  let extension: string;
  let folder: string;
  before(async () => {
    extension = await preparePackage(root, () => undefined);
    world = makeDevopsWorld();
    emulator = await createEmulator({ world: world.world, scale: 150, imageBuilder: { durations: shortBuild } });
    folder = mkdtempSync(join(tmpdir(), "of-run-"));
  });
  after(async () => {
    await emulator.close();
    world.remove();
    rmSync(folder, { recursive: true });
  });

  async function bake(inputs: string): Promise<{ readonly report: JsonReport; readonly log: readonly string[] }> {
    const file = join(folder, "azure-pipelines.yml");
    writeFileSync(file, pipeline(inputs));
    const log: string[] = [];
    const variables = sampleVariables(emulator.description);
    const report = await runSession(emulator, {
      pipeline: file,
      extension,
      variables,
      sink: (line) => void log.push(line),
    });
    return { report, log };
  }
  const downloads = (): number => emulator.requests().filter(({ url }) => url.includes("/content?")).length;

  it("lies there file by file, scripts executable, taken from the latest successful run", async function () {
    await skipWhereSimulated(this, emulator);
    const { report, log } = await bake(
      "      artifactName: web\n      artifactPipeline: web\n      artifactBranch: main",
    );
    assert.equal(report.result, "Succeeded", log.slice(-40).join("\n"));
    assert.ok(log.some((line) => line.includes("run 20261103.1 (ID 72)")));
    const files = (await emulator.world.images.files(report.outputs["image.imageId"] ?? "")) ?? [];
    const found = new Map(files.map((file) => [file.path, file]));
    for (const [path, text] of Object.entries(webFiles)) {
      assert.equal(found.get(`/opt/web/${path}`)?.sha256, createHash("sha256").update(text).digest("hex"), path);
    }
    assert.equal((found.get("/opt/web/install.sh")?.mode ?? 0) & 0o111, 0o111);
    assert.equal(downloads(), 1);
  });

  it("is not downloaded again where its content is in the container already", async () => {
    const before = downloads();
    const { report, log } = await bake(
      "      artifactName: web\n      artifactPipeline: '7'\n      artifactTags: signed",
    );
    assert.equal(report.result, "Succeeded", log.slice(-40).join("\n"));
    assert.equal(downloads(), before);
  });

  it("is begun again where the download breaks off", async () => {
    emulator.addFault({ match: { path: "/content?" }, action: { status: 200, body: "PK broken off" } });
    emulator.addFault({ match: { path: "/content?" }, action: { drop: "after" } });
    const { report, log } = await bake("      artifactName: web\n      artifactPipeline: shop/shop-web");
    assert.equal(report.result, "Succeeded", log.slice(-40).join("\n"));
  });

  it("is told by the names there are where the run has none of that name", async () => {
    const { report, log } = await bake("      artifactName: wep\n      artifactPipeline: web");
    assert.equal(report.result, "Failed");
    assert.ok(
      log.some((line) => line.includes("has no artifact wep (did you mean `web`?)")),
      log.join("\n"),
    );
  });
});
