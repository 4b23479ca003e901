/** The plan for an artifact of a pipeline run. */
import assert from "node:assert/strict";
import { InputError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import type { Facts } from "../../../tasks/AzureImageBuilderV1/src/facts/types.ts";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { planBuild } from "../../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import type { ArtifactPlan } from "../../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import type { PipelineArtifact } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { agentOf, step } from "../inputs/step.ts";
import { factsOf } from "./facts.ts";

const artifact = (name = "web"): PipelineArtifact => ({
  ...{ project: "p", runId: 70, runName: "20261101.1", name, topFolder: name },
  downloadUrl: "https://dev.azure.com/x",
});
const plan = (facts: Partial<Facts>): ArtifactPlan | undefined =>
  planBuild(parseInputs(agentOf(step({ artifactName: "web", storageAccount: "stimages" }))), factsOf(facts)).artifact;

describe("an artifact of a run in the plan", () => {
  const places = [
    { osType: "linux", archive: "/tmp/web.zip", folder: "/tmp/web" },
    { osType: "windows", archive: "c:\\buildartifacts\\web.zip", folder: "c:\\buildartifacts\\web" },
  ] as const;
  for (const { osType, archive, folder } of places) {
    it(`is a zip as it comes, for ${osType} too, unpacked without the folder at its top`, () => {
      const planned = plan({ source: { osType }, pipelineArtifact: artifact() });
      assert.deepEqual(planned?.source, { kind: "pipeline", artifact: artifact() });
      assert.deepEqual(
        [planned.format, planned.archiveInImage, planned.folderInImage, planned.topFolder, planned.deriveModes],
        ["zip", archive, folder, "web", true],
      );
    });
  }

  it("has a name that the image can hold", () => {
    assert.throws(
      () => plan({ source: { osType: "windows" }, pipelineArtifact: artifact("con") }),
      (error) => error instanceof InputError && error.problems[0]?.input === "artifactName",
    );
  });
});
