import assert from "node:assert/strict";
import { findStartedRun } from "../../../tasks/AzureImageBuilderV1/src/build/attach-run.ts";
import { followRun } from "../../../tasks/AzureImageBuilderV1/src/build/run-template.ts";
import type { BuildResult } from "../../../tasks/AzureImageBuilderV1/src/build/types.ts";
import { InputError, TaskError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import type { WaitInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/wait.ts";
import type { TemplateStatus } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { ref, refusal, type Script, setStage, shown, type Stage, versionId } from "./stage.ts";

const inputs: WaitInputs = {
  azureSubscription: "connection",
  subscriptionId: undefined,
  resourceGroup: ref.resourceGroup,
  templateName: ref.name,
  verbosity: "normal",
  attachLog: "always",
  cleanup: "always",
  onCancel: "cancel",
  notes: [],
};
const image = { name: "gallery", artifactId: versionId };

function stageOf(template: TemplateStatus, rest: Script = {}): Stage {
  return setStage({ template: [[0, template]], outputs: [[0, [image]]], ...rest });
}

async function wait(stage: Stage, changes: Partial<WaitInputs> = {}): Promise<BuildResult> {
  const { request, started } = await findStartedRun({ ...inputs, ...changes }, ref.subscriptionId, stage);
  const result = await followRun(request, started, stage);
  return { ...result, leftovers: (await result.cleanUp?.()) ?? result.leftovers };
}

function calls({ templates }: Stage, ...names: readonly string[]): readonly string[] {
  return templates.calls.map(({ name }) => name).filter((name) => names.includes(name));
}

describe("A run that another step has started", () => {
  it("is followed with the template's own limit and told by its own targets", async () => {
    const targets = [{ runOutputName: "gallery" }, { runOutputName: "vhd" }];
    const template = shown({ runSubState: "Building" }, { targets, buildTimeoutInMinutes: 90 });
    const { request, started } = await findStartedRun(
      { ...inputs, verbosity: "full", attachLog: "never", cleanup: "onSuccess" },
      ref.subscriptionId,
      stageOf(template),
    );
    assert.deepEqual(request, {
      ref,
      found: template,
      minutes: 90,
      outputNames: ["gallery", "vhd"],
      afterwards: "delete",
      cleanup: "onSuccess",
      onCancel: "cancel",
      mark: { run: "build/7", request: "v1:abc" },
      keepsVm: false,
      log: { verbosity: "full", attach: "never" },
    });
    assert.deepEqual(started, {
      before: undefined,
      handle: undefined,
      startedAt: new Date("2026-03-01T08:00:20.500Z"),
    });
  });

  const owners: readonly (readonly [title: string, rest: Partial<TemplateStatus>, afterwards: string])[] = [
    ["deleted where a step of the same pipeline run made it", {}, "delete"],
    [
      "left alone where another pipeline run made it",
      { tags: { "aib-task-run": "build/8", "aib-task-request": "v1:abc" } },
      "notOurs",
    ],
    ["left alone where it bears the run's tag alone", { tags: { "aib-task-run": "build/7" } }, "notOurs"],
    ["left alone where it is somebody else's", { tags: {} }, "notOurs"],
    ["kept where the image would go with it", { targets: [{ runOutputName: "vhd", inStaging: true }] }, "keepForImage"],
    [
      "left alone where it is somebody else's and holds the image",
      { tags: { owner: "x" }, targets: [{ runOutputName: "vhd", inStaging: true }] },
      "notOurs",
    ],
  ];
  for (const [title, rest, afterwards] of owners) {
    it(`has a template that is ${title}`, async () => {
      const { request } = await findStartedRun(inputs, ref.subscriptionId, stageOf(shown({}, rest)));
      assert.equal(request.afterwards, afterwards);
      assert.equal(request.mark !== undefined, afterwards !== "notOurs");
    });
  }

  it("has a template of another pipeline run named with the command that deletes it, and other people's not", async () => {
    const tags = { "aib-task-run": "build/8", "aib-task-request": "v1:abc" };
    const notesOf = async (found: TemplateStatus): Promise<readonly string[]> =>
      (await findStartedRun(inputs, ref.subscriptionId, stageOf(found))).notes.map(
        ({ code, message }) => `${code} ${message}`,
      );
    const [note, ...more] = await notesOf(shown({}, { tags }));
    assert.match(note ?? "", /^AIB212 .*another pipeline run \(build\/8\).* az image builder delete .* --name aib-1$/);
    assert.deepEqual([more, await notesOf(shown({})), await notesOf(shown({}, { tags: {} }))], [[], [], []]);
  });

  it("may show some seconds late", async () => {
    const script: Script = {
      template: [
        [0, shown()],
        [12, shown({ runSubState: "Queued" })],
      ],
    };
    const stage = setStage(script);
    const { request } = await findStartedRun(inputs, ref.subscriptionId, stage);
    assert.equal(request.found.lastRun?.runSubState, "Queued");
    assert.ok(stage.clock.seconds() <= 20, String(stage.clock.seconds()));
  });

  it("is not waited for where a template has never been run, and the words say what to do", async () => {
    const stage = stageOf(shown());
    await assert.rejects(findStartedRun(inputs, ref.subscriptionId, stage), (error) => {
      assert.ok(error instanceof TaskError);
      assert.deepEqual([error.code, error.message], ["AIB608", "Image template aib-1 has never been run."]);
      assert.match(error.next ?? "", /action: start.* az image builder show /);
      return true;
    });
    assert.ok(stage.clock.seconds() <= 30, String(stage.clock.seconds()));
  });

  it("is missed with its template, which may have been deleted", async () => {
    await assert.rejects(findStartedRun(inputs, ref.subscriptionId, setStage({})), (error) => {
      assert.ok(error instanceof InputError);
      assert.deepEqual(
        error.problems.map(({ input, code }) => [input, code]),
        [["templateName", "AIB131"]],
      );
      assert.match(error.message, /no image template \/subscriptions\/.*aib-1; it may have been deleted/);
      return true;
    });
  });

  it("is found although single reads fail", async () => {
    const script: Script = {
      template: [
        [0, refusal(503)],
        [5, shown({})],
      ],
    };
    const { request } = await findStartedRun(inputs, ref.subscriptionId, setStage(script));
    assert.equal(request.found.lastRun?.runState, "Running");
  });
});

describe("Waiting for a run", () => {
  it("that goes on ends with its outputs and the template's deletion, and starts nothing", async () => {
    const script: Script = {
      template: [
        [0, shown({ runSubState: "Building" })],
        [600, shown({ runState: "Succeeded" })],
      ],
      outputs: [[0, [image]]],
    };
    const stage = setStage(script);
    const { outcome, runOutputs, leftovers } = await wait(stage);
    assert.deepEqual([outcome, runOutputs], ["Succeeded", [image]]);
    assert.deepEqual(leftovers.cleanedUp, ["image template aib-1 and its staging resources"]);
    assert.deepEqual(calls(stage, "create", "startRun", "delete"), ["delete"]);
  });

  it("that has succeeded already ends at once, with the same outputs and the same clean-up", async () => {
    const stage = stageOf(shown({ runState: "Succeeded", endTime: "2026-03-01T07:59:00Z" }));
    const { outcome, runOutputs } = await wait(stage);
    assert.deepEqual([outcome, runOutputs], ["Succeeded", [image]]);
    assert.deepEqual(calls(stage, "startRun", "delete"), ["delete"]);
    assert.ok(stage.clock.seconds() < 60, String(stage.clock.seconds()));
  });

  it("that has ended notes on the image how long the build took, not the wait", async () => {
    const run = { runState: "Succeeded", startTime: "2026-03-01T07:20:00Z", endTime: "2026-03-01T07:40:30Z" };
    const stage = stageOf(shown(run));
    await wait(stage);
    assert.deepEqual(stage.tagged.get(versionId), { "aib-task-duration": "PT1230S" });
  });

  it("that has failed already tells why as if it had been watched", async () => {
    const message = "Packer build failed. operationId: 3f9a1c52-0b7e-4c1d-9e8a-7d6f5e4c3b2a";
    const run = { runState: "Failed", message, startTime: "2026-03-01T07:00:00Z", endTime: "2026-03-01T07:30:00Z" };
    const { outcome, error, failure } = await wait(stageOf(shown(run)));
    assert.equal(outcome, "Failed");
    assert.match(error?.message ?? "", /^The image build failed after 00:30:00\.\n/);
    assert.equal(failure?.ids["operation"], "3f9a1c52-0b7e-4c1d-9e8a-7d6f5e4c3b2a");
  });

  it("that was cancelled already is cancelled", async () => {
    const stage = stageOf(shown({ runState: "Canceled" }));
    const { outcome, mayStillRun } = await wait(stage);
    assert.deepEqual([outcome, mayStillRun], ["Canceled", false]);
    assert.deepEqual(calls(stage, "delete"), ["delete"]);
  });

  it("leaves somebody else's template", async () => {
    const stage = stageOf(shown({ runState: "Succeeded" }, { tags: {} }));
    assert.deepEqual((await wait(stage)).leftovers, { cleanedUp: [], left: [] });
    assert.deepEqual(calls(stage, "delete"), []);
  });

  it("leaves the template with cleanup: never, and names it", async () => {
    const stage = stageOf(shown({ runState: "Succeeded" }));
    const { leftovers } = await wait(stage, { cleanup: "never" });
    assert.match(leftovers.left.join(), /^image template aib-1: az image builder delete /);
    assert.deepEqual(calls(stage, "delete"), []);
  });
});
