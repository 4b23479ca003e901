/** The packaged task starts a build in one job, waits for it in another, and finds its image in a later run. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { preparePackage } from "../../scripts/runner/package/freshness.ts";
import { sampleVariables } from "../../scripts/runner/sample.ts";
import { runSession } from "../../scripts/runner/session.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import { createTemplateAt } from "./template-at.ts";

const root = resolve(import.meta.dirname, "../..");
const sample = join(root, "samples/detached/azure-pipelines.yml");

type Report = Awaited<ReturnType<typeof runSession>>;
interface Run {
  readonly report: Report;
  readonly log: string;
}

describe("the packaged task with a build of its own time", function () {
  this.timeout(120_000);
  let emulator: Emulator;
  let extension = "";
  let folder = "";
  before(async () => {
    extension = await preparePackage(root, () => undefined);
    folder = mkdtempSync(join(tmpdir(), "runner-detached-"));
  });
  beforeEach(async () => {
    emulator = await createEmulator({ scale: 150 });
  });
  afterEach(() => emulator.close());
  after(() => rmSync(folder, { recursive: true }));

  async function run(pipeline: string): Promise<Run> {
    const lines: string[] = [];
    const variables = sampleVariables(emulator.description);
    const report = await runSession(emulator, { pipeline, extension, variables, sink: (line) => lines.push(line) });
    return { report, log: lines.join("\n") };
  }

  function runText(text: string): Promise<Run> {
    const pipeline = join(folder, "pipeline.yml");
    writeFileSync(pipeline, text);
    return run(pipeline);
  }

  function changes(): readonly string[] {
    return emulator
      .requests()
      .filter(({ method, url }) => method !== "GET" && url.includes("imageTemplates"))
      .map(({ method, url }) => `${method} ${/imageTemplates\/[^/?]+(\/\w+)?/.exec(url)?.[1] ?? ""}`.trim());
  }

  function issues({ report }: Run): readonly (string | undefined)[] {
    return report.steps.flatMap((step) => step.issues.map(({ code }) => code ?? undefined));
  }

  const resolving = (inputs: string): string => `
steps:
  - task: AzureImageBuilder@1
    name: found
    inputs: { action: resolve, azureSubscription: $(serviceConnection), ${inputs} }
`;

  it("is started, left, passed without an agent and collected: the sample", async () => {
    const { report, log } = await run(sample);
    assert.equal(report.result, "Succeeded", log.slice(-4000));
    const outputs = report.steps.filter(({ name }) => name === "image").map((step) => step.outputs);
    const [started, collected] = outputs;
    assert.equal(started?.["buildOutcome"], "Started");
    assert.match(started?.["templateId"] ?? "", /\/imageTemplates\/aib-[0-9a-f]{16}$/);
    assert.equal(started?.["imageId"], undefined);
    assert.equal(collected?.["buildOutcome"], "Succeeded");
    assert.equal(collected?.["imageVersion"], "1.0.0");
    for (const name of ["templateId", "templateName", "pirSku", "requestDigest"]) {
      assert.equal(collected?.[name]?.toLowerCase(), started?.[name]?.toLowerCase(), name);
    }
    assert.ok(log.includes("  delayForMinutes: 30"), "the pause is shown");
    assert.ok(log.includes(`The image is ${collected?.["imageId"] ?? ""}`));
    assert.deepEqual(changes(), ["PUT", "POST /run", "DELETE"]);
    assert.doesNotMatch(log, /AIB2(01|17)/);

    const { imageDefinition } = sampleVariables(emulator.description);
    const digest = collected?.["requestDigest"] ?? "";
    const ways = [
      `galleryImage: "${imageDefinition ?? ""}"`,
      `galleryImage: "${collected?.["imageId"] ?? ""}"`,
      `galleryImage: "${imageDefinition ?? ""}", imageTags: "aib-task-request: ${digest}"`,
    ];
    for (const way of ways) {
      const later = await runText(resolving(way));
      assert.equal(later.report.result, "Succeeded", later.log.slice(-3000));
      const found = later.report.outputs;
      assert.equal(found["found.imageId"], collected?.["imageId"], way);
      assert.equal(found["found.imageVersion"], "1.0.0");
      assert.equal(found["found.requestDigest"], digest);
      assert.equal(found["found.buildOutcome"], undefined);
    }
    assert.equal(changes().length, 3);
  });

  it("shows the one who waits the log that the one who builds sees, and warns only where a job is shorter than the build", async () => {
    await createTemplateAt(emulator, "weekly");
    const inputs = (action: string): string =>
      `inputs: { action: ${action}, azureSubscription: $(serviceConnection), resourceGroup: rg-images, templateName: weekly }`;
    const task = (action: string): string =>
      `steps: [{ checkout: none }, { task: AzureImageBuilder@1, name: it, ${inputs(action)} }]`;
    const watched = await runText(`jobs: [{ job: Bake, ${task("build")} }]`);
    assert.equal(watched.report.result, "Succeeded", watched.log.slice(-3000));
    assert.deepEqual(issues(watched), ["AIB217"]);
    assert.match(watched.log, /the job ends after 60 minutes, and the build may take 240/);
    assert.match(watched.log, /- job: Bake\n.* {4}timeoutInMinutes: 255\n/);
    const waited = await runText(`
jobs:
  - { job: A, ${task("start")} }
  - { job: B, dependsOn: A, timeoutInMinutes: 300, ${task("wait")} }
  - { job: C, dependsOn: B, ${task("resolve")} }
`);
    assert.equal(waited.report.result, "Succeeded", waited.log.slice(-3000));
    assert.deepEqual(issues(waited), []);
    const groups = ({ log }: Run): readonly string[] =>
      log.split("\n").filter((line) => line.startsWith("##[group]") && /touch/.test(line));
    assert.equal(groups(watched).length, 1, watched.log.slice(-3000));
    assert.deepEqual(groups(waited), groups(watched));
    const versions = waited.report.steps.filter(({ name }) => name === "it").map(({ outputs }) => outputs.imageVersion);
    // The run of this pipeline, not the one before it.
    assert.deepEqual(versions, [undefined, "1.0.1", "1.0.1"]);
    assert.match(waited.log, /The last run of weekly: Succeeded\./);
    assert.deepEqual(
      changes().filter((change) => !change.startsWith("PUT")),
      ["POST /run", "POST /run"],
    );
  });

  it("is left alone when the job of a step that only started it ends", async () => {
    const text = `
steps:
  - checkout: none
  - task: AzureImageBuilder@1
    name: image
    inputs:
      action: start
      azureSubscription: $(serviceConnection)
      resourceGroup: rg-images
      managedIdentity: $(imageIdentity)
      sourceImage: Canonical:ubuntu-24_04-lts:server
      inlineScript: "true"
      galleryImage: $(imageDefinition)
      cleanup: never
`;
    const { report, log } = await runText(text);
    assert.equal(report.result, "Succeeded", log.slice(-3000));
    assert.deepEqual(changes(), ["PUT", "POST /run"]);
    const template = emulator.world.resources.get(report.outputs["image.templateId"] ?? "");
    assert.equal((template?.body.properties as { readonly provisioningState?: string }).provisioningState, "Succeeded");
    assert.match(log, /action: cleanup: not used, because the step leaves the build/);
    const waiting = await runText(`
steps:
  - checkout: none
  - task: AzureImageBuilder@1
    name: image
    inputs: { action: wait, azureSubscription: $(serviceConnection), templateName: "${report.outputs["image.templateId"] ?? ""}", cleanup: never }
`);
    assert.equal(waiting.report.result, "Succeeded", waiting.log.slice(-3000));
    assert.equal(waiting.report.outputs["image.imageVersion"], "1.0.0");
    assert.deepEqual(changes(), ["PUT", "POST /run"]);
  });

  it("says where there is nothing to wait for and nothing to find", async () => {
    const nobody = await runText(`
steps:
  - task: AzureImageBuilder@1
    inputs: { action: wait, azureSubscription: $(serviceConnection), resourceGroup: rg-images, templateName: nobody }
`);
    assert.equal(nobody.report.result, "Failed");
    assert.match(nobody.log, /there is no image template .*imageTemplates\/nobody/);
    const nothing = await runText(resolving("galleryImage: $(imageDefinition)"));
    assert.equal(nothing.report.result, "Failed");
    assert.match(nothing.log, /galleryImage: there is no such image.*there are no versions/);
  });
});
