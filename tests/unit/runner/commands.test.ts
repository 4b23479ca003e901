/** Agent contract, sections 3.2 to 3.5: what each logging command does, and what goes wrong. */
import assert from "node:assert/strict";
import { createMasker } from "../../../scripts/runner/agent/masker.ts";
import { createStepState, reportProgress } from "../../../scripts/runner/agent/state.ts";
import { createVariables } from "../../../scripts/runner/agent/variables.ts";
import { fakeStep, printing, runFake, type FakeOutcome, type FakeTask } from "./support.ts";

/** Runs a task that prints the lines. */
function outcomeOf(
  lines: readonly string[],
  definition?: FakeTask["definition"],
  pipeline = fakeStep(),
): Promise<FakeOutcome> {
  return runFake({ pipeline, tasks: [{ definition, scripts: printing(...lines) }] });
}

describe("commands that cannot be carried out", () => {
  const failing: readonly (readonly [title: string, line: string])[] = [
    ["an unknown event", "##vso[task.nosuchevent]x"],
    ["an event that is a property of every object", "##vso[task.constructor]x"],
    ["no result in complete", "##vso[task.complete]x"],
    ["a result in the wrong case", "##vso[task.complete result=succeeded]x"],
    ["the task library's Cancelled", "##vso[task.complete result=Cancelled]x"],
    ["setvariable without a name", "##vso[task.setvariable]x"],
    ["a predefined variable", "##vso[task.setvariable variable=Build.SourcesDirectory]/x"],
    ["a secret of two lines", "##vso[task.setvariable variable=s;issecret=true]a%0Ab"],
    ["an issue of an unknown type", "##vso[task.logissue type=note]x"],
    ["a summary that is not there", "##vso[task.uploadsummary]/no/such/file.md"],
    ["a summary by a relative path", "##vso[task.uploadsummary]main.js"],
    ["an attachment without a name", "##vso[task.addattachment type=t]/etc/hostname"],
    ["an attachment whose type has a slash", "##vso[task.addattachment type=a/b;name=n]/etc/hostname"],
    ["an attachment without a type", "##vso[task.addattachment name=n]/etc/hostname"],
    ["an attachment that is not there", "##vso[task.addattachment type=t;name=n]/no/such/file.json"],
    ["an attachment whose name has a slash", "##vso[task.addattachment type=t;name=a/b]/etc/hostname"],
    ["a timeline record without a GUID", "##vso[task.logdetail id=1;name=a;type=b]x"],
    ["a new timeline record without a type", "##vso[task.logdetail id=6b1e4a0e-97a4-4a1e-9a26-17f29d1b1ae0;name=a]x"],
    [
      "an unknown parent record",
      "##vso[task.logdetail id=6b1e4a0e-97a4-4a1e-9a26-17f29d1b1ae0;name=a;type=b;parentid=7b1e4a0e-97a4-4a1e-9a26-17f29d1b1ae0]x",
    ],
    ["an unknown endpoint", "##vso[task.setendpoint id=6b1e4a0e-97a4-4a1e-9a26-17f29d1b1ae0;field=url]https://x"],
    [
      "an endpoint's address that is none",
      "##vso[task.setendpoint id=aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee;field=url]x",
    ],
    ["an artifact that is not there", "##vso[artifact.upload artifactname=a]/no/such"],
    ["an artifact of a kind that cannot be told", "##vso[artifact.associate artifactname=a]somewhere"],
    ["a release command in a build", "##vso[release.updatereleasename]x"],
    ["telemetry without a feature", "##vso[telemetry.publish area=a]{}"],
    ["an area this runner does not carry out", "##vso[results.publish type=JUnit]x"],
  ];
  for (const [title, line] of failing) {
    it(`fail a step that reports success: ${title}`, async () => {
      const { report, step } = await outcomeOf([line, "##vso[task.complete result=Succeeded]"]);
      assert.equal(step("it").result, "Failed");
      assert.equal(step("it").issues.filter(({ type }) => type === "error").length, 1);
      assert.equal(report.result, "Failed");
    });
  }

  const warning: readonly (readonly [title: string, line: string])[] = [
    ["an unknown area", "##vso[nosucharea.x]y"],
    ["##vso that does not parse", "##vso[task]x"],
    ["an issue without a type", "##vso[task.logissue]x"],
  ];
  for (const [title, line] of warning) {
    it(`only warn: ${title}`, async () => {
      const { step } = await outcomeOf([line]);
      assert.deepEqual([step("it").result, step("it").issues.map(({ type }) => type)], ["Succeeded", ["warning"]]);
    });
  }

  it("print a line that does not parse", async () => {
    const { log } = await outcomeOf(["before ##vso[task]x"]);
    assert.ok(log.includes("before ##vso[task]x"));
  });
});

