/** Agent contract, section 2: what a task finds in its environment. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildEnvironment, cleanBase } from "../../../scripts/runner/agent/environment.ts";
import { expandMacros } from "../../../scripts/runner/agent/macros.ts";
import { createMasker } from "../../../scripts/runner/agent/masker.ts";
import { createVariables } from "../../../scripts/runner/agent/variables.ts";
import { fakeStep, fakeSurroundings, runFake, type FakeRun, type FakeTask } from "./support.ts";

/** Prints the environment as one masked-proof line: hexadecimal JSON. */
const dump =
  'console.log("env:" + Buffer.from(JSON.stringify({ env: process.env, cwd: process.cwd(), args: process.argv.slice(1) })).toString("hex"));';

interface Dump {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly args: readonly string[];
}

async function dumpOf(
  run: Omit<FakeRun, "tasks" | "pipeline"> & { readonly pipeline?: string },
  definition?: FakeTask["definition"],
): Promise<Dump> {
  const { log } = await runFake({
    pipeline: fakeStep(),
    ...run,
    tasks: [{ definition, scripts: { "main.js": dump } }],
  });
  const line = log.filter((text) => text.startsWith("env:")).at(-1) ?? "";
  return JSON.parse(Buffer.from(line.slice(4), "hex").toString()) as Dump;
}

describe("macros", () => {
  const values: Readonly<Record<string, string>> = { a: "1", b: "$(a)", empty: "" };
  const table: readonly (readonly [text: string, expanded: string])[] = [
    ["x$(a)y", "x1y"],
    ["$(b)", "$(a)"],
    ["$(none) $(a)", "$(none) 1"],
    ["$($(a))", "$(1)"],
    ["$()", "$()"],
    ["$(a", "$(a"],
    ["[$(empty)]", "[]"],
    ["$((a)", "$((a)"],
  ];
  for (const [text, expanded] of table) {
    it(`make ${expanded} of ${text}`, () =>
      assert.equal(
        expandMacros(text, (name) => values[name]),
        expanded,
      ));
  }
});

describe("variables", () => {
  it("expand each other to any order and depth", () => {
    const store = createVariables(createMasker());
    store.set("a", "$(B)!");
    store.set("b", "$(c)?");
    store.set("c", "end");
    assert.deepEqual(store.expand(), []);
    assert.equal(store.get("A"), "end?!");
  });

  it("stay as written when they refer to themselves", () => {
    const store = createVariables(createMasker());
    store.set("a", "$(b)");
    store.set("b", "$(a)");
    assert.equal(store.expand().length, 2);
    assert.equal(store.get("a"), "$(b)");
  });

  it("become secret when they include one", () => {
    const store = createVariables(createMasker());
    store.set("pw", "x", { secret: true });
    store.set("url", "u:$(pw)");
    store.expand();
    assert.equal(store.all().find(({ name }) => name === "url")?.secret, true);
  });
});

