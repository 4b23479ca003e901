/** The packaged task runs a template that is there: no PUT, no deletion, the outputs of the template's own targets. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { preparePackage } from "../../scripts/runner/package/freshness.ts";
import { runSession } from "../../scripts/runner/session.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import { createTemplateAt } from "./template-at.ts";
import { shortBuild } from "./short-build.ts";

const root = resolve(import.meta.dirname, "../..");

describe("the packaged task with the name of a template", function () {
  this.timeout(120_000);
  let emulator: Emulator;
  let extension = "";
  let folder = "";
  before(async () => {
    extension = await preparePackage(root, () => undefined);
    emulator = await createEmulator({ scale: 150, imageBuilder: { durations: shortBuild } });
    folder = mkdtempSync(join(tmpdir(), "runner-existing-"));
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await emulator.close();
  });

  async function run(
    name: string,
  ): Promise<{ readonly report: Awaited<ReturnType<typeof runSession>>; readonly log: string }> {
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
      templateName: ${name}
`,
    );
    const log: string[] = [];
    const report = await runSession(emulator, { pipeline, extension, sink: (line) => log.push(line) });
    return { report, log: log.join("\n") };
  }

  it("runs it twice, and leaves it", async () => {
    await createTemplateAt(emulator, "weekly");
    const before = emulator.requests().length;
    const first = await run("weekly");
    assert.equal(first.report.result, "Succeeded", first.log.slice(-3000));
    const second = await run("weekly");
    assert.equal(second.report.result, "Succeeded", second.log.slice(-3000));
    const versions = [first, second].map(({ report }) => report.outputs["bake.imageVersion"]);
    assert.deepEqual(versions, ["1.0.0", "1.0.1"]);
    assert.equal(first.report.outputs["bake.templateName"], "weekly");
    const changes = emulator.requests().slice(before);
    assert.deepEqual(
      changes.filter(({ method, url }) => (method === "PUT" || method === "DELETE") && url.includes("imageTemplates")),
      [],
    );
  });

  it("says which template is missed", async () => {
    const { report, log } = await run("nobody");
    assert.equal(report.result, "Failed");
    assert.match(log, /there is no image template .*imageTemplates\/nobody/);
  });
});
