import assert from "node:assert/strict";
import { deleteTemplate } from "../../../tasks/AzureImageBuilderV1/src/build/delete-template.ts";
import type { Mark } from "../../../tasks/AzureImageBuilderV1/src/build/ownership.ts";
import { ref, refusal, setStage, shown, type Stage } from "./stage.ts";

const own = { ref, mark: { run: "build/7", request: "v1:abc" } };

function deletions({ templates }: Stage): number {
  return templates.calls.filter(({ name }) => name === "delete").length;
}

describe("Deleting the template", () => {
  for (const status of [405, 409, 429, 504]) {
    it(`waits and asks again after ${status}`, async () => {
      const stage = setStage({ template: [[0, shown()]], delete: [refusal(status), refusal(status)] });
      assert.equal(await deleteTemplate(own, stage), true);
      assert.equal(deletions(stage), 3);
    });
  }

  it("names the template and the command when the service stays busy for five minutes", async () => {
    const stage = setStage({
      template: [[0, shown()]],
      delete: Array.from({ length: 100 }, () => refusal(405, "OperationNotAllowed")),
    });
    assert.equal(await deleteTemplate(own, stage), false);
    assert.ok(stage.clock.seconds() <= 300);
    assert.match(
      stage.agent.log.at(-1)?.text ?? "",
      /aib-1 could not be deleted: .*To delete it: az image builder delete/,
    );
  });

  it("does not ask again where it lacks the right", async () => {
    const stage = setStage({ template: [[0, shown()]], delete: [refusal(403)] });
    assert.equal(await deleteTemplate(own, stage), false);
    assert.equal(deletions(stage), 1);
  });

  const kept: readonly (readonly [title: string, mark: Mark | undefined, tags: Readonly<Record<string, string>>])[] = [
    ["without tags of this task", own.mark, {}],
    ["of another pipeline run", own.mark, { "aib-task-run": "build/8", "aib-task-request": "v1:abc" }],
    ["of another request", own.mark, { "aib-task-run": "build/7", "aib-task-request": "v1:abd" }],
    ["that the step did not make", undefined, { "aib-task-run": "build/7", "aib-task-request": "v1:abc" }],
  ];
  for (const [title, mark, tags] of kept) {
    it(`leaves a template ${title} alone`, async () => {
      const stage = setStage({ template: [[0, shown(undefined, { tags })]] });
      assert.equal(await deleteTemplate({ ref, mark }, stage), false);
      assert.equal(deletions(stage), 0);
      assert.match(stage.agent.log.at(-1)?.text ?? "", /is not this run's; it is left alone/);
    });
  }

  it("asks for nothing where the template is gone or is being deleted already", async () => {
    for (const found of [undefined, shown(undefined, { provisioningState: "Deleting" })]) {
      const stage = setStage({ template: [[0, found]] });
      assert.deepEqual([await deleteTemplate(own, stage), deletions(stage)], [true, 0]);
    }
  });
});
