import assert from "node:assert/strict";
import { publishSummary } from "../../../tasks/AzureImageBuilderV1/src/outputs/summary-publish.ts";
import type { WorkFile } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { type Stage, setStage } from "../build/stage.ts";
import { summaries } from "./summary-cases.ts";

const data = summaries["gallery-two-regions"] as (typeof summaries)[string];

function told(stage: Stage, kind: string): readonly string[] {
  return stage.agent.log.filter((line) => line.kind === kind).map(({ text }) => text);
}

describe("Publishing the summary", () => {
  it("uploads a file named after the step", async () => {
    const stage = setStage({});
    await publishSummary(data, stage);
    assert.deepEqual(told(stage, "upload"), ["summary /temp/Image image.md"]);
    assert.match(stage.files.get("Image image.md") ?? "", /^## Image built\n/);
  });

  it("names the file after the template where the step's name is unknown, and keeps to a file's name", async () => {
    const stage = setStage({});
    const { place: _place, ...rest } = data;
    await publishSummary({ ...rest, template: { id: "", removed: false, name: "../a b/c" } }, stage);
    assert.deepEqual([...stage.files.keys()], ["Image ..-a-b-c.md"]);
  });

  it("writes no secret, also where Markdown writes its characters differently", async () => {
    const stage = setStage({});
    const secrets = ["p_a*ss", "x|y`z"];
    const agent = {
      ...stage.agent,
      hideSecrets: (text: string) => secrets.reduce((hidden, secret) => hidden.split(secret).join("***"), text),
    };
    await publishSummary({ ...data, notes: ["is p_a*ss", "is x|y`z"] }, { ...stage, agent });
    const text = stage.files.get("Image image.md") ?? "";
    assert.doesNotMatch(text, /p&#95;a|x&#124;y/);
    assert.match(text, /- is &#42;&#42;&#42;\n- is &#42;&#42;&#42;\n/);
  });

  const broken: Readonly<Record<string, Partial<WorkFile>>> = {
    "cannot be closed": { close: () => Promise.reject(new Error("ENOSPC")) },
    "cannot be written": {
      write: () => {
        throw new Error("ENOSPC");
      },
    },
  };
  for (const [what, part] of Object.entries(broken)) {
    it(`says so, uploads nothing and goes on when the file ${what}`, async () => {
      const stage = setStage({});
      const createWorkFile = (name: string): WorkFile => ({ ...stage.createWorkFile(name), ...part });
      await publishSummary(data, { ...stage, createWorkFile });
      assert.deepEqual(told(stage, "upload"), []);
      assert.match(told(stage, "info").join(), /could not be written: ENOSPC/);
    });
  }
});
