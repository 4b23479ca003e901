/** Container jobs that reach their time limit, and are run again: what a user finds in the logs, and in Azure. */
import assert from "node:assert/strict";
import type { DockerClient } from "../../scripts/runner/agent/container.ts";
import { configureImageBuilder, type BuilderChange } from "../emulator/services/virtual-machine-images/index.ts";
import { type Attempted, type KillStage, type Left, openKillStage } from "./kill-stage.ts";

/** Emulated minutes of a cancelled job are as many real seconds: time for processes to start and answer. */
const scale = 60;

const imageBuilder: BuilderChange = {
  durations: {
    create: 15_000,
    queued: 10_000,
    containerStart: 10_000,
    building: 30_000,
    customizing: 10_000,
    validating: 15_000,
    optimizing: { Linux: 20_000, Windows: 20_000 },
    distribute: { ManagedImage: 30_000, SharedImage: 60_000, VHD: 30_000 },
    delete: 40_000,
    cancel: 60_000,
  },
  logBlobDelay: 10_000,
  lag: { min: 1_500, max: 5_000 },
  buildVm: "simulated",
};

describe("a container job that reaches its time limit", function () {
  this.timeout(180_000);
  let stage: KillStage;
  before(async () => {
    stage = await openKillStage({ scale, imageBuilder, job: "    container: ubuntu:24.04" });
  });
  beforeEach(() => stage.reset());
  after(() => stage.close());

  /** An attempt whose job reaches its limit when the log shows the phase, which takes half an hour this time. */
  async function limited(phase: "Customizing" | "Distributing", client: DockerClient): Promise<Attempted> {
    const limit = new AbortController();
    return stage.run({
      number: 1,
      limit: limit.signal,
      dockerClient: client,
      onLine: (line) => (/^[\d:]+ +/.test(line) && line.includes(phase) ? limit.abort() : undefined),
    });
  }

  /** The second attempt, with the phases' usual times. */
  function again(): Promise<Attempted> {
    configureImageBuilder(stage.emulator.world, imageBuilder);
    return stage.run({ number: 2 });
  }

  /** Changes of templates, as `POST /run`. */
  function changes(): readonly string[] {
    return stage.emulator
      .requests()
      .filter(({ method, url }) => method !== "GET" && url.includes("/imageTemplates/"))
      .map(({ method, url }) => `${method} ${/imageTemplates\/[^/?]+(\/\w+)?/.exec(url)?.[1] ?? ""}`.trim());
  }

  /** Result of the job, and of the step and its post-job part. */
  function results({ report }: Attempted): readonly string[] {
    const parts = report.steps.filter(({ name }) => name === "image" || name === "Post-job: image");
    return [report.result, ...parts.map(({ result }) => result)];
  }

  function assertOneImage({ outputs, log }: Attempted, left: Left): void {
    const { imageId = "" } = outputs;
    assert.match(imageId, /\/versions\/1\.0\.0$/, log);
    assert.deepEqual(left, { templates: [], versions: [`${imageId} Succeeded`], others: [], blobs: [] });
  }

  it("while customizing: the build is cancelled and cleared away, or what is left is named; the next attempt builds anew", async () => {
    configureImageBuilder(stage.emulator.world, { durations: { customizing: 30 * 60_000 } });
    const first = await limited("Customizing", "stays");
    assert.deepEqual(results(first), ["Canceled", "Canceled", "Succeeded"], first.log);
    assert.match(first.after, /main part \(process \d+\) still works, as in a container job/);
    assert.ok(changes().includes("POST /cancel"), first.log);
    const left = await stage.left();
    assert.deepEqual(left.versions, []);
    for (const name of left.templates) {
      assert.ok(first.after.includes(`az image builder delete`) && first.after.includes(name), first.after);
    }
    const second = await again();
    assert.deepEqual(results(second), ["Succeeded", "Succeeded", "Succeeded"], second.log);
    assert.deepEqual(
      changes().filter((change) => change === "POST /run"),
      ["POST /run", "POST /run"],
    );
    assertOneImage(second, await stage.left());
  });

  it("while distributing: the build is left to finish and named, with how to attach; the next attempt attaches and builds nothing", async () => {
    configureImageBuilder(stage.emulator.world, { durations: { distribute: { ManagedImage: 0, SharedImage: 6 * 60_000, VHD: 0 } } }); // prettier-ignore
    const first = await limited("Distributing", "leaves");
    assert.deepEqual(results(first), ["Canceled", "Canceled", "Succeeded"], first.log);
    const { templates } = await stage.left();
    const [name = ""] = templates;
    assert.match(first.after, /distributing/, first.log);
    assert.match(first.after, /action: wait/);
    assert.match(first.after, new RegExp(`templateName: ${name}`));
    assert.match(first.after, /resourceGroup: rg-images/);
    assert.ok(!changes().includes("POST /cancel") && !changes().includes("DELETE"), changes().join());
    const second = await again();
    assert.deepEqual(results(second), ["Succeeded", "Succeeded", "Succeeded"], second.log);
    assert.match(second.log, /earlier attempt/i);
    assert.deepEqual(changes(), ["PUT", "POST /run", "DELETE"]);
    assertOneImage(second, await stage.left());
  });
});
