/** Commands side by side: what is told of each, and how many run at a time. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Outcome, runChecks } from "../../../scripts/lib/run-checks.ts";

const node = (code: string): string => `"${process.execPath}" -e "${code}"`;

describe("checks", () => {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "checks-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  async function run(commands: readonly string[], atOnce: number) {
    const outcomes: Outcome[] = [];
    const passed = await runChecks(commands, atOnce, (outcome) => void outcomes.push(outcome));
    return { passed, outcomes };
  }

  it("pass where every command ends with 0", async () => {
    const { passed, outcomes } = await run([node("process.exitCode = 0"), node("1")], 2);
    assert.deepEqual([passed, outcomes.map((one) => one.passed)], [true, [true, true]]);
  });

  it("fail where one command fails, and the others still run", async () => {
    const { passed, outcomes } = await run([node("process.exitCode = 3"), node("console.log('ran')")], 1);
    assert.equal(passed, false);
    assert.deepEqual(
      outcomes.map((one) => [one.passed, one.output]),
      [
        [false, ""],
        [true, "ran"],
      ],
    );
  });

  it("fail where a command is killed", async () => {
    assert.equal((await run([node("process.kill(process.pid, 'SIGKILL')")], 1)).passed, false);
  });

  it("fail where there is no such command, with what the shell says", async () => {
    const { passed, outcomes } = await run(["no-such-command-anywhere"], 1);
    assert.equal(passed, false);
    assert.match(outcomes[0]?.output ?? "", /no-such-command-anywhere/);
  });

  it("show what a command wrote to both streams in one piece", async () => {
    const { outcomes } = await run([node("console.log('out'); console.error('err')")], 1);
    assert.deepEqual((outcomes[0]?.output ?? "").split("\n").sort(), ["err", "out"]);
  });

  it("run one after the other, in their order, where one is to run at a time", async () => {
    const file = join(folder, "order").replaceAll("\\", "/");
    const write = (name: string): string =>
      node(
        `const { appendFileSync } = require('fs'); appendFileSync('${file}', '${name}+ '); process.on('exit', () => appendFileSync('${file}', '${name}- '))`,
      );
    await run(["a", "b", "c"].map(write), 1);
    assert.equal(readFileSync(file, "utf8"), "a+ a- b+ b- c+ c- ");
  });

  it("run side by side where two may run: each of these waits for the other", async () => {
    const path = (name: string): string => join(folder, name).replaceAll("\\", "/");
    const meet = (own: string, other: string): string =>
      node(
        `const fs = require('fs'); fs.writeFileSync('${path(own)}', ''); const wait = () => fs.existsSync('${path(other)}') || setImmediate(wait); wait()`,
      );
    assert.equal((await run([meet("a", "b"), meet("b", "a")], 2)).passed, true);
  });
});
