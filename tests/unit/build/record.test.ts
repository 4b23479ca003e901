import assert from "node:assert/strict";
import {
  noteState,
  readRecord,
  recordName,
  recordStates,
  recordVariable,
} from "../../../tasks/AzureImageBuilderV1/src/build/record.ts";
import { ref, setStage } from "./stage.ts";

const mark = { run: "build/7", request: "v1:abc" };
const about = {
  ref,
  mark,
  afterwards: "delete",
  cleanup: "always",
  onCancel: "cancel",
  keepsVm: false,
  before: "2026-03-01T08:00:20.5123456Z",
} as const;

function written(change: object = {}): string {
  const stage = setStage({});
  noteState({ ...about, ...change }, "running", stage);
  return stage.agent.records.at(-1) ?? "";
}

describe("The record for the post-job part", () => {
  it("is read as it was written, in every state", () => {
    for (const state of recordStates) {
      const stage = setStage({});
      noteState(about, state, stage);
      const { ref: template, ...rest } = about;
      assert.deepEqual(readRecord(stage.agent.records[0]), {
        ...rest,
        version: 1,
        state,
        template,
        process: { pid: 4711, start: "1" },
        since: stage.clock.now().getTime(),
      });
    }
  });

  it("is in the environment by the name the agent makes of the variable's", () => {
    assert.equal(recordVariable, `VSTS_TASKVARIABLE_${recordName.toUpperCase()}`);
  });

  it("is not written of a template that is nobody's to clean up", () => {
    assert.equal(written({ mark: undefined }), "");
    assert.equal(written({ afterwards: "notOurs" }), "");
  });

  const good = JSON.parse(written()) as Readonly<Record<string, unknown>>;
  const hostile: readonly (readonly [title: string, text: string | undefined])[] = [
    ["nothing", undefined],
    ["an empty text", ""],
    ["no JSON", "{"],
    ["null", "null"],
    ["a list", "[]"],
    ["a text", '"done"'],
    ["another version", JSON.stringify({ ...good, version: 2 })],
    ["an unknown state", JSON.stringify({ ...good, state: "toString" })],
    ["no template", JSON.stringify({ ...good, template: null })],
    ["a subscription that leads elsewhere", JSON.stringify({ ...good, template: { ...ref, subscriptionId: "../x" } })],
    ["a resource group with a slash", JSON.stringify({ ...good, template: { ...ref, resourceGroup: "rg/x" } })],
    ["a name with a command", JSON.stringify({ ...good, template: { ...ref, name: "a; rm -rf /" } })],
    ["a name with a line end", JSON.stringify({ ...good, template: { ...ref, name: "a\n" } })],
    ["no mark", JSON.stringify({ ...good, mark: undefined })],
    ["half a mark", JSON.stringify({ ...good, mark: { run: "build/7" } })],
    ["a mark of objects", JSON.stringify({ ...good, mark: { run: {}, request: {} } })],
    ["the process 1", JSON.stringify({ ...good, process: { pid: 1, start: "1" } })],
    ["a group of processes", JSON.stringify({ ...good, process: { pid: -1 } })],
    ["a start that is no number", JSON.stringify({ ...good, process: { pid: 4711, start: "../1" } })],
    ["no time", JSON.stringify({ ...good, since: "now" })],
    ["a run's time that is none", JSON.stringify({ ...good, before: "$(x)" })],
    ["a wish that is none", JSON.stringify({ ...good, cleanup: "yes" })],
    ["an end that is none", JSON.stringify({ ...good, afterwards: "notOurs" })],
  ];
  for (const [title, text] of hostile) {
    it(`counts as none where it is ${title}`, () => assert.equal(readRecord(text), undefined));
  }

  it("is read where the machine does not tell when a process began", () => {
    assert.notEqual(readRecord(JSON.stringify({ ...good, process: { pid: 4711 }, before: undefined })), undefined);
  });
});
