import assert from "node:assert/strict";
import { checkJobTimeout } from "../../../tasks/AzureImageBuilderV1/src/plan/job-timeout.ts";

const message = (jobTimeout: string | undefined, minutes: number, gone?: number): string =>
  checkJobTimeout(minutes, { jobTimeout, job: "Bake", ...(gone === undefined ? {} : { gone }) })
    .map(({ code, message: text }) => `${code} ${text}`)
    .join("\n");

describe("The job's time limit", () => {
  const short: readonly (readonly [jobTimeout: string, build: number, limit: number])[] = [
    ["60", 0, 255],
    ["60", 240, 255],
    ["60", 61, 76],
    ["239", 0, 255],
  ];
  for (const [jobTimeout, build, limit] of short) {
    it(`of ${jobTimeout} minutes is too short for a build of ${build}, and the YAML says ${limit}`, () => {
      const text = message(jobTimeout, build);
      assert.match(
        text,
        /^AIB217 the job ends after \d+ minutes, and the build may take \d+: the agent would cancel it/,
      );
      assert.ok(text.includes(`\n  - job: Bake\n    timeoutInMinutes: ${limit}\n`), text);
    });
  }

  const enough: readonly (readonly [jobTimeout: string | undefined, build: number])[] = [
    ["240", 0],
    ["300", 240],
    ["60", 60],
    ["60", 45],
    ["0", 960],
    [undefined, 960],
    ["", 960],
    ["soon", 960],
  ];
  for (const [jobTimeout, build] of enough) {
    it(`of ${jobTimeout ?? "none"} is nothing to speak of for a build of ${build} minutes`, () =>
      assert.equal(message(jobTimeout, build), ""));
  }

  it("is held against what is left of a build that another step has started", () => {
    assert.equal(message("60", 0, 180), "");
    const text = message("60", 0, 100.9);
    assert.match(text, /the build may take 140 more: .*\n.*\n {4}timeoutInMinutes: 155\n/);
    assert.doesNotMatch(text, /buildTimeoutInMinutes/);
  });
});
