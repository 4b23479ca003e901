import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { parseDiagnoseArguments } from "../../../scripts/diagnose/arguments.ts";

const root = resolve(import.meta.dirname, "../../..");
const sample = (id: string): string => join(import.meta.dirname, "samples", `${id}.txt`);

function run(...args: readonly string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  const command = ["--import", "tsx", join(root, "scripts/diagnose.ts"), ...args];
  return spawnSync(process.execPath, command, { cwd: root, encoding: "utf8" });
}

describe("the command diagnose", () => {
  it("prints the findings as JSON and exits with 1", () => {
    const { status, stdout } = run(sample("log-need-root"), "--where", "customization-log");
    const { findings, step, harmless } = JSON.parse(stdout) as {
      readonly findings: readonly { readonly id: string }[];
      readonly step: { readonly exitCode: number };
      readonly harmless: boolean;
    };
    assert.deepEqual([status, findings.map(({ id }) => id), step.exitCode, harmless], [1, ["log-need-root"], 1, false]);
  });

  it("exits with 0 where the text is harmless", () => {
    const { status, stdout } = run(sample("noise-debconf"));
    assert.deepEqual([status, JSON.parse(stdout)], [0, { findings: [], step: null, harmless: true }]);
  });

  it("exits with 2 and says how it is called when the file is not there", () => {
    const { status, stdout, stderr } = run("no-such-file.log");
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, /ENOENT[\s\S]*usage: npm run --silent diagnose -- FILE/);
  });

  const wrong: readonly (readonly string[])[] = [[], ["a", "b"], ["a", "--where", "moon"], ["a", "--what"]];
  for (const args of wrong)
    it(`does not take ${JSON.stringify(args)}`, () => {
      assert.throws(() => parseDiagnoseArguments(args));
    });
});
