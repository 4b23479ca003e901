/** How builds end, as a user sees it: result, last lines, outputs, attached log, summary, and what stays. */
import assert from "node:assert/strict";
import { send } from "../emulator/core/testing.ts";
import type { Emulator } from "../emulator/index.ts";
import { checkLog, type Ending, type EndingsStage, linux, openEndingsStage } from "./endings-stage.ts";

const steps = "- shell: { inline: ./prepare, name: prepare }\n- shell: { inline: ./install, name: install }";
const prepared = { name: "prepare", exitCode: 0, output: ["preparing"] };
const installed = { name: "install", exitCode: 0, output: ["installed 12 packages"], durationMs: 45_000 };

/** Does something when a line of the log first holds `text`. */
function onceAt(text: string, act: () => void): (line: string) => void {
  let isDone = false;
  return (line) => {
    if (isDone || !line.includes(text)) return;
    isDone = true;
    act();
  };
}

async function cancelAs(emulator: Emulator, application: string, template: string): Promise<void> {
  const { resourceGroup } = emulator.description.resources;
  const url = `${resourceGroup}/providers/Microsoft.VirtualMachineImages/imageTemplates/${template}/cancel?api-version=2024-02-01`;
  await send(emulator, { method: "POST", url, token: await emulator.tokenOf(application) });
}

