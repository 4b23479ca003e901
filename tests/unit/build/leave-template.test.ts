import assert from "node:assert/strict";
import type { RunRequest } from "../../../tasks/AzureImageBuilderV1/src/build/run-request.ts";
import { leaveTemplate } from "../../../tasks/AzureImageBuilderV1/src/build/start-template.ts";
import type { TemplateStatus } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { CanceledError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { ref, refusal, setStage, shown, type Stage, states, templateId } from "./stage.ts";

function request(found: TemplateStatus): RunRequest {
  return {
    ref,
    found,
    minutes: 0,
    outputNames: ["gallery"],
    afterwards: "delete",
    cleanup: "always",
    onCancel: "cancel",
    mark: { run: "build/7", request: "v1:abc" },
    keepsVm: false,
    log: { verbosity: "normal", attach: "always" },
  };
}

function calls({ templates }: Stage): readonly string[] {
  return templates.calls.map(({ name }) => name);
}

const earlier = shown({ runState: "Succeeded", startTime: "2026-02-01T08:00:00Z" });

describe("A build that is started and left", () => {
  it("is left as soon as it is accepted, with its template", async () => {
    const stage = setStage({});
    const result = await leaveTemplate(request(shown()), stage);
    assert.deepEqual(result, {
      outcome: "Started",
      runOutputs: [],
      sourceVersion: "24.04.1",
      templateId,
      phases: [],
      steps: [],
      leftovers: { cleanedUp: [], left: [] },
      mayStillRun: true,
    });
    assert.deepEqual([calls(stage), stage.clock.seconds()], [["startRun"], 0]);
    assert.deepEqual(states(stage), ["running", "left"]);
  });

  it("is left when its template shows it, where it showed an earlier one: who waits must not take that for this", async () => {
    const stage = setStage({
      template: [
        [0, earlier],
        [6, shown({})],
      ],
    });
    assert.equal((await leaveTemplate(request(earlier), stage)).outcome, "Started");
    assert.deepEqual(calls(stage), ["startRun", "get", "get"]);
  });

  it("is left with a word where the template does not show it within a minute", async () => {
    const stage = setStage({ template: [[0, earlier]] });
    assert.equal((await leaveTemplate(request(earlier), stage)).outcome, "Started");
    assert.ok(stage.clock.seconds() <= 60);
    assert.match(stage.agent.log.map(({ text }) => text).join("\n"), /does not show the run yet/);
  });

  it("is left although its template cannot be read", async () => {
    const stage = setStage({ template: [[0, refusal(403)]] });
    assert.equal((await leaveTemplate(request(earlier), stage)).outcome, "Started");
    assert.deepEqual(calls(stage), ["startRun", "get"]);
  });

  it("is cancelled with the step where that is cancelled before it is left", async () => {
    const controller = new AbortController();
    const stage = setStage({ template: [[0, earlier]] }, controller.signal);
    const templates = {
      ...stage.templates,
      get: async () => {
        controller.abort(new Error("stop"));
        return earlier;
      },
    };
    await assert.rejects(leaveTemplate(request(earlier), { ...stage, templates }), CanceledError);
    assert.deepEqual(calls(stage), ["startRun", "cancelRun"]);
    assert.deepEqual(states(stage), ["running", "canceling"]);
  });

  it("is not left, but deleted, where the service refuses it", async () => {
    const stage = setStage({ template: [[0, shown()]], startRun: [refusal(400)] });
    await assert.rejects(leaveTemplate(request(shown()), stage));
    assert.deepEqual(calls(stage), ["startRun", "get", "delete"]);
  });
});
