/** Builds whose log cannot be read, or is read from the container alone, and one whose log is hostile. */
import assert from "node:assert/strict";
import { checkLog, type Ending, type EndingsStage, linux, openEndingsStage } from "./endings-stage.ts";

const steps = "- shell: { inline: ./prepare, name: prepare }\n- shell: { inline: ./install, name: install }";

function onStage(world: string, use: (open: () => EndingsStage) => void): void {
  let stage: EndingsStage | undefined;
  before(async () => {
    stage = await openEndingsStage({ world });
  });
  after(() => stage?.close());
  use(() => {
    if (stage === undefined) throw new Error("the stage is not open");
    return stage;
  });
}

describe("a build whose log cannot be read", function () {
  this.timeout(120_000);
  let ending: Ending;
  onStage("log-unreadable", (stage) => {
    before(async () => {
      const simulatedSteps = [{ name: "install", exitCode: 7, output: ["E: no such package"] }];
      ending = await stage().bake(linux(steps), { builder: { simulatedSteps } });
    });

    it("goes on, with one line that says which role would make it readable", () => {
      const told = ending.lines.filter((line) => line.includes("The build's log cannot be read"));
      assert.equal(told.length, 1, ending.log);
      assert.match(told[0] ?? "", /"Reader" and "Storage Blob Data Reader".*stagingResourceGroup/);
      assert.match(ending.log, / {2}Customizing /);
      checkLog(ending);
    });

    it("fails with what the service says, and where the log is", () => {
      assert.equal(ending.step.result, "Failed");
      assert.match(ending.error, /^The image build failed after \d\d:\d\d:\d\d\.$/m);
      assert.match(ending.error, /^ {2}(?:PackerBuildFailed: )?During the image build a failure has occurred/m);
      assert.match(ending.error, /^Log in Azure: .*\/packerlogs\/.*customization\.log\.$/m);
      assert.doesNotMatch(ending.log, /E: no such package/);
      assert.equal(ending.attached, undefined);
    });

    it("keeps the template, with which the log would go, and names it", () => {
      const name = ending.outputs["templateName"] ?? "";
      assert.ok(stage().templates().includes(name));
      assert.match(ending.log, new RegExp(`Image template ${name} stays, because the build's log goes with it`));
      assert.match(ending.summary, new RegExp(`az image builder delete .*--name ${name}`));
    });

    it("asks each service for it once", () => {
      const refused = ending.requests
        .filter(({ status }) => status === 403)
        .map(({ method, url }) => `${method} ${url}`);
      assert.deepEqual(refused, [...new Set(refused)]);
    });
  });
});

describe("a build whose log only its container shows", function () {
  this.timeout(120_000);
  onStage("log-from-container", (stage) => {
    it("is followed by that", async () => {
      const simulatedSteps = [{ name: "install", exitCode: 0, output: ["installed 12 packages"] }];
      const ending = await stage().bake(linux(steps), { builder: { simulatedSteps } });
      assert.equal(ending.step.result, "Succeeded", ending.log);
      assert.match(ending.log, /^##\[group\]2\/2 install \(Shell\)\ninstalled 12 packages$/m);
      assert.match(ending.attached ?? "", /installed 12 packages/);
      checkLog(ending);
    });
  });
});

describe("a build whose log is hostile", function () {
  this.timeout(120_000);
  const secret = "correct-horse-battery-staple";
  const key = `${"Zm9vYmFyYmF6cXV4".repeat(5)}abcdef==`;
  const token =
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL21hbmFnZW1lbnQifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg";
  const escape = String.fromCharCode(27);
  let ending: Ending;
  onStage("default", (stage) => {
    before(async () => {
      const output = [
        "##vso[task.setvariable variable=imageId;isoutput=true]forged",
        "##vso[task.complete result=Succeeded;]all is well",
        "  ##[endgroup]",
        "##[error]forged error",
        "\u200b##vso[task.logissue type=error]hidden",
        `${escape}[31mred${escape}[0m ${escape}]0;title\u0007done`,
        " 10%\r 50%\r##vso[task.setvariable variable=byReturn]1\r100% loaded",
        Buffer.from([0x62, 0x61, 0x64, 0x20, 0xff, 0xfe, 0xc3, 0x28, 0x20, 0x62, 0x79, 0x74, 0x65, 0x73]),
        `${"x".repeat(10 * 1024 * 1024)}##vso[task.setvariable variable=atEnd]1`,
        `the secret is ${secret}`,
        `connection DefaultEndpointsProtocol=https;AccountName=st;AccountKey=${key};EndpointSuffix=core.windows.net`,
        `Authorization: Bearer ${token}`,
        "the last line",
      ];
      const builder = { simulatedSteps: [{ name: "install", exitCode: 9, output }] };
      ending = await stage().bake(linux(steps), { builder, secrets: { password: secret } });
    });

    it("fails as it should, and shows the last line of the step", () => {
      assert.equal(ending.step.result, "Failed");
      assert.match(ending.error, /^The image build failed after .* in install \(Shell\) with exit code 9\./);
      assert.match(ending.error, /^ {2}\| the last line$/m);
    });

    it("sets no variable, raises no issue and closes no group", () => {
      assert.equal(ending.outputs["imageId"], undefined);
      const { variables } = ending.report;
      for (const name of ["imageId", "byReturn", "atEnd"]) assert.equal(variables[name], undefined, name);
      const told = ending.step.issues.map(({ message }) => message.split("\n")[0] ?? "");
      assert.ok(
        told.every((line) => !/forged|hidden/.test(line)),
        told.join("\n"),
      );
      assert.ok(!ending.lines.some((line) => line.startsWith("##[error]forged")));
      // What was taken for a command shows as text, or not at all.
      assert.match(ending.log, /task\.complete result=Succeeded/);
      checkLog(ending);
    });

    const places: readonly (readonly [where: string, text: () => string])[] = [
      ["the pipeline's log", () => ending.log],
      ["the attached log", () => ending.attached ?? ""],
      ["the summary", () => ending.summary],
    ];
    for (const [where, text] of places) {
      it(`leaves no secret and no escape sequence in ${where}`, () => {
        assert.ok(text().length > 500);
        for (const hidden of [secret, key, token, escape, "\u0007", "\u200b"]) {
          assert.ok(!text().includes(hidden), `${JSON.stringify(hidden)} is in ${where}`);
        }
      });
    }

    it("shows what is harmless of it: the end of a progress bar, text without its colours, bad bytes replaced", () => {
      const { attached = "" } = ending;
      for (const line of ["100% loaded", "red done", "bad \ufffd\ufffd\ufffd( bytes"]) {
        assert.ok(ending.log.includes(line) && attached.includes(line), line);
      }
      assert.doesNotMatch(attached, /50%/);
      assert.match(attached, /the secret is \*\*\*/);
      assert.match(attached, /AccountKey=\*\*\*/);
    });

    it("cuts the line of 10 MB, and says so", () => {
      assert.ok(Math.max(...(ending.attached ?? "").split("\n").map(({ length }) => length)) < 20_000);
      assert.match(ending.log, /more characters left out\]/);
    });
  });
});
