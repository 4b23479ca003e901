import assert from "node:assert/strict";
import { runBuild as build } from "../../../tasks/AzureImageBuilderV1/src/build/run-build.ts";
import type { BuildResult } from "../../../tasks/AzureImageBuilderV1/src/build/types.ts";
import type { BuildPlan } from "../../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import { runTemplate as runOnce } from "../../../tasks/AzureImageBuilderV1/src/build/run-template.ts";
import {
  cleaned,
  plan,
  ref,
  refusal,
  type Script,
  setStage,
  shown,
  type Stage,
  states,
  template,
  templateId,
  versionId,
} from "./stage.ts";

const runBuild = (...args: Parameters<typeof build>): Promise<BuildResult> => cleaned(build(...args));
const runTemplate = (...args: Parameters<typeof runOnce>): Promise<BuildResult> => cleaned(runOnce(...args));

const gallery = { name: "gallery", artifactId: versionId };
const log =
  "/subscriptions/s/resourceGroups/IT_rg_aib-1_1/providers/Microsoft.Storage/storageAccounts/abc/blobServices/default/containers/packerlogs/2f/customization.log";

const failedLog = [
  "[2f] PACKER 2026/03/01 08:04:00 [INFO] (telemetry) Starting provisioner shell",
  "[2f] PACKER 2026/03/01 08:04:00 ui: ==> azure-arm: Provisioning with shell script: /tmp/packer-shell1",
  "[2f] PACKER 2026/03/01 08:04:01 ui:     azure-arm: install: no disk is free",
  "[2f] PACKER 2026/03/01 08:04:01 [INFO] (telemetry) ending shell",
  "[2f] PACKER 2026/03/01 08:04:01 ui: ==> azure-arm: Provisioning step had errors: Running the cleanup provisioner, if present...",
  "[2f] PACKER 2026/03/01 08:04:02 ui error: Build 'azure-arm' errored after 3 minutes: Script exited with non-zero exit status: 7. Allowed exit codes are: [0]",
  "[2f] PACKER Done exporting Packer logs to Azure Storage.",
  "",
].join("\n");

/** From an absent template to a run that ends after ten minutes as `end` says. */
function scene(end: ReturnType<typeof shown>, rest: Script = {}): Script {
  return {
    template: [
      [0, undefined],
      [2, shown()],
      [8, shown({ runSubState: "Building" })],
      [600, end],
    ],
    ...rest,
  };
}

function calls({ templates }: Stage, name: string): number {
  return templates.calls.filter((call) => call.name === name).length;
}

function warnings({ agent }: Stage): readonly string[] {
  return agent.log.filter(({ kind }) => kind === "warning").map(({ text }) => text);
}

