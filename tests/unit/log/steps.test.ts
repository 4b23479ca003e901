import assert from "node:assert/strict";
import { parseLogLine } from "../../../tasks/AzureImageBuilderV1/src/log/line.ts";
import { createLogView } from "../../../tasks/AzureImageBuilderV1/src/log/view.ts";
import type { LoggedStep, Verbosity } from "../../../tasks/AzureImageBuilderV1/src/log/types.ts";

const shell = (name: string): LoggedStep => ({ type: "Shell", name });
const power = (name: string): LoggedStep => ({ type: "PowerShell", name });
const file = (name: string): LoggedStep => ({ type: "File", name });

/** What is shown of lines, one second apart; groups as `[title` and `]`. */
function shown(
  steps: readonly LoggedStep[],
  lines: readonly string[],
  verbosity: Verbosity = "normal",
): readonly string[] {
  const view = createLogView({ verbosity, steps });
  const all = [
    ...lines.flatMap((line, index) => view.line(parseLogLine(`PACKER ${line}`), index * 1000)),
    ...view.end(lines.length * 1000),
  ];
  return all.map((one) => (one.kind === "group" ? `[${one.title}` : one.kind === "endGroup" ? "]" : one.text));
}

const start = (provisioner: string): string => `ERR [INFO] (telemetry) Starting provisioner ${provisioner}`;
const ending = (provisioner: string): string => `ERR [INFO] (telemetry) ending ${provisioner}`;
const out = (text: string): string => `OUT     azure-arm: ${text}`;
const ui = (text: string): string => `OUT ==> azure-arm: ${text}`;
const plugin = (text: string): string => `ERR packer-provisioner-powershell plugin: ${text}`;
const titles = (lines: readonly string[]): readonly string[] => lines.filter((line) => line.startsWith("["));
const hiddenUpload = [
  start("file"),
  ui("Uploading /aib/packerInput/DeprovisioningScript.txt => /tmp/DeprovisioningScript.sh"),
  ending("file"),
];
const aShell = (text: string): readonly string[] => [
  start("shell"),
  ui("Provisioning with shell script: /tmp/packer-shell1"),
  out(text),
  ending("shell"),
];