describe("the environment of a task", () => {
  it("begins with little of the agent's own", () => {
    const base = cleanBase({ PATH: "/bin", HOME: "/home/me", AWS_SECRET: "x", NODE_EXTRA_CA_CERTS: "y", LANG: "C" });
    assert.deepEqual(base, { PATH: "/bin", HOME: "/home/me", LANG: "C" });
  });

  it("has what a runner must set, and neither the job's token nor a certificate file for Node", async () => {
    const { env } = await dumpOf({ attempt: 3 });
    const expected: Readonly<Record<string, string>> = {
      TF_BUILD: "True",
      AGENT_VERSION: "4.275.0",
      AGENT_JOBSTATUS: "Succeeded",
      "agent.jobstatus": "Succeeded",
      AGENT_CAINFO: "/etc/emulator-ca.pem",
      SYSTEM_HOSTTYPE: "build",
      SYSTEM_COLLECTIONURI: "https://devops.example/org/",
      SYSTEM_TEAMFOUNDATIONCOLLECTIONURI: "https://devops.example/org/",
      SYSTEM_TEAMPROJECT: "images",
      SYSTEM_TEAMPROJECTID: "0a0a0a0a-0000-4000-8000-000000000000",
      SYSTEM_JOBATTEMPT: "3",
      SYSTEM_STAGEATTEMPT: "3",
      SYSTEM_STAGENAME: "__default",
      SYSTEM_PHASENAME: "Job",
      SYSTEM_JOBNAME: "__default",
      SYSTEM_CULTURE: "en-US",
      SYSTEM_TASKINSTANCENAME: "it",
      EMULATORLOCATION: "westeurope",
    };
    for (const [name, value] of Object.entries(expected)) assert.equal(env[name], value, name);
    for (const name of [
      "AGENT_TEMPDIRECTORY",
      "AGENT_WORKFOLDER",
      "AGENT_TOOLSDIRECTORY",
      "AGENT_OS",
      "AGENT_OSARCHITECTURE",
      "SYSTEM_PLANID",
      "BUILD_BUILDID",
      "BUILD_BUILDNUMBER",
      "BUILD_SOURCESDIRECTORY",
    ]) {
      // prettier-ignore
      assert.ok(env[name], name);
    }
    for (const name of ["SYSTEM_ACCESSTOKEN", "NODE_EXTRA_CA_CERTS", "NODE_OPTIONS", "HTTPS_PROXY"]) {
      assert.equal(env[name], undefined, name);
    }
    assert.equal(
      env.SYSTEM_OIDCREQUESTURI,
      `https://devops.example/org/p/_apis/distributedtask/hubs/build/plans/plan-1/jobs/${env.SYSTEM_JOBID}/oidctoken`,
    );
  });

  const limits: readonly (readonly [given: string, minutes: string])[] = [
    ["", "60"],
    ["timeoutInMinutes: 300, ", "300"],
    ["timeoutInMinutes: 0, ", "0"],
  ];
  for (const [given, minutes] of limits) {
    it(`has the job's time limit: ${minutes} minutes of a job with ${given === "" ? "none" : given.slice(0, -2)}`, async () => {
      const { log } = await runFake({
        pipeline: `jobs: [{ job: J, ${given}steps: [{ bash: 'echo "limit=$SYSTEM_JOBTIMEOUT"' }] }]`,
      });
      assert.ok(log.includes(`limit=${minutes}`));
    });
  }

  it("runs in the default working directory, from the read-only task folder", async () => {
    const { env, cwd, args } = await dumpOf({});
    assert.equal(cwd, env.SYSTEM_DEFAULTWORKINGDIRECTORY);
    assert.deepEqual(args, [
      join(env.AGENT_WORKFOLDER ?? "", "_tasks/Fake_11111111-2222-4333-8444-555555555555/1.2.3/main.js"),
    ]);
  });

  it("has public variables by mapped name, secrets as SECRET_, and the names of both", async () => {
    const { env } = await dumpOf({
      variables: { "my.var name": "v", "with-dash": "w" },
      secretVariables: { "my.pw": "p" },
    });
    assert.deepEqual([env.MY_VAR_NAME, env["WITH-DASH"], env.SECRET_MY_PW, env.MY_PW], ["v", "w", "p", undefined]);
    assert.ok((JSON.parse(env.VSTS_PUBLIC_VARIABLES ?? "") as string[]).includes("my.var name"));
    assert.deepEqual(JSON.parse(env.VSTS_SECRET_VARIABLES ?? ""), ["my.pw"]);
  });

  it("has every input: defaults, hidden and unknown ones, trimmed at both ends", async () => {
    const definition = {
      inputs: [
        { name: "plain", type: "string", defaultValue: " by default " },
        { name: "hidden", type: "string", defaultValue: "still here", visibleRule: "plain = never" },
        { name: "unset", type: "string" },
        { name: "given", type: "multiLine", defaultValue: "x" },
      ],
    };
    const { env } = await dumpOf({ pipeline: fakeStep({ GIVEN: "  two\nlines \n", unknown: "sent" }) }, definition);
    assert.deepEqual(
      [env.INPUT_PLAIN, env.INPUT_HIDDEN, env.INPUT_UNSET, env.INPUT_GIVEN, env.INPUT_UNKNOWN],
      ["by default", "still here", "", "two\nlines", "sent"],
    );
  });

  it("has scalars as they were typed", async () => {
    const pipeline =
      "steps:\n  - task: Fake@1\n    inputs:\n      yes: True\n      version: 1.20\n      nothing:\n      hex: 0x10\n";
    const { env } = await dumpOf({ pipeline });
    assert.deepEqual(
      [env.INPUT_YES, env.INPUT_VERSION, env.INPUT_NOTHING, env.INPUT_HEX],
      ["True", "1.20", "", "0x10"],
    );
  });

  it("has aliases under the input's own name, which wins over them", async () => {
    const definition = { inputs: [{ name: "resourceGroup", type: "string", aliases: ["ibAzureResourceGroup"] }] };
    const alone = await dumpOf({ pipeline: fakeStep({ IBAZURERESOURCEGROUP: "old" }) }, definition);
    const both = await dumpOf(
      { pipeline: fakeStep({ resourceGroup: "new", ibAzureResourceGroup: "old" }) },
      definition,
    );
    const reversed = await dumpOf(
      { pipeline: fakeStep({ ibAzureResourceGroup: "old", ResourceGroup: "new" }) },
      definition,
    );
    assert.deepEqual([alone, both, reversed].map(({ env }) => env.INPUT_RESOURCEGROUP), ["old", "new", "new"]); // prettier-ignore
    assert.equal(alone.env.INPUT_IBAZURERESOURCEGROUP, undefined);
  });

  it("has macros expanded once, from variables without case, then from the environment; unknown ones stay", async () => {
    const { env } = await dumpOf({
      pipeline: fakeStep({ a: "$(MY.VAR)|$(PATH)|$(nope)|$(build.sourcesdirectory)" }),
      variables: { "my.var": "value" },
    });
    assert.equal(env.INPUT_A, `value|${process.env.PATH ?? ""}|$(nope)|${env.BUILD_SOURCESDIRECTORY ?? ""}`);
  });

  it("has paths rooted, and the checkout itself for an empty one", async () => {
    const definition = {
      inputs: [
        { name: "empty", type: "filePath" },
        { name: "relative", type: "filePath" },
        { name: "rooted", type: "filePath" },
        { name: "text", type: "string" },
      ],
    };
    const { env } = await dumpOf({ pipeline: fakeStep({ relative: "a/../b", rooted: "/x//y", text: "" }) }, definition);
    const root = env.BUILD_SOURCESDIRECTORY ?? "";
    assert.deepEqual([env.INPUT_EMPTY, env.INPUT_RELATIVE, env.INPUT_ROOTED, env.INPUT_TEXT], [root, join(root, "b"), "/x/y", ""]); // prettier-ignore
  });

  it("has the connections its inputs name, by id, and the job's own, and no other", async () => {
    const definition = { inputs: [{ name: "azureSubscription", type: "connectedService:AzureRM" }] };
    const id = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
    const { env } = await dumpOf(
      { pipeline: fakeStep({ azureSubscription: "$(conn)" }), variables: { conn: "Images-Prod" } },
      definition,
    );
    assert.equal(env.INPUT_AZURESUBSCRIPTION, id);
    assert.equal(env[`ENDPOINT_URL_${id}`], "https://arm.example/");
    assert.deepEqual(JSON.parse(env[`ENDPOINT_AUTH_${id}`] ?? ""), { parameters: fakeSurroundings.endpoints[0]?.parameters, scheme: "ServicePrincipal" }); // prettier-ignore
    assert.equal(env[`ENDPOINT_AUTH_SCHEME_${id}`], "ServicePrincipal");
    assert.equal(env[`ENDPOINT_AUTH_PARAMETER_${id}_SERVICEPRINCIPALKEY`], "key-very-secret");
    assert.deepEqual(JSON.parse(env[`ENDPOINT_DATA_${id}`] ?? ""), fakeSurroundings.endpoints[0]?.data);
    assert.equal(env[`ENDPOINT_DATA_${id}_RESOURCE_NAME`], "x");
    assert.equal(env.ENDPOINT_AUTH_PARAMETER_SYSTEMVSSCONNECTION_ACCESSTOKEN, "job-token-secret");
    assert.deepEqual(JSON.parse(env.ENDPOINT_AUTH_SYSTEMVSSCONNECTION ?? ""), { parameters: { AccessToken: "job-token-secret" }, scheme: "OAuth" }); // prettier-ignore
    assert.equal(env.ENDPOINT_DATA_SYSTEMVSSCONNECTION, undefined);
    const without = await dumpOf({}, definition);
    assert.equal(without.env[`ENDPOINT_URL_${id}`], undefined);
  });

  it("lets a later group win: variables over env:, inputs over variables", async () => {
    const pipeline = fakeStep({ a: "input" }, "    env: { OWN: ' from $(v) ', V: 'from env' }\n");
    const { env } = await dumpOf({ pipeline, variables: { v: "variable", input_a: "variable" } });
    assert.deepEqual([env.OWN, env.V, env.INPUT_A], ["from variable", "variable", "input"]);
  });

  it("refuses a NUL character", () => {
    const parts = { base: { A: "a\0b" }, step: {}, variables: [], inputs: new Map(), endpoints: [], taskVariables: [], prependPath: [] }; // prettier-ignore
    assert.throws(() => buildEnvironment(parts), /The value of A holds a NUL character/);
  });

  it("gives steps without a name a generated one", async () => {
    const { log } = await runFake({
      pipeline:
        "steps:\n  - task: Fake@1\n  - script: 'echo $(System.TaskInstanceName)'\n  - task: Fake@1\n  - bash: echo $SYSTEM_TASKINSTANCENAME\n",
      tasks: [{ scripts: { "main.js": "console.log(process.env.SYSTEM_TASKINSTANCENAME)" } }],
    });
    assert.deepEqual(log.filter((line) => /^(Fake|CmdLine|Bash)\d*$/.test(line)), ["Fake", "CmdLine", "Fake1", "Bash"]); // prettier-ignore
  });

  it("loads a module first where the surroundings have one, with its own environment", async () => {
    const folder = mkdtempSync(join(tmpdir(), "runner-preload-"));
    const module = join(folder, "preload.cjs");
    writeFileSync(module, "globalThis.preloaded = process.env.PRELOAD_VALUE;");
    const preload = { module, environment: { PRELOAD_VALUE: "7" } };
    const { log } = await runFake({
      pipeline: fakeStep(),
      surroundings: { ...fakeSurroundings, preload },
      tasks: [{ scripts: { "main.js": "console.log('preloaded', globalThis.preloaded)" } }],
    });
    rmSync(folder, { recursive: true });
    assert.ok(log.includes("preloaded 7"));
  });

  it("is what the task library expects", async () => {
    const library = createRequire(import.meta.url).resolve("azure-pipelines-task-lib/task.js");
    const lines = [
      `const tl = require(${JSON.stringify(library)});`,
      'const id = tl.getInput("azureSubscription", true);',
      "const show = (value) => console.log('got:' + Buffer.from(String(value)).toString('hex'));",
      'show(tl.getEndpointUrl(id, false)); show(tl.getEndpointAuthorizationParameter(id, "serviceprincipalkey", false));',
      'show(tl.getEndpointDataParameter(id, "subscriptionid", false)); show(tl.getEndpointAuthorizationScheme(id, false));',
      'show(tl.getEndpointAuthorization("SYSTEMVSSCONNECTION", false).parameters.AccessToken);',
      'show(tl.getVariable("my.pw")); show(tl.getHttpCertConfiguration().caFile); show(tl.getInput("steps"));',
      'tl.setVariable("id", "50% of; [it]\\nnext", false, true); tl.setResult(tl.TaskResult.SucceededWithIssues, "careful");',
    ];
    const { log, step } = await runFake({
      pipeline: fakeStep({ azureSubscription: "images-prod", steps: "- a\n- b" }),
      secretVariables: { "my.pw": "pipeline-secret" },
      tasks: [
        {
          definition: { inputs: [{ name: "azureSubscription", type: "connectedService:AzureRM" }] },
          scripts: { "main.js": lines.join("\n") },
        },
      ],
    });
    const got = log
      .filter((line) => line.startsWith("got:"))
      .map((line) => Buffer.from(line.slice(4), "hex").toString());
    assert.deepEqual(got, ["https://arm.example/", "key-very-secret", "sub-0001", "ServicePrincipal", "job-token-secret", "pipeline-secret", "/etc/emulator-ca.pem", "- a\n- b"]); // prettier-ignore
    assert.equal(step("it").outputs.get("id")?.value, "50% of; [it]\nnext");
    assert.equal(step("it").result, "SucceededWithIssues");
  });
});

