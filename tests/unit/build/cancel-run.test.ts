import assert from "node:assert/strict";
import { stopRun } from "../../../tasks/AzureImageBuilderV1/src/build/cancel-run.ts";
import { followRun } from "../../../tasks/AzureImageBuilderV1/src/build/run-template.ts";
import type { RunRequest } from "../../../tasks/AzureImageBuilderV1/src/build/run-request.ts";
import { CanceledError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { startTemplate } from "../../../tasks/AzureImageBuilderV1/src/build/start-template.ts";
import type { TemplateStatus } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { ref, refusal, setStage, shown, type Stage, states } from "./stage.ts";

const request: RunRequest = {
  ref,
  found: shown(),
  minutes: 0,
  outputNames: ["gallery"],
  afterwards: "delete",
  cleanup: "always",
  onCancel: "cancel",
  mark: { run: "build/7", request: "v1:abc" },
  keepsVm: false,
  log: { verbosity: "normal", attach: "always" },
};
const running = shown({ runSubState: "Building" });
const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

const count = ({ templates }: Stage, name: string): number =>
  templates.calls.filter((call) => call.name === name).length;
const text = ({ agent }: Stage): string => agent.log.map((line) => line.text).join("\n");

describe("A run whose step is to stop", () => {
  const fates: readonly (readonly [
    title: string,
    change: Partial<RunRequest>,
    found: TemplateStatus | undefined,
    fate: string,
    cancels: number,
    states: readonly string[],
  ])[] = [
    ["is cancelled while it builds", {}, running, "canceling", 1, ["canceling"]],
    ["is cancelled while it validates", {}, shown({ runSubState: "Validating" }), "canceling", 1, ["canceling"]],
    ["is cancelled where it does not show yet", {}, shown(), "canceling", 1, ["canceling"]],
    ["is left where it distributes", {}, shown({ runSubState: "Distributing" }), "left", 0, ["left"]],
    ["is left by wish", { onCancel: "leave" }, running, "left", 0, ["left"]],
    ["is for the post-job part where it is to be left and does not show", { onCancel: "leave" }, shown(), "left", 0, []],
    ["is left where the step did not make its template", { mark: undefined, afterwards: "notOurs" }, running, "left", 0, []],
    ["is left where its template is another run's by now", {}, shown({ runSubState: "Building" }, { tags: {} }), "left", 0, ["left"]],
    ["is not asked twice", {}, shown({ runState: "Canceling" }), "canceling", 0, ["canceling"]],
    ["has ended well", {}, shown({ runState: "Succeeded" }), "ended", 0, []],
    ["has failed", {}, shown({ runState: "Failed" }), "ended", 0, []],
  ]; // prettier-ignore
  for (const [title, change, found, fate, cancels, noted] of fates) {
    it(title, async () => {
      const stage = setStage({ template: [[0, found]] });
      assert.equal((await stopRun({ ...request, ...change }, undefined, stage)).fate, fate);
      assert.deepEqual([count(stage, "cancelRun"), states(stage)], [cancels, noted]);
    });
  }

  it("is judged by what was last read where the service does not answer in half a second", async () => {
    const stage = setStage({});
    const templates = { ...stage.templates, get: () => never<undefined>() };
    const { fate } = await stopRun(request, shown({ runSubState: "Distributing" }), { ...stage, templates });
    assert.deepEqual([fate, stage.clock.seconds()], ["left", 0.5]);
  });

  it("may go on where the service refuses to cancel it: the command is named, and the record stays", async () => {
    const stage = setStage({ template: [[0, running]], cancelRun: [refusal(503)] });
    assert.equal((await stopRun(request, undefined, stage)).fate, "refused");
    assert.match(text(stage), /The run may go on: .*az image builder cancel/);
    assert.deepEqual(states(stage), []);
  });

  for (const onCancel of ["cancel", "leave"] as const) {
    it(`tells with ${onCancel} how to attach to it, and that the job can be run again`, async () => {
      const stage = setStage({ template: [[0, running]] });
      await stopRun({ ...request, onCancel }, undefined, stage);
      assert.match(text(stage), /Run the job again/);
      assert.match(text(stage), /action: wait\n.*\n +resourceGroup: rg\n +templateName: aib-1$/);
      assert.equal(/The post-job part of this step waits/.test(text(stage)), onCancel === "cancel");
    });
  }

  it("is asked to be cancelled within a second although a read of the watch never answers", async () => {
    const stop = new AbortController();
    const stage = setStage({ template: [[0, running]] }, stop.signal);
    let stoppedAt = 0;
    let reads = 0;
    const get = (): Promise<TemplateStatus | undefined> => {
      reads += 1;
      if (reads < 3) return stage.templates.get(ref);
      if (reads === 3) {
        stoppedAt = stage.clock.seconds();
        setImmediate(() => stop.abort(new Error("SIGINT")));
      }
      return never();
    };
    const ports = { ...stage, templates: { ...stage.templates, get } };
    const started = { before: undefined, handle: undefined, startedAt: stage.clock.now() };
    const { outcome, error, mayStillRun } = await followRun(request, started, ports);
    const asked = stage.templates.calls.find(({ name }) => name === "cancelRun")?.at ?? Infinity;
    assert.ok(asked - stoppedAt <= 1, `${asked - stoppedAt} s`);
    assert.deepEqual([outcome, error?.code, mayStillRun], ["Canceled", "AIB902", false]);
  });

  it("is not started where the step is stopped before: the template is deleted", async () => {
    const stage = setStage({ template: [[0, shown()]] }, AbortSignal.abort(new Error("stop")));
    await assert.rejects(startTemplate(request, stage), CanceledError);
    assert.deepEqual([count(stage, "startRun"), count(stage, "delete"), states(stage)], [0, 1, ["done"]]);
  });

  it("is cancelled where the answer to its start never comes", async () => {
    const stop = new AbortController();
    const stage = setStage({ template: [[0, running]] }, stop.signal);
    const startRun = (): Promise<never> => {
      setImmediate(() => stop.abort(new Error("stop")));
      return never();
    };
    const ports = { ...stage, templates: { ...stage.templates, startRun } };
    await assert.rejects(startTemplate(request, ports), CanceledError);
    assert.deepEqual([count(stage, "cancelRun"), states(stage)], [1, ["running", "canceling"]]);
  });
});
