/** The sample with a list of steps, run by the packaged task on the emulator: what the steps say is in the image. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { preparePackage } from "../../scripts/runner/package/freshness.ts";
import type { JsonReport } from "../../scripts/runner/run/report.ts";
import { sampleVariables } from "../../scripts/runner/sample.ts";
import { runSession } from "../../scripts/runner/session.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import { shortBuild } from "./short-build.ts";

const root = resolve(import.meta.dirname, "../..");
const sample = join(root, "samples/steps-linux");

const digestOf = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");

describe("the sample with a list of steps", function () {
  this.timeout(120_000);
  let emulator: Emulator;
  let report: JsonReport;
  let files: ReadonlyMap<string, string | undefined>;
  const log: string[] = [];

  before(async () => {
    const extension = await preparePackage(root, () => undefined);
    emulator = await createEmulator({ scale: 150, imageBuilder: { durations: shortBuild } });
    const variables = sampleVariables(emulator.description);
    const sink = (line: string): void => void log.push(line);
    report = await runSession(emulator, { pipeline: join(sample, "azure-pipelines.yml"), extension, variables, sink });
    const found = (await emulator.world.images.files(report.outputs["image.imageId"] ?? "")) ?? [];
    files = new Map(found.map(({ path, sha256 }) => [path, sha256]));
  });
  after(() => emulator.close());

  it("succeeds", () => assert.equal(report.result, "Succeeded", log.slice(-40).join("\n")));

  it("shows the names of the steps in their order", () => {
    const order = "fetch-artifact, install, motto, configure, shell-4, remove-artifact";
    assert.ok(log.some((line) => line.includes(order)));
  });

  const made: readonly (readonly [path: string, content: string | Buffer])[] = [
    ["/opt/site/index.html", readFileSync(join(sample, "site/index.html"))],
    ["/opt/site/ring", "prod\n"],
    ["/opt/site/motto", `canary: it's "quoted", costs $5\n`],
    ["/etc/site/app.json", readFileSync(join(sample, "config/app.json"))],
  ];
  for (const [path, content] of made) {
    it(`leaves ${path} in the image, byte for byte`, () => assert.equal(files.get(path), digestOf(content)));
  }

  it("leaves nothing of the artifact in the image", () => {
    assert.deepEqual([...files.keys()].filter((path) => path.startsWith("/tmp/site")), []); // prettier-ignore
  });
});
