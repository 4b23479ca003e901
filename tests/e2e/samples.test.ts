/** Every sample is run as a user would run it, and what its later steps, jobs and stages use is there. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readSampleHeads, sampleTable } from "../../scripts/readme/samples.ts";
import {
  checkGood,
  openSampleStage,
  samplesFolder,
  shownSteps,
  type SampleRun,
  type SampleStage,
} from "./samples-stage.ts";

/** Who runs a sample that is not run here: the file, below tests/e2e. */
const elsewhere: Readonly<Record<string, string>> = {
  "detached/": "detached.test.ts",
  "linux-webapp/": "demo.test.ts",
  "migration/": "samples-migration.test.ts",
  "steps-linux/": "steps.test.ts",
};

type Check = (run: SampleRun, stage: SampleStage) => void;

interface SampleCase {
  /** Below samples/. */
  readonly path: string;
  readonly title: string;
  readonly world?: string;
  /** Beside those that every sample has. */
  readonly variables?: (group: string) => Readonly<Record<string, string>>;
  readonly check: Check;
}

const providers = (group: string, path: string): string => `${group}/providers/Microsoft.${path}`;

const cases: readonly SampleCase[] = [
  {
    path: "windows-desktop/azure-pipelines.yml",
    title: "makes a Windows image whose number follows its pattern, with restart and update between the scripts",
    variables: (group) => ({ imageDefinition: providers(group, "Compute/galleries/galimages/images/windows-avd") }),
    check: ({ report, log }, stage) => {
      assert.deepEqual(stage.versions("windows-avd"), ["1.2.0"]);
      assert.match(log, /in this order: apps, restart-2, windowsUpdate-3, restart-4, settings\./);
      const source = report.outputs["image.sourceVersion"] ?? "none";
      assert.ok(log.includes(`New session hosts take version 1.2.0, made of Windows ${source}`));
    },
  },
  {
    path: "several-targets/azure-pipelines.yml",
    title: "makes a version in three regions, a managed image and a VHD, and tells the next job all of them",
    check: ({ report, log }, stage) => {
      const { outputs } = report;
      assert.deepEqual(stage.regionsOf(outputs["image.imageId"]), ["westeurope", "northeurope", "eastus2"]);
      const managed = stage.emulator.world.resources.list(stage.group, "Microsoft.Compute/images");
      assert.equal(managed.length, 1);
      assert.ok(log.includes(`gallery version: ${outputs["image.imageId"]}`));
      assert.ok(log.includes(`all images: ["${outputs["image.imageId"]}","${managed[0]?.id}"]`));
      assert.match(log, /\nVHD: https:\/\/stimages\.blob\.core\.windows\.net\/vhds\/base-[\d.]+\.vhd\n/);
      const kinds = JSON.parse(outputs["image.runOutputs"] ?? "[]") as readonly { readonly name: string }[];
      assert.deepEqual(
        kinds.map(({ name }) => name),
        ["worldwide", "single", "disk"],
      );
    },
  },
  {
    path: "private-network/azure-pipelines.yml",
    title: "builds in subnets and a staging group of one's own, all checks good, without a signed address",
    variables: (group) => ({
      vmIdentity: providers(group, "ManagedIdentity/userAssignedIdentities/id-packages"),
      network: providers(group, "Network/virtualNetworks/vnet-build"),
    }),
    check: ({ report, log }, stage) => {
      assert.match(log, /Preflight: 14 ok, 1 skipped/);
      assert.match(log, /"containerInstanceSubnetId": ".*\/vnet-build\/subnets\/containers"/);
      assert.match(log, /"stagingResourceGroup": ".*\/rg-images-staging"/);
      assert.match(log, /in this order: fetch-artifact, install, remove-artifact\./);
      const signed = stage.emulator.requests().filter(({ url }) => /\/imagebuilder\/v1\/.*[?&]sig=/.test(url));
      assert.deepEqual([signed, /[?&]sig=/.test(log)], [[], false]);
      assert.ok(log.includes(`The image is ${report.outputs["image.imageId"]}`));
      assert.deepEqual(stage.regionsOf(report.outputs["image.imageId"]), ["westeurope"]);
    },
  },
  {
    path: "template-file/azure-pipelines.yml",
    title: "fills in the file's parameters and puts the artifact where the file marks it",
    check: ({ report, log }, stage) => {
      const inOrder = /greet \(Shell\)[\s\S]*fetch-artifact \(Shell\)[\s\S]*install \(Shell\)/;
      assert.match(log, inOrder);
      assert.match(log, /echo \\"Made by [\d.]+\\" \| sudo tee \/etc\/greeting/);
      assert.match(log, /"buildTimeoutInMinutes": 100/);
      assert.ok(log.includes(`The image is ${report.outputs["image.imageId"]}`));
      assert.deepEqual(stage.regionsOf(report.outputs["image.imageId"]), ["westeurope"]);
    },
  },
  {
    path: "scale-set/azure-pipelines.yml",
    title: "hands the ID of a version that exists to the stage that rolls the scale set",
    check: ({ report, log }, stage) => {
      const imageId = report.outputs["image.imageId"] ?? "none";
      assert.deepEqual([stage.versions("ubuntu-web"), stage.regionsOf(imageId)], [["1.0.0"], ["westeurope"]]);
      const [roll = "", ...others] = shownSteps(log, "AzureCLI@2");
      assert.deepEqual(others, []);
      assert.match(roll, /echo "Rolling vmss-web to version 1\.0\.0"\n/);
      assert.ok(roll.includes(`imageReference.id=${imageId}\n`), roll);
      assert.match(roll, /azureSubscription: images-prod\n/);
    },
  },
  {
    path: "build-agents/azure-pipelines.yml",
    title: "hands the version to the scale set of agents, and names what the managed pool takes",
    check: ({ report, log }, stage) => {
      const { outputs } = report;
      assert.match(outputs["image.imageVersion"] ?? "", /^\d{4}\.\d{3,4}\.0$/);
      assert.deepEqual(stage.regionsOf(outputs["image.imageId"]), ["westeurope"]);
      assert.ok(log.includes(`The pool's image is ${outputs["image.galleryImageId"]}/versions/latest`));
      const [agents = ""] = shownSteps(log, "AzureCLI@2");
      assert.ok(agents.includes(`imageReference.id=${outputs["image.imageId"]}`), agents);
      assert.match(log, /"vmBoot": \{\s+"state": "Enabled"/);
    },
  },
  {
    path: "promote-after-test/azure-pipelines.yml",
    title: "publishes outside of latest, shows the test the version, and promotes it to the other regions",
    check: ({ report, log }, stage) => {
      const imageId = report.outputs["image.imageId"] ?? "none";
      assert.match(log, /"excludeFromLatest": true/);
      const [test = "", away = ""] = shownSteps(log, "AzureCLI@2");
      assert.ok(test.includes(`--image ${imageId} `), test);
      assert.match(away, /az vm delete --resource-group rg-image-tests --name test-\d+ --yes/);
      assert.equal(report.outputs["care.latestVersion"], "2.0.0");
      assert.match(log, /\nlatest is 2\.0\.0\n/);
      assert.deepEqual(stage.regionsOf(imageId), ["westeurope", "northeurope", "swedencentral"]);
    },
  },
  {
    path: "promote-after-test/care.yml",
    title: "retires the version that it is told, excludes what nobody needs, and sweeps up",
    world: "lifecycle",
    variables: () => ({ retireVersion: "1.2.0" }),
    check: ({ report }) => {
      const done = (step: string): readonly string[] => {
        const deeds = JSON.parse(report.outputs[`${step}.done`] ?? "[]") as readonly { id: string; what: string }[];
        return deeds.map(({ id, what }) => `${what} ${id.split("/").at(-1)}`);
      };
      assert.deepEqual(done("retire"), ["retire 1.2.0"]);
      assert.ok(done("retain").length > 0 && done("retain").every((deed) => deed.startsWith("excludeFromLatest ")));
      assert.deepEqual(done("sweep"), []);
    },
  },
  {
    path: "promote-after-test/care.yml",
    title: "retires nothing where it is not told what",
    world: "lifecycle",
    check: ({ report }) => {
      const results = report.steps.filter(({ task }) => task.startsWith("AzureImage")).map(({ result }) => result);
      assert.deepEqual(results, ["Skipped", "Succeeded", "Succeeded"]);
    },
  },
];

describe("the sample", function () {
  this.timeout(120_000);
  let stage: SampleStage | undefined;
  afterEach(async () => {
    await stage?.close();
    stage = undefined;
  });

  for (const { path, title, world, variables, check } of cases) {
    it(`${path} ${title}`, async () => {
      stage = await openSampleStage(world);
      const run = await stage.run(path, variables?.(stage.group));
      checkGood(run);
      check(run, stage);
    });
  }

  it("reuse-nightly/azure-pipelines.yml builds the first night, and the next night finds the same image", async () => {
    stage = await openSampleStage();
    const nightly = "reuse-nightly/azure-pipelines.yml";
    const first = await stage.run(nightly);
    checkGood(first);
    const { outputs } = first.report;
    assert.deepEqual([outputs["news.buildNeeded"], outputs["news.buildReason"]], ["true", "noImage"]);
    assert.deepEqual(stage.regionsOf(outputs["use.imageId"]), ["westeurope"]);
    const second = await stage.run(nightly);
    checkGood(second);
    assert.equal(second.report.outputs["news.buildNeeded"], "false", second.log.slice(-3000));
    assert.equal(second.report.outputs["use.imageId"], outputs["use.imageId"]);
    assert.ok(!second.report.steps.some(({ name }) => name === "image"));
    assert.deepEqual(stage.versions("ubuntu-web"), ["1.0.0"]);
  });
});

describe("samples", () => {
  const heads = readSampleHeads(samplesFolder);

  it("are all run by a test", () => {
    const here = new Set([...cases.map(({ path }) => path), "reuse-nightly/azure-pipelines.yml"]);
    const others = heads.map(({ path }) => path).filter((path) => !here.has(path));
    for (const path of others) {
      const [folder, test] = Object.entries(elsewhere).find(([start]) => path.startsWith(start)) ?? [];
      assert.ok(folder !== undefined && test !== undefined, `samples/${path} is run by no test`);
    }
  });

  it("stand in the table of samples/README.md as their heads tell them", () => {
    const cells = (text: string): readonly string[] =>
      text
        .split("\n")
        .filter((line) => line.startsWith("| ["))
        .map((line) => line.replace(/ *\| */g, "|"));
    const page = readFileSync(join(samplesFolder, "README.md"), "utf8");
    assert.deepEqual(cells(page), cells(sampleTable(samplesFolder)));
  });

  it("know nothing of the emulator", () => {
    const texts = heads.map(({ path }) => readFileSync(join(samplesFolder, path), "utf8"));
    assert.deepEqual(
      texts.filter((text) => /emulat/i.test(text)),
      [],
    );
  });
});
