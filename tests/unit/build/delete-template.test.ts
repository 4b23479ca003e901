import assert from "node:assert/strict";
import { deleteTemplate } from "../../../tasks/AzureImageBuilderV1/src/build/delete-template.ts";
import { ref, refusal, setStage } from "./stage.ts";

describe("Deleting the template", () => {
  for (const status of [405, 409, 429, 504]) {
    it(`waits and asks again after ${status}`, async () => {
      const stage = setStage({ delete: [refusal(status), refusal(status)] });
      assert.equal(await deleteTemplate(ref, stage), true);
      assert.equal(stage.templates.calls.length, 3);
    });
  }

  it("names the template and the command when the service stays busy for five minutes", async () => {
    const stage = setStage({ delete: Array.from({ length: 100 }, () => refusal(405, "OperationNotAllowed")) });
    assert.equal(await deleteTemplate(ref, stage), false);
    assert.ok(stage.clock.seconds() <= 300);
    assert.match(
      stage.agent.log.at(-1)?.text ?? "",
      /aib-1 could not be deleted: .*To delete it: az image builder delete/,
    );
  });

  it("does not ask again where it lacks the right", async () => {
    const stage = setStage({ delete: [refusal(403)] });
    assert.equal(await deleteTemplate(ref, stage), false);
    assert.equal(stage.templates.calls.length, 1);
  });
});
