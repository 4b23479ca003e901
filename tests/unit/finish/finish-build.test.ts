import assert from "node:assert/strict";
import { CanceledError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { finishBuild } from "../../../tasks/AzureImageBuilderV1/src/finish/finish-build.ts";
import { refusal, shown, states } from "../build/stage.ts";
import { type FinishStage, record, setFinishStage } from "./stage.ts";

const running = shown({ runSubState: "Building" });
const canceling = shown({ runState: "Canceling" });
const canceled = shown({ runState: "Canceled" });

const calls = ({ templates }: FinishStage): readonly string[] =>
  templates.calls.map(({ name }) => name).filter((name) => name !== "get");
const warnings = ({ agent }: FinishStage): readonly string[] =>
  agent.log.filter(({ kind }) => kind === "warning").map(({ text }) => text);
const text = ({ agent }: FinishStage): string => agent.log.map((line) => line.text).join("\n");

describe("The post-job part", () => {
  it("cancels what still builds, waits for that, deletes the template, and notes that nothing is left", async () => {
    const stage = setFinishStage({
      template: [
        [0, running],
        [2, canceling],
        [81, canceled],
      ],
    });
    await finishBuild(record, stage);
    assert.deepEqual(calls(stage), ["cancelRun", "delete"]);
    assert.deepEqual([warnings(stage), states(stage)], [[], ["done"]]);
    assert.ok(stage.clock.seconds() >= 81 && stage.clock.seconds() < 95, String(stage.clock.seconds()));
  });

  it("does nothing the second time", async () => {
    const stage = setFinishStage({ template: [[0, shown(undefined, { provisioningState: "Deleting" })]] });
    await finishBuild({ ...record, state: "canceling" }, stage);
    assert.deepEqual([calls(stage), warnings(stage)], [[], []]);
  });

  for (const status of [405, 409]) {
    it(`waits where the service refuses the deletion with ${status}`, async () => {
      const stage = setFinishStage({ template: [[0, canceled]], delete: [refusal(status), refusal(status)] });
      await finishBuild({ ...record, state: "canceling" }, stage);
      assert.deepEqual([calls(stage), warnings(stage)], [["delete", "delete", "delete"], []]);
    });
  }

  it("ends in a cancelled job's five minutes, with some left, and names the template and one command", async () => {
    const stage = setFinishStage({ template: [[0, canceling]] });
    const since = stage.clock.now().getTime() - 8_000;
    await finishBuild({ ...record, state: "canceling", since }, stage);
    assert.ok(stage.clock.seconds() > 230 && stage.clock.seconds() <= 252, String(stage.clock.seconds()));
    assert.equal(warnings(stage).length, 1);
    assert.match(
      warnings(stage)[0] ?? "",
      /no time to wait until its run has been cancelled\. To delete it: az image builder delete .*--name aib-1$/,
    );
  });

  it("has a look and a try even where the job's time is over", async () => {
    const stage = setFinishStage({ template: [[0, canceled]] });
    await finishBuild({ ...record, state: "canceling", since: 0 }, stage);
    assert.deepEqual(calls(stage), ["delete"]);
  });

  it("counts its time from its own start where the job was not cancelled", async () => {
    const stage = setFinishStage({ template: [[0, canceling], [60, canceled]] }, { jobStatus: "Failed" }); // prettier-ignore
    await finishBuild({ ...record, state: "canceling", since: 0 }, stage);
    assert.deepEqual([calls(stage), warnings(stage)], [["delete"], []]);
  });

  it("leaves a build whose main part died, says how to come back to it, and asks for nothing", async () => {
    const stage = setFinishStage({ template: [[0, running]] }, { jobStatus: "Failed" });
    await finishBuild(record, stage);
    assert.deepEqual([calls(stage), warnings(stage).length, states(stage)], [[], 1, []]);
    assert.match(
      text(stage),
      /Run the job again: it finds the build[^]*action: wait\n.*\n +resourceGroup: rg\n +templateName: aib-1/,
    );
  });

  it("reads again while the service does not answer", async () => {
    const stage = setFinishStage({ template: [[0, refusal(503)], [20, canceled]] }); // prettier-ignore
    await finishBuild(record, stage);
    assert.deepEqual([calls(stage), warnings(stage)], [["delete"], []]);
  });

  it("names the template where the service refuses to tell of it", async () => {
    const stage = setFinishStage({ template: [[0, refusal(403)]] });
    await finishBuild(record, stage);
    assert.match(warnings(stage).join(), /aib-1 may stay: HTTP 403.*az image builder delete/);
  });

  it("names what is left at once where it is stopped itself", async () => {
    const stop = new AbortController();
    const stage = setFinishStage({ template: [[0, canceling]] }, { cancelled: stop.signal });
    const templates = { ...stage.templates, get: () => new Promise<never>(() => undefined) };
    const ended = finishBuild({ ...record, state: "canceling" }, { ...stage, templates });
    setImmediate(() => stop.abort(new CanceledError("AIB902", "stop")));
    await ended;
    assert.equal(warnings(stage).length, 1);
    assert.match(warnings(stage)[0] ?? "", /aib-1 may stay: there was no time to finish\. To delete it: az/);
  });

  describe("where the main part still lives", () => {
    it("asks it to end, and takes that for a cancelled step", async () => {
      const stage = setFinishStage(
        { template: [[0, running], [20, canceled]] }, // prettier-ignore
        { jobStatus: "Failed", main: { alive: "yes", heeds: ["SIGINT"] } },
      );
      await finishBuild(record, stage);
      assert.deepEqual(stage.signals, ["SIGINT"]);
      assert.deepEqual(calls(stage), ["cancelRun", "delete"]);
      const first = stage.templates.calls[0]?.at ?? 0;
      assert.ok(first >= 2, "nothing is read before it has ended");
    });

    it("ends it after ten seconds", async () => {
      const stage = setFinishStage({ template: [[0, canceled]] }, { main: { alive: "yes", heeds: ["SIGKILL"] } });
      await finishBuild(record, stage);
      assert.deepEqual(stage.signals, ["SIGINT", "SIGKILL"]);
      assert.ok((stage.templates.calls[0]?.at ?? 0) >= 10);
    });

    it("waits for a process that may be another, and never signals it", async () => {
      const stage = setFinishStage({ template: [[0, canceled]] }, { main: { alive: "perhaps", endsAt: 4 } });
      await finishBuild(record, stage);
      assert.deepEqual([stage.signals, calls(stage)], [[], ["delete"]]);
      assert.ok((stage.templates.calls[0]?.at ?? 0) >= 4);
    });
  });
});