describe("a build ends", function () {
  this.timeout(120_000);
  let stage: EndingsStage;
  let ending: Ending;
  before(async () => {
    stage = await openEndingsStage();
  });
  after(() => stage.close());

  /** A build during which the template's identity is left its rights at `scope` only. */
  async function bakeWithRightsAt(scope: string, inputs: string): Promise<Ending> {
    const { roleAssignments } = stage.emulator.world;
    const at = roleAssignments.findIndex(({ roleDefinitionId }) => roleDefinitionId.endsWith("3a9b8d4e0f22"));
    const own = roleAssignments[at];
    assert.ok(own !== undefined);
    const narrow = (): void => void roleAssignments.splice(at, 1, { ...own, scope });
    try {
      return await stage.bake(inputs, { onLine: onceAt("Starting the run of", narrow) });
    } finally {
      roleAssignments.splice(at, 1, own);
    }
  }

  /** What is the same for every failed build that has a log. */
  function itFails(told: { readonly headline: RegExp; readonly inLog: RegExp; readonly cause: string }): void {
    it("fails the step with one error that has a code", () => {
      const errors = ending.step.issues.filter(({ type }) => type === "error");
      assert.deepEqual([ending.step.result, errors.map(({ code }) => code)], ["Failed", ["AIB602"]], ending.log);
      assert.equal(ending.outputs["buildOutcome"], "Failed");
    });

    it("says in its last lines what failed, why, and what to do", () => {
      const lines = ending.error.split("\n");
      assert.match(lines[0] ?? "", told.headline);
      assert.ok(
        lines.some((line) => line.startsWith("Probable cause: ") && line.endsWith(`[${told.cause}]`)),
        ending.error,
      );
      assert.match(ending.error, /^The service says:\n {2}\S/m);
      assert.match(ending.error, /^For a support request: .*template \/subscriptions\//m);
      assert.match(lines.at(-1) ?? "", /^Next: .{20,}/);
    });

    it("tells the same on the run's page", () => {
      assert.match(ending.summary, /^## Image build failed$/m);
      assert.match(ending.summary, told.headline);
      assert.ok(ending.summary.includes(`\`${told.cause}\``), ending.summary);
      assert.match(ending.summary, /^\*\*What to do\.\*\* /m);
    });

    itKeepsLog(told.inLog);
  }

  function itKeepsLog(inLog: RegExp): void {
    it("shows the log in balanced groups and attaches all of it", () => {
      checkLog(ending);
      assert.match(ending.log, inLog);
      assert.match(ending.attached ?? "", inLog);
      assert.match(ending.attached ?? "", /Done exporting Packer logs/);
    });
  }

  function itDeletesTemplate(): void {
    it("deletes the template and says so", () => {
      const name = ending.outputs["templateName"] ?? "";
      assert.ok(ending.log.includes(`Image template ${name}: deletion accepted`), ending.log);
      assert.match(
        ending.summary,
        new RegExp(`### Cleaned up\\n\\n- image template ${name} and its staging resources`),
      );
    });
  }

  describe("well", () => {
    before(async () => {
      ending = await stage.bake(linux(steps), { builder: { simulatedSteps: [prepared, installed] } });
    });

    it("with the image's ID, and nothing to complain of", () => {
      assert.equal(ending.step.result, "Succeeded", ending.log);
      assert.equal(ending.outputs["buildOutcome"], "Succeeded");
      assert.match(ending.outputs["imageId"] ?? "", /\/images\/ubuntu-web\/versions\/1\.0\.0$/);
      assert.deepEqual(
        ending.step.issues.filter(({ type }) => type === "error"),
        [],
      );
    });

    it("with phases and each step by its name, with the time it took", () => {
      const phases = ending.lines.flatMap((line) => /^\d\d:\d\d:\d\d {2}(\w+)(?: \(|$)/.exec(line)?.[1] ?? []);
      // One that is over before it is read is not told.
      const all = ["Queued", "Building", "Customizing", "Distributing", "Succeeded"];
      assert.deepEqual(
        phases,
        all.filter((phase) => phases.includes(phase)),
      );
      assert.ok(phases.length >= 3 && phases.at(-1) === "Succeeded", phases.join());
      assert.match(ending.log, /^##\[group\]2\/2 install \(Shell\)$/m);
      assert.match(ending.log, /^install: (?:4[4-9]|5\d|1 min \d+) s$/m);
      assert.match(ending.summary, /^\| `install` \| `Shell` \| (?:4[4-9]|5\d|1 min \d+) s \|/m);
    });

    itKeepsLog(/installed 12 packages/);
    itDeletesTemplate();

    it("with the build's duration noted on the image, by which the next build says about how much is left", async () => {
      const id = ending.outputs["imageId"] ?? "";
      const tag = stage.emulator.world.resources.get(id)?.tags?.["aib-task-duration"] ?? "";
      const seconds = Number(/^PT(\d+)S$/.exec(tag)?.[1]);
      assert.ok(seconds > 100 && seconds < 7200, tag);
      const durations = { queued: 120_000 };
      const next = await stage.bake(linux(steps), { builder: { durations } });
      assert.match(next.log, /Still Queued; about \d+ min(?: \d+ s)? left, as earlier builds took/);
    });
  });

  describe("with a failing shell step", () => {
    const output = ["Reading package lists...", { error: "E: Unable to locate package nginxx" }];
    before(async () => {
      const builder = { simulatedSteps: [prepared, { name: "install", exitCode: 100, output }] };
      ending = await stage.bake(linux(steps), { builder });
    });

    itFails({
      headline: /The image build failed after .{8,12} in install \(Shell\) with exit code 100\./,
      inLog: /E: Unable to locate package nginxx/,
      cause: "log-apt-nopackage",
    });
    itDeletesTemplate();

    it("and the step's own last lines first", () => {
      const [, title, ...lines] = ending.error.split("\n");
      assert.equal(title, "Last lines of the step:");
      assert.deepEqual(lines.slice(0, 2), ["  | Reading package lists...", "  | E: Unable to locate package nginxx"]);
      assert.equal(ending.outputs["imageId"], undefined);
    });
  });

  describe("with a failing PowerShell step", () => {
    before(async () => {
      const output = ["Installing", { error: "install.ps1 : The remote server returned an error: (404) Not Found." }];
      const definition = stage.emulator.description.resources.definition.replace(/[^/]+$/, "windows-avd");
      const inputs = linux("- powershell: { inline: Install-Apps, name: install, runElevated: true }")
        .replace("$(imageDefinition)", definition)
        .replace("Canonical:ubuntu-24_04-lts:server", "MicrosoftWindowsDesktop:windows-11:win11-24h2-avd");
      ending = await stage.bake(inputs, { builder: { simulatedSteps: [{ name: "install", exitCode: 1, output }] } });
    });

    itFails({
      headline: /The image build failed after .{8,12} in install \(PowerShell\) with exit code 1\./,
      inLog: /The remote server returned an error: \(404\) Not Found/,
      cause: "log-nonzero",
    });
    itDeletesTemplate();
  });

  describe("with a failing validator", () => {
    before(async () => {
      const check = { name: "check", exitCode: 3, output: ["nothing answers on port 80"] };
      const validators =
        "      enableValidation: true\n      validators: |\n        - shell: { inline: ./check, name: check }\n";
      ending = await stage.bake(linux(steps, validators), {
        builder: { simulatedSteps: [prepared, installed, check] },
      });
    });

    itFails({
      headline: /The image build failed after .{8,12} in check \(Shell\) with exit code 3\./,
      inLog: /nothing answers on port 80/,
      cause: "log-nonzero",
    });
    itDeletesTemplate();

    it("and names the log of the validation", () => assert.match(ending.error, /^Log in Azure: .*validation\.log\.$/m));
    it("and shows both logs", () => assert.match(ending.attached ?? "", /installed 12 packages/));
  });

  describe("by its time limit", () => {
    before(async () => {
      const asks = { name: "install", exitCode: 0, output: ["Do you want to continue? [Y/n]"], durationMs: 3_600_000 };
      const builder = { simulatedSteps: [prepared, asks] };
      ending = await stage.bake(linux(steps, "      buildTimeoutInMinutes: 6"), { builder });
    });

    itFails({
      headline: /The image build failed after `?00:\d\d:\d\d`? in install \(Shell\)\./,
      inLog: /Do you want to continue\? \[Y\/n\]/,
      cause: "run-timeout",
    });
    itDeletesTemplate();

    it("in the step that was at work, whose last line it shows", () => {
      assert.match(ending.error, /^ {2}\| Do you want to continue\? \[Y\/n\]$/m);
      assert.match(ending.log, /^prepare: \d+ s$/m);
      assert.match(ending.log, /^install: stopped after /m);
    });
  });

  describe("by someone else's cancel", () => {
    before(async () => {
      const builder = { simulatedSteps: [prepared, { ...installed, durationMs: 1_200_000 }] };
      const cancel = (): void => void cancelAs(stage.emulator, "operator", stage.templates().at(-1) ?? "");
      ending = await stage.bake(linux(steps), { builder, onLine: onceAt("installed 12 packages", cancel) });
    });

    it("fails the step, for the pipeline itself was not cancelled, and says who it was not", () => {
      assert.equal(ending.step.result, "Failed", ending.log);
      assert.equal(ending.outputs["buildOutcome"], "Canceled");
      assert.match(ending.error, /^The build was cancelled by someone else, after 00:\d\d:\d\d\./);
      assert.deepEqual(
        ending.step.issues.filter(({ type }) => type === "error").map(({ code }) => code),
        ["AIB603"],
      );
      assert.match(ending.summary, /cancel/i);
    });

    itKeepsLog(/Cancelling build after receiving terminated/);
    itDeletesTemplate();
  });

  describe("well for one of two targets", () => {
    before(async () => {
      const targets = "      targetType: several\n      targets: |\n        - gallery: $(imageDefinition)\n";
      const inputs = linux(steps, `${targets}        - managedImage: web\n`).replace(/^ +galleryImage: .*\n/m, "");
      const { gallery } = stage.emulator.description.resources;
      ending = await bakeWithRightsAt(gallery, inputs);
    });

    it("with a warning, and the image that there is", () => {
      assert.equal(ending.step.result, "Succeeded", ending.log);
      assert.ok(
        ending.step.issues.some(({ type, message }) => type === "warning" && /some of its targets/.test(message)),
      );
      assert.equal(ending.outputs["buildOutcome"], "PartiallySucceeded");
      const ids = JSON.parse(ending.outputs["imageIds"] ?? "[]") as readonly string[];
      assert.deepEqual([ids.length, ids[0]], [1, ending.outputs["imageId"]]);
    });

    it("and says in the service's words which target has nothing, and why", () => {
      const said = ending.step.issues.map(({ message }) => message).join("\n");
      assert.match(said, /\[Distribute 1\] Not authorized to access the resource: .*\/images\/web/);
      assert.match(ending.summary, /PartiallySucceeded|some of its targets/);
    });

    itKeepsLog(/Build 'azure-arm' finished/);
    itDeletesTemplate();
  });

  describe("in distribution", () => {
    before(async () => {
      const { storageAccount } = stage.emulator.description.resources;
      ending = await bakeWithRightsAt(storageAccount, linux(steps));
    });

    itFails({
      headline: /The image build failed after .{8,12}\.$/m,
      inLog: /Build 'azure-arm' finished/,
      cause: "perm-resource",
    });
    itDeletesTemplate();
  });

  describe("before its gallery is done replicating", () => {
    before(async () => {
      const durations = { distribute: { ManagedImage: 59_000, SharedImage: 7_200_000, VHD: 59_000 } };
      ending = await stage.bake(linux(steps, "      buildTimeoutInMinutes: 6"), { builder: { durations } });
    });

    itFails({
      headline: /The image build failed after `?00:\d\d:\d\d`?\./,
      inLog: /Build 'azure-arm' finished/,
      cause: "acg-dist-timeout",
    });

    it("and tells of the version that exists all the same, and not to build again", () => {
      const { imageId } = ending.outputs;
      assert.match(imageId ?? "", /\/images\/ubuntu-web\/versions\/\d+\.\d+\.\d+$/);
      assert.ok(ending.error.includes(`The image version exists all the same: ${imageId}`), ending.error);
      assert.match(ending.error, /^Next: Do not build again/m);
      assert.match(ending.summary, /The image is there all the same: Gallery version/);
    });

    it("and leaves the template until then, named with the command that deletes it", () => {
      const name = ending.outputs["templateName"] ?? "";
      assert.ok(stage.templates().includes(name));
      assert.match(ending.log, new RegExp(`az image builder delete .*--name ${name}`));
      assert.match(ending.summary, new RegExp(`az image builder delete .*--name ${name}`));
    });
  });
});
