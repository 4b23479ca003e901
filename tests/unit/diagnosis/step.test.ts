import assert from "node:assert/strict";
import { readPassage } from "../../../tasks/AzureImageBuilderV1/src/diagnosis/passage.ts";
import { findFailedStep } from "../../../tasks/AzureImageBuilderV1/src/diagnosis/step.ts";
import type { FailedStep } from "../../../tasks/AzureImageBuilderV1/src/diagnosis/types.ts";

const id = "[7111a125-9cce-4cc6-80f1-70030c08e815]";
const stepOf = (...lines: readonly string[]): FailedStep | undefined =>
  findFailedStep(readPassage(lines.join("\n"), ["customization-log"]).lines)?.step;

/** A log in the older format: two steps, the second fails with 3. */
const older = [
  `${id} PACKER ERR 2023/06/13 08:28:58 [INFO] (telemetry) Starting provisioner shell`,
  `${id} PACKER OUT ==> azure-arm: Provisioning with shell script: /tmp/packer-shell1`,
  `${id} PACKER OUT     azure-arm: first step`,
  `${id} PACKER ERR 2023/06/13 08:28:59 packer: 2023/06/13 08:28:59 [INFO] RPC endpoint: Communicator ended with: 0`,
  `${id} PACKER ERR 2023/06/13 08:28:59 [INFO] (telemetry) ending shell`,
  `${id} PACKER ERR 2023/06/13 08:28:59 [INFO] (telemetry) Starting provisioner file`,
  `${id} PACKER OUT ==> azure-arm: Uploading app.zip => /root/app.zip`,
  `${id} PACKER OUT     azure-arm: no space left`,
  `${id} PACKER ERR 2023/06/13 08:29:00 packer: 2023/06/13 08:29:00 [INFO] RPC endpoint: Communicator ended with: 3`,
  `${id} PACKER ERR 2023/06/13 08:29:00 [INFO] (telemetry) ending file`,
  `${id} PACKER OUT ==> azure-arm: Provisioning step had errors: Running the cleanup provisioner, if present...`,
  `${id} PACKER OUT ==> azure-arm: Deleting individual resources ...`,
];

/** The same build in the newer format, without Packer's telemetry. */
const newer = [
  `${id} PACKER 2025/03/18 20:42:40 ui: ==> azure-arm: Provisioning with shell script: /tmp/packer-shell1`,
  `${id} PACKER 2025/03/18 20:42:41 ui:     azure-arm: first step`,
  `${id} PACKER 2025/03/18 20:42:41 [INFO] RPC endpoint: Communicator ended with: 0`,
  `${id} PACKER 2025/03/18 20:42:42 ui: ==> azure-arm: Uploading app.zip => /root/app.zip`,
  `${id} PACKER 2025/03/18 20:42:43 ui:     azure-arm: no space left`,
  `${id} PACKER 2025/03/18 20:42:44 [INFO] RPC endpoint: Communicator ended with: 3`,
  `${id} PACKER 2025/03/18 20:42:44 ui: ==> azure-arm: Provisioning step had errors: Running the cleanup provisioner, if present...`,
];

describe("the failed step of a log", () => {
  it("is the last one started, told by Packer's telemetry", () => {
    assert.deepEqual(stepOf(...older), {
      number: 2,
      provisioner: "file",
      exitCode: 3,
      lines: ["Uploading app.zip => /root/app.zip", "no space left"],
    });
  });

  it("is found without telemetry, in the newer format", () => {
    assert.deepEqual(stepOf(...newer), { number: 2, provisioner: "file", exitCode: 3, lines: ["no space left"] });
  });

  it("is found in lines without the service's prefixes", () => {
    const bare = newer.map((line) => line.replace(/^.*? ui: /, "").replace(`${id} PACKER `, ""));
    assert.deepEqual(stepOf(...bare), { number: 2, provisioner: "file", exitCode: 3, lines: ["no space left"] });
  });

  it("is none where the build went well", () => {
    assert.equal(stepOf(...older.slice(0, 5), `${id} PACKER OUT Build 'azure-arm' finished.`), undefined);
  });

  it("is none where the connection never came", () => {
    const lines = [
      "==> azure-arm: Waiting for WinRM to become available...",
      "Build 'azure-arm' errored: Timeout waiting for WinRM.",
    ];
    assert.equal(stepOf(...lines), undefined);
  });

  it("is none where the steps went well and the image could not be taken", () => {
    const captured = [`${id} PACKER OUT ==> azure-arm: Querying the machine's properties ...`, ...older.slice(10)];
    assert.equal(stepOf(...older.slice(0, 5), ...captured), undefined);
  });

  it("quotes the last twenty lines", () => {
    const many = Array.from({ length: 50 }, (_, number) => `${id} PACKER OUT     azure-arm: line ${number}`);
    const step = stepOf(...older.slice(0, 7), ...many, ...older.slice(8));
    assert.equal(step?.lines.length, 20);
    assert.equal(step?.lines.at(-1), "line 49");
  });

  const exits: readonly (readonly [string, number])[] = [
    [`packer-provisioner-powershell plugin: c:/Windows/Temp/script-1.ps1 returned with exit code 1603`, 1603],
    [`[INFO] command 'powershell -file "x.ps1"' exited with code: 267014`, 267014],
    [`[INFO] RPC client: Communicator ended with: 16001`, 16001],
    [`[INFO] RPC endpoint: Communicator ended with: 2300218`, 2300218],
    [`packer: 2019/03/08 00:37:32 [ERROR] Remote command exited with '127': chmod +x /tmp/script_1.sh`, 127],
  ];
  for (const [line, code] of exits)
    it(`reads exit code ${code} from: ${line.slice(0, 60)}`, () => {
      const step = stepOf(...older.slice(0, 3), `${id} PACKER ERR 2023/06/13 08:29:00 ${line}`, ...older.slice(10));
      assert.equal(step?.exitCode, code);
    });

  it("reads the exit code that Packer names at the end", () => {
    const end =
      "Build 'azure-arm' errored after 2 minutes: Script exited with non-zero exit status: 42. Allowed exit codes are: [0]";
    assert.equal(stepOf(...older.slice(0, 3), `${id} PACKER OUT ${end}`)?.exitCode, 42);
  });

  it("does not take an exit code from what a script prints", () => {
    const step = stepOf(
      ...older.slice(0, 7),
      `${id} PACKER OUT     azure-arm: npm exited with code: 77`,
      ...older.slice(8),
    );
    assert.equal(step?.exitCode, 3);
  });
});
