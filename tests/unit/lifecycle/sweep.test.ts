/** Which templates and blobs are leftovers. */
import assert from "node:assert/strict";
import type { TemplateStatus } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { judgeBlob, judgeTemplate } from "../../../tasks/AzureImageLifecycleV1/src/sweep/decide.ts";

const now = new Date("2026-06-10T00:00:00Z");
const day = 24 * 60 * 60_000;
const old = new Date("2026-06-01T00:00:00Z");
const mark = { "aib-task-run": "build/7", "aib-task-request": "v1:00" };
const ended = (runState: string, endTime = "2026-06-01T00:00:00Z") => ({
  lastRun: { runState, startTime: "2026-05-31T00:00:00Z", endTime },
});

describe("a template", () => {
  const cases: readonly (readonly [title: string, change: Partial<TemplateStatus>, goes: boolean, why: RegExp])[] = [
    ["whose build failed long ago goes", ended("Failed"), true, /left by build\/7, its run: Failed, untouched for 216 h/],
    ["whose build succeeded goes", ended("Succeeded"), true, /Succeeded/],
    ["whose build was cancelled goes", ended("Canceled"), true, /Canceled/],
    ["that runs stays", ended("Running"), false, /its run goes on/],
    ["that is being cancelled stays", ended("Canceling"), false, /its run goes on/],
    ["of a state nobody knows stays", ended("Paused"), false, /its run goes on/],
    ["that is being made stays", { provisioningState: "Creating" }, false, /it is Creating/],
    ["that is being deleted stays", { ...ended("Failed"), provisioningState: "Deleting" }, false, /it is Deleting/],
    ["without a state stays", { ...ended("Failed"), provisioningState: undefined }, false, /state unknown/],
    ["that could not be made goes", { provisioningState: "Failed" }, true, /never run/],
    ["whose build has just ended stays", ended("Failed", "2026-06-09T12:00:00Z"), false, /ended 12 h ago/],
    ["whose run does not tell its times stays", { lastRun: { runState: "Failed" } }, false, /not told how old/],
    ["without the task's marks stays", { ...ended("Failed"), tags: {} }, false, /not made by/],
    ["with half of them stays", { ...ended("Failed"), tags: { "aib-task-run": "build/7" } }, false, /not made by/],
    ["with a mark the task would not write stays", { ...ended("Failed"), tags: { ...mark, "aib-task-run": "mine" } }, false, /not made by/],
    ["with the VHD in its staging group stays", { ...ended("Succeeded"), targets: [{ runOutputName: "vhd", inStaging: true }] }, false, /VHD/],
  ]; // prettier-ignore
  for (const [title, change, goes, why] of cases) {
    it(title, () => {
      const template: TemplateStatus = {
        id: "/x",
        provisioningState: "Succeeded",
        tags: mark,
        targets: [],
        steps: [],
        validators: [],
        ...change,
      };
      const judged = judgeTemplate(template, { now, olderThan: day, created: old });
      assert.equal(judged.goes, goes);
      assert.match(judged.why, why);
    });
  }

  it("that has never run goes by when it was made, and stays where that is not told", () => {
    const template = { id: "/x", provisioningState: "Succeeded", tags: mark, targets: [], steps: [], validators: [] };
    const judge = (created: Date | undefined): boolean =>
      judgeTemplate(template, { now, olderThan: day, created }).goes;
    assert.deepEqual([judge(old), judge(new Date(now.getTime() - day / 2)), judge(undefined)], [true, false, false]);
  });
});

describe("a blob that is unused for the retention", () => {
  const content = "ab".repeat(32);
  const name = `v1/${content}.tar.gz`;
  const cases: readonly (readonly [title: string, templates: readonly string[], goes: boolean])[] = [
    ["goes where no template names it", ['{"tags":{}}'], true],
    ["stays where an address in a template names it", [`{"inline":["curl https://s/c/${name}"]}`], false],
    ["stays where a tag of a template has its digest", [`{"tags":{"aib-task-artifact":"v1:${content}"}}`], false],
  ];
  for (const [title, templates, goes] of cases) {
    it(title, () => assert.equal(judgeBlob({ name }, templates).goes, goes));
  }

  it("of a broken upload goes", () => {
    assert.match(judgeBlob({ name: "incoming/0011-22" }, []).why, /broke off/);
    assert.equal(judgeBlob({ name: "incoming/0011-22" }, ["… incoming/0011-22 …"]).goes, false);
  });
});