describe("The build", () => {
  it("creates, runs, follows, reads the outputs and deletes the template", async () => {
    const stage = setStage(scene(shown({ runState: "Succeeded" }), { outputs: [[0, [gallery]]] }));
    const { phases, ...result } = await runBuild(plan, template, stage);
    assert.deepEqual(result, {
      outcome: "Succeeded",
      runOutputs: [gallery],
      sourceVersion: "24.04.1",
      templateId,
      mayStillRun: false,
      steps: [],
      leftovers: { cleanedUp: ["image template aib-1 and its staging resources"], left: [] },
    });
    assert.deepEqual(
      phases.map(({ phase }) => phase),
      ["Building"],
    );
    assert.deepEqual(states(stage), ["creating", "running", "told", "done"]);
    const reads = ["get", "poll", "log"];
    const order = stage.templates.calls.map(({ name }) => name).filter((name) => !reads.includes(name));
    assert.deepEqual(order, ["create", "startRun", "runOutputs", "delete"]);
    assert.deepEqual(warnings(stage), []);
  });

  it("never deletes the template of an image that would go with it", async () => {
    const vhd = { name: "vhd", artifactUri: "https://x/vhds/1.vhd" };
    const vhdPlan: BuildPlan = { ...plan, deleteTemplate: false, target: { kind: "vhd", runOutputName: "vhd" } };
    const stage = setStage(scene(shown({ runState: "Succeeded" }), { outputs: [[0, [vhd]]] }));
    assert.equal((await runBuild(vhdPlan, template, stage)).outcome, "Succeeded");
    assert.equal(calls(stage, "delete"), 0);
  });

  it("gives the version of a gallery source, which the service names by a whole id", async () => {
    const id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/galleries/g/images/d/versions/2.1.0";
    const stage = setStage(
      scene(shown({ runState: "Succeeded" }, { exactSourceVersion: id }), { outputs: [[0, [gallery]]] }),
    );
    assert.equal((await runBuild(plan, template, stage)).sourceVersion, "2.1.0");
  });

  it("does not give the word latest for a source version", async () => {
    const latest = { exactSourceVersion: "latest" };
    const script = scene(shown({ runState: "Succeeded" }, latest), { outputs: [[0, [gallery]]] });
    const stage = setStage({
      ...script,
      template: [
        [0, undefined],
        [2, shown(undefined, latest)],
        [600, shown({ runState: "Succeeded" }, latest)],
      ],
    });
    assert.equal((await runBuild(plan, template, stage)).sourceVersion, undefined);
  });

  it("warns when only some targets have succeeded", async () => {
    const stage = setStage(scene(shown({ runState: "PartiallySucceeded" }), { outputs: [[0, [gallery]]] }));
    assert.equal((await runBuild(plan, template, stage)).outcome, "PartiallySucceeded");
    assert.match(warnings(stage).join(), /some of its targets only/);
  });

  it("says what failed, in the service's words, where the log is and what next, and keeps the log", async () => {
    const message = `During the image build a failure has occurred. Packer build logs are at location ${log}. Please navigate.`;
    const operation = { status: "Failed", error: { code: "PackerBuildFailed", message } } as const;
    const stage = setStage(scene(shown({ runState: "Failed", message }), { operation: [[600, operation]] }));
    const { outcome, error, mayStillRun, runOutputs } = await runBuild(plan, template, stage);
    assert.deepEqual([outcome, mayStillRun, runOutputs], ["Failed", false, []]);
    assert.match(error?.message ?? "", /The image build failed after 00:\d\d:\d\d\.\n/);
    assert.ok(error?.message.includes(`The service says:\n  PackerBuildFailed: ${message}`), error?.message);
    assert.ok(error?.message.includes(`Log in Azure: ${log}.`), error?.message);
    assert.equal(calls(stage, "delete"), 0);
    assert.match(warnings(stage).join(), /aib-1 stays/);
  });

  it("names the staging group for the log when the service's message does not", async () => {
    const stage = setStage(scene(shown({ runState: "Failed", message: "Some error happened" })));
    const { error } = await runBuild(plan, template, stage);
    assert.match(
      error?.message ?? "",
      /The service says:\n {2}Some error happened\n[^]*Log in Azure: customization.log .* in resource group IT_rg_aib-1_1/,
    );
  });

  const failing: Script = {
    ...scene(shown({ runState: "Failed", message: "PackerBuildFailed" })),
    log: [[300, { state: "bytes", from: "blob", bytes: Buffer.from(failedLog), more: false }]],
  };

  it("names the step that failed, its exit code and its last lines first", async () => {
    const { error, steps } = await runBuild(plan, template, setStage(failing));
    const [headline = "", ...rest] = error?.message.split("\n") ?? [];
    assert.match(headline, /^The image build failed after 00:\d\d:\d\d in install \(Shell\) with exit code 7\.$/);
    assert.deepEqual(rest.slice(0, 2), ["Last lines of the step:", "  | install: no disk is free"]);
    assert.deepEqual(
      steps.map(({ name, failed }) => [name, failed]),
      [["install", true]],
    );
  });

  it("attaches the whole log, and then deletes the template of a failed build, too", async () => {
    const stage = setStage(failing);
    const { logPath } = await runBuild(plan, template, stage);
    assert.equal(logPath, "/temp/image-build.log");
    assert.equal(stage.files.get("image-build.log"), failedLog);
    const uploads = stage.agent.log.filter(({ kind }) => kind === "upload").map(({ text }) => text);
    assert.deepEqual([uploads, calls(stage, "delete")], [["log /temp/image-build.log"], 1]);
  });

  for (const [name, changes] of [
    ["cleanup is onSuccess", { cleanup: "onSuccess" }],
    ["cleanup is never", { cleanup: "never" }],
    ["the log is not kept", { attachLog: "never" }],
    ["the build VM is kept", { errorHandling: { onCustomizerError: "abort", onValidationError: "cleanup" } }],
  ] as const) {
    it(`keeps the template of a failed build, and names it, where ${name}`, async () => {
      const stage = setStage(failing);
      const { leftovers } = await runBuild({ ...plan, ...changes }, template, stage);
      assert.equal(calls(stage, "delete"), 0);
      assert.match(warnings(stage).join(), /aib-1 stays.*az image builder delete/);
      assert.match(leftovers.left.join(), /aib-1: az image builder delete/);
    });
  }

  it("keeps the template of a good build where cleanup is never", async () => {
    const stage = setStage(scene(shown({ runState: "Succeeded" }), { outputs: [[0, [gallery]]] }));
    await runBuild({ ...plan, cleanup: "never" }, template, stage);
    assert.equal(calls(stage, "delete"), 0);
  });

  it("attaches no log of a good build where it is wished on failure only", async () => {
    const stage = setStage(
      scene(shown({ runState: "Succeeded" }), { outputs: [[0, [gallery]]], ...{ log: failing.log ?? [] } }),
    );
    await runBuild({ ...plan, attachLog: "onFailure" }, template, stage);
    assert.deepEqual(
      stage.agent.log.filter(({ kind }) => kind === "upload"),
      [],
    );
  });

  it("says that the image version exists although its replication timed out", async () => {
    const message = "Failed in distributing 1 images out of total 1: timed out";
    const stage = setStage(
      scene(shown({ runState: "Failed", message }), {
        outputs: [[0, [gallery]]],
        versions: [{ name: "1.0.0", provisioningState: "Updating", excludeFromLatest: false, regions: [], tags: {} }],
      }),
    );
    const { outcome, runOutputs, error, leftovers } = await runBuild(plan, template, stage);
    assert.deepEqual([outcome, runOutputs], ["Failed", [gallery]]);
    assert.ok(error?.message.includes(`The image version exists all the same: ${versionId} (Updating).`));
    assert.match(error?.next ?? "", /Do not build again/);
    // The version may still be copied from what goes with the template.
    assert.deepEqual([calls(stage, "delete"), leftovers.left.length], [0, 1]);
  });

  it("reports and cleans up after a run that someone else cancelled", async () => {
    const stage = setStage(scene(shown({ runState: "Canceled", message: "The build was canceled" })));
    const { outcome, error } = await runBuild(plan, template, stage);
    assert.deepEqual([outcome, error?.code, calls(stage, "delete")], ["Canceled", "AIB603", 1]);
  });

  it("keeps the template when the image is there and its id cannot be read", async () => {
    const stage = setStage(scene(shown({ runState: "Succeeded" })));
    const { outcome, error } = await runBuild(plan, template, stage);
    assert.deepEqual([outcome, error?.code, calls(stage, "delete")], ["Failed", "AIB607", 0]);
    assert.match(error?.next ?? "", /az image builder show-runs/);
  });

  it("asks the service to cancel a run that does not end in time", async () => {
    const stage = setStage(scene(shown({ runSubState: "Building" })));
    const { outcome, error, mayStillRun } = await runBuild({ ...plan, buildTimeoutInMinutes: 60 }, template, stage);
    assert.deepEqual([outcome, error?.code, mayStillRun, calls(stage, "cancelRun")], ["Failed", "AIB604", true, 1]);
    assert.ok(stage.clock.seconds() <= 91 * 60);
  });

  it("says that a build whose state cannot be read may go on", async () => {
    const stage = setStage({
      ...scene(shown()),
      template: [
        [0, undefined],
        [2, shown()],
        [8, refusal(500)],
      ],
    });
    const { error, mayStillRun } = await runBuild(plan, template, stage);
    assert.deepEqual([error?.code, mayStillRun], ["AIB605", true]);
  });

  it("deletes the template when the run is refused", async () => {
    const stage = setStage(scene(shown(), { startRun: [refusal(400)] }));
    await assert.rejects(runBuild(plan, template, stage), /was not started/);
    assert.equal(calls(stage, "delete"), 1);
  });

  describe("when the task is to stop", () => {
    async function stopAfter(reads: number, script: Script = {}): Promise<{ stage: Stage; result: BuildResult }> {
      const stop = new AbortController();
      const stage = setStage(scene(shown({ runState: "Succeeded" }), script), stop.signal);
      const get = stage.templates.get.bind(stage.templates);
      const templates = {
        ...stage.templates,
        get: (ref: Parameters<typeof get>[0]) => {
          if (calls(stage, "get") === reads) stop.abort(new Error("SIGINT"));
          return get(ref);
        },
      };
      return { stage, result: await runBuild(plan, template, { ...stage, templates }) };
    }

    it("asks the service to cancel the run within a second, and says what stays", async () => {
      const { stage, result } = await stopAfter(4);
      const stopped = stage.templates.calls.find(({ name }) => name === "cancelRun")?.at ?? Infinity;
      const last = stage.templates.calls.findLast(({ name }) => name === "get")?.at ?? 0;
      assert.ok(stopped - last <= 1);
      assert.deepEqual([result.outcome, result.error?.code, result.mayStillRun], ["Canceled", "AIB902", false]);
      assert.match(warnings(stage).join(), /aib-1 stays until the run has been cancelled.*az image builder delete/);
    });

    it("names the command that cancels when the service does not take it", async () => {
      const { stage, result } = await stopAfter(4, { cancelRun: [refusal(503)] });
      assert.equal(result.mayStillRun, true);
      assert.match(warnings(stage).join("\n"), /The run may go on: .*az image builder cancel/);
    });
  });
});

