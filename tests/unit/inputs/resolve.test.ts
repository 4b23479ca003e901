import assert from "node:assert/strict";
import { InputError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { parseResolve, type Wanted } from "../../../tasks/AzureImageBuilderV1/src/inputs/resolve.ts";
import { agentOf, definition, group, type StepInputs, subscription } from "./step.ts";

const base: StepInputs = { action: "resolve", azureSubscription: "connection" };
const imageId = `${group}/providers/Microsoft.Compute/images/web`;
const templateId = `${group}/providers/Microsoft.VirtualMachineImages/imageTemplates/weekly`;

function problems(inputs: StepInputs): readonly string[] {
  try {
    parseResolve(agentOf({ ...base, ...inputs }));
    return [];
  } catch (error) {
    assert.ok(error instanceof InputError);
    return error.problems.map(({ input, code }) => `${input} ${code}`);
  }
}

const latest = { kind: "gallery", definitionId: definition, version: undefined, tags: {} } as const;

describe("A step that looks for an image", () => {
  const found: readonly (readonly [title: string, inputs: StepInputs, wanted: Wanted])[] = [
    ["the latest version", { galleryImage: definition }, latest],
    ["the latest version, said so", { galleryImage: definition, galleryVersion: "Latest" }, latest],
    ["a version by its number", { galleryImage: definition, galleryVersion: "1.4.0" }, { ...latest, version: "1.4.0" }],
    ["a version by its ID", { galleryImage: `${definition}/versions/1.4.0` }, { ...latest, version: "1.4.0" }],
    [
      "a version by its ID and the same number",
      { galleryImage: `${definition}/versions/1.4.0`, galleryVersion: "1.4.0" },
      { ...latest, version: "1.4.0" },
    ],
    ["the latest version by the form of an ID", { galleryImage: `${definition}/versions/latest` }, latest],
    [
      "a version by tags, the task's own among them",
      { galleryImage: definition, imageTags: "aib-task-commit: 4f2c\nring: prod" },
      { ...latest, tags: { "aib-task-commit": "4f2c", ring: "prod" } },
    ],
    ["a managed image by its ID", { managedImage: imageId }, { kind: "managedImage", idOrName: imageId }],
    [
      "a managed image by its name",
      { managedImage: "web", resourceGroup: "rg-images" },
      { kind: "managedImage", idOrName: "web" },
    ],
    ["what a template made", { templateName: templateId }, { kind: "template", templateName: "weekly" }],
    [
      "what a template made, by its name",
      { templateName: "weekly", resourceGroup: "rg-images" },
      { kind: "template", templateName: "weekly" },
    ],
  ];
  for (const [title, inputs, wanted] of found) {
    it(`names ${title}`, () => {
      const parsed = parseResolve(agentOf({ ...base, ...inputs }));
      assert.deepEqual(parsed.wanted, wanted);
      assert.deepEqual(parsed.notes, []);
    });
  }

  const byId: readonly StepInputs[] = [
    { galleryImage: definition },
    { managedImage: imageId },
    { templateName: templateId },
  ];
  for (const inputs of byId) {
    it(`takes subscription and resource group from the ID of ${Object.keys(inputs).join()}`, () => {
      const { subscriptionId, resourceGroup } = parseResolve(agentOf({ ...base, ...inputs }));
      assert.deepEqual([subscriptionId, resourceGroup], [subscription, "rg-images"]);
    });
  }

  const wrong: readonly (readonly [title: string, inputs: StepInputs, found: readonly string[]])[] = [
    ["nothing is named", {}, ["action AIB101"]],
    ["nothing at all", { azureSubscription: "" }, ["action AIB101", "azureSubscription AIB101"]],
    [
      "two are named, and one of them is no name",
      { galleryImage: definition, managedImage: "-" },
      ["action AIB121", "managedImage AIB108"],
    ],
    [
      "three are named, each in a wrong way",
      { templateName: "a b", galleryImage: imageId, managedImage: "-" },
      ["action AIB121", "galleryImage AIB107", "managedImage AIB108", "templateName AIB108"],
    ],
    ["a name without its resource group", { managedImage: "web" }, ["resourceGroup AIB101"]],
    ["a template's name without its resource group", { templateName: "weekly" }, ["resourceGroup AIB101"]],
    ["a pattern for a version to come", { galleryImage: definition, galleryVersion: "1.2.{next}" }, ["galleryVersion AIB104"]], // prettier-ignore
    ["the number of a version to come", { galleryImage: definition, galleryVersion: "Latest 2" }, ["galleryVersion AIB104"]], // prettier-ignore
    ["the source's number", { galleryImage: definition, galleryVersion: "Source" }, ["galleryVersion AIB104"]],
    [
      "an ID that names another version",
      { galleryImage: `${definition}/versions/1.4.0`, galleryVersion: "1.5.0" },
      ["galleryVersion AIB120"],
    ],
    [
      "an ID that names a version, and the latest",
      { galleryImage: `${definition}/versions/1.4.0`, galleryVersion: "Latest" },
      ["galleryVersion AIB120"],
    ],
    [
      "all of it",
      { azureSubscription: "", galleryImage: imageId, galleryVersion: "x", imageTags: "just text" },
      ["azureSubscription AIB101", "galleryImage AIB107", "galleryVersion AIB104", "imageTags AIB111"],
    ],
  ];
  for (const [title, inputs, expected] of wrong) {
    it(`is told all that is wrong at once: ${title}`, () => assert.deepEqual(problems(inputs), expected));
  }

  it("is told which of its inputs describe no image that is there", () => {
    const { notes } = parseResolve(
      agentOf({ ...base, managedImage: imageId, imageTags: "ring: prod", galleryVersion: "1.0.0", cleanup: "never" }),
    );
    assert.deepEqual(
      notes.map(({ code, input, message }) => [code, input, message.split(":")[0]]),
      [["AIB201", "action", "galleryVersion, imageTags, cleanup"]],
    );
  });

  it("is not told about the kind of target by which the designer shows the input", () => {
    const { notes } = parseResolve(agentOf({ ...base, managedImage: imageId, targetType: "managedImage" }));
    assert.deepEqual(notes, []);
  });
});