describe("task.setvariable", () => {
  it("makes a plain variable for later steps of the job", async () => {
    const { log, variable } = await outcomeOf(
      ["##vso[task.setvariable variable=my.name]value"],
      undefined,
      `${fakeStep()}  - bash: 'echo "macro $(MY.NAME) environment $MY_NAME"'\n`,
    );
    assert.ok(log.includes("macro value environment value"));
    assert.equal(variable("my.name"), "value");
  });

  it("makes an output variable that is stored only under the step's name", async () => {
    const { log, step, variable } = await outcomeOf(
      ["##vso[task.setvariable variable=id;isoutput=true]42"],
      undefined,
      `${fakeStep()}  - bash: 'echo "[$(it.id)] [$ID]" ''[$(id)]'''\n`,
    );
    assert.ok(log.includes("[42] [] [$(id)]"));
    assert.equal(variable("id"), undefined);
    assert.equal(step("it").outputs.get("id")?.value, "42");
  });

  it("stores a declared output variable only under the step's name, without isoutput", async () => {
    const { step, variable } = await outcomeOf(["##vso[task.setvariable variable=ImageId]42"], {
      outputVariables: [{ name: "imageId", description: "x" }],
    });
    assert.equal(variable("imageId"), undefined);
    assert.equal(variable("it.imageId"), "42");
    assert.equal(step("it").outputs.get("ImageId")?.value, "42");
  });

  it("sends a secret to later tasks as SECRET_ only and masks it", async () => {
    const { log } = await runFake({
      pipeline: `${fakeStep()}  - task: Fake@1\n  - bash: 'echo "[$PW] leaked s3cr3t-value"'\n`,
      tasks: [
        {
          scripts: {
            "main.js": [
              'console.log("##vso[task.setvariable variable=pw;issecret=true]s3cr3t-value");',
              'console.log("secret is " + Buffer.from(process.env.SECRET_PW ?? "none").toString("hex"), process.env.PW);',
            ].join("\n"),
          },
        },
      ],
    });
    assert.ok(log.includes("secret is 6e6f6e65 undefined"));
    assert.ok(log.includes(`secret is ${Buffer.from("s3cr3t-value").toString("hex")} undefined`));
    assert.ok(log.includes("[] leaked ***"));
  });

  it("keeps a name secret once it was", async () => {
    const { log } = await outcomeOf([
      "##vso[task.setvariable variable=pw;issecret=true]first-secret",
      "##vso[task.setvariable variable=pw]second-secret",
      "it is second-secret",
    ]);
    assert.ok(log.includes("it is ***"));
  });

  it("refuses to change what was set read-only", async () => {
    const { step, variable } = await outcomeOf([
      "##vso[task.setvariable variable=a;isreadonly=true]1",
      "##vso[task.setvariable variable=A]2",
    ]);
    assert.deepEqual([step("it").result, variable("a")], ["Failed", "1"]);
  });

  it("keeps the case of a name in the environment when asked to", async () => {
    const { log } = await outcomeOf(
      ["##vso[task.setvariable variable=http.Proxy;preservecase=true]p"],
      undefined,
      `${fakeStep()}  - bash: echo "[$http_Proxy] [$HTTP_PROXY]"\n`,
    );
    assert.ok(log.includes("[p] []"));
  });

  it("does not expand macros in the value for the step that set it, but for the next", async () => {
    const { log } = await outcomeOf(
      ["##vso[task.setvariable variable=a]$(b)", "##vso[task.setvariable variable=b]deep"],
      undefined,
      `${fakeStep()}  - bash: echo $(a)\n`,
    );
    assert.ok(log.includes("deep"));
  });
});

