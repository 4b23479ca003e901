import assert from "node:assert/strict";
import type { BuildResult } from "../../../tasks/AzureImageBuilderV1/src/build/types.ts";
import { publishOutputs, toOutputs } from "../../../tasks/AzureImageBuilderV1/src/outputs/to-outputs.ts";
import type { Outcome } from "../../../tasks/AzureImageBuilderV1/src/outputs/table.ts";
import { Secret } from "../../../tasks/AzureImageBuilderV1/src/secret.ts";
import { plan, stageAgent, template, templateId, versionId } from "../build/stage.ts";

const definitionId = versionId.replace(/\/versions.*/, "");
const imageId = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/images/web";

function values(outcome: Partial<Outcome>): Readonly<Record<string, string>> {
  const result: BuildResult = {
    outcome: "Succeeded",
    runOutputs: [{ name: "gallery", artifactId: versionId }],
    sourceVersion: "24.04.202601140",
    templateId,
    mayStillRun: false,
  };
  const outputs = toOutputs({ plan, artifact: undefined, template, result, ...outcome });
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
    const artifact = { url: new Secret("https://x"), sha256: "ab".repeat(32), size: 1 };
    assert.equal(values({ artifact })["artifactDigest"], `v1:${"ab".repeat(32)}`);
  });

  it("give the planned version of the source when the service does not tell one", () => {
    assert.equal(values({ result: { ...success, sourceVersion: undefined } })["pirVersion"], "24.04.1");
  });

  it("are set after a failed build where they have a value", () => {
    const result: BuildResult = { outcome: "Failed", runOutputs: [], templateId, mayStillRun: false };
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

const success: BuildResult = { outcome: "Succeeded", runOutputs: [], templateId, mayStillRun: false };
