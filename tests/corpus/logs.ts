/**
 * Reads every log of a folder of real failures (`CORPUS`, by default `../shared/corpus` beside the checkout): nothing in
 * them is a secret, so that nothing may be redacted, and what is shown is harmless and balanced.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createLogReader } from "../../tasks/AzureImageBuilderV1/src/log/index.ts";
import { createRedactor } from "../../tasks/AzureImageBuilderV1/src/log/redact.ts";

const folder = join(process.env["CORPUS"] ?? resolve(import.meta.dirname, "../../../shared/corpus"), "failures");
const files = readdirSync(folder).filter((name) => name.endsWith(".txt"));

describe("real logs and service errors", () => {
  it("has files to judge", () => assert.ok(files.length > 0, folder));

  for (const file of files) {
    const bytes = readFileSync(join(folder, file));

    it(`redacts nothing of ${file}`, () => {
      const redact = createRedactor();
      for (const line of bytes.toString("utf8").split("\n")) assert.equal(redact(line), line);
    });

    it(`shows ${file} with balanced groups`, () => {
      const reader = createLogReader({ verbosity: "normal", steps: [{ type: "PowerShell", name: "install" }] });
      const shown = [reader.push(bytes, 0), reader.end(0)].flatMap((read) => read.shown.map(({ kind }) => kind));
      const count = (kind: string): number => shown.filter((one) => one === kind).length;
      assert.equal(count("group"), count("endGroup"));
    });
  }
});