describe("restrictions", () => {
  const restricted = { restrictions: { commands: { mode: "restricted" }, settableVariables: { allowed: ["image*"] } } };

  it("ignore with a warning what restricted mode does not permit", async () => {
    const { report, step } = await outcomeOf(
      [
        "##vso[task.uploadsummary]/etc/hostname",
        "##vso[build.addbuildtag]x",
        "##vso[artifact.upload artifactname=a]/etc",
      ],
      restricted,
    );
    assert.equal(step("it").result, "Succeeded");
    assert.equal(step("it").issues.length, 3);
    assert.deepEqual([report.attachments, report.buildTags], [[], []]);
  });

  it("permit what restricted mode permits", async () => {
    const { step } = await outcomeOf(
      ["##vso[task.setprogress value=5]x", "##vso[task.debug]x", "##vso[telemetry.publish area=a;feature=b]{}"],
      restricted,
    );
    assert.equal(step("it").issues.length, 0);
  });

  it("let only the listed variables be set, by pattern and without case", async () => {
    const { step, variable } = await outcomeOf(
      ["##vso[task.setvariable variable=IMAGEID;isoutput=true]1", "##vso[task.setvariable variable=other]2"],
      restricted,
    );
    assert.deepEqual([variable("it.imageid"), variable("other")], ["1", undefined]);
    assert.equal(step("it").issues.length, 1);
  });

  it("mask a secret although its variable is denied", async () => {
    const { log } = await outcomeOf(
      ["##vso[task.setvariable variable=other;issecret=true]hidden-value", "here: hidden-value"],
      restricted,
    );
    assert.ok(log.includes("here: ***"));
  });

  it("deny prependpath unless PATH may be set", async () => {
    const { step } = await outcomeOf(["##vso[task.prependpath]/opt/x"], restricted);
    assert.equal(step("it").issues.length, 1);
  });

  it("of the pipeline apply beside the task's own", async () => {
    const settings = "    target:\n      commands: restricted\n      settableVariables: [imageId]\n";
    const { variable } = await outcomeOf(
      ["##vso[task.setvariable variable=imageId]1", "##vso[task.setvariable variable=imageUri]2"],
      { restrictions: { settableVariables: { allowed: ["image*"] } } },
      fakeStep({}, settings),
    );
    assert.deepEqual([variable("imageId"), variable("imageUri")], ["1", undefined]);
  });

  it("may forbid every variable", async () => {
    const { variable } = await outcomeOf(
      ["##vso[task.setvariable variable=a]1"],
      undefined,
      fakeStep({}, "    target:\n      settableVariables: none\n"),
    );
    assert.equal(variable("a"), undefined);
  });
});

describe("issues", () => {
  it("are kept ten of a kind, and do not fail the step", async () => {
    const lines = Array.from({ length: 12 }, (_, index) => [
      `##vso[task.logissue type=error;code=E${index}]error ${index}`,
      `##vso[task.issue type=WARNING]warning ${index}`,
    ]).flat();
    const { log, step } = await outcomeOf(lines);
    const { result, issues } = step("it");
    assert.equal(result, "Succeeded");
    assert.equal(issues.filter(({ type }) => type === "error").length, 10);
    assert.equal(issues.filter(({ type }) => type === "warning").length, 10);
    assert.deepEqual(issues[0], { type: "error", code: "E0", message: "error 0" });
    assert.ok(log.includes("##[error]error 11"));
  });

  it("name the place in the source when they have one", async () => {
    const { step } = await outcomeOf([
      "##vso[task.logissue type=warning;sourcepath=a.yml;linenumber=3;columnnumber=7;code=C1]text",
    ]);
    assert.equal(step("it").issues[0]?.message, "a.yml(3,7): warning C1: text");
  });
});

