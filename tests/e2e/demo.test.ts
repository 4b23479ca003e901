/** The sample pipeline with the packaged task: the image holds the application, and the next stage gets its ID. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { readyVersion } from "../../scripts/runner/made.ts";
import { preparePackage } from "../../scripts/runner/package/freshness.ts";
import type { JsonReport } from "../../scripts/runner/run/report.ts";
import { samplePipeline, sampleVariables } from "../../scripts/runner/sample.ts";
import { runSession } from "../../scripts/runner/session.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import { skipWhereSimulated } from "./build-vm-support.ts";
import { missingNode, nodesByMajor } from "./nodes.ts";

const root = resolve(import.meta.dirname, "../..");
const application = join(root, "samples/linux-webapp/app");

/** Where the sample's install script puts the application. */
const installed = "/opt/trail-log";

for (const { path: nodePath, version } of nodesByMajor()) {
  describe(`the sample pipeline under Node ${version}`, function () {
    this.timeout(120_000);
    let emulator: Emulator;
    let report: JsonReport;
    const log: string[] = [];

    before(async () => {
      const extension = await preparePackage(root, () => undefined);
      emulator = await createEmulator({ scale: 150 });
      const variables = sampleVariables(emulator.description);
      const sink = (line: string): void => void log.push(line);
      report = await runSession(emulator, { pipeline: samplePipeline(root), extension, nodePath, variables, sink });
    });
    after(() => emulator.close());

    it("succeeds", () => assert.equal(report.result, "Succeeded", log.slice(-40).join("\n")));

    it("hands the ID of a version that exists to the deploying stage", () => {
      const received = report.outputs["roll.imageId"] ?? "";
      assert.ok(readyVersion(emulator, received) !== undefined, `received "${received}"`);
      assert.equal(received, report.outputs["image.imageId"]);
      assert.ok(log.some((line) => line.includes(`imageReference.id=${received}`)));
    });

    it("leaves every file of the application in the image, by hash and mode", async function () {
      await skipWhereSimulated(this, emulator);
      const files = (await emulator.world.images.files(report.outputs["image.imageId"] ?? "")) ?? [];
      const inImage = new Map(files.map((file) => [file.path, file]));
      const expected = applicationFiles(application);
      assert.ok(expected.length >= 12, `${expected.length} files`);
      const found = expected.map(({ path }) => {
        const file = inImage.get(`${installed}/${path}`);
        if (file?.kind === "link") return { path, target: file.target };
        return { path, sha256: file?.sha256, mode: file?.mode };
      });
      assert.deepEqual(found, expected);
    });

    it("leaves no secret of the connections in the log", () => {
      const secrets = [
        emulator.description.job.accessToken,
        ...Object.values(emulator.description.connections).flatMap(({ parameters }) =>
          [parameters.serviceprincipalkey, parameters.serviceprincipalid].filter((value) => value !== undefined),
        ),
      ];
      assert.ok(secrets.length > 2);
      assert.deepEqual(secrets.filter((secret) => log.some((line) => line.includes(secret))), []); // prettier-ignore
    });
  });
}

const missing = missingNode();
if (missing !== undefined) {
  describe("the sample pipeline under the other major version of Node", () => {
    it("is left out", function () {
      console.log(`    left out: ${missing}`);
      this.skip();
    });
  });
}

type Expected =
  | { readonly path: string; readonly sha256: string; readonly mode: number }
  | { readonly path: string; readonly target: string };

/** Everything in the repository's folder but VERSION, which the pipeline stamps. */
function applicationFiles(folder: string): readonly Expected[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  return entries
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => relative(folder, file) !== "VERSION")
    .map((file) => {
      const path = relative(folder, file);
      const stats = lstatSync(file);
      if (stats.isSymbolicLink()) return { path, target: readlinkSync(file) };
      const sha256 = createHash("sha256").update(readFileSync(file)).digest("hex");
      return { path, sha256, mode: stats.mode & 0o777 };
    });
}
