import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { taskKindOf } from "../../../scripts/plan/find-step.ts";
import { planFile, type PlanAnswer } from "../../../scripts/plan/plan-file.ts";
import { requestDigest } from "../../../tasks/AzureImageBuilderV1/src/request/index.ts";
import { definition, identity } from "../inputs/step.ts";

const root = resolve(import.meta.dirname, "../../..");
const plan = (
  text: string,
  variables: Readonly<Record<string, string>> = {},
  inputs: Readonly<Record<string, string>> = {},
): PlanAnswer => planFile(text, { variables, inputs });
const problems = ({ errors }: PlanAnswer): readonly string[] =>
  errors.map(({ code, input, line, column }) => `${input} ${code} ${line}:${column}`);

const inputs = `    azureSubscription: images
    resourceGroup: rg-images
    location: westeurope
    managedIdentity: ${identity}
    sourceImage: Canonical:ubuntu-24_04-lts:server
    galleryImage: ${definition}
`;
const bareStep = `- task: AzureImageBuilder@1\n  inputs:\n${inputs}`;

describe("which task a step names", () => {
  const names: readonly (readonly [string, string | undefined])[] = [
    ["AzureImageBuilder@1", "AzureImageBuilder"],
    ["azureimagebuilder@1", "AzureImageBuilder"],
    ["AzureImageBuilder@1.2.3", "AzureImageBuilder"],
    ["publisher.extension.contribution.AzureImageBuilder@1", "AzureImageBuilder"],
    ["5cb12e50-0223-4d98-9d9d-04867869f987@1", "AzureImageBuilder"],
    ["AzureImageBuilderTask@1", "AzureImageBuilderTask"],
    [
      "AzureImageBuilder.devOps-task-for-azure-image-builder.custom-build-release-task.AzureImageBuilderTask@1",
      "AzureImageBuilderTask",
    ],
    ["A4685136-7CB5-430C-9DF5-032660332FE9@1", "AzureImageBuilderTask"],
    ["AzureImageBuilderTaskV2@2", "AzureImageBuilderTaskV2"],
    ["vacuumbreather.devOps-task-for-azure-image-builder-v2.x.azureimagebuildertaskv2@2", "AzureImageBuilderTaskV2"],
    ["AzureImageBuilder@2", undefined],
    ["AzureImageBuilderTaskV2@1", undefined],
    ["NotAzureImageBuilder@1", undefined],
    ["AzureImageBuilder", undefined],
    ["toString@1", undefined],
  ];
  for (const [task, kind] of names) {
    it(`is ${kind ?? "another task"} for ${task}`, () => {
      assert.equal(taskKindOf(task), kind);
    });
  }
});

