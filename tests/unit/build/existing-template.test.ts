import assert from "node:assert/strict";
import { InputError, TaskError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { findExistingTemplate } from "../../../tasks/AzureImageBuilderV1/src/build/existing-template.ts";
import type { ExistingTemplateInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/existing-template.ts";
import type { TemplateStatus } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { ref, setStage, shown } from "./stage.ts";

const inputs: ExistingTemplateInputs = {
  azureSubscription: "connection",
  subscriptionId: ref.subscriptionId,
  resourceGroup: ref.resourceGroup,
  templateName: ref.name,
  notes: [],
  verbosity: "normal",
  attachLog: "always",
};

async function gather(found: TemplateStatus | undefined): ReturnType<typeof findExistingTemplate> {
  const stage = setStage({ template: [[0, found]] });
  const connection = { id: "c", scheme: "x", url: "", parameter: () => undefined, data: () => undefined };
  return findExistingTemplate(inputs, { ...stage, agent: { ...stage.agent, endpoint: () => connection } });
}

describe("A template that is there", () => {
  it("is run with its own limit and told by its own targets", async () => {
    const found = shown(undefined, { buildTimeoutInMinutes: 60, targets: [{ runOutputName: "gallery" }] });
    assert.deepEqual(await gather(found), {
      ref,
      found,
      minutes: 60,
      outputNames: ["gallery"],
      afterwards: "notOurs",
      cleanup: "never",
      onCancel: "leave",
      keepsVm: false,
      log: { verbosity: "normal", attach: "always" },
    });
  });

  it("may have been run before, well or not", async () => {
    for (const runState of ["Succeeded", "Failed", "Canceled", "PartiallySucceeded"]) {
      assert.equal((await gather(shown({ runState }))).afterwards, "notOurs");
    }
  });

  it("is missed by name", async () => {
    await assert.rejects(gather(undefined), (error) => {
      assert.ok(error instanceof InputError);
      assert.match(
        error.message,
        /templateName: there is no image template \/subscriptions\/.*\/imageTemplates\/aib-1/,
      );
      return true;
    });
  });

  const refused: readonly (readonly [what: string, found: TemplateStatus, text: RegExp])[] = [
    ["runs already", shown({ runState: "Running", runSubState: "Building" }), /a run of it goes on \(Building, since/],
    ["is being cancelled", shown({ runState: "Canceling" }), /a run of it goes on \(Canceling/],
    [
      "has failed",
      shown(undefined, { provisioningState: "Failed", provisioningError: { code: "Other", message: "no" } }),
      /its state is Failed \(Other: no\)/,
    ],
    ["is being made", shown(undefined, { provisioningState: "Creating" }), /its state is Creating\./],
  ];
  for (const [what, found, text] of refused) {
    it(`is refused with a remedy where it ${what}`, async () => {
      await assert.rejects(gather(found), (error) => {
        assert.ok(error instanceof TaskError);
        assert.deepEqual([error.code, text.test(error.message)], ["AIB608", true], error.message);
        assert.match(error.next ?? "", /az image builder (show|cancel) /);
        return true;
      });
    });
  }
});
