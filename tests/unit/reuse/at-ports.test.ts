/** A step that may use an image again, from its inputs to its outputs, where Azure and Azure DevOps are objects. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PipelineArtifact, PipelineArtifacts } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { shown } from "../build/stage.ts";
import { runStep } from "./at-ports.ts";

const reuse = { reuse: "ifUnchanged", reuseMaxAgeDays: "7", preflight: "none", inlineScript: "sudo true" };
/** The smallest archive: an end and nothing before it. */
const empty = Buffer.concat([Buffer.from("PK\u0005\u0006"), Buffer.alloc(18)]);

describe("The artifact of a step that may use an image again", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "reuse-"));
    await writeFile(join(folder, "a.txt"), "one");
  });
  afterEach(() => rm(folder, { recursive: true }));

  const withFolder = () => ({
    ...reuse,
    artifactPath: folder,
    storageAccount: "stimages",
    artifactAccess: "delegationSas",
  });

  it("is refused where it has changed between the look and the upload, before a template is made", async () => {
    const createIfAbsent = (): Promise<void> => writeFile(join(folder, "a.txt"), "two");
    const told = await runStep(withFolder(), { folders: [folder], container: { createIfAbsent } });
    assert.equal(told.code, "AIB404", told.message);
    assert.match(told.message, /changed between the look for an image that is there and its upload/);
    assert.deepEqual(told.calls.filter(({ name }) => name !== "get"), []); // prettier-ignore
  });

  it("is only read where a check finds out whether there is something new: the container is not touched", async () => {
    const told = await runStep({ ...withFolder(), action: "check" }, { folders: [folder] });
    assert.equal(told.code, "", told.message);
    assert.deepEqual([told.outputs.get("buildNeeded"), told.outputs.get("buildReason")], ["true", "noImage"]);
    assert.deepEqual(told.container.done, []);
  });

  const artifact: PipelineArtifact = {
    ...{ project: "p", runId: 70, runName: "20261101.1", name: "web", topFolder: "web" },
    downloadUrl: "https://dev.azure.com/x",
  };
  const ofRun = {
    ...reuse,
    artifactName: "web",
    storageAccount: "stimages",
    artifactAccess: "delegationSas",
    action: "check",
  };
  const downloads = (found: PipelineArtifact): PipelineArtifacts & { count: number } => {
    const port = {
      count: 0,
      find: () => Promise.resolve({ state: "found", artifact: found } as const),
      open: async function* () {
        port.count += 1;
        yield await Promise.resolve(empty);
      },
    };
    return port;
  };

  it("is downloaded once where the run's artifact has no manifest, and its digest counts", async () => {
    const artifacts = downloads(artifact);
    const told = await runStep(ofRun, { artifacts });
    assert.deepEqual([told.code, artifacts.count], ["", 1], told.message);
    assert.deepEqual([told.outputs.get("buildReason"), told.container.done], ["noImage", []]);
    assert.match(told.outputs.get("artifactDigest") ?? "", /[0-9a-f]{64}$/);
    assert.match(told.outputs.get("requestDigest") ?? "", /^v\d+:[0-9a-f]{64}$/);
  });

  it("is not downloaded where the manifest tells its digest", async () => {
    const artifacts = downloads({ ...artifact, content: "ab".repeat(32) });
    const told = await runStep(ofRun, { artifacts });
    assert.deepEqual([told.code, artifacts.count], ["", 0], told.message);
    assert.ok(told.outputs.get("artifactDigest")?.endsWith("ab".repeat(32)));
  });
});

describe("The template of a step that may use an image again", () => {
  const theirs = { "aib-task-run": "build/8", "aib-task-request": "v1:abc" };
  const script = { template: [[0, shown({ runState: "Running" }, { tags: theirs })]] } as const;

  it("is named by the request, the same in every run", async () => {
    const [one, other] = [await runStep({ ...reuse, action: "check" }, {}), await runStep({ ...reuse, action: "check" }, {})];
    assert.match(one.names.join(), /^aib-[0-9a-f]{16}$/);
    assert.deepEqual(other.names, one.names);
    const changed = await runStep({ ...reuse, action: "check", inlineScript: "sudo false" }, {});
    assert.notDeepEqual(changed.names, one.names);
  }); // prettier-ignore

  it("bears the user's own name where one is given, and another run's of that name is refused, not followed", async () => {
    const told = await runStep({ ...reuse, templateName: "weekly" }, { script });
    assert.equal(told.code, "AIB504", told.message);
    assert.deepEqual(told.names, ["weekly"]);
    assert.doesNotMatch(told.log, /followed/);
    assert.deepEqual(told.calls.filter(({ name }) => name !== "get"), []); // prettier-ignore
  });

  it("is not looked at for an image where the step only starts a build: it has its own name", async () => {
    const checked = await runStep({ ...reuse, action: "check" }, {});
    const told = await runStep({ ...reuse, action: "start" }, { script });
    assert.equal(told.code, "AIB504", told.message);
    assert.notDeepEqual(told.names, checked.names);
    assert.match(told.log, /reuse: not used, because a step that only starts a build/);
  });
});
