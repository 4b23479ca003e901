/** Two builds that share a prepared staging resource group: the second waits until the first is done with it. */
import assert from "node:assert/strict";
import { type Ending, type EndingsStage, linux, openEndingsStage } from "./endings-stage.ts";

describe("a staging resource group that another build holds", function () {
  this.timeout(120_000);
  let stage: EndingsStage;
  before(async () => {
    stage = await openEndingsStage({ world: "preflight/staging-groups" });
  });
  after(() => stage.close());

  it("is waited for, with the holder's name, and then used", async () => {
    const inputs = linux(
      "- shell: { inline: ./install, name: install }",
      "      stagingResourceGroup: rg-good\n      preflight: none",
    );
    let second: Promise<Ending> | undefined;
    const first = await stage.bake(inputs, {
      builder: { durations: { building: 20 * 60_000 } },
      onLine: (line) => {
        if (/^[\d:]{8} {2}Building/.test(line)) second ??= stage.bake(inputs);
      },
    });
    const other = await second;
    assert.ok(other !== undefined, first.log);
    assert.deepEqual([first.step.result, other.step.result], ["Succeeded", "Succeeded"], other.log);
    const { templateName = "none" } = first.outputs;
    assert.notEqual(other.outputs["templateName"], templateName);
    assert.match(
      other.log,
      new RegExp(
        `The staging resource group rg-good is in use by image template ${templateName} of the resource group rg-images` +
          "( \\(\\w+\\)|, whose build does not go on)\\. Waiting for at most 30 minutes\\.",
      ),
    );
    assert.notEqual(other.outputs["imageId"], first.outputs["imageId"]);
    assert.match(other.log, new RegExp(`Creating image template ${other.outputs["templateName"] ?? ""} in`));
  });
});
