/** What a step attaches in the local runner can be read by later ones, as a task reads it. */
import assert from "node:assert/strict";
import { recordRun } from "../../scripts/runner/record-run.ts";
import { createDevops, type Devops } from "../../tasks/AzureImageBuilderV1/src/adapters/devops/index.ts";
import { Secret } from "../../tasks/AzureImageBuilderV1/src/secret.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import { fakeStep, runFake } from "../unit/runner/support.ts";

const type = "AzureImageBuilder.Provenance";

/** Attaches a file, which is deleted at once: the agent has its own copy. */
const attaching = {
  "main.js": `
    const { rmSync, writeFileSync } = require("node:fs");
    const file = process.env.AGENT_TEMPDIRECTORY + "/provenance.json";
    writeFileSync(file, JSON.stringify([process.env.BUILD_BUILDID, process.env.SYSTEM_DEFINITIONID, process.env.BUILD_SOURCEBRANCH, process.env.BUILD_SOURCEBRANCHNAME]));
    console.log("##vso[task.addattachment type=${type};name=one.json]" + file);`,
};

describe("Runs of the local runner", () => {
  let emulator: Emulator;
  let devops: Devops;
  before(async () => {
    emulator = await createEmulator();
    const { job } = emulator.description;
    devops = createDevops({
      collection: () => job.collectionUri,
      systemToken: () => new Secret(job.accessToken),
      network: () => ({ proxyFor: () => undefined, tls: { ca: emulator.world.caPem, checkServer: true } }),
      mask: () => undefined,
      clock: { now: () => new Date(), sleep: () => Promise.resolve() },
      userAgent: "AzureImageBuilder/1.2.3",
      environment: {},
    });
  });
  beforeEach(() => emulator.reset());
  after(async () => {
    devops.close();
    await emulator.close();
  });

  const read = async (runId: number): Promise<readonly (readonly [string, string])[]> => {
    const { projectId } = emulator.description.job;
    const found = await devops.runs.attachment({ projectId, runId }, type, 1_000);
    return found.map(({ name, content }) => [name, Buffer.from(content).toString()] as const);
  };

  it("are those of the pipeline and branch they are said to be of, and keep what their steps attach", async () => {
    const identity = { id: 7, name: "web", branch: "refs/heads/releases/1.2" };
    const recording = recordRun(emulator, { runId: 31, attempt: 1, identity });
    const settings = { runId: 31, identity, onStepEnd: recording.onStepEnd };
    const { report } = await runFake({ pipeline: fakeStep(), tasks: [{ scripts: attaching }], ...settings });
    recording.end(report.result);
    const run = await devops.runs.find(emulator.description.job.project, 31);
    assert.deepEqual([run?.definitionId, run?.definitionName, run?.branch], [7, "web", "refs/heads/releases/1.2"]);
    assert.ok(run?.finishedAt instanceof Date);
    assert.deepEqual(await read(31), [["one.json", '["31","7","refs/heads/releases/1.2","1.2"]']]);
  });

  it("show what a step has attached when the step is over, and not before", async () => {
    const seen: Promise<readonly (readonly [string, string])[]>[] = [];
    const recording = recordRun(emulator, { runId: 32, attempt: 1 });
    await runFake({
      pipeline: `${fakeStep()}  - task: Fake@1\n    name: again\n    inputs: { none: x }\n`,
      tasks: [{ scripts: attaching }],
      runId: 32,
      onTaskStart: () => void seen.push(read(32)),
      onStepEnd: recording.onStepEnd,
    });
    const found = await Promise.all(seen);
    assert.deepEqual(
      found.map((attachments) => attachments.length),
      [0, 1],
    );
    assert.equal((await devops.runs.find(emulator.description.job.project, 32))?.finishedAt, undefined);
  });

  it("have nothing of what a restricted step wanted to attach", async () => {
    const recording = recordRun(emulator, { runId: 33, attempt: 1 });
    const { report } = await runFake({
      pipeline: fakeStep({}, "    target: { commands: restricted }\n"),
      tasks: [{ scripts: attaching }],
      runId: 33,
      onStepEnd: recording.onStepEnd,
    });
    recording.end(report.result);
    assert.equal(report.result, "Succeeded");
    assert.deepEqual(await read(33), []);
  });
});
