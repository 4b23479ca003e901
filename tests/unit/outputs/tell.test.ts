import assert from "node:assert/strict";
import { outcomeOfBuild } from "../../../tasks/AzureImageBuilderV1/src/outputs/outcome.ts";
import { tellOutcome } from "../../../tasks/AzureImageBuilderV1/src/outputs/tell.ts";
import { plan, setStage, template, templateId, versionId } from "../build/stage.ts";

describe("What a step leaves behind", () => {
  it("is set before anything is cleaned up, and the summary comes last and tells of that, too", async () => {
    const stage = setStage({});
    const order: string[] = [];
    const agent = {
      ...stage.agent,
      setVariable: (name: string) => void order.push(name),
      upload: (kind: string) => void order.push(kind),
    };
    const result = {
      outcome: "Succeeded",
      runOutputs: [{ name: "gallery", artifactId: versionId }],
      templateId,
      mayStillRun: false,
      phases: [],
      steps: [],
      leftovers: { cleanedUp: [], left: [] },
      cleanUp: async () => {
        order.push("clean up");
        return { cleanedUp: ["image template aib-1 and its staging resources"], left: [] };
      },
    } as const;
    const outcome = outcomeOfBuild({ plan, template, result });
    await tellOutcome(outcome, { notes: [], startedAt: stage.clock.now() }, { ...stage, agent });
    assert.ok(order.includes("imageId"), order.join());
    assert.deepEqual(order.slice(-2), ["clean up", "summary"]);
    assert.match([...stage.files.values()].join(), /image template aib-1 and its staging resources/);
  });
});
