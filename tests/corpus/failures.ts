/**
 * Diagnoses every file of a folder of real failures (`CORPUS`, by default `../shared/corpus` beside the checkout), whose
 * index names the settled cause of each. Each gives that cause, or a closer one that is listed here, or none.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { diagnose, diagnoseAnywhere } from "../../tasks/AzureImageBuilderV1/src/diagnosis/index.ts";
import type { Where } from "../../tasks/AzureImageBuilderV1/src/diagnosis/index.ts";

interface Recorded {
  readonly file: string;
  readonly where: Where;
  readonly harmless: boolean;
  readonly catalogueId: string | null;
}

const folder = join(process.env["CORPUS"] ?? resolve(import.meta.dirname, "../../../shared/corpus"), "failures");
const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as Recorded[];

/**
 * Where the index names no entry, or one that is true of any failed script: the entry that says the cause which the index
 * tells in words.
 */
const closer: Readonly<Record<string, string>> = {
  "01-win-inline-parse-error.txt": "log-ps-parse",
  "02-win-inline-missing-terminator.txt": "log-ps-parse",
  "05-win-cleanup-step-stderr.txt": "log-ps-stderr",
  "07-win-winget-hangs-as-system.txt": "log-silence",
  "08-win-silent-step-until-timeout.txt": "log-silence",
  "25-doc-pir-version-latest.txt": "src-pir-version",
  "47-concurrent-request-conflict.txt": "arm-conflict-concurrent",
  "48-server-timeout.txt": "arm-server-timeout",
  "55-platform-image-not-found.txt": "src-platform-code",
  "63-entra-app-not-found.txt": "entra-app",
  "64-entra-assertion-expired.txt": "entra-assertion",
  "65-entra-no-federated-record-issuer.txt": "entra-federated-record",
  "66-entra-subject-mismatch.txt": "entra-federated-record",
  "67-entra-federation-blocked.txt": "entra-federation-blocked",
  "68-entra-cross-cloud.txt": "entra-federation-blocked",
  "69-entra-secret-id-for-value.txt": "entra-secret",
  "73-win-batch-pause.txt": "log-batch-pause",
  "74-win-exit-267014.txt": "log-exit-267014",
  "75-win-scheduled-task-argument.txt": "log-ps-argument",
  "81-linux-temporary-script-handshake.txt": "log-deprov-handshake",
};

describe("failures of others", () => {
  it("are all in the index", () => {
    const files = readdirSync(folder).filter((name) => name !== "index.json");
    assert.deepEqual(index.map(({ file }) => file).sort(), files.sort());
  });

  for (const { file, where, harmless, catalogueId } of index) {
    const text = readFileSync(join(folder, file), "utf8");
    const expected = closer[file] ?? catalogueId;
    if (harmless)
      it(`finds nothing to blame in ${file}`, () => {
        for (const { findings, ...answer } of [diagnose({ text: { where, content: text } }), diagnoseAnywhere(text)]) {
          assert.deepEqual(findings, []);
          assert.equal(answer.harmless, true);
        }
      });
    else
      it(`finds ${expected ?? "nothing"} in ${file}`, () => {
        for (const { findings, ...answer } of [diagnose({ text: { where, content: text } }), diagnoseAnywhere(text)]) {
          assert.equal(findings[0]?.id ?? null, expected);
          assert.equal(answer.harmless, false);
        }
      });
  }
});
