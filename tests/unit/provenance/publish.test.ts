import assert from "node:assert/strict";
import type { BuildResult } from "../../../tasks/AzureImageBuilderV1/src/build/types.ts";
import type { BuildPlan } from "../../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import type { Agent, WorkFile } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { type BuildMade, publishProvenance } from "../../../tasks/AzureImageBuilderV1/src/provenance/publish.ts";
import { parseStatement, type Statement } from "../../../tasks/AzureImageBuilderV1/src/provenance/statement.ts";
import { requestDigest } from "../../../tasks/AzureImageBuilderV1/src/request/index.ts";
import { type Stage, setStage } from "../build/stage.ts";
import { subscription } from "../inputs/step.ts";
import { factsOf } from "../plan/facts.ts";
import { form, version } from "./made.ts";
import { statementFaults } from "./schema.ts";

const plan = {
  template: { subscriptionId: subscription, resourceGroup: "rg", name: "aib-0123456789abcdef" },
  apiVersion: "2024-02-01",
  location: "westeurope",
} as BuildPlan;

const built: BuildResult = {
  ...{ outcome: "Succeeded", templateId: "/t", phases: [], steps: [], mayStillRun: false, sourceVersion: "24.04.9" },
  runOutputs: [{ name: "web", artifactId: version }],
  leftovers: { cleanedUp: [], left: [] },
};

const what = (result: Partial<BuildResult> = {}, run: Partial<BuildMade["run"]> = {}): BuildMade => ({
  ...{ plan, form, startedAt: new Date("2026-11-23T10:00:00Z") },
  run: { ...factsOf().run, ...run },
  result: { ...built, ...result },
});

const name = "provenance.Build.Bake-Bake.image.aib-0123456789abcdef.intoto.json";

const told = (stage: Stage, kind: string): readonly string[] =>
  stage.agent.log.filter((line) => line.kind === kind).map(({ text }) => text);

const hiding = (stage: Stage, ...secrets: readonly string[]): Stage => ({
  ...stage,
  agent: {
    ...stage.agent,
    hideSecrets: (text: string) => secrets.reduce((hidden, secret) => hidden.split(secret).join("***"), text),
  },
});

describe("Publishing provenance", () => {
  it("attaches a statement that can be read again, and puts it into the archive of the logs", async () => {
    const stage = setStage({});
    await publishProvenance(what(), stage);
    const text = stage.files.get(name) ?? "";
    const read = parseStatement(text);
    assert.deepEqual([read?.images, read?.requestDigest], [[version], requestDigest(form)]);
    assert.deepEqual(statementFaults(JSON.parse(text)), []);
    assert.deepEqual(told(stage, "upload"), [`AzureImageBuilder.Provenance ${name}`, `log /temp/${name}`]);
    assert.deepEqual(told(stage, "warning"), []);
  });

  it("tells who built, when, and with what", async () => {
    const stage = setStage({});
    await publishProvenance(what(), stage);
    const { predicate } = JSON.parse(stage.files.get(name) ?? "") as Statement;
    assert.equal(predicate.runDetails.builder.id, "https://dev.azure.com/o/p/_build?definitionId=12");
    assert.equal(predicate.runDetails.metadata.invocationId, "https://dev.azure.com/o/p/_build/results?buildId=1042");
    assert.equal(predicate.runDetails.metadata.startedOn, "2026-11-23T10:00:00.000Z");
    assert.match(predicate.buildDefinition.internalParameters.task, /^AzureImageBuilder@\d+\.\d+\.\d+$/);
    assert.match(predicate.buildDefinition.resolvedDependencies[0]?.uri ?? "", /versions\/24\.04\.9$/);
  });

  it("names the images there are of a build that is partly good, blobs without their signature", async () => {
    const stage = setStage({});
    const runOutputs = [
      { name: "web", artifactId: version },
      { name: "vhd", artifactUri: "https://st.blob.core.windows.net/vhds/a.vhd?sv=1&sig=secret" },
      { name: "none" },
    ];
    await publishProvenance(what({ outcome: "PartiallySucceeded", runOutputs }), stage);
    assert.deepEqual(parseStatement(stage.files.get(name) ?? "")?.images, [
      version,
      "https://st.blob.core.windows.net/vhds/a.vhd",
    ]);
  });

  const nothing: readonly (readonly [string, Partial<BuildResult>])[] = [
    ["failed", { outcome: "Failed" }],
    ["was cancelled", { outcome: "Canceled" }],
    ["goes on", { outcome: "Started" }],
    ["left no image", { runOutputs: [] }],
  ];
  for (const [title, result] of nothing) {
    it(`leaves nothing of a build that ${title}`, async () => {
      const stage = setStage({});
      await publishProvenance(what(result), stage);
      assert.deepEqual([[...stage.files.keys()], told(stage, "upload")], [[], []]);
    });
  }

  it("gives two steps of a run files of their own, whatever their names hold", async () => {
    const stage = setStage({});
    await publishProvenance(what({}, { step: "image2" }), stage);
    await publishProvenance(what({}, { stage: "__default", job: 'a/b:"c"', step: "../x" }), stage);
    const names = [...stage.files.keys()];
    assert.equal(new Set(names).size, 2);
    for (const one of names) assert.match(one, /^provenance\.[\w.-]+\.intoto\.json$/);
  });

  it("holds no secret, and says that the image cannot be used again where the request held one", async () => {
    const stage = hiding(setStage({}), "example.com", "buildType");
    await publishProvenance(what(), stage);
    const text = stage.files.get(name) ?? "";
    assert.doesNotMatch(text, /example\.com/);
    assert.equal(parseStatement(text), undefined);
    assert.match(told(stage, "warning").join(), /image is good.*holds a secret.*reuse/s);
  });

  it("keeps its form although a secret is one of its own words", async () => {
    const stage = hiding(setStage({}), "predicate", "runDetails");
    await publishProvenance(what(), stage);
    assert.deepEqual(parseStatement(stage.files.get(name) ?? "")?.images, [version]);
  });

  const broken: Readonly<Record<string, Partial<WorkFile>>> = {
    "be closed": { close: () => Promise.reject(new Error("ENOSPC")) },
    "be written": {
      write: () => {
        throw new Error("ENOSPC");
      },
    },
  };
  for (const [title, part] of Object.entries(broken)) {
    it(`warns, attaches nothing and goes on when the file cannot ${title}`, async () => {
      const stage = setStage({});
      const createWorkFile = (one: string): WorkFile => ({ ...stage.createWorkFile(one), ...part });
      await publishProvenance(what(), { ...stage, createWorkFile });
      assert.deepEqual(told(stage, "upload"), []);
      assert.match(told(stage, "warning").join(), /The image is good.*ENOSPC/s);
    });
  }

  it("warns and goes on when it cannot be attached", async () => {
    const stage = setStage({});
    const agent: Stage["agent"] = {
      ...stage.agent,
      attach: (() => {
        throw new Error("no agent");
      }) satisfies Agent["attach"],
    };
    await publishProvenance(what(), { ...stage, agent });
    assert.match(told(stage, "warning").join(), /The image is good.*no agent/s);
  });
});
