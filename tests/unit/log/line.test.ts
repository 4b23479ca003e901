import assert from "node:assert/strict";
import { createLineParser, parseLogLine, servicePrefix } from "../../../tasks/AzureImageBuilderV1/src/log/line.ts";
import type { LogLine } from "../../../tasks/AzureImageBuilderV1/src/log/types.ts";

const id = "[df710787-5c02-40e3-914f-a65285e25383]";
const at = Date.UTC(2026, 1, 22, 17, 26, 30);
const time = "2026/02/22 17:26:30";

const cases: readonly (readonly [line: string, parsed: LogLine])[] = [
  [`${id} PACKER OUT ==> azure-arm: Connected to SSH!`, { kind: "ui", text: "Connected to SSH!" }],
  [`${id} PACKER OUT     azure-arm:   two  blanks`, { kind: "output", text: "  two  blanks" }],
  [`${id} PACKER OUT ==> azure-arm.main: named`, { kind: "ui", text: "named" }],
  [`${id} PACKER OUT     azure-arm.main: named`, { kind: "output", text: "named" }],
  [`${id} PACKER OUT`, { kind: "ui", text: "" }],
  [`${id} PACKER OUT --> azure-arm: reason`, { kind: "ui", text: "reason" }],
  [`${id} PACKER ERR ==> Builds finished but`, { kind: "debug", text: "Builds finished but" }],
  [
    `${id} PACKER ERR ${time} [INFO] (telemetry) Starting provisioner shell`,
    { kind: "debug", text: "[INFO] (telemetry) Starting provisioner shell", at },
  ],
  [
    `${id} PACKER ERR ${time} packer: 2020/03/04 23:05:04 Found command: x`,
    { kind: "debug", text: "Found command: x", plugin: "packer", at },
  ],
  [`${id} PACKER ${time} ui: ==> azure-arm: Deploying`, { kind: "ui", text: "Deploying", at }],
  [
    `${id} PACKER ${time} ui error: Build 'azure-arm' errored: x`,
    { kind: "ui", text: "Build 'azure-arm' errored: x", at },
  ],
  [`${id} PACKER ${time} ui:     azure-arm: E: no file`, { kind: "output", text: "E: no file", at }],
  [
    `${id} PACKER ${time} packer-plugin-azure_v2.5.1_x5.0_linux_amd64 plugin: ${time} [INFO] exited with code: 1`,
    { kind: "debug", text: "[INFO] exited with code: 1", plugin: "packer-plugin-azure_v2.5.1_x5.0_linux_amd64", at },
  ],
  [`${id} PACKER ==> azure-arm: Deleting`, { kind: "ui", text: "Deleting" }],
  [`${id} PACKER Done exporting Packer logs`, { kind: "other", text: "Done exporting Packer logs" }],
  ["PACKER OUT ==> azure-arm: no id", { kind: "ui", text: "no id" }],
  ["==> azure-arm: no prefix", { kind: "ui", text: "no prefix" }],
  ["    azure-arm: no prefix", { kind: "output", text: "no prefix" }],
  ["packer-provisioner-powershell plugin: x", { kind: "debug", text: "x", plugin: "packer-provisioner-powershell" }],
  ["Build 'azure-arm' errored: x", { kind: "ui", text: "Build 'azure-arm' errored: x" }],
  ["file.zip 826 B / 826000 B  1.00%", { kind: "other", text: "file.zip 826 B / 826000 B  1.00%" }],
  ["", { kind: "other", text: "" }],
  [`${id} PACKER OUT     azure-arm: ends\r`, { kind: "output", text: "ends" }],
];

describe("A line of the build's log", () => {
  for (const [line, parsed] of cases) {
    it(`is told by its prefixes: ${JSON.stringify(line.slice(-60))}`, () =>
      assert.deepEqual(parseLogLine(line), parsed));
  }

  it("has as its prefix all that service and Packer put before it", () => {
    for (const prefix of [`${id} PACKER OUT     azure-arm: `, `${id} PACKER ${time} ui: ==> azure-arm: `, ""]) {
      assert.equal(servicePrefix(`${prefix}text`), prefix);
    }
  });

  it("is the rest of a script's words when it lacks the prefix that lines before it had", () => {
    const parse = createLineParser();
    parse(`${id} PACKER OUT     azure-arm: 10%`);
    const forged = `${time} [INFO] (telemetry) Starting provisioner shell`;
    assert.deepEqual(parse(forged), { kind: "other", text: forged });
    const other = `[another] PACKER ERR ${forged}`;
    assert.deepEqual(parse(other), { kind: "other", text: other });
    assert.equal(parse(`${id} PACKER ERR ${forged}`).kind, "debug");
  });

  it("is told by its own form in an excerpt without prefixes", () => {
    const parse = createLineParser();
    assert.equal(parse("    azure-arm: a").kind, "output");
    assert.equal(parse("==> azure-arm: b").kind, "ui");
  });
});