describe("the environment of a script step", () => {
  it("has public variables and env:, but no secrets, inputs or connections", async () => {
    const { log } = await runFake({
      pipeline: "steps:\n  - bash: env | sort | sed 's/^/line:/'\n    env: { GIVEN: $(pw), OWN: x }\n",
      variables: { open: "seen" },
      secretVariables: { pw: "the-password" },
    });
    const names = log.filter((line) => line.startsWith("line:")).map((line) => line.slice(5).split("=")[0] ?? "");
    for (const name of ["OPEN", "OWN", "GIVEN", "TF_BUILD", "AGENT_TEMPDIRECTORY"])
      assert.ok(names.includes(name), name);
    assert.deepEqual(names.filter((name) => /^(SECRET_|INPUT_|ENDPOINT_|VSTS_(PUBLIC|SECRET)|SYSTEM_ACCESSTOKEN)/.test(name)), []); // prettier-ignore
    assert.ok(log.includes("line:GIVEN=***"));
  });

  it("is the agent's: nothing of the person who runs it", async () => {
    process.env.RUNNER_TEST_PRIVATE = "private";
    try {
      const { log } = await runFake({
        pipeline: "steps: [{ bash: 'echo [$RUNNER_TEST_PRIVATE] $(RUNNER_TEST_PRIVATE)' }]",
      });
      assert.ok(log.some((line) => line.startsWith("[]")));
      assert.ok(!log.some((line) => line.includes("private")));
    } finally {
      delete process.env.RUNNER_TEST_PRIVATE;
    }
  });
});