describe("the plan of a file", () => {
  for (const [pattern, number] of [
    ["1.2.{next}", "1.2.0"],
    ["1.{build}", "1.20260101.1"],
    ["{build}.{next}", "20260101.1.0"],
  ] as const) {
    it(`has a stand-in for the number that only a run knows: ${pattern}`, () => {
      const answer = plan(`${bareStep}    galleryVersion: "${pattern}"\n`);
      assert.deepEqual(answer.errors, []);
      const [target] = answer.template?.properties.distribute ?? [];
      assert.ok(target?.type === "SharedImage" && target.galleryImageId.endsWith(`/versions/${number}`));
      assert.ok(answer.notes.some(({ code, input }) => code === "AIB290" && input === "galleryVersion"));
    });
  }

  it("is a template for a bare list of steps", () => {
    const answer = plan(bareStep);
    assert.deepEqual(answer.errors, []);
    assert.equal(answer.apiVersion, "2024-02-01");
    assert.equal(answer.template?.location, "westeurope");
  });

  it("is a template for a steps template, after steps of other tasks", () => {
    const text = `steps:\n- script: echo\n- task: Bash@3\n  inputs: { script: x }\n${bareStep}`;
    assert.deepEqual(plan(text).errors, []);
  });

  it("is that of the first step in the order of the file", () => {
    const second = bareStep.replace("westeurope", "northeurope");
    assert.equal(plan(`${bareStep}${second}`).template?.location, "westeurope");
  });

  it("finds the step in stages, deployments and conditional insertions", () => {
    const indented = (depth: number): string => bareStep.replaceAll(/^/gm, " ".repeat(depth)).trimEnd();
    const deployment = `stages:
- stage: A
  jobs:
  - deployment: d
    strategy:
      runOnce:
        deploy:
          steps:
          - \${{ if eq(parameters.bake, true) }}:
${indented(12)}
`;
    assert.deepEqual(plan(deployment).errors, []);
  });

  it("takes variables of pipeline, stage and job, the nearest first, each resolved by the others", () => {
    const text = `variables:
  group: rg-$(suffix)
  region: westus
stages:
- stage: A
  variables:
  - name: region
    value: eastus
  - group: secrets
  jobs:
  - job: J
    variables: { region: West Europe, suffix: images }
    steps:
    - task: AzureImageBuilder@1
      inputs:
${inputs.replaceAll(/^/gm, "    ").replace("rg-images", "$(Group)").replace("westeurope", "$(region)")}`;
    const answer = plan(text);
    assert.deepEqual(answer.errors, []);
    assert.equal(answer.template?.location, "westeurope");
    assert.equal(plan(text, { REGION: "uksouth" }).template?.location, "uksouth");
  });

  it("takes defaults of template parameters", () => {
    const text = `parameters:\n- name: region\n  type: string\n  default: northeurope\nsteps:\n${bareStep.replace("location: westeurope", "location: ${{ parameters.region }}")}`;
    assert.equal(plan(text).template?.location, "northeurope");
    assert.equal(plan(text, { region: "uksouth" }).template?.location, "uksouth");
  });

  it("names a variable that nothing defines, at its place", () => {
    assert.deepEqual(problems(plan(bareStep.replace("rg-images", "$(group)"))), ["resourceGroup AIB102 4:20"]);
  });

  it("names the place of a mistake inside a text of several lines", () => {
    const text = `${bareStep}    managedResourceTags: |\n      good: 1\n      bad/name: 2\n`;
    assert.deepEqual(problems(plan(text)), ["managedResourceTags AIB111 11:7"]);
  });

  it("names the step where an input is missing", () => {
    const text = `# comment\n${bareStep.replace(/ {4}managedIdentity.*\n/, "")}`;
    assert.deepEqual(problems(plan(text)), ["managedIdentity AIB101 2:3"]);
  });

  it("takes inputs of the command line by either name", () => {
    const answer = plan(
      bareStep.replace("westeurope", "<region>"),
      {},
      { IBLOCATION: "uksouth", vmSize: "Standard_B2s" },
    );
    assert.deepEqual(answer.errors, []);
    assert.equal(answer.template?.location, "uksouth");
    assert.equal(answer.template.properties.vmProfile?.vmSize, "Standard_B2s");
  });

  it("has no place for a mistake of the command line", () => {
    assert.deepEqual(problems(plan(bareStep, {}, { vmSize: "big size" })), ["vmSize AIB108 null:null"]);
  });

  it("refuses a list where a text belongs, along with everything else", () => {
    const text = bareStep.replace("location: westeurope", "location: [westeurope]").replace("rg-images", "<group>");
    assert.deepEqual(problems(plan(text)), ["location AIB192 5:5", "resourceGroup AIB103 4:20"]);
  });

  it("names line and column of what is no YAML", () => {
    const answer = plan("steps:\n- task: [\n");
    assert.equal(answer.errors[0]?.code, "AIB190");
    assert.ok((answer.errors[0]?.line ?? 0) >= 2);
  });

  it("says when there is no step of ours", () => {
    assert.deepEqual(problems(plan("steps:\n- script: echo\n")), ["null AIB191 null:null"]);
    assert.deepEqual(problems(plan("")), ["null AIB191 null:null"]);
  });

  it("notes an input that the task does not have", () => {
    const { notes } = plan(`${bareStep}    galeryImage: x\n`);
    assert.ok(notes.some(({ code, input }) => code === "AIB292" && input === "galeryImage"));
  });

  it("notes defaults that were others in the second older task", () => {
    const older = bareStep
      .replace("AzureImageBuilder@1", "AzureImageBuilderTaskV2@2")
      .replace("Canonical:ubuntu-24_04-lts:server", "MicrosoftWindowsServer:WindowsServer:2025-datacenter-g2");
    const inputsOf = ({ notes }: PlanAnswer): readonly string[] =>
      notes.filter(({ code }) => code === "AIB291").map(({ input }) => input);
    assert.deepEqual(inputsOf(plan(older)), ["vmSize", "buildTimeoutInMinutes", "runElevated"]);
    assert.deepEqual(inputsOf(plan(older, {}, { runElevated: "true", vmSize: "Standard_B2s" })), [
      "buildTimeoutInMinutes",
    ]);
  });

  it("shows no signature and no account, only stand-ins that say so", () => {
    const { template, notes } = plan(bareStep, {}, { artifactPath: "web", storageAccount: "stimages" });
    assert.match(JSON.stringify(template), /sig=\*\*\*/);
    assert.ok(notes.some(({ code, input }) => code === "AIB290" && input === "storageAccount"));
  });

  it("takes the operating system from the image's name, or says what it assumes", () => {
    const kindOf = (image: string): string | undefined =>
      plan(bareStep.replace("Canonical:ubuntu-24_04-lts:server", image), {}, { inlineScript: "x" }).template?.properties
        .customize?.[0]?.type;
    assert.equal(kindOf("MicrosoftWindowsDesktop:windows-11:win11-24h2-avd"), "PowerShell");
    assert.equal(kindOf("RedHat:RHEL:9_4"), "Shell");
    assert.equal(kindOf(definition), "Shell");
  });
});

