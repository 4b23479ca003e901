/**
 * A stranger's walk: the commands of the README, taken from its text and run as they stand, one after the other, in a clean
 * copy of the repository. `WALK_INSTALL=1` also runs `npm ci`; otherwise the packages that are there are linked.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { readPage, readText } from "../docs/markdown.ts";
import { cleanCopy } from "./clean-copy.ts";

/** Runs this very test: it is only looked at. */
const testCommand = "npm ci && npm test";
const install = process.env["WALK_INSTALL"] === "1";

const blocks = readPage(readText("README.md")).fences.filter(({ language }) => language === "bash");
const commands = blocks.map(({ text }) => text.trim());

/** What stands before a block where the packages are linked: they are installed already. */
const linked = 'npm() { [ "$*" = ci ] || command npm "$@"; }';

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

function runBlock(folder: string, block: string): Promise<Ended> {
  const script = install ? block : `${linked}\n${block}`;
  const child = spawn("bash", ["-c", `set -e\n${script}`], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output: Buffer.concat(chunks).toString("utf8") }));
  });
}

describe("the README's commands", function () {
  this.timeout(install ? 900_000 : 300_000);
  let folder = "";
  const ended = new Map<string, Ended>();
  const outputOf = (part: string): string =>
    ended.get(commands.find((command) => command.includes(part)) ?? "")?.output ?? "";

  before(async () => {
    folder = await cleanCopy({ install });
    for (const command of commands.filter((text) => text !== testCommand)) {
      const result = await runBlock(folder, command);
      ended.set(command, result);
      if (result.code !== 0) break;
    }
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("all end well, one after the other, in a clean copy", () => {
    const faults = [...ended].filter(([, { code }]) => code !== 0);
    assert.deepEqual(faults.map(([command, { code, output }]) => `${command}\nended ${String(code)}:\n${output.slice(-3000)}`), []); // prettier-ignore
    assert.equal(ended.size, commands.length - 1);
  });

  it("show an image reaching the second stage of the sample", () => {
    assert.match(
      outputOf("npm run demo"),
      /The deploying stage used the image \/subscriptions\/\S+\/versions\/1\.0\.0/,
    );
  });

  it("end with the stranger's own step succeeded, and its image handed to the next step", () => {
    const output = outputOf("npm run task");
    assert.match(output, /^Result: Succeeded$/m);
    assert.match(output, /^The new image is \/subscriptions\/\S+\/versions\/1\.0\.0$/m);
  });

  it("print the template of that step without any emulator", () => {
    const { template, errors } = JSON.parse(outputOf("npm run --silent plan")) as {
      readonly template: { readonly properties?: { readonly source?: { readonly offer?: string } } };
      readonly errors: readonly unknown[];
    };
    assert.deepEqual([template.properties?.source?.offer, errors], ["ubuntu-24_04-lts", []]);
  });

  it("have the one that checks the project, which is what continuous integration runs", () => {
    assert.ok(commands.includes(testCommand), commands.join("\n"));
    assert.ok(readText(".ci/run").includes(`bash -c '${testCommand}'`));
  });
});
