import assert from "node:assert/strict";
import fc from "fast-check";
import { diagnose, diagnoseAnywhere } from "../../../tasks/AzureImageBuilderV1/src/diagnosis/index.ts";
import type { Diagnosis } from "../../../tasks/AzureImageBuilderV1/src/diagnosis/index.ts";

const id = "[7111a125-9cce-4cc6-80f1-70030c08e815]";
const packer = "PackerBuildFailed: During the image build a failure has occurred. Packer build logs are at location x.";
const log = (...lines: readonly string[]): string => lines.join("\n");
const said = (text: string): string => `${id} PACKER OUT     azure-arm: ${text}`;
const start = (second: number): string =>
  `${id} PACKER ERR 2024/04/25 16:18:0${second} [INFO] (telemetry) Starting provisioner shell`;
const locked = "E: Could not get lock /var/lib/dpkg/lock-frontend - open (11: Resource temporarily unavailable)";
const errors = [
  `${id} PACKER OUT ==> azure-arm: Provisioning step had errors: Running the cleanup provisioner, if present...`,
  `${id} PACKER OUT Build 'azure-arm' errored: Script exited with non-zero exit status: 100. Allowed exit codes are: [0]`,
];

/** Causes in their order, or where there is none the symptoms. */
function ids({ findings }: Diagnosis): readonly string[] {
  const causes = findings.filter(({ weight }) => weight === "cause");
  return (causes.length > 0 ? causes : findings).map(({ id }) => id);
}

