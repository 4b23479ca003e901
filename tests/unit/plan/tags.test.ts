/** Tags of templates and images: what they tell, and what they never tell. */
import assert from "node:assert/strict";
import { InputError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { readRunIdentity } from "../../../tasks/AzureImageBuilderV1/src/facts/run-identity.ts";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { planBuild } from "../../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import type { BuildPlan } from "../../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import { agentOf, step, type StepInputs } from "../inputs/step.ts";
import { factsOf } from "./facts.ts";

const plan = (inputs: StepInputs, facts = factsOf()): BuildPlan => planBuild(parseInputs(agentOf(step(inputs))), facts);
const manyTags = (count: number): string => JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [`t${at}`, "x"]))); // prettier-ignore

describe("tags", () => {
  it("of the image tell run, commit and template, and nothing else unless asked", () => {
    const { imageTags, template } = plan({});
    assert.deepEqual(imageTags, {
      "aib-task-run": "build/1042",
      "aib-task-commit": "c0ffee",
      "aib-task-template": template.name,
    });
  });

  it("of the image name the template that the user has named", () => {
    assert.equal(plan({ templateName: "weekly" }).imageTags["aib-task-template"], "weekly");
  });

  it("of the image tell where the sources are when asked", () => {
    const { imageTags, template } = plan({ provenanceTags: "full" });
    assert.deepEqual(imageTags, {
      "aib-task-template": template.name,
      "aib-task-run": "build/1042",
      "aib-task-commit": "c0ffee",
      "aib-task-repository": "r",
      "aib-task-repository-url": "https://dev.azure.com/o/p/_git/r",
      "aib-task-branch": "refs/heads/main",
      "aib-task-url": "https://dev.azure.com/o/p/_build/results?buildId=1042",
    });
  });

  it("leave out an address that is longer than Azure takes, instead of cutting it", () => {
    const run = { ...factsOf().run, branch: "b".repeat(257) };
    assert.equal(plan({ provenanceTags: "full" }, factsOf({ run })).imageTags["aib-task-branch"], undefined);
  });

  it("never name the user of a clone address or its token", () => {
    const variables: Readonly<Record<string, string>> = {
      "Build.Repository.Uri": "https://jane.doe:pat@dev.azure.com/o/p/_git/r?x=1",
      "System.CollectionUri": "https://dev.azure.com/o/",
      "System.TeamProject": "my project",
      "Build.BuildId": "7",
    };
    const run = readRunIdentity({ variable: (name) => variables[name] });
    assert.deepEqual(
      [run.repositoryUrl, run.url],
      ["https://dev.azure.com/o/p/_git/r", "https://dev.azure.com/o/my%20project/_build/results?buildId=7"],
    );
  });

  it("of the user stand beside the task's own", () => {
    assert.equal(plan({ imageTags: "team: web" }).imageTags["team"], "web");
    assert.equal(plan({ templateTags: "team: web" }).templateTags["team"], "web");
  });

  for (const [input, provenanceTags, room] of [
    ["imageTags", "minimal", 45],
    ["imageTags", "none", 48],
    ["templateTags", "none", 46],
  ] as const) {
    // prettier-ignore
    it(`leave room for ${room} of the user's: ${input}, ${provenanceTags}`, () => {
      assert.ok(plan({ [input]: manyTags(room), provenanceTags }));
      assert.throws(() => plan({ [input]: manyTags(room + 1), provenanceTags }), InputError);
    });
  }
});
