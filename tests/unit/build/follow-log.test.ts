import assert from "node:assert/strict";
import { followLog } from "../../../tasks/AzureImageBuilderV1/src/build/follow-log.ts";
import type { BuildLogName, LogRead, TemplateStatus } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { setStage, shown, type Stage } from "./stage.ts";

const bytes = (from: "blob" | "container", ...lines: readonly string[]): LogRead => ({
  state: "bytes",
  from,
  bytes: Buffer.from(lines.map((line) => `[2f] PACKER 2026/03/01 08:04:00 ui:     azure-arm: ${line}\n`).join("")),
  more: false,
});

/** Follows a log whose reads give `answers` in turn, and then nothing. */
function follow(
  answers: readonly LogRead[],
  { template = shown(), attach = "always" }: { template?: TemplateStatus; attach?: "always" | "never" } = {},
): { readonly stage: Stage; readonly log: ReturnType<typeof followLog>; readonly asked: BuildLogName[] } {
  const asked: BuildLogName[] = [];
  const left = [...answers];
  const base = setStage({});
  const stage: Stage = {
    ...base,
    logs: {
      follow: () => ({
        read: async (name) => {
          asked.push(name);
          return left.shift() ?? { state: "nothing" };
        },
      }),
    },
  };
  const options = { verbosity: "normal", attach, startedAt: stage.clock.now() } as const;
  return { stage, log: followLog(template, options, stage), asked };
}

const said = ({ agent }: Stage): readonly string[] =>
  agent.log.filter(({ kind }) => kind === "info").map(({ text }) => text);

describe("The log of a run", () => {
  it("is shown once where the container's lines come again in the blob", async () => {
    const { stage, log } = follow([bytes("container", "one", "two"), bytes("blob", "one", "two", "three")]);
    await log.read("Building");
    await log.read("Customizing");
    assert.deepEqual(said(stage), ["one", "two", "three"]);
  });

  it("is written to the file without what is secret to the job", async () => {
    const { stage, log } = follow([bytes("blob", "the word is swordfish")]);
    Object.assign(stage.agent, { hideSecrets: (text: string) => text.replaceAll("swordfish", "***") });
    await log.read("Building");
    const { path, text } = await log.end();
    assert.equal(path, "/temp/image-build.log");
    assert.match(stage.files.get("image-build.log") ?? "", /the word is \*\*\*\n$/);
    assert.match(text, /the word is/);
  });

  it("makes no file where none is wished or nothing was read", async () => {
    const unwished = follow([bytes("blob", "one")], { attach: "never" });
    await unwished.log.read("Building");
    assert.equal((await unwished.log.end()).path, undefined);
    assert.deepEqual([...unwished.stage.files], []);
    const { text, path } = await follow([]).log.end();
    assert.deepEqual([text, path], ["", undefined]);
  });

  it("goes on in the validation's log once the image is validated", async () => {
    const template = shown(undefined, { validators: [{ type: "Shell", name: "check" }] });
    const done = "[2f] PACKER Done exporting Packer logs to Azure Storage.\n";
    const whole: LogRead = { state: "bytes", from: "blob", bytes: Buffer.from(done), more: false };
    const { log, asked } = follow([{ state: "nothing" }, whole, bytes("blob", "checked")], { template });
    await log.read("Customizing");
    await log.read("Optimizing");
    await log.read("Validating");
    await log.read("Validating");
    assert.equal(asked[0], "customization");
    assert.equal(asked.at(-1), "validation");
  });

  it("is not looked for where there is no staging resource group", async () => {
    const { log, asked } = follow([], { template: shown(undefined, { stagingResourceGroup: "" }) });
    assert.equal(log.isReadable(), false);
    assert.equal(await log.read("Building"), false);
    assert.deepEqual(asked, []);
  });

  it("is whole when its last line is there, or two reads after the end bring nothing", async () => {
    const silent = follow([]);
    await silent.log.read("Customizing");
    await silent.log.read("Customizing");
    await silent.log.read("Customizing");
    assert.equal(silent.log.isWhole(), false);
    await silent.log.read("ended");
    await silent.log.read("ended");
    assert.equal(silent.log.isWhole(), true);
  });
});
