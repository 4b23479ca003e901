import assert from "node:assert/strict";
import { InputError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { parseExistingTemplate } from "../../../tasks/AzureImageBuilderV1/src/inputs/existing-template.ts";
import { agentOf, definition, type StepInputs } from "./step.ts";

const named: StepInputs = { azureSubscription: "connection", resourceGroup: "rg-images", templateName: "weekly" };

describe("A step that names a template and describes none", () => {
  it("runs the template that is there", () => {
    assert.deepEqual(parseExistingTemplate(agentOf(named)), {
      azureSubscription: "connection",
      subscriptionId: undefined,
      resourceGroup: "rg-images",
      templateName: "weekly",
      verbosity: "normal",
      attachLog: "always",
      notes: [],
    });
  });

  it("is told so by the designer's defaults too, which say nothing", () => {
    const defaults = { targetType: "gallery", buildTimeoutInMinutes: "0", windowsUpdate: "false", osType: "auto" };
    assert.deepEqual(parseExistingTemplate(agentOf({ ...named, ...defaults }))?.notes, []);
  });

  const describing: readonly StepInputs[] = [
    { sourceImage: "Canonical:ubuntu-24_04-lts:server" },
    { templateFile: "image.json" },
    { galleryImage: definition },
    { steps: "- shell: echo" },
    { artifactPath: "site" },
    { enableValidation: "true" },
    { templateOverrides: "tags: { a: b }" },
    { baseImage: "Canonical:UbuntuServer:18.04-LTS" },
  ];
  for (const more of describing) {
    it(`makes a template where it says ${Object.keys(more).join()}`, () => {
      assert.equal(parseExistingTemplate(agentOf({ ...named, ...more })), undefined);
    });
  }

  it("makes a template where it names none", () => {
    assert.equal(parseExistingTemplate(agentOf({ ...named, templateName: "" })), undefined);
  });

  it("warns about inputs that the template does not follow", () => {
    const parsed = parseExistingTemplate(agentOf({ ...named, vmSize: "Standard_D2ds_v5", targetRegions: "uksouth" }));
    assert.deepEqual(
      parsed?.notes.map(({ code, message }) => [code, message.split(":")[0]]),
      [["AIB201", "targetRegions, vmSize"]],
    );
  });

  it("tells all bad inputs at once", () => {
    assert.throws(
      () => parseExistingTemplate(agentOf({ templateName: "a b", resourceGroup: "$(group)" })),
      (error) => {
        assert.ok(error instanceof InputError);
        assert.deepEqual(
          error.problems.map(({ input, code }) => `${input} ${code}`),
          ["azureSubscription AIB101", "templateName AIB108", "resourceGroup AIB102"],
        );
        return true;
      },
    );
  });
});
