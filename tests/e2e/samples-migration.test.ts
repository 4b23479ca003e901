/** The samples of moving from something else: before and after are run, and ask for the same image. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { planFile, type PlanAnswer } from "../../scripts/plan/plan-file.ts";
import { checkGood, openSampleStage, samplesFolder, shownSteps, type SampleStage } from "./samples-stage.ts";

const folder = join(samplesFolder, "migration");
const group = "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg-images/providers";

/** What a user would write into the variables of a sample. */
const variables = {
  imageIdentity: `${group}/Microsoft.ManagedIdentity/userAssignedIdentities/id-imagebuilder`,
  imageDefinition: `${group}/Microsoft.Compute/galleries/galimages/images/web`,
};

function plan(text: string, file: string): PlanAnswer & { readonly template: object } {
  const answer = planFile(text, { file, variables, inputs: {}, request: false });
  assert.deepEqual(answer.errors, []);
  assert.ok(answer.template !== null);
  return { ...answer, template: answer.template };
}

const read = (path: string): string => readFileSync(join(folder, path), "utf8");
const planSample = (path: string): PlanAnswer & { readonly template: object } => plan(read(path), "pipeline.yml");

describe("the plan of a sample of migration", () => {
  for (const older of ["azure-image-builder-task", "azure-image-builder-task-v2"]) {
    it(`from ${older} is the same template before and after`, () => {
      const [before, after] = ["before", "after"].map((name) => planSample(`${older}/${name}.yml`));
      assert.deepEqual([after?.template, after?.apiVersion], [before?.template, before?.apiVersion]);
    });

    it(`from ${older} depends on no default that was another one`, () => {
      const { notes } = planSample(`${older}/before.yml`);
      const changed = notes.filter(({ code, input }) => code === "AIB291" && input !== "buildTimeoutInMinutes");
      assert.deepEqual(changed, []);
    });
  }

  it("from az image builder has what the template of the script has", () => {
    const filled = read("az-image-builder/image-template.json")
      .replace("<location>", "westeurope")
      .replace("<identityId>", variables.imageIdentity)
      .replace("<definitionId>", variables.imageDefinition);
    const given = JSON.parse(filled) as Template;
    const { location, identity, properties } = planSample("az-image-builder/after.yml").template as Template;
    assert.deepEqual([location, identity], [given.location, given.identity]);
    const { distribute, ...rest } = properties;
    const { distribute: wanted, ...others } = given.properties;
    // The task writes down what the service does where a template says nothing, of errors and of `latest`.
    const errorHandling = { onCustomizerError: "cleanup", onValidationError: "cleanup" };
    assert.deepEqual(rest, { errorHandling, ...others });
    // The task's own tags stand beside those of the template.
    const own = (tags: Readonly<Record<string, string>>): object =>
      Object.fromEntries(Object.entries(tags).filter(([name]) => !name.startsWith("aib-task-")));
    assert.deepEqual(
      distribute.map(({ artifactTags, ...target }) => ({ ...target, artifactTags: own(artifactTags) })),
      wanted.map((target) => ({ ...target, excludeFromLatest: false })),
    );
  });
});

interface Template {
  readonly location: string;
  readonly identity: object;
  readonly properties: {
    readonly distribute: readonly { readonly artifactTags: Readonly<Record<string, string>> }[];
  };
}

describe("the sample of migration", function () {
  this.timeout(120_000);
  let stage: SampleStage;
  beforeEach(async () => {
    stage = await openSampleStage();
  });
  afterEach(() => stage.close());

  const windows = (): Readonly<Record<string, string>> => ({
    imageDefinition: `${stage.group}/providers/Microsoft.Compute/galleries/galimages/images/windows-avd`,
  });

  const before: readonly (readonly [path: string, codes: readonly string[], more?: typeof windows])[] = [
    // Its job has the default of 60 minutes, and its build the service's 240.
    ["azure-image-builder-task", ["AIB217"]],
    ["azure-image-builder-task-v2", [], windows],
  ];
  for (const [path, codes, more] of before) {
    it(`${path}/before.yml runs as it is, by the older task's name and variable`, async () => {
      const { report, log } = await stage.run(`migration/${path}/before.yml`, more?.());
      assert.equal(report.result, "Succeeded", log.slice(-4000));
      assert.deepEqual(
        report.steps.flatMap(({ issues }) => issues.map(({ code }) => code)),
        codes,
      );
      const { imageId } = imageOf(report.outputs);
      assert.deepEqual(stage.regionsOf(imageId), ["westeurope", "northeurope"]);
      assert.ok(log.includes(`The image is ${imageId}\n`));
    });
  }

  const after: readonly (readonly [path: string, regions: readonly string[], more?: typeof windows])[] = [
    ["azure-image-builder-task", ["westeurope", "northeurope"]],
    ["azure-image-builder-task-v2", ["westeurope", "northeurope"], windows],
    ["az-image-builder", ["westeurope", "northeurope"]],
  ];
  for (const [path, regions, more] of after) {
    it(`${path}/after.yml makes the version in its regions`, async () => {
      const run = await stage.run(`migration/${path}/after.yml`, more?.());
      checkGood(run);
      const { imageId } = imageOf(run.report.outputs);
      assert.deepEqual(stage.regionsOf(imageId), regions);
      assert.ok(run.log.includes(`The image is ${imageId}`));
    });
  }

  it("packer-build/after.yml makes the managed image that the step before would have made", async () => {
    const before = await stage.run("migration/packer-build/before.yml");
    const [shown = ""] = shownSteps(before.log, "PackerBuild@1");
    const name = (/managedImageName: (\S+)/.exec(shown)?.[1] ?? "none").replace(/\d+$/, "");
    assert.equal(name, "web-");
    const run = await stage.run("migration/packer-build/after.yml");
    checkGood(run);
    const { imageId } = imageOf(run.report.outputs);
    const made = stage.emulator.world.resources.list(stage.group, "Microsoft.Compute/images").map(({ id }) => id);
    assert.deepEqual(made, [imageId]);
    assert.match(imageId, /\/images\/web-\d+$/);
  });

  it("az-image-builder/before.yml shows the script with its values", async () => {
    const { report, log } = await stage.run("migration/az-image-builder/before.yml");
    assert.equal(report.result, "Succeeded", log.slice(-4000));
    const [shown = ""] = shownSteps(log, "AzureCLI@2");
    assert.match(shown, /az image builder run --resource-group rg-images --name web-\d+\n/);
  });
});

function imageOf(outputs: Readonly<Record<string, string>>): { readonly imageId: string } {
  return { imageId: outputs["image.imageId"] ?? "none" };
}
