/** A build that begins where an earlier attempt of its step has come to. */
import assert from "node:assert/strict";
import type { BuildOptions } from "../../../tasks/AzureImageBuilderV1/src/build/run-build.ts";
import { runBuild } from "../../../tasks/AzureImageBuilderV1/src/build/run-build.ts";
import type { BuildResult } from "../../../tasks/AzureImageBuilderV1/src/build/types.ts";
import { ServiceError, TaskError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import type { GalleryVersionFacts, TemplateStatus } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { plan, refusal, type Script, setStage, shown, type Stage, template, versionId } from "./stage.ts";

const output = { name: "gallery", artifactId: versionId };
const tags = { "aib-task-run": "build/7", "aib-task-template": "aib-1", "aib-task-request": "v1:abc" };
const running = shown({ runSubState: "Customizing" });
const succeeded = shown({ runState: "Succeeded", endTime: "2026-03-01T08:10:00Z" });
const failed = shown({ runState: "Failed", message: "x", endTime: "2026-03-01T08:10:00Z" });

function version(provisioningState = "Succeeded"): GalleryVersionFacts {
  return { name: "1.0.0", provisioningState, excludeFromLatest: false, regions: [], tags };
}

async function build(script: Script, options: BuildOptions = {}): Promise<{ stage: Stage; result: BuildResult }> {
  const stage = setStage({ outputs: [[0, [output]]], ...script });
  const result = await runBuild(plan, template, stage, options);
  return { stage, result: { ...result, leftovers: (await result.cleanUp?.()) ?? result.leftovers } };
}

async function failure(script: Script): Promise<{ readonly stage: Stage; readonly error: TaskError }> {
  const stage = setStage(script);
  const error = await runBuild(plan, template, stage).then(
    () => assert.fail("the build began"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof TaskError, String(error));
  return { stage, error };
}

/** What changed something, in order. */
function changes({ templates }: Stage): readonly string[] {
  return templates.calls.map(({ name }) => name).filter((name) => /create|startRun|cancelRun|delete/.test(name));
}

function words({ agent }: Stage): string {
  return agent.log.map(({ text }) => text).join("\n");
}

/** Gone once it was asked to be deleted, and there again once it is created. */
function rebuilt(before: TemplateStatus, log: Script = {}): Script {
  return {
    template: [
      [0, before],
      [15, shown(undefined, { provisioningState: "Deleting" })],
      [100, undefined],
      [101, shown()],
      [125, running],
      [600, succeeded],
    ],
    ...log,
  };
}

describe("A second attempt", () => {
  it("goes on with a build that was there a moment ago and is hidden by a single 404", async () => {
    const places = { versions: new Map(), managed: new Map() };
    const traces = { template: running, places, ofThisRun: "template" } as const;
    const script: Script = {
      template: [
        [0, undefined],
        [4, running],
        [600, succeeded],
      ],
    };
    const { stage, result } = await build(script, { traces });
    assert.equal(result.outcome, "Succeeded");
    assert.deepEqual(changes(stage), ["delete"]);
  });

  it("follows the run that goes on, and starts none", async () => {
    const { stage, result } = await build({
      template: [
        [0, running],
        [300, succeeded],
      ],
    });
    assert.deepEqual([result.outcome, result.runOutputs], ["Succeeded", [output]]);
    assert.deepEqual(changes(stage), ["delete"]);
    assert.match(result.earlier ?? "", /began the build at 2026-03-01T08:00:20\.5Z, and it goes on \(Customizing\)/);
    assert.ok(words(stage).includes(result.earlier ?? "-"));
  });

  it("records the run for the post-job part before it follows it", async () => {
    const { stage } = await build({ template: [[0, succeeded]] });
    assert.match(stage.agent.taskVariable("AibRecord") ?? "", /"state":"done"/);
  });

  it("takes the outputs of a run that has succeeded, builds nothing and cleans up", async () => {
    const { stage, result } = await build({ template: [[0, succeeded]] });
    assert.deepEqual([result.outcome, result.runOutputs], ["Succeeded", [output]]);
    assert.deepEqual(changes(stage), ["delete"]);
    assert.match(result.earlier ?? "", /it has ended \(Succeeded\)\. Nothing is built again\./);
    assert.ok(stage.clock.seconds() < 90, String(stage.clock.seconds()));
  });

  it("takes what a run has made that succeeded in part, and says so", async () => {
    const { stage, result } = await build({ template: [[0, shown({ runState: "PartiallySucceeded" })]] });
    assert.equal(result.outcome, "PartiallySucceeded");
    assert.ok(stage.agent.log.some(({ kind, text }) => kind === "warning" && /some of its targets/.test(text)));
  });

  it("deletes what failed, waits until it is gone, and builds again", async () => {
    const { stage, result } = await build(rebuilt(failed));
    assert.equal(result.outcome, "Succeeded");
    assert.equal(result.earlier, undefined);
    assert.deepEqual(changes(stage), ["delete", "create", "startRun", "delete"]);
    assert.match(words(stage), /is deleted, because its build failed; the build begins again/);
    assert.match(words(stage), /is in state Deleting\. Waiting for at most 20 minutes\./);
  });

  it("waits until a run has been cancelled, and builds again", async () => {
    const { stage, result } = await build({
      template: [
        [0, shown({ runState: "Canceling" })],
        [15, shown({ runState: "Canceled" })],
        [35, shown(undefined, { provisioningState: "Deleting" })],
        [100, undefined],
        [101, shown()],
        [125, running],
        [600, succeeded],
      ],
    });
    assert.equal(result.outcome, "Succeeded");
    assert.match(words(stage), /is in state Canceling\. Waiting for at most 20 minutes\./);
    assert.match(words(stage), /is deleted, because its build was cancelled/);
    assert.deepEqual(changes(stage), ["delete", "create", "startRun", "delete"]);
  });

  it("waits until a template has been created, and runs it", async () => {
    const { stage, result } = await build({
      template: [
        [0, shown(undefined, { provisioningState: "Creating" })],
        [45, shown()],
        [60, running],
        [300, succeeded],
      ],
    });
    assert.equal(result.outcome, "Succeeded");
    assert.deepEqual(changes(stage), ["startRun", "delete"]);
  });

  it("finds the run behind a template that does not show it yet, and does not ask twice", async () => {
    const { stage, result } = await build({
      startRun: [refusal(405, "OperationNotAllowed")],
      template: [
        [0, shown()],
        [5, running],
        [300, succeeded],
      ],
    });
    assert.equal(result.outcome, "Succeeded");
    assert.deepEqual(changes(stage), ["startRun", "delete"]);
  });

  it("builds again where a template was never run and its address of the artifact may have expired", async () => {
    const stage = setStage({ outputs: [[0, [output]]], ...rebuilt(shown()) });
    const { outcome } = await runBuild(plan, template, stage, { perishes: true });
    assert.equal(outcome, "Succeeded");
    assert.deepEqual(changes(stage), ["delete", "create", "startRun"]);
  });

  it("does not begin where the earlier template cannot be deleted", async () => {
    const { stage, error } = await failure({
      template: [[0, failed]],
      delete: Array.from({ length: 20 }, () => refusal(403)),
    });
    assert.equal(error.code, "AIB506");
    assert.match(error.message, /could not be deleted\. Nothing was built\./);
    assert.deepEqual(changes(stage), ["delete"]);
  });

  it("goes on with a run that shows only when its template is to be deleted", async () => {
    const stage = setStage({
      template: [
        [0, shown()],
        [60, running],
        [300, succeeded],
      ],
      delete: Array.from({ length: 13 }, () => refusal(405)),
      outputs: [[0, [output]]],
    });
    const { outcome, earlier } = await runBuild(plan, template, stage, { perishes: true });
    assert.equal(outcome, "Succeeded");
    assert.match(earlier ?? "", /it goes on \(Customizing\)/);
    assert.equal(changes(stage).includes("create"), false);
  });

  for (const [state, found, minutes] of [
    ["Creating", shown(undefined, { provisioningState: "Creating" }), 60],
    ["Deleting", shown(undefined, { provisioningState: "Deleting" }), 20],
    ["Canceling", shown({ runState: "Canceling" }), 20],
  ] as const) {
    it(`waits ${minutes} minutes at most for the end of ${state}, and says so every five`, async () => {
      const { stage, error } = await failure({ template: [[0, found]] });
      assert.equal(error.code, "AIB506");
      assert.match(
        error.message,
        new RegExp(`is still in state ${state} after ${minutes} minutes\\. Nothing was built`),
      );
      assert.match(error.next ?? "", /az image builder show /);
      assert.ok(stage.clock.seconds() <= minutes * 60 && stage.clock.seconds() > minutes * 60 - 60);
      const told = stage.agent.log.filter(({ text }) => text.includes(`is in state ${state}`));
      assert.equal(told.length, minutes / 5);
      assert.deepEqual(changes(stage), []);
    });
  }

  it("stops waiting when the step is to stop", async () => {
    const stop = new AbortController();
    const stage = setStage({ template: [[0, shown(undefined, { provisioningState: "Deleting" })]] }, stop.signal);
    const building = runBuild(plan, template, stage);
    stop.abort(new Error("stop"));
    await assert.rejects(building, /stop/);
  });
});

describe("A template under the step's name that is not the step's", () => {
  const strangers: readonly (readonly [string, Readonly<Record<string, string>>, code: string, message: RegExp, next: RegExp])[] = [
    ["is somebody's own", { team: "web" }, "AIB502", /There is already an image template/, /Choose another templateName, or delete/],
    [
      "is another run's",
      { "aib-task-run": "build/6", "aib-task-request": "v1:abc" },
      "AIB504",
      /belongs to the pipeline run build\/6, and this is build\/7\. It was made for the same request; its build goes on \(Customizing\)\./,
      /^Choose another templateName\. Or, where that run needs it no more, cancel its build \(az image builder cancel .*\) and, when it has ended, delete it: az image builder delete /,
    ],
    [
      "was made for another request",
      { "aib-task-run": "build/7", "aib-task-request": "v1:old" },
      "AIB504",
      /made for another request \(v1:old; now v1:abc\).*latest of the source may have moved.*inputs, scripts or the artifact have changed/,
      /^To begin again, cancel its build .* delete it: az image builder delete .* Then run the job again\.$/,
    ],
  ]; // prettier-ignore
  for (const [title, theirs, code, message, next] of strangers) {
    it(`is left alone where it ${title}, and the words say whose it is and what to do`, async () => {
      const { stage, error } = await failure({
        template: [[0, shown({ runSubState: "Customizing" }, { tags: theirs })]],
      });
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.match(error.next ?? "", next);
      assert.deepEqual(changes(stage), []);
    });
  }

  it("needs no cancelling where its build has ended", async () => {
    const theirs = { "aib-task-run": "build/6", "aib-task-request": "v1:x" };
    const { error } = await failure({ template: [[0, shown({ runState: "Failed" }, { tags: theirs })]] });
    assert.match(error.message, /made for another request\.$/);
    assert.doesNotMatch(error.next ?? "", /cancel/);
  });

  it("is met again where another process of the step was quicker than this one", async () => {
    const { stage, result } = await build({
      create: [refusal(409, "Conflict")],
      template: [
        [0, undefined],
        [1, shown()],
        [5, running],
        [300, succeeded],
      ],
      startRun: [refusal(405, "OperationNotAllowed")],
    });
    assert.equal(result.outcome, "Succeeded");
    assert.deepEqual(changes(stage), ["create", "startRun", "delete"]);
  });

  it("hides no other refusal", async () => {
    const { error } = await failure({ create: [refusal(409, "MissingSubscriptionRegistration")] });
    assert.ok(error instanceof ServiceError && error.status === 409);
  });
});

describe("The image of an earlier attempt whose template is gone", () => {
  it("is taken, and nothing is created", async () => {
    const { stage, result } = await build({ template: [[0, undefined]], versions: [version()] });
    assert.deepEqual([result.outcome, result.runOutputs], ["Succeeded", [output]]);
    assert.deepEqual(changes(stage), []);
    assert.match(result.earlier ?? "", /An earlier attempt of this step has built the image: .*\/versions\/1\.0\.0/);
    assert.equal(stage.clock.seconds(), 0);
  });

  it("is waited for while it is being made", async () => {
    const { stage, result } = await build({
      versionsAt: [
        [0, [version("Creating")]],
        [400, [version()]],
      ],
    });
    assert.deepEqual(result.runOutputs, [output]);
    assert.deepEqual(changes(stage), []);
    assert.match(words(stage), /still being made: .*1\.0\.0\. Waiting for at most 30 minutes\./);
  });

  it("is built anew where it does not come about within half an hour, and the log says so", async () => {
    const { stage, result } = await build({
      template: [
        [0, undefined],
        [1801, shown()],
        [1815, running],
        [1900, succeeded],
      ],
      versions: [version("Creating")],
    });
    assert.equal(result.outcome, "Succeeded");
    assert.deepEqual(changes(stage).slice(0, 2), ["create", "startRun"]);
    assert.match(words(stage), /That was waited for 30 minutes; the build begins anew\./);
  });

  it("is taken from a failed attempt, too, whose template is then deleted", async () => {
    const { stage, result } = await build({ template: [[0, failed]], versions: [version()] });
    assert.deepEqual([result.outcome, result.runOutputs], ["Succeeded", [output]]);
    assert.deepEqual(changes(stage), ["delete"]);
    assert.deepEqual(result.leftovers.cleanedUp, ["image template aib-1 and its staging resources"]);
  });

  it("is taken where the attempt that began the build deletes the template while this one follows", async () => {
    const { stage, result } = await build({
      template: [
        [0, running],
        [100, undefined],
      ],
      versionsAt: [
        [0, []],
        [90, [version()]],
      ],
    });
    assert.deepEqual([result.outcome, result.runOutputs, result.error], ["Succeeded", [output], undefined]);
    assert.deepEqual(changes(stage), []);
  });

  it("does not do for a step that leaves the build: a later step asks the template for it", async () => {
    const stage = setStage({ template: [[0, undefined], [2, shown()]], versions: [version()] }); // prettier-ignore
    const result = await runBuild(plan, template, stage, { leaves: true });
    assert.equal(result.outcome, "Started");
    assert.deepEqual(changes(stage), ["create", "startRun"]);
  });

  it("is not read again where it was read before the artifact was packed", async () => {
    const stage = setStage({});
    const facts = { ...stage.facts, galleryVersions: () => assert.fail("read twice") };
    const id = versionId.replace(/\/versions.*/, "").toLowerCase();
    const traces = {
      template: undefined,
      ofThisRun: "image",
      places: { versions: new Map([[id, [version()]]]), managed: new Map() },
    } as const;
    const { runOutputs } = await runBuild(plan, template, { ...stage, facts }, { traces });
    assert.deepEqual(runOutputs, [output]);
  });

  it("stops the build that its checks were put off for, where they find something", async () => {
    const stage = setStage({});
    const beforeCreate = (): Promise<void> => Promise.reject(new TaskError("AIB609", "no"));
    await assert.rejects(runBuild(plan, template, stage, { beforeCreate }), /no/);
    assert.deepEqual(changes(stage), []);
  });
});

describe("A step that leaves the build to itself", () => {
  for (const [title, found] of [
    ["goes on", running],
    ["has ended", succeeded],
  ] as const) {
    it(`leaves one that ${title} already, with its template`, async () => {
      const stage = setStage({ template: [[0, found]] });
      const result = await runBuild(plan, template, stage, { leaves: true });
      assert.equal(result.outcome, "Started");
      assert.deepEqual(changes(stage), []);
      assert.equal(stage.agent.taskVariable("AibRecord"), undefined);
    });
  }
});
