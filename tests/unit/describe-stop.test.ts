import assert from "node:assert/strict";
import { noteState } from "../../tasks/AzureImageBuilderV1/src/build/record.ts";
import { describeStop, untilStopped } from "../../tasks/AzureImageBuilderV1/src/describe-stop.ts";
import { CanceledError } from "../../tasks/AzureImageBuilderV1/src/errors.ts";
import { ref, setStage } from "./build/stage.ts";

const about = {
  ref,
  mark: { run: "build/7", request: "v1:abc" },
  afterwards: "delete",
  cleanup: "always",
  onCancel: "cancel",
  keepsVm: false,
} as const;

describe("A step that is stopped", () => {
  it("says before it has created anything that it has created nothing", () => {
    assert.match(describeStop(setStage({}).agent).message, /this step has created no image template/);
  });

  it("names from then on what the post-job part looks after", () => {
    const stage = setStage({});
    noteState(about, "creating", stage);
    assert.match(describeStop(stage.agent).message, /post-job part of this step looks after image template aib-1\./);
  });

  it("waits for nothing that is under way", async () => {
    const stop = new AbortController();
    const stage = setStage({}, stop.signal);
    const ended = untilStopped(new Promise<never>(() => undefined), stage);
    stop.abort(new Error("SIGINT"));
    await assert.rejects(ended, CanceledError);
  });

  it("is not stopped by work that fails", async () => {
    const failure = new Error("refused");
    await assert.rejects(untilStopped(Promise.reject(failure), setStage({})), failure);
    assert.equal(await untilStopped(Promise.resolve(1), setStage({})), 1);
  });
});