describe("the request of a planned file", () => {
  const ask = (text: string, more: Readonly<Record<string, string>> = {}): PlanAnswer =>
    planFile(text, { variables: {}, inputs: more, request: true });

  it("is told only where it is asked for", () => {
    assert.equal(Object.hasOwn(plan(bareStep), "request"), false);
  });

  it("is the form, and the digest that the template bears", () => {
    const { request, template, notes } = ask(bareStep);
    assert.equal(request?.digest, requestDigest(request?.form ?? assert.fail("no form")));
    assert.equal(template?.tags?.["aib-task-request"], request.digest);
    assert.ok(request.digest.startsWith(`v${request.form.version}:`));
    assert.deepEqual([request.form.source["sku"], request.moving], ["server", []]);
    assert.ok(notes.some(({ code, input }) => code === "AIB290" && input === "request"));
  });

  it("is another for other steps and the same for other regions", () => {
    const digestOf = (more: Readonly<Record<string, string>>): string | undefined =>
      ask(bareStep, more).request?.digest;
    assert.notEqual(digestOf({ inlineScript: "sudo true" }), digestOf({}));
    assert.equal(digestOf({ targetRegions: "westeurope, northeurope" }), digestOf({}));
  });

  it("names the parts that move by themselves", () => {
    const { request } = ask(bareStep, { inlineScript: "sudo apt-get upgrade -y" });
    assert.deepEqual([request?.moving.length, /calls apt-get/.test(request?.moving[0] ?? "")], [1, true]);
  });

  it("is null where nothing is submitted", () => {
    assert.equal(ask(bareStep.replace("rg-images", "<group>")).request, null);
    assert.equal(ask("steps:\n- script: echo\n").request, null);
    const named =
      "- task: AzureImageBuilder@1\n  inputs: { azureSubscription: i, resourceGroup: rg, templateName: weekly }\n";
    assert.equal(ask(named).request, null);
  });
});

describe("npm run plan", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "plan-"));
    writeFileSync(join(folder, "good.yml"), bareStep);
    writeFileSync(join(folder, "bad.yml"), bareStep.replace("rg-images", "<group>"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const run = (
    ...args: readonly string[]
  ): Promise<{ readonly code: number; readonly out: string; readonly err: string }> =>
    new Promise((done) => {
      execFile(
        process.execPath,
        ["--import", "tsx", join(root, "scripts/plan.ts"), ...args],
        { cwd: root },
        (error, out, err) => {
          done({ code: error === null ? 0 : Number(error.code), out, err });
        },
      );
    });

  it("ends with 0 and a template", async () => {
    const { code, out } = await run(join(folder, "good.yml"), "--var", "a=b=c", "--input", "vmSize=Standard_B2s");
    assert.equal(code, 0);
    assert.deepEqual(Object.keys(JSON.parse(out) as object), ["apiVersion", "template", "notes", "errors"]);
  });

  it("prints the request too with --request", async () => {
    const { code, out } = await run(join(folder, "good.yml"), "--request");
    assert.equal(code, 0);
    const answer = JSON.parse(out) as PlanAnswer;
    assert.deepEqual(Object.keys(answer), ["apiVersion", "template", "notes", "errors", "request"]);
    assert.deepEqual(Object.keys(answer.request ?? {}), ["digest", "form", "moving"]);
  });

  it("ends with 1 and the errors as JSON", async () => {
    const { code, out } = await run(join(folder, "bad.yml"));
    assert.equal(code, 1);
    const answer = JSON.parse(out) as PlanAnswer;
    assert.equal(answer.template, null);
    assert.deepEqual(Object.keys(answer.errors[0] ?? {}), [
      "code",
      "input",
      "given",
      "legal",
      "message",
      "line",
      "column",
    ]);
  });

  const wrong: readonly (readonly string[])[] = [
    [],
    ["a", "b"],
    ["a", "--var", "noequals"],
    ["a", "--what"],
    ["missing.yml"],
  ];
  for (const args of wrong) {
    it(`ends with 2 and its usage for: ${args.join(" ") || "nothing"}`, async () => {
      const { code, out, err } = await run(...args);
      assert.equal(code, 2);
      assert.equal(out, "");
      assert.match(err, /usage: npm run --silent plan -- FILE/);
    });
  }
});

describe("a step that only names a template", () => {
  it("submits nothing, and the plan says so", () => {
    const text =
      "- task: AzureImageBuilder@1\n  inputs:\n    azureSubscription: images\n    resourceGroup: rg\n    templateName: weekly\n";
    const answer = plan(text);
    assert.deepEqual([answer.template, answer.errors], [null, []]);
    assert.deepEqual(
      answer.notes.map(({ code, message }) => [code, /template weekly/.test(message)]),
      [["AIB293", true]],
    );
  });
});
