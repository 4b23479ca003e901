import assert from "node:assert/strict";
import { collectOutputs } from "../../../tasks/AzureImageBuilderV1/src/build/collect-outputs.ts";
import { ref, refusal, setStage, versionId } from "./stage.ts";

const gallery = { name: "gallery", artifactId: versionId };

describe("Collecting the run's outputs", () => {
  it("gives them at once when they are there", async () => {
    const stage = setStage({ outputs: [[0, [gallery]]] });
    assert.deepEqual(await collectOutputs(ref, ["GALLERY"], stage), [gallery]);
    assert.equal(stage.clock.seconds(), 0);
  });

  it("waits for outputs that lag the run's end by a minute", async () => {
    const stage = setStage({
      outputs: [
        [0, []],
        [65, [gallery]],
      ],
    });
    assert.deepEqual(await collectOutputs(ref, ["gallery"], stage), [gallery]);
  });

  it("waits for an output that has a name and no result yet", async () => {
    const stage = setStage({
      outputs: [
        [0, [{ name: "gallery" }]],
        [20, [gallery]],
      ],
    });
    assert.deepEqual(await collectOutputs(ref, ["gallery"], stage), [gallery]);
  });

  it("gives what there is when the expected one does not come within two minutes", async () => {
    const other = { name: "other", artifactUri: "https://x/vhds/1.vhd" };
    const stage = setStage({ outputs: [[0, [other]]] });
    assert.deepEqual(await collectOutputs(ref, ["gallery"], stage), [other]);
    assert.ok(stage.clock.seconds() <= 120);
  });

  it("bears reads that fail for a while", async () => {
    const stage = setStage({
      outputs: [
        [0, refusal(503)],
        [30, [gallery]],
      ],
    });
    assert.deepEqual(await collectOutputs(ref, ["gallery"], stage), [gallery]);
  });

  it("reports a refusal at once", async () => {
    await assert.rejects(collectOutputs(ref, ["gallery"], setStage({ outputs: [[0, refusal(403)]] })), /403/);
  });

  it("waits for all targets, and gives them in their order", async () => {
    const vhd = { name: "vhd", artifactUri: "https://x/vhds/1.vhd" };
    const stage = setStage({
      outputs: [
        [0, [vhd]],
        [65, [vhd, gallery]],
      ],
    });
    assert.deepEqual(await collectOutputs(ref, ["gallery", "vhd"], stage), [gallery, vhd]);
  });
});
