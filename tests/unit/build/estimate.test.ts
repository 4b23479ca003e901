import assert from "node:assert/strict";
import { estimateDuration, noteDuration } from "../../../tasks/AzureImageBuilderV1/src/build/estimate.ts";
import type { GalleryVersionFacts, Images } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { refusal, setStage, versionId } from "./stage.ts";

function version(name: string, duration?: string): GalleryVersionFacts {
  const tags: Readonly<Record<string, string>> = duration === undefined ? {} : { "aib-task-duration": duration };
  return { name, provisioningState: "Succeeded", excludeFromLatest: false, regions: [], tags };
}

describe("How long a build may take", () => {
  const cases: readonly (readonly [title: string, versions: readonly GalleryVersionFacts[], ms: number | undefined])[] =
    [
      ["is unknown of a new image", [], undefined],
      ["is unknown where no version tells", [version("1.0.0"), version("1.0.1")], undefined],
      ["is what the only one took that tells", [version("1.0.0", "PT600S"), version("1.0.1")], 600_000],
      [
        "is the middle one, not the mean",
        [version("1.0.0", "PT10S"), version("1.0.1", "PT20S"), version("1.0.2", "PT9000S")],
        20_000,
      ],
      [
        "is that of the latest five by number",
        [
          ...["1.9.0", "1.8.0"].map((name) => version(name, "PT1S")),
          ...["1.10.0", "1.11.0", "1.12.0", "1.13.0", "1.14.0"].map((name) => version(name, "PT700S")),
        ],
        700_000,
      ],
      ["heeds no other forms", [version("1.0.0", "10 minutes"), version("1.0.1", "PT1H"), version("1.0.2", "PT-5S")], undefined], // prettier-ignore
      ["heeds no version without a number", [version("draft", "PT10S")], undefined],
    ];
  for (const [title, versions, ms] of cases) {
    it(title, () => assert.equal(estimateDuration(versions), ms));
  }
});

describe("How long a build took", () => {
  it("is noted on each image and on no VHD, in a form that the estimate reads", async () => {
    const stage = setStage({});
    const vhd = { name: "vhd", artifactUri: "https://x/1.vhd" };
    await noteDuration([{ name: "gallery", artifactId: versionId }, vhd], 1_114_400, stage);
    assert.deepEqual([...stage.tagged], [[versionId, { "aib-task-duration": "PT1114S" }]]);
    const [noted] = stage.tagged.values();
    assert.equal(estimateDuration([{ ...version("1.0.0"), tags: noted ?? {} }]), 1_114_000);
  });

  it("is not spoken of where the right to write tags is missing, and the next image is tried", async () => {
    const stage = setStage({});
    const tried: string[] = [];
    const images: Images = {
      addTags: async (id) => {
        tried.push(id);
        throw refusal(403, "AuthorizationFailed");
      },
    };
    const outputs = ["a", "b"].map((id) => ({ name: id, artifactId: id }));
    await noteDuration(outputs, 60_000, { ...stage, images });
    assert.deepEqual(tried, ["a", "b"]);
    assert.deepEqual(stage.agent.log, []);
  });
});
