/** Pipelines: what is read, what is refused, in which order it runs, what is handed on. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadPipeline } from "../../../scripts/runner/pipeline/load.ts";
import { PipelineError } from "../../../scripts/runner/pipeline/reader.ts";
import { fakeStep, printing, runFake } from "./support.ts";

function problemsOf(source: string): readonly string[] {
  try {
    loadPipeline(source, "p.yml");
  } catch (error) {
    assert.ok(error instanceof PipelineError, String(error));
    return error.problems;
  }
  return [];
}

const echo = (text: string, more = ""): string => `{ bash: 'echo "${text}"'${more} }`;

describe("a pipeline file", () => {
  const refused: readonly (readonly [title: string, source: string, problem: RegExp])[] = [
    ["broken YAML", "steps:\n  - bash: 'x", /^p\.yml:\d+:\d+: Missing closing/],
    ["a key twice", "steps: []\nsteps: []", /Map keys must be unique/],
    [
      "anchors",
      "variables: &a { x: 1 }\nsteps: [{ bash: x, env: *a }]",
      /^p\.yml:2:25: Azure Pipelines does not take YAML anchors/,
    ],
    [
      "a template expression, by its text",
      "steps:\n  - bash: echo ${{ parameters.x }}",
      /^p\.yml:2:11: The template expression \$\{\{ parameters\.x \}\} is not read/,
    ],
    [
      "a template expression as a key",
      "steps:\n  - ${{ if true }}:\n      - bash: x",
      /The template expression \$\{\{ if true \}\}/,
    ],
    ["a step template, by its name", "steps: [{ template: build.yml }]", /The step template "build\.yml" is not read/],
    ["a job template", "jobs: [{ template: j.yml }]", /A job template is not read/],
    ["a stage template", "stages: [{ template: s.yml }]", /A stage template is not read/],
    [
      "a variable template",
      "variables: [{ template: v.yml }]\nsteps: [{ bash: x }]",
      /A variable template is not read/,
    ],
    ["extends", "extends: { template: x.yml }", /extends: is not read/],
    [
      "a matrix, by its name",
      "jobs: [{ job: A, strategy: { matrix: { x: {} } }, steps: [{ bash: x }] }]",
      /strategy: matrix is not run here/,
    ],
    [
      "a canary deployment",
      "jobs: [{ deployment: A, environment: e, strategy: { canary: {} } }]",
      /"canary" is not expected here; runOnce/,
    ],
    ["an unknown key of the pipeline", "stepz: []", /"stepz" is not expected here/],
    [
      "an unknown key of a step",
      "steps: [{ bash: x, input: {} }]",
      /"input" is not expected here; bash, workingDirectory/,
    ],
    ["a step that is none", "steps: [{ displayName: x }]", /A step begins with one of task, script/],
    ["a task without a version", "steps: [{ task: AzureImageBuilder }]", /names no task with its major version/],
    ["a job's name with a dash", "jobs: [{ job: a-b, steps: [{ bash: x }] }]", /"a-b" is no job name/],
    [
      "two jobs of one name",
      "jobs: [{ job: A, steps: [{ bash: x }] }, { job: a, steps: [{ bash: x }] }]",
      /The name "a" is used twice/,
    ],
    [
      "an unknown dependency",
      "jobs: [{ job: A, dependsOn: B, steps: [{ bash: x }] }]",
      /"A" depends on "B", which is not there/,
    ],
    [
      "a circle",
      "jobs: [{ job: A, dependsOn: B, steps: [{ bash: x }] }, { job: B, dependsOn: [A], steps: [{ bash: x }] }]",
      /in a circle: A, B/,
    ],
    ["nothing to run", "variables: { a: 1 }", /There is nothing to run/],
    [
      "a script where there is no agent",
      "jobs: [{ job: A, pool: server, steps: [{ bash: x }] }]",
      /^p\.yml:1:39: A job with pool: server has no agent: only tasks of the service, such as Delay@1/,
    ],
    ["a flag that is none", "steps: [{ bash: x, enabled: maybe }]", /true or false is expected/],
    ["a number that is none", "steps: [{ bash: x, timeoutInMinutes: long }]", /A whole number is expected/],
  ];
  for (const [title, source, problem] of refused) {
    it(`refuses ${title}`, () => assert.match(problemsOf(source).join("\n"), problem));
  }

  it("is told everything that is wrong with it at once", () => {
    assert.equal(problemsOf("steps: [{ template: a.yml }, { bash: x, nope: 1 }, { bash: 'echo ${{ x }}' }]").length, 3);
  });

  it("may hold a template expression in a comment", () => {
    assert.deepEqual(problemsOf("# ${{ not.read }}\nsteps: [{ bash: x }]"), []);
  });

  it("may be a bare list of steps", () => {
    assert.equal(loadPipeline("- task: X@1\n- bash: y", "p.yml").stages[0]?.jobs[0]?.steps.length, 2);
  });

  it("puts stages one after the other unless it says otherwise", () => {
    const jobs = "jobs: [{ job: J, steps: [{ bash: x }] }]";
    const { stages } = loadPipeline(
      `stages: [{ stage: A, ${jobs} }, { stage: B, dependsOn: [], ${jobs} }, { stage: C, ${jobs} }]`,
      "p.yml",
    );
    assert.deepEqual(stages.map(({ name, dependsOn }) => [name, ...dependsOn]), [["A"], ["B"], ["C", "B"]]); // prettier-ignore
  });

  it("is told what is missing here and not fatal", () => {
    const { notices } = loadPipeline(
      "variables: [{ group: prod }]\njobs: [{ job: A, container: x, steps: [{ bash: y }] }]",
      "p.yml",
    );
    assert.deepEqual([notices.some((line) => /container/.test(line)), notices.some((line) => /group "prod"/.test(line))], [true, true]); // prettier-ignore
  });
});

describe("variables of a pipeline", () => {
  it("are those of the job over the stage over the pipeline, in either form, and --var over all", async () => {
    const { log } = await runFake({
      pipeline: `
variables: { a: root, b: root, c: root, d: root, e: root }
stages:
  - stage: S
    variables: [{ name: b, value: stage }, { name: c, value: stage }]
    jobs:
      - job: J
        variables: { c: job, emulatorLocation: file }
        steps: [${echo("$(a) $(b) $(c) $(d) $(emulatorLocation)")}]
`,
      variables: { D: "queued" },
    });
    assert.ok(log.includes("root stage job queued file"));
  });

  it("may be runtime expressions, which see what stands before them", async () => {
    const { log } = await runFake({
      pipeline: `
variables:
  branch: main
  isMain: $[eq(variables['branch'], 'MAIN')]
  text: $[format('{0}-{1}', variables.branch, variables['Build.BuildId'])]
  count: $[counter('x', 100)]
steps: [${echo("$(isMain) $(text) $(count)")}]
`,
    });
    assert.ok(log.includes("True main-1 100"));
  });
});

describe("what runs", () => {
  const conditions: readonly (readonly [condition: string, runs: boolean])[] = [
    ["succeeded()", false],
    ["failed()", true],
    ["always()", true],
    ["canceled()", false],
    ["succeededOrFailed()", true],
    ["eq(variables['Agent.JobStatus'], 'Failed')", true],
    ["and(failed(), ne(variables.x, 'y'))", true],
    ["in(variables.x, 'a', 'b')", false],
    ["false", false],
  ];
  for (const [condition, runs] of conditions) {
    it(`after a failed step, a step ${runs ? "does" : "does not"} with condition ${condition}`, async () => {
      const { step } = await runFake({
        pipeline: `steps: [{ bash: exit 1 }, { bash: 'true', name: it, condition: "${condition}" }]`,
      });
      assert.equal(step("it").result, runs ? "Succeeded" : "Skipped");
    });
  }

  it("fails a step whose condition cannot be evaluated: dependencies are not known to steps", async () => {
    const { step } = await runFake({
      pipeline: "steps: [{ bash: 'true', name: it, condition: \"eq(dependencies.A.result, 'x')\" }]",
    });
    assert.equal(step("it").result, "Failed");
    assert.match(step("it").issues[0]?.message ?? "", /the name "dependencies" is not known here/);
  });

  it("leaves out disabled steps", async () => {
    const { report } = await runFake({ pipeline: "steps: [{ bash: 'true', enabled: false }, { checkout: none }]" });
    assert.deepEqual(report.steps.map(({ task }) => task), ["checkout"]); // prettier-ignore
  });

  it("sees variables set by earlier steps in conditions", async () => {
    const { step } = await runFake({
      pipeline: `steps:\n  - bash: echo "##vso[task.setvariable variable=go]Yes"\n  - { bash: 'true', name: it, condition: "eq(variables.go, 'yes')" }\n`,
    });
    assert.equal(step("it").result, "Succeeded");
  });

  it("orders jobs by what they depend on and skips those after a failure, directly or not", async () => {
    const { report } = await runFake({
      pipeline: `
jobs:
  - { job: C, dependsOn: B, steps: [{ bash: 'true' }] }
  - { job: A, steps: [{ bash: exit 1 }] }
  - { job: B, dependsOn: A, condition: always(), steps: [{ bash: 'true' }] }
  - { job: D, dependsOn: C, condition: failed(), steps: [{ bash: 'true' }] }
  - { job: E, dependsOn: A, condition: "succeeded('A')", steps: [{ bash: 'true' }] }
`,
    });
    assert.deepEqual(report.jobs.map(({ name, result }) => `${name} ${result}`), ["A Failed", "B Succeeded", "C Skipped", "D Succeeded", "E Skipped"]); // prettier-ignore
    assert.equal(report.result, "Failed");
  });

  it("continues after a job whose failure is allowed", async () => {
    const { report } = await runFake({
      pipeline:
        "jobs: [{ job: A, continueOnError: true, steps: [{ bash: exit 1 }] }, { job: B, dependsOn: A, steps: [{ bash: 'true' }] }]",
    });
    assert.deepEqual([report.jobs[1]?.result, report.result], ["Succeeded", "SucceededWithIssues"]);
  });

  it("shows and skips tasks that are not the extension's, with their inputs resolved", async () => {
    const { log, step, report } = await runFake({
      pipeline:
        "steps:\n  - task: AzureCLI@2\n    name: it\n    inputs: { scriptType: bash, inlineScript: az vmss update $(x) }\n",
      variables: { x: "42" },
    });
    assert.deepEqual([step("it").result, report.result], ["Skipped", "Succeeded"]);
    assert.ok(log.some((line) => line.startsWith("AzureCLI@2 is not run here")));
    assert.ok(log.includes("  inlineScript: az vmss update 42"));
  });

  it("runs Bash@3 with an inline script like bash:", async () => {
    const { log } = await runFake({
      pipeline: "steps:\n  - task: Bash@3\n    inputs: { targetType: inline, script: echo long form }\n",
    });
    assert.ok(log.includes("long form"));
  });

  it("runs scripts where they ask to, relative to the checkout", async () => {
    const { log, variable } = await runFake({
      pipeline: "steps: [{ bash: 'mkdir sub' }, { script: pwd, workingDirectory: sub }]",
    });
    assert.ok(log.includes(join(variable("Build.SourcesDirectory") ?? "", "sub")));
  });
});

describe("outputs", () => {
  const setter = `{ bash: 'echo "##vso[task.setvariable variable=id;isoutput=true]42"', name: it }`;

  it("reach later jobs of the stage, in variables and conditions", async () => {
    const { log, report } = await runFake({
      pipeline: `
jobs:
  - { job: A, steps: [${setter}] }
  - job: B
    dependsOn: A
    condition: and(succeeded(), eq(dependencies.A.outputs['it.id'], '42'))
    variables: { given: "$[dependencies.A.outputs['it.id']]", unknown: "$[dependencies.A.outputs['it.none']]" }
    steps: [${echo("got $(given) [$(unknown)]")}]
  - { job: C, variables: { given: "$[dependencies.A.outputs['it.id']]" }, steps: [${echo("independent [$(given)]")}] }
`,
    });
    assert.ok(log.includes("got 42 []"));
    assert.ok(log.includes("independent []"));
    assert.equal(report.result, "Succeeded");
  });

  it("reach later stages: by job in their conditions, by stage and job in their variables", async () => {
    const { log } = await runFake({
      pipeline: `
stages:
  - { stage: Build, jobs: [{ job: Bake, steps: [${setter}] }] }
  - stage: Deploy
    dependsOn: Build
    condition: and(succeeded(), ne(dependencies.Build.outputs['Bake.it.id'], ''))
    variables: { outer: "$[stageDependencies.Build.Bake.outputs['it.id']]" }
    jobs:
      - job: Roll
        condition: eq(stageDependencies.Build.Bake.outputs['it.id'], '42')
        variables: { id: "$[stageDependencies.Build.Bake.outputs['it.id']]" }
        steps: [${echo("rolled $(id) $(outer)")}]
`,
    });
    assert.ok(log.includes("rolled 42 42"));
  });

  it("reach only stages that depend on theirs directly", async () => {
    const { log } = await runFake({
      pipeline: `
stages:
  - { stage: A, jobs: [{ job: J, steps: [${setter}] }] }
  - { stage: B, jobs: [{ job: J, steps: [{ bash: 'true' }] }] }
  - { stage: C, jobs: [{ job: J, variables: { id: "$[stageDependencies.A.J.outputs['it.id']]" }, steps: [${echo("far [$(id)]")}] }] }
`,
    });
    assert.ok(log.includes("far []"));
  });

  it("of a deployment job carry the job's name", async () => {
    const { log } = await runFake({
      pipeline: `
jobs:
  - { deployment: D, environment: prod, strategy: { runOnce: { deploy: { steps: [${setter}] } } } }
  - { job: B, dependsOn: D, variables: { id: "$[dependencies.D.outputs['D.it.id']]" }, steps: [${echo("deployed $(id)")}] }
`,
    });
    assert.ok(log.includes("deployed 42"));
  });

  it("of a skipped stage are empty, and the stages after it are skipped", async () => {
    const { report } = await runFake({
      pipeline: `
stages:
  - { stage: A, condition: "false", jobs: [{ job: J, steps: [${setter}] }] }
  - { stage: B, jobs: [{ job: J, steps: [{ bash: 'true' }] }] }
  - { stage: C, dependsOn: A, condition: "eq(dependencies.A.result, 'Skipped')", jobs: [{ job: J, steps: [{ bash: 'true' }] }] }
`,
    });
    assert.deepEqual(report.jobs.map(({ stage, result }) => `${stage} ${result}`), ["A Skipped", "B Skipped", "C Succeeded"]); // prettier-ignore
  });
});

describe("the work folder", () => {
  it("is a job's own; artifacts go from one to the other, without modes and links", async () => {
    const { log } = await runFake({
      pipeline: `
jobs:
  - job: A
    steps:
      - bash: mkdir web; echo hi > web/run.sh; chmod +x web/run.sh; ln -s run.sh web/link
      - { publish: web, artifact: site }
      - task: PublishPipelineArtifact@1
        inputs: { targetPath: web/run.sh, artifact: single }
  - job: B
    dependsOn: A
    steps:
      - { download: current, artifact: site }
      - task: DownloadPipelineArtifact@2
        inputs: { artifact: single, path: $(Pipeline.Workspace)/here }
      - bash: test ! -e web && cd $(Pipeline.Workspace) && stat -c '%n %a %F' site/* here/*
`,
    });
    assert.deepEqual(log.filter((line) => / 644 /.test(line)), ["site/link 644 regular file", "site/run.sh 644 regular file", "here/run.sh 644 regular file"]); // prettier-ignore
  });

  it("gets all artifacts in a deployment job, and no checkout", async () => {
    const { log } = await runFake({
      pipeline: `
jobs:
  - { job: A, steps: [{ bash: 'mkdir o; echo x > o/f' }, { publish: o, artifact: one }] }
  - { deployment: D, dependsOn: A, environment: e, strategy: { runOnce: { deploy: { steps: [{ bash: 'ls . $(Pipeline.Workspace)/one' }] } } } }
`,
      files: { "source.txt": "x" },
    });
    assert.ok(log.includes("f"));
    assert.equal(log.filter((line) => line === "source.txt").length, 0);
  });

  it("names the artifacts there are when one is not there", async () => {
    const { step } = await runFake({ pipeline: "steps: [{ download: current, artifact: nope, name: it }]" });
    assert.match(step("it").issues[0]?.message ?? "", /no artifact "nope"\. It has: none/);
  });

  it("is a copy of the repository, with modes and links, which steps may change", async () => {
    const folder = mkdtempSync(join(tmpdir(), "runner-repo-"));
    try {
      const prepare = await runFake({
        pipeline: `steps: [{ bash: 'cd ${folder}; git init -q . ; echo one > kept; echo two > ignored; echo ignored > .gitignore; ln -s kept link; echo ü > "ünï cödé.txt"; chmod 755 kept' }]`,
      });
      assert.equal(prepare.report.result, "Succeeded");
      const { log } = await runFake({
        pipeline: "steps: [{ bash: 'ls; stat -c \"%a %N\" kept link; echo changed > kept; rm link' }]",
        repository: folder,
      });
      assert.deepEqual(log.filter((line) => /^(kept|link|ünï cödé\.txt|ignored|755|777)/.test(line)), ["kept", "link", "ünï cödé.txt", "755 'kept'", "777 'link' -> 'kept'"]); // prettier-ignore
      assert.equal(readFileSync(join(folder, "kept"), "utf8"), "one\n");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("a job without an agent", () => {
  it("has nothing checked out, and its tasks are shown with what they would have been given", async () => {
    const { log, report } = await runFake({
      pipeline: `
variables: { minutes: 20 }
jobs:
  - { job: A, steps: [{ bash: 'true' }] }
  - job: Pause
    dependsOn: A
    pool: server
    steps: [{ task: Delay@1, inputs: { delayForMinutes: $(minutes) } }]
  - { job: B, dependsOn: Pause, steps: [{ bash: 'echo after' }] }
`,
    });
    assert.ok(log.includes("  delayForMinutes: 20"));
    assert.ok(log.includes("after"));
    assert.deepEqual(
      report.steps.map(({ task, result }) => `${task} ${result}`),
      ["checkout Succeeded", "Bash@3 Succeeded", "Delay@1 Skipped", "checkout Succeeded", "Bash@3 Succeeded"],
    );
  });

  it("cannot have a task of the extension, which needs one", async () => {
    await assert.rejects(
      runFake({
        pipeline: "jobs: [{ job: A, pool: server, steps: [{ task: Fake@1 }] }]",
        tasks: [{ scripts: printing("ran") }],
      }),
      { name: "PipelineError", message: /"Fake@1" needs an agent: it cannot be in a job with pool: server/ },
    );
  });
});

describe("before a run", () => {
  const task = {
    definition: { inputs: [{ name: "azureSubscription", type: "connectedService:AzureRM" }] },
    scripts: printing("ran"),
  };

  it("a connection that is not known is told with those that are", async () => {
    await assert.rejects(runFake({ pipeline: fakeStep({ azureSubscription: "prod" }), tasks: [task] }), {
      name: "PipelineError",
      message:
        /pipeline\.yml:2:5: There is no service connection "prod"\. Known here:\n {2}images-prod \(ServicePrincipal\)/,
    });
  });

  it("a connection on the command line takes the place of the pipeline's", async () => {
    const { log } = await runFake({
      pipeline: fakeStep({ azureSubscription: "prod" }),
      tasks: [task],
      connection: "images-prod",
    });
    assert.ok(log.includes("ran"));
  });

  it("a connection that only a later variable names is left to the step, which fails", async () => {
    const { step } = await runFake({ pipeline: fakeStep({ azureSubscription: "$(later)" }), tasks: [task] });
    assert.match(step("it").issues[0]?.message ?? "", /There is no service connection "\$\(later\)"/);
  });

  it("inputs on the command line take the place of the pipeline's, also by their aliases", async () => {
    const { log } = await runFake({
      pipeline: fakeStep({ size: "small" }),
      inputs: { oldSize: "big" },
      tasks: [
        {
          definition: { inputs: [{ name: "size", type: "string", aliases: ["oldSize"] }] },
          scripts: { "main.js": "console.log(process.env.INPUT_SIZE)" },
        },
      ],
    });
    assert.ok(log.includes("big"));
  });

  it("a major version that the extension does not have is refused", async () => {
    await assert.rejects(
      runFake({ pipeline: "steps: [{ task: Fake@3 }]", tasks: [task] }),
      /"Fake@3" is not in the extension: its Fake has @1/,
    );
  });

  const references = [
    "AzureImageBuilder@1",
    "azureimagebuilder@1.0.3",
    "some-publisher.some-extension.image-task.AzureImageBuilder@1",
    "99999999-2222-4333-8444-555555555555@1",
    "AzureImageBuilderTask@1",
    "AzureImageBuilder.devOps-task-for-azure-image-builder.custom-build-release-task.AzureImageBuilderTask@1",
    "AzureImageBuilderTaskV2@2",
    "vacuumbreather.devOps-task-for-azure-image-builder-v2.custom-build-release-task.AzureImageBuilderTaskV2@2",
  ];
  for (const reference of references) {
    it(`${reference} means the extension's task`, async () => {
      const definition = { name: "AzureImageBuilder", id: "99999999-2222-4333-8444-555555555555" };
      const { step } = await runFake({
        pipeline: `steps: [{ task: '${reference}', name: it }]`,
        tasks: [{ definition, scripts: printing("x") }],
      });
      assert.deepEqual([step("it").task, step("it").result], ["AzureImageBuilder@1", "Succeeded"]);
    });
  }
});
