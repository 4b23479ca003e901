import assert from "node:assert/strict";
import type { BuildResult } from "../../../tasks/AzureImageBuilderV1/src/build/types.ts";
import { publishOutputs, toOutputs } from "../../../tasks/AzureImageBuilderV1/src/outputs/to-outputs.ts";
import { type Build, outcomeOfBuild, outcomeOfRun } from "../../../tasks/AzureImageBuilderV1/src/outputs/outcome.ts";
import { plan, shown, stageAgent, template, templateId, versionId } from "../build/stage.ts";

const definitionId = versionId.replace(/\/versions.*/, "");
const imageId = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/images/web";

function values(build: Partial<Build>): Readonly<Record<string, string>> {
  const result: BuildResult = {
    outcome: "Succeeded",
    runOutputs: [{ name: "gallery", artifactId: versionId }],
    sourceVersion: "24.04.202601140",
    templateId,
    mayStillRun: false,
    phases: [],
    steps: [],
    leftovers: { cleanedUp: [], left: [] },
  };
  const outputs = toOutputs(outcomeOfBuild({ plan, template, result, ...build }));
  return Object.fromEntries(outputs.map(({ name, value }) => [name, value]));
}

describe("Outputs", () => {
  it("name the gallery version, its parts and its regions", () => {
    assert.deepEqual(values({}), {
      imageUri: versionId,
      templateName: "aib-1",
      templateId,
      pirPublisher: "Canonical",
      pirOffer: "o",
      pirSku: "s",
      pirVersion: "24.04.202601140",
      imageId: versionId,
      imageVersion: "1.0.0",
      galleryImageId: definitionId,
      imageIds: JSON.stringify([versionId]),
      runOutputs: JSON.stringify([
        { name: "gallery", kind: "gallery", id: versionId, version: "1.0.0", regions: ["westeurope", "northeurope"] },
      ]),
      sourceVersion: "24.04.202601140",
      requestDigest: "v1:abc",
      buildOutcome: "Succeeded",
    });
  });

  it("name a managed image", () => {
    const target = { kind: "managedImage", runOutputName: "image", imageId, location: "westeurope" } as const;
    const result = { ...success, runOutputs: [{ name: "image", artifactId: imageId }] };
    const found = values({ plan: { ...plan, target }, result });
    assert.deepEqual([found["imageUri"], found["imageId"], found["imageVersion"]], [imageId, imageId, undefined]);
    assert.equal(
      found["runOutputs"],
      JSON.stringify([{ name: "image", kind: "managedImage", id: imageId, regions: ["westeurope"] }]),
    );
  });

  it("name a VHD by its address and give no image ID", () => {
    const target = { kind: "vhd", runOutputName: "vhd" } as const;
    const uri = "https://x.blob.core.windows.net/vhds/1.vhd";
    const found = values({
      plan: { ...plan, target },
      result: { ...success, runOutputs: [{ name: "vhd", artifactUri: uri }] },
    });
    assert.deepEqual(
      [found["imageUri"], found["vhdUri"], found["imageId"], found["imageIds"]],
      [uri, uri, undefined, undefined],
    );
    assert.equal(found["runOutputs"], JSON.stringify([{ name: "vhd", kind: "vhd", uri }]));
  });

  it("give the artifact's digest", () => {
    const tagged = { ...template, tags: { "aib-task-artifact": "v1:ab" } };
    assert.equal(values({ template: tagged })["artifactDigest"], "v1:ab");
  });

  it("give the planned version of the source when the service does not tell one", () => {
    assert.equal(values({ result: { ...success, sourceVersion: undefined } })["pirVersion"], "24.04.1");
  });

  it("of a template that was there come from what the service says of it", () => {
    const result: BuildResult = { ...success, runOutputs: [{ name: "a", artifactId: versionId }] };
    const found = shown(undefined, {
      platformImage: { publisher: "Canonical", offer: "o", sku: "s", version: "latest" },
      targets: [{ runOutputName: "A", regions: ["westeurope"] }],
      tags: { "aib-task-artifact": "v1:ab" },
    });
    const outputs = toOutputs(outcomeOfRun("weekly", found, result));
    const byName = Object.fromEntries(outputs.map(({ name, value }) => [name, value]));
    assert.deepEqual(
      ["templateName", "pirOffer", "imageId", "artifactDigest", "requestDigest"].map((name) => byName[name]),
      ["weekly", "o", versionId, "v1:ab", undefined],
    );
    assert.match(byName["runOutputs"] ?? "", /"regions":\["westeurope"\]/);
  });

  it("are set after a failed build where they have a value", () => {
    const result: BuildResult = {
      outcome: "Failed",
      runOutputs: [],
      templateId,
      mayStillRun: false,
      phases: [],
      steps: [],
      leftovers: { cleanedUp: [], left: [] },
    };
    const found = values({ result });
    assert.deepEqual(
      [found["templateName"], found["templateId"], found["buildOutcome"]],
      ["aib-1", templateId, "Failed"],
    );
    assert.deepEqual(
      ["imageUri", "imageId", "runOutputs"].map((name) => found[name]),
      [undefined, undefined, undefined],
    );
  });

  it("of the older tasks are set twice, plain and as the step's; the others as the step's only", () => {
    const set: string[] = [];
    const agent = {
      ...stageAgent({ seconds: () => 0 }),
      setVariable: (name: string, value: string, kind: string) => void set.push(`${kind} ${name}=${value}`),
    };
    publishOutputs(
      [
        { name: "imageUri", kind: "plain", value: "a" },
        { name: "imageId", kind: "declared", value: "b" },
      ],
      agent,
    );
    assert.deepEqual(set, ["plain imageUri=a", "output imageUri=a", "output imageId=b"]);
  });

  it("are printed in the form that scripts for the older tasks search for", () => {
    const agent = stageAgent({ seconds: () => 0 });
    publishOutputs([{ name: "imageUri", kind: "plain", value: "/x" }], agent);
    assert.deepEqual(
      agent.log.map(({ text }) => text),
      ["## task output variables ##", "$(imageUri) =  /x"],
    );
  });
});

const success: BuildResult = {
  outcome: "Succeeded",
  runOutputs: [],
  templateId,
  mayStillRun: false,
  phases: [],
  steps: [],
  leftovers: { cleanedUp: [], left: [] },
};
