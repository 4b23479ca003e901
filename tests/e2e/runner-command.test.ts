/** `npm run task` as a person uses it: its exit codes, its output, its report. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { JsonReport } from "../../scripts/runner/run/report.ts";

const root = resolve(import.meta.dirname, "../..");

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function runTask(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolveEnd, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", "scripts/task.ts", ...args], { cwd: root });
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => resolveEnd({ code, ...output }));
  });
}

describe("npm run task", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "runner-command-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function pipeline(text: string): string {
    const file = join(folder, "pipeline.yml");
    writeFileSync(file, text);
    return file;
  }

  it("ends 2 and tells its options when it is used wrongly", async () => {
    const { code, stderr } = await runTask("--nope");
    assert.equal(code, 2);
    assert.match(stderr, /npm run task -- PIPELINE\.yml \[--json FILE\]/);
  });

  it("ends 2 for a connection the emulator does not have, and lists those it has", async () => {
    const { code, stderr } = await runTask(pipeline("steps: [{ bash: 'true' }]"), "--connection", "nope");
    assert.equal(code, 2);
    assert.match(stderr, /--connection nope: the emulator has .*images-prod/);
  });

  for (const args of [["/no/such/pipeline.yml"], ["package.json", "--node", "/no/such/node"]]) {
    it(`ends 2 for what is not there: ${args.at(-1) ?? ""}`, async () => {
      const { code, stderr } = await runTask(...args);
      assert.equal(code, 2);
      assert.ok(stderr.includes(args.at(-1) ?? ""), stderr);
    });
  }

  it("ends 1 for a pipeline that is not valid, with the place of each problem", async () => {
    const file = pipeline("steps:\n  - bash: echo ${{ x }}\n  - nope: 1\n");
    const { code, stderr } = await runTask(file);
    assert.equal(code, 1);
    assert.match(stderr, /pipeline\.yml:2:11: The template expression/);
    assert.match(stderr, /pipeline\.yml:3:5: A step begins with one of/);
  });

  it("ends 1 for a service connection that the pipeline names and the emulator lacks", async () => {
    const file = pipeline("steps:\n  - task: AzureImageBuilderTask@1\n    inputs: { ibSubscription: elsewhere }\n");
    const { code, stderr } = await runTask(file);
    assert.equal(code, 1);
    assert.match(stderr, /pipeline\.yml:2:5: There is no service connection "elsewhere"\. Known here:\n {2}\S+/);
  });

  it("ends 0 when all went well, with the log on standard output and the report in its file", async () => {
    const json = join(folder, "report.json");
    const file = pipeline(
      "variables: { who: file }\nsteps:\n  - bash: echo \"hello $(who) in $(emulatorLocation)\"; echo '##vso[task.setvariable variable=x;isoutput=true]1'\n    name: hello\n",
    );
    const { code, stdout } = await runTask(file, "--json", json, "--var", "who=me", "--attempt", "2");
    assert.equal(code, 0);
    assert.match(stdout, /^hello me in westeurope$/m);
    assert.match(stdout, /^Result: Succeeded$/m);
    const report = JSON.parse(readFileSync(json, "utf8")) as JsonReport;
    assert.deepEqual([report.result, report.outputs], ["Succeeded", { "hello.x": "1" }]);
    assert.equal(report.variables["System.JobAttempt"], "2");
  });

  it("ends 1 when a step fails, and can put the report alone on standard output", async () => {
    const { code, stdout, stderr } = await runTask(pipeline("steps: [{ script: exit 4, name: bad }]"), "--json", "-");
    assert.equal(code, 1);
    const report = JSON.parse(stdout) as JsonReport;
    assert.deepEqual([report.result, report.steps.at(-1)?.exitCode], ["Failed", 4]);
    assert.match(stderr, /Bash exited with code '4'/);
  });
});