describe("The run of a template that was there", () => {
  const request = {
    ref,
    found: shown(),
    minutes: 0,
    outputNames: ["gallery"],
    afterwards: "notOurs",
    cleanup: "never",
    onCancel: "cancel",
    keepsVm: false,
    log: { verbosity: "normal", attach: "always" },
  } as const;
  const ended = (runState: string): Script => ({
    template: [
      [0, shown()],
      [2, shown({ runSubState: "Building" })],
      [600, shown({ runState })],
    ],
    outputs: [[0, [gallery]]],
  });

  for (const runState of ["Succeeded", "Failed", "Canceled"]) {
    it(`leaves the template as it is when it ends as ${runState}`, async () => {
      const stage = setStage(ended(runState));
      assert.equal((await runTemplate(request, stage)).outcome, runState);
      assert.deepEqual([calls(stage, "create"), calls(stage, "delete"), warnings(stage)], [0, 0, []]);
    });
  }

  it("leaves it when the run is not accepted, and offers no command that deletes it", async () => {
    const stage = setStage({ ...ended("Failed"), startRun: [refusal(403)] });
    await assert.rejects(runTemplate(request, stage), /was not started/);
    assert.deepEqual([calls(stage, "delete"), warnings(stage)], [0, []]);
    const failed = await runTemplate(request, setStage(ended("Failed")));
    assert.doesNotMatch(failed.error?.next ?? "", /delete/);
  });
});
