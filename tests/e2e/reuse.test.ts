/** An image whose source, artifact and steps have not changed is not built again; every other one is, with the reason. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Build, checkLog, type Ending, type EndingsStage, linux, openEndingsStage } from "./endings-stage.ts";

const day = 24 * 60 * 60_000;

describe("A step with reuse: ifUnchanged", function () {
  this.timeout(300_000);
  let stage: EndingsStage;
  let tree: string;

  beforeEach(async () => {
    stage = await openEndingsStage();
    tree = mkdtempSync(join(tmpdir(), "reuse-tree-"));
    writeFileSync(join(tree, "install.sh"), "#!/bin/sh\ntrue\n", { mode: 0o755 });
  });
  afterEach(async () => {
    rmSync(tree, { recursive: true, force: true });
    await stage.close();
  });

  const inputs = (more = ""): string =>
    linux(
      "- shell: sudo true",
      `      artifactPath: ${tree}
      storageAccount: $(storageAccount)
      reuse: ifUnchanged
      reuseMaxAgeDays: 7
${more}`,
    );
  const bake = (more = "", build: Build = {}): Promise<Ending> => stage.bake(inputs(more), build);
  const versions = (): readonly string[] =>
    stage.emulator.world.resources
      .list("", "Microsoft.Compute/galleries/images/versions")
      .map(({ id }) => id)
      .filter((id) => id.includes("/images/"));
  const built = ({ requests }: Ending): boolean =>
    requests.some(({ method, url }) => method === "PUT" && /\/imageTemplates\//i.test(url));

  it("builds once, and takes the image the next time by at most 12 reads of Resource Manager", async () => {
    const before = versions().length;
    const first = await bake();
    checkLog(first);
    assert.equal(first.report.result, "Succeeded", first.log);
    assert.match(first.log, /An image is to be built \(noImage\)/);
    assert.deepEqual([first.outputs["reused"], first.outputs["buildReason"]], ["false", "noImage"]);
    const second = await bake();
    checkLog(second);
    assert.equal(second.report.result, "Succeeded", second.log);
    assert.equal(second.outputs["imageId"], first.outputs["imageId"]);
    assert.deepEqual([second.outputs["reused"], second.outputs["buildOutcome"]], ["true", "Reused"]);
    assert.equal(second.outputs["requestDigest"], first.outputs["requestDigest"]);
    assert.equal(second.outputs["artifactDigest"], first.outputs["artifactDigest"]);
    assert.match(second.log, /was made of the same things .*Trusted: Azure DevOps says so/);
    assert.match(second.summary, /## Image reused/);
    const { armUrl } = stage.emulator.description;
    const arm = second.requests.filter(({ url }) => url.startsWith(armUrl));
    assert.deepEqual([built(second), arm.every(({ method }) => method === "GET")], [false, true]);
    assert.ok(arm.length > 5 && arm.length <= 12, arm.map(({ method, url }) => `${method} ${url}`).join("\n"));
    assert.equal(versions().length, before + 1);
  });

  it("builds again when a byte has changed, and says that it was the artifact", async () => {
    await bake();
    writeFileSync(join(tree, "install.sh"), "#!/bin/sh\ntrve\n");
    const again = await bake();
    assert.deepEqual([built(again), again.outputs["buildReason"]], [true, "changedArtifact"], again.log);
    assert.match(again.log, /the artifact's content has changed/);
  });

  it("does not take another pipeline's image, and says why", async () => {
    await bake("", { identity: { id: 77, name: "other", branch: "refs/heads/main" } });
    const own = await bake();
    assert.deepEqual([built(own), own.outputs["buildReason"]], [true, "notTrusted"], own.log);
    assert.match(own.log, /has the same request digest and is not trusted: another pipeline has made it, other/);
  });

  it("takes another branch's image only where reuseBranches names it", async () => {
    const onBranch = { identity: { id: 12, name: "images", branch: "refs/heads/feature/x" } };
    const onMain = { identity: { id: 12, name: "images", branch: "refs/heads/main" } };
    await bake("", onBranch);
    const widened = await bake("      reuseBranches: feature/*", onMain);
    assert.equal(widened.outputs["reused"], "true", widened.log);
    const own = await bake("", onMain);
    assert.equal(own.outputs["buildReason"], "notTrusted", own.log);
  });

  it("builds again what is too old", async () => {
    await bake();
    const [id] = versions().slice(-1);
    const resource = stage.emulator.world.resources.get(id ?? "");
    assert.ok(resource !== undefined);
    const properties = resource.body["properties"] as { publishingProfile: Record<string, unknown> };
    const now = stage.emulator.world.clock.now().getTime();
    properties.publishingProfile["publishedDate"] = new Date(now - 8 * day).toISOString();
    const again = await bake();
    assert.deepEqual([built(again), again.outputs["buildReason"]], [true, "tooOld"], again.log);
    assert.match(again.log, /is 8 days old, and reuseMaxAgeDays is 7/);
  });

  it("refuses more than seven days where a step moves by itself", async () => {
    const step = inputs()
      .replace("sudo true", "sudo apt-get upgrade -y")
      .replace("reuseMaxAgeDays: 7", "reuseMaxAgeDays: 8");
    const ending = await stage.bake(step);
    assert.equal(ending.report.result, "Failed");
    assert.match(ending.error, /reuseMaxAgeDays: .*calls apt-get/s);
  });

  it("attaches a statement of what the image was made of", async () => {
    const { outputs, report } = await bake();
    const [statement] = report.attachments.filter(({ type }) => type === "AzureImageBuilder.Provenance");
    assert.ok(statement !== undefined);
    const read = JSON.parse(statement.content) as { subject: readonly { name: string }[] };
    assert.deepEqual(
      read.subject.map(({ name }) => name),
      [outputs["imageId"]],
    );
  });

  it("only says with action: check whether there is something new", async () => {
    const before = await bake("      action: check");
    assert.deepEqual(
      [before.outputs["buildNeeded"], before.outputs["buildReason"], built(before)],
      ["true", "noImage", false],
      before.log,
    );
    const first = await bake();
    const after = await bake("      action: check");
    assert.deepEqual([after.outputs["buildNeeded"], after.outputs["buildReason"]], ["false", undefined], after.log);
    assert.equal(after.outputs["imageId"], first.outputs["imageId"]);
    const newer = await bake("      action: check\n      osDiskSizeGB: 64");
    assert.deepEqual(
      [newer.outputs["buildNeeded"], newer.outputs["buildReason"]],
      ["true", "changedSettings"],
      newer.log,
    );
  });
});