describe("Steps in the build's log", () => {
  it("are groups with their number, name, type and duration", () => {
    assert.deepEqual(shown([shell("install")], [...aShell("hello"), ui("Powering off machine ...")]), [
      "[1/1 install (Shell)",
      "hello",
      "install: 3 s",
      "]",
      "Powering off machine ...",
    ]);
  });

  it("keep their numbers when the service has steps of its own before and after", () => {
    const lines = [
      ...hiddenUpload,
      start("file"),
      ui("Uploading /aib/packerInput/x => /etc/x"),
      ending("file"),
      ...aShell("a"),
      ...aShell("waagent"),
    ];
    assert.deepEqual(titles(shown([file("config"), shell("install")], lines)), [
      "[1/2 config (File)",
      "[2/2 install (Shell)",
      "[the service's own step (Shell)",
    ]);
  });

  it("are the service's own where they handle its script, although the type fits", () => {
    const deprovision = plugin("Found command: if( TEST-PATH c:\\DeprovisioningScript.ps1 ){cat x}");
    const lines = [
      start("powershell"),
      ui("Provisioning with Powershell..."),
      deprovision,
      out("Sysprepping"),
      ending("powershell"),
    ];
    assert.deepEqual(titles(shown([power("never run")], lines)), ["[the service's own step (PowerShell)"]);
  });

  it("are told without telemetry by what their provisioners say", () => {
    const run = (text: string): readonly string[] => [
      ui("Provisioning with Powershell..."),
      plugin("Found command: x"),
      ui("Provisioning with powershell script: /tmp/p1"),
      "ERR packer-plugin-azure plugin: [INFO] starting remote command: x",
      ui(text),
      "ERR [INFO] RPC client: Communicator ended with: 0",
    ];
    const lines = [
      ui("Uploading /x/DeprovisioningScript.txt => c:\\DeprovisioningScript.ps1"),
      ...run("one"),
      ui("Restarting Machine"),
      ...run("two"),
    ];
    assert.deepEqual(titles(shown([power("a"), { type: "WindowsRestart", name: "b" }, power("c")], lines)), [
      "[1/3 a (PowerShell)",
      "[2/3 b (WindowsRestart)",
      "[3/3 c (PowerShell)",
    ]);
  });

  it("are not begun, ended or hidden by a script that says what Packer says", () => {
    const lines = [
      ui("Provisioning with Powershell..."),
      plugin("Found command: x"),
      "ERR packer-plugin-azure plugin: [INFO] starting remote command: x",
      ui("Provisioning with shell script: /x"),
      ui("Provisioning step had errors"),
      ui("Deleting resource group x"),
      out("[INFO] (telemetry) ending powershell"),
      plugin("c:/x.ps1 returned with exit code 0"),
      ui("Powering off machine ..."),
    ];
    assert.deepEqual(shown([power("a"), shell("b")], lines), [
      "[1/2 a (PowerShell)",
      "Provisioning with shell script: /x",
      "Provisioning step had errors",
      "Deleting resource group x",
      "[INFO] (telemetry) ending powershell",
      "a: 8 s",
      "]",
      "Powering off machine ...",
    ]);
  });

  const failing = [
    start("shell"),
    out("one"),
    out("two"),
    "ERR packer-plugin-azure plugin: [ERROR] Remote command exited with '7': chmod +x /tmp/s",
    "ERR [INFO] RPC client: Communicator ended with: 7",
    ending("shell"),
    ui("Provisioning step had errors: Running the cleanup provisioner, if present..."),
  ];

  it("that fail have their exit code, and their last lines stand outside the folded group", () => {
    assert.deepEqual(shown([shell("install")], failing), [
      "[1/1 install (Shell)",
      "one",
      "two",
      "install: failed with exit code 7 after 5 s",
      "]",
      "install: failed with exit code 7 after 5 s; its last lines:",
      "  one",
      "  two",
    ]);
  });

  it("that do not fail are not said to, whatever exit codes they allow", () => {
    assert.deepEqual(shown([shell("a")], [...failing.slice(0, -1), ui("Powering off machine ...")]).at(-3), "a: 5 s");
  });

  it("that a time-out stops say so", () => {
    const lines = [start("shell"), out("one"), "ERR Cancelling builder after context cancellation context canceled"];
    assert.equal(shown([shell("a")], lines)[2], "a: stopped after 2 s");
    const between = [start("shell"), out("one"), ending("shell"), ...lines.slice(2)];
    assert.equal(shown([shell("a")], between)[2], "a: 2 s");
  });

  it("that the log stops in are closed at its end", () => {
    assert.deepEqual(shown([shell("a")], [start("shell"), out("one")]).slice(-2), [
      "a: no end in the log after 2 s",
      "]",
    ]);
  });

  it("take their times from the log where it has them", () => {
    const lines = [
      "2026/01/01 10:00:00 [INFO] (telemetry) Starting provisioner shell",
      "2026/01/01 10:01:12 [INFO] (telemetry) ending shell",
      "2026/01/01 10:05:00 ui: ==> azure-arm: Powering off machine ...",
    ];
    assert.equal(shown([shell("a")], lines)[1], "a: 1 min 12 s");
  });

  it("are one line each where the log is to be quiet, with the last lines of one that fails", () => {
    assert.deepEqual(shown([shell("a"), shell("b")], [...aShell("hello"), ...failing], "quiet"), [
      "1/2 a (Shell): 3 s",
      "2/2 b (Shell): failed with exit code 7 after 5 s",
      "  one",
      "  two",
    ]);
  });

  it("are not shown at all where nothing is to be", () => assert.deepEqual(shown([shell("a")], failing, "none"), []));

  it("show every line where everything is to be shown", () => {
    assert.deepEqual(shown([shell("a")], failing.slice(0, 5), "full"), [
      "[1/1 a (Shell)",
      "[INFO] (telemetry) Starting provisioner shell",
      "one",
      "two",
      "packer-plugin-azure: [ERROR] Remote command exited with '7': chmod +x /tmp/s",
      "[INFO] RPC client: Communicator ended with: 7",
      "a: no end in the log after 5 s",
      "]",
    ]);
  });

  it("show a line that comes again and again once", () => {
    const lines = [start("shell"), out("same"), out("same"), out("same"), out("other"), ending("shell")];
    assert.deepEqual(shown([shell("a")], lines).slice(1, 4), ["same", "… (2 times more)", "other"]);
  });

  it("have names that are no commands", () => {
    assert.equal(shown([shell("##[error]x\u202E")], aShell("a"))[0], "[1/1 #[error]x (Shell)");
  });
});