describe("progress, files and records", () => {
  it("progress never goes down and stays within 0 to 100", () => {
    const step = createStepState("it", {
      declaredOutputs: new Set(),
      restrictions: [],
      taskVariables: createVariables(createMasker()),
    });
    const seen = [-5, 60, 20, 500].map((percent) => {
      reportProgress(step, percent, `at ${percent}`);
      return step.progress;
    });
    assert.deepEqual(seen, [0, 60, 60, 100]);
  });

  it("progress tells what is going on", async () => {
    const { report } = await outcomeOf(["##vso[task.setprogress value=60]far", "##vso[task.setprogress value=20]"]);
    assert.equal(report.timeline.find(({ refName }) => refName === "it")?.currentOperation, "far");
  });

  it("attachments are copied when the line is read", async () => {
    const { report } = await runFake({
      pipeline: fakeStep(),
      tasks: [
        {
          scripts: {
            "main.js": `
              const { writeFileSync } = require("node:fs");
              const file = process.env.AGENT_TEMPDIRECTORY + "/summary.md";
              writeFileSync(file, "# good");
              console.log("##vso[task.uploadsummary]" + file);
              console.log("##vso[task.uploadfile]" + file);
              console.log("##vso[task.addattachment type=my.type;name=my name]" + file);`,
          },
        },
      ],
    });
    assert.deepEqual(
      report.attachments.map(({ step, type, name }) => [step, type, name]),
      [
        ["it", "Distributedtask.Core.Summary", "summary.md"],
        ["it", "Distributedtask.Core.FileAttachment", "summary.md"],
        ["it", "my.type", "my name"],
      ],
    );
  });

  it("timeline records are created, updated and end with the step", async () => {
    const id = "6b1e4a0e-97a4-4a1e-9a26-17f29d1b1ae0";
    const child = "7b1e4a0e-97a4-4a1e-9a26-17f29d1b1ae0";
    const { report } = await outcomeOf([
      `##vso[task.logdetail id=${id};name=build;type=phase;order=1;state=Initialized]waiting`,
      `##vso[task.logdetail id={${child.toUpperCase()}};parentid=${id};name=step;type=phase]`,
      `##vso[task.logdetail id=${id};progress=140;state=Completed;result=SucceededWithIssues]done`,
    ]);
    const [first, second] = report.timeline.find(({ refName }) => refName === "it")?.details ?? [];
    assert.deepEqual(
      [first?.state, first?.result, first?.percentComplete, first?.currentOperation],
      ["Completed", "SucceededWithIssues", 100, "done"],
    );
    assert.deepEqual(
      [second?.id, second?.parentId, second?.state, second?.result],
      [child, id, "Completed", "Succeeded"],
    );
  });

  it("a record's parent cannot change", async () => {
    const ids = [1, 2, 3].map((digit) => `${digit}b1e4a0e-97a4-4a1e-9a26-17f29d1b1ae0`);
    const { step } = await outcomeOf([
      ...ids.map((id) => `##vso[task.logdetail id=${id};name=n;type=t${id === ids[2] ? `;parentid=${ids[0]}` : ""}]`),
      `##vso[task.logdetail id=${ids[2]};parentid=${ids[1]}]`,
    ]);
    assert.equal(step("it").result, "Failed");
  });

  it("debug text shows only when system.debug is true", async () => {
    const shown = await runFake({
      pipeline: fakeStep(),
      tasks: [{ scripts: printing("##vso[task.debug]deep") }],
      variables: { "system.debug": "true" },
    });
    const hidden = await outcomeOf(["##vso[task.debug]deep"]);
    assert.ok(shown.log.includes("##[debug]deep"));
    assert.ok(!hidden.log.some((line) => line.includes("deep")));
  });

  it("build tags and the build number are kept", async () => {
    const { report, variable } = await outcomeOf(["##vso[build.addbuildtag]v1", "##vso[build.updatebuildnumber]7.7"]);
    assert.deepEqual([report.buildTags, variable("Build.BuildNumber")], [["v1"], "7.7"]);
  });
});

describe("commands for later steps", () => {
  it("prependpath puts the newest folder first", async () => {
    const { log } = await outcomeOf(
      ["##vso[task.prependpath]/opt/one", "##vso[task.prependpath]/opt/two", "##vso[task.prependpath]/opt/one"],
      undefined,
      `${fakeStep()}  - bash: echo "$PATH"\n`,
    );
    assert.ok(log.some((line) => line.startsWith("/opt/one:/opt/two:")));
  });

  it("setendpoint changes what the next task is given, and masks a parameter", async () => {
    const id = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
    const { log } = await runFake({
      pipeline: `${fakeStep({ connection: "images-prod" })}  - task: Fake@1\n    inputs: { connection: images-prod }\n`,
      tasks: [
        {
          definition: { inputs: [{ name: "connection", type: "connectedService:AzureRM" }] },
          scripts: {
            "main.js": [
              `console.log(process.env["ENDPOINT_URL_${id}"], process.env["ENDPOINT_DATA_${id}_REGION"], process.env["ENDPOINT_AUTH_PARAMETER_${id}_EXTRA"]);`,
              `console.log("##vso[task.setendpoint id=${id};field=url]https://other/");`,
              `console.log("##vso[task.setendpoint id=${id};field=dataParameter;key=region]north");`,
              `console.log("##vso[task.setendpoint id=${id};field=authParameter;key=extra]extra-secret");`,
            ].join("\n"),
          },
        },
      ],
    });
    assert.ok(log.includes("https://arm.example/ undefined undefined"));
    assert.ok(log.includes("https://other/ north ***"));
  });
});