describe("a diagnosis", () => {
  it("tells the cause in the log before the symptoms of the answer", () => {
    const answer = diagnose({ runMessage: packer, log: log(start(1), said(locked), ...errors) });
    assert.deepEqual(ids(answer), ["log-apt-lock"]);
    assert.equal(answer.findings[0]?.evidence, said(locked));
    assert.deepEqual(
      answer.findings.slice(1).map(({ weight }) => weight),
      ["symptom", "symptom", "symptom"],
    );
    assert.deepEqual(answer.step, { number: 1, provisioner: "shell", exitCode: 100, lines: [locked] });
  });

  it("tells the symptoms where no cause is found", () => {
    const answer = diagnose({ runMessage: packer, log: log(start(1), said("make: *** [all] 2"), ...errors) });
    assert.deepEqual([...ids(answer)].sort(), ["gen-log-errored", "gen-packer", "log-nonzero"]);
    assert.equal(answer.findings[0]?.id, "log-nonzero");
    assert.deepEqual(answer.step?.lines, ["make: *** [all] 2"]);
  });

  it("does not blame an earlier step for what the failed step tells itself", () => {
    const lines = [start(1), said("rm: x: Permission denied"), start(2), said(locked), ...errors];
    assert.deepEqual(ids(diagnose({ log: log(...lines) })), ["log-apt-lock"]);
  });

  it("looks at earlier steps where the failed step tells nothing", () => {
    const lines = [start(1), said(locked), start(2), said("nginx: unrecognized service"), ...errors];
    assert.deepEqual(ids(diagnose({ log: log(...lines) })), ["log-apt-lock"]);
  });

  it("puts the failed step before the service's answer", () => {
    const error = {
      code: "OperationNotAllowed",
      message: "Operation could not be completed as it results in exceeding approved Total Regional Cores quota.",
    };
    const answer = diagnose({ error, log: log(start(1), said(locked), ...errors) });
    assert.deepEqual(ids(answer), ["log-apt-lock", "quota-cores"]);
  });

  it("reads the whole tree of an error", () => {
    const inner = { code: "RequestDisallowedByPolicy", message: "Resource 'x' was disallowed by policy." };
    const error = {
      code: "ResourceDeploymentFailure",
      message: "failed",
      details: [{ code: "BadRequest", details: [inner] }],
    };
    assert.deepEqual(ids(diagnose({ error })), ["policy-deny"]);
  });

  it("reads the error of the template's creation", () => {
    const provisioningError = { code: "ServerError", message: "The image version name is invalid." };
    assert.deepEqual(ids(diagnose({ provisioningError })), ["acg-version-name"]);
  });

  it("does not blame a script that Packer only repeats in its debug log", () => {
    const echoed = 'packer-provisioner-powershell plugin: Found command: echo "IF you see: x: Permission denied"';
    const lines = [start(1), `${id} PACKER ERR 2024/04/25 16:19:01 ${echoed}`, said("boom"), ...errors];
    assert.deepEqual(
      ids(diagnose({ log: log(...lines) })).filter((one) => one !== "gen-log-errored"),
      ["log-nonzero"],
    );
  });

  it("does not blame the printed deprovisioning command", () => {
    const printed =
      'packer-provisioner-powershell plugin: Found command: if( TEST-PATH c:\\DeprovisioningScript.ps1 ){cat c:\\DeprovisioningScript.ps1} else {echo "Deprovisioning script [c:\\DeprovisioningScript.ps1] could not be found."}';
    assert.deepEqual(ids(diagnose({ log: `${id} PACKER ERR 2024/04/25 16:19:01 ${printed}` })), []);
  });

  it("knows a text that is wrapped", () => {
    const content = "Failed in distributing 1\n    images out of\n    total 1: Some error happened";
    assert.deepEqual(ids(diagnose({ text: { where: "arm-error", content } })), ["gen-distribute"]);
  });

  it("keeps the cause of a text of one line that holds a harmless word too", () => {
    const content =
      '{"details":[{"code":"InUseNetworkSecurityGroupCannotBeDeleted"},{"code":"RequestDisallowedByPolicy","message":"no"}]}';
    assert.deepEqual(ids(diagnose({ text: { where: "arm-error", content } })), ["policy-deny"]);
  });

  it("says that it does not know", () => {
    for (const content of ["", "something happened", "Error: the moon is full"])
      assert.deepEqual(diagnoseAnywhere(content), { findings: [], harmless: false });
  });

  it("does not call a failure harmless because harmless lines stand beside it", () => {
    const content = "==> azure-arm: Skipping image creation...\n==> azure-arm: Error: the moon is full";
    assert.deepEqual(diagnose({ log: content }), { findings: [], harmless: false });
  });

  it("finds the end of a log of many megabytes", () => {
    const filling = `${said("x".repeat(1000))}\n`.repeat(5000);
    assert.deepEqual(ids(diagnose({ log: `${filling}${log(start(1), said(locked), ...errors)}` })), ["log-apt-lock"]);
  });

  it("survives any text, and quotes nothing that is not in it", () => {
    const word = fc.constantFrom(
      "PACKER ",
      "OUT ",
      "ERR ",
      "==> azure-arm: ",
      "\n",
      "\r",
      "\u001b[0m",
      locked,
      ...errors,
      start(1),
    );
    const text = fc.array(fc.oneof(word, fc.string({ unit: "binary" }))).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (content) => {
        const { findings } = diagnoseAnywhere(content);
        assert.ok(findings.every(({ evidence }) => content.includes(evidence)));
      }),
    );
  });

  it("quotes of a very long line what is around the words", () => {
    const long = `${"a ".repeat(5000)}RequestDisallowedByPolicy${" b".repeat(5000)}`;
    const evidence = diagnose({ text: { where: "arm-error", content: long } }).findings[0]?.evidence ?? "";
    assert.ok(evidence.includes("RequestDisallowedByPolicy") && evidence.length <= 500 && long.includes(evidence));
  });
});

describe("silence in a log", () => {
  const at = (time: string, text: string): string => `${id} PACKER 2026/03/22 ${time} ${text}`;
  const started = "[INFO] starting remote command: powershell -file x.ps1";
  const stopped = "ui error: Cancelling build after receiving terminated";
  const silent = (...lines: readonly string[]): readonly string[] => ids(diagnose({ log: log(...lines) }));

  it("is a cause when a command said nothing until the build was stopped", () => {
    assert.deepEqual(silent(at("13:04:51", started), at("14:59:47", stopped)), ["log-silence"]);
  });

  const others: Readonly<Record<string, readonly string[]>> = {
    "of a few minutes": [at("13:04:51", started), at("13:10:00", stopped)],
    "that lines interrupt": [
      at("13:04:51", started),
      at("14:59:00", "ui:     azure-arm: still here"),
      at("14:59:47", stopped),
    ],
    "after a command that ended": [
      at("13:04:51", started),
      at("13:05:00", "[INFO] command 'powershell -file x.ps1' exited with code: 0"),
      at("14:59:47", stopped),
    ],
    "that ends by itself": [at("13:04:51", started), at("14:59:47", "ui:     azure-arm: installed")],
  };
  for (const [name, lines] of Object.entries(others))
    it(`is none ${name}`, () => {
      assert.ok(!silent(...lines).includes("log-silence"));
    });
});
