import assert from "node:assert/strict";
import { InputError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { parseWait } from "../../../tasks/AzureImageBuilderV1/src/inputs/wait.ts";
import { agentOf, definition, group, type StepInputs, subscription } from "./step.ts";

const templateId = `${group}/providers/Microsoft.VirtualMachineImages/imageTemplates/weekly`;
const named: StepInputs = {
  action: "wait",
  azureSubscription: "connection",
  resourceGroup: "rg-images",
  templateName: "weekly",
};

function problems(inputs: StepInputs): readonly string[] {
  try {
    parseWait(agentOf(inputs));
    return [];
  } catch (error) {
    assert.ok(error instanceof InputError);
    return error.problems.map(({ input, code }) => `${input} ${code}`);
  }
}

describe("A step that waits", () => {
  it("names the template in its resource group", () => {
    assert.deepEqual(parseWait(agentOf(named)), {
      azureSubscription: "connection",
      subscriptionId: undefined,
      resourceGroup: "rg-images",
      templateName: "weekly",
      verbosity: "normal",
      attachLog: "always",
      cleanup: "always",
      onCancel: "cancel",
      notes: [],
    });
  });

  it("needs no resource group beside the template's ID, which tells that and the subscription", () => {
    const { subscriptionId, resourceGroup, templateName } = parseWait(
      agentOf({ ...named, resourceGroup: "", templateName: templateId }),
    );
    assert.deepEqual([subscriptionId, resourceGroup, templateName], [subscription, "rg-images", "weekly"]);
  });

  it("follows the ID where another resource group stands beside it", () => {
    const { resourceGroup } = parseWait(agentOf({ ...named, resourceGroup: "other", templateName: templateId }));
    assert.equal(resourceGroup, "rg-images");
  });

  it("says how the build is told and what is deleted", () => {
    const { verbosity, attachLog, cleanup, notes } = parseWait(
      agentOf({ ...named, verbosity: "full", attachLog: "onFailure", cleanup: "never" }),
    );
    assert.deepEqual([verbosity, attachLog, cleanup, notes], ["full", "onFailure", "never", []]);
  });

  const wrong: readonly (readonly [title: string, changes: StepInputs, found: readonly string[]])[] = [
    ["no template", { templateName: "" }, ["templateName AIB101"]],
    ["no template and nothing else", { templateName: "", azureSubscription: "", resourceGroup: "" }, ["azureSubscription AIB101", "templateName AIB101"]], // prettier-ignore
    ["a name without its resource group", { resourceGroup: "" }, ["resourceGroup AIB101"]],
    [
      "an output that is not there, which would have told the group",
      { templateName: "$(start.templateId)", resourceGroup: "" },
      ["templateName AIB102"],
    ],
    ["the ID of something else", { templateName: definition, resourceGroup: "" }, ["templateName AIB107"]],
    ["several wrong words", { cleanup: "x", verbosity: "y", attachLog: "z" }, ["verbosity AIB104", "attachLog AIB104", "cleanup AIB104"]], // prettier-ignore
  ];
  for (const [title, changes, found] of wrong) {
    it(`is told all that is wrong at once: ${title}`, () =>
      assert.deepEqual(problems({ ...named, ...changes }), found));
  }

  it("is told which of its inputs are for the step that started the build", () => {
    const { notes } = parseWait(agentOf({ ...named, sourceImage: "a:b:c", steps: "- shell: echo", vmSize: "$(size)" }));
    assert.deepEqual(
      notes.map(({ code, input, message }) => [code, input, message.split(":")[0]]),
      [["AIB201", "action", "sourceImage, steps, vmSize"]],
    );
  });

  it("is not told about the designer's defaults", () => {
    const defaults = {
      targetType: "gallery",
      osType: "auto",
      windowsUpdate: "false",
      sourceVersion: "",
      preflight: "",
    };
    assert.deepEqual(parseWait(agentOf({ ...named, ...defaults, baseImagePubOfferSku: "Publisher:Offer:Sku" })).notes, []); // prettier-ignore
  });
});
