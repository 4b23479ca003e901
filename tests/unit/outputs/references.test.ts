import assert from "node:assert/strict";
import { describeReferences } from "../../../tasks/AzureImageBuilderV1/src/outputs/references.ts";

function lines(variables: Readonly<Record<string, string>>): string {
  return describeReferences("imageId", (name) => variables[name]).join("\n");
}

const job = {
  "System.TaskInstanceName": "image",
  "System.HostType": "build",
  "System.StageName": "Build",
  "System.PhaseName": "Bake",
  "System.JobName": "__default",
};

describe("The log's words on how to use an output", () => {
  it("give the exact expression for a later step, job and stage", () => {
    assert.equal(
      lines(job),
      [
        "To use it later:",
        "  a later step of this job:   $(image.imageId)",
        "  a later job of this stage:  $[ dependencies.Bake.outputs['image.imageId'] ]",
        "  a later stage:              $[ stageDependencies.Build.Bake.outputs['image.imageId'] ]",
      ].join("\n"),
    );
  });

  it("carry the instance's name in a multiplied job", () => {
    assert.match(
      lines({ ...job, "System.JobName": "linux" }),
      /dependencies\.Bake\.outputs\['linux\.image\.imageId'\]/,
    );
  });

  it("carry the job's name in a deployment job", () => {
    const text = lines({ ...job, "System.JobName": "Deploy", "Environment.Name": "prod" });
    assert.match(text, /stageDependencies\.Build\.Bake\.outputs\['Bake\.image\.imageId'\]/);
  });

  it("stay within the job in a classic release", () => {
    assert.doesNotMatch(lines({ ...job, "System.HostType": "release" }), /dependencies/);
  });

  it("name no later stage in a pipeline without stages", () => {
    assert.doesNotMatch(lines({ ...job, "System.StageName": "__default" }), /stageDependencies|a later stage/);
    assert.match(lines({ ...job, "System.StageName": "__default" }), /dependencies\.Bake/);
  });

  it("advise to name a step that has no name of its own", () => {
    assert.match(lines({ ...job, "System.TaskInstanceName": "AzureImageBuilder1" }), /no name of its own.*name: image/);
    assert.doesNotMatch(lines(job), /no name/);
  });

  it("are absent where the step is not known", () => {
    assert.equal(lines({}), "");
  });
});
