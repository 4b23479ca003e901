import assert from "node:assert/strict";
import { runChecks } from "../../tasks/AzureImageBuilderV1/src/preflight/run-checks.ts";
import {
  checkIds,
  type CheckResult,
  type Finding,
  type Subject,
} from "../../tasks/AzureImageBuilderV1/src/preflight/types.ts";
import { findSecrets } from "../../tasks/AzureImageBuilderV1/src/preflight/scripts/secrets.ts";
import { openStage, type Stage, type StageOptions } from "./stage.ts";

type Inputs = Readonly<Record<string, string>>;
type Properties = Partial<Subject["template"]["properties"]>;

const other =
  "/subscriptions/5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f/resourceGroups/rg-images/providers/Microsoft.ManagedIdentity/userAssignedIdentities/other";

/** Overrides of the template, which inputs know nothing of. */
function override(part: object): Inputs {
  return { templateOverrides: JSON.stringify(part) };
}

/** A template file may say what no input takes. */
function withProperties(properties: Properties): NonNullable<StageOptions["change"]> {
  return (subject) => ({
    ...subject,
    template: { ...subject.template, properties: { ...subject.template.properties, ...properties } },
  });
}

function told({ code, severity, message, remedy, input }: Finding): object {
  return { code, severity, message, remedy, input };
}

describe("P14: the template", () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
  });
  after(() => stage.close());

  const check = (inputs: Inputs = {}, change?: StageOptions["change"]): Promise<CheckResult> =>
    stage.check("P14", { inputs, ...(change === undefined ? {} : { change }) });

  it("is one that the service takes", async () => {
    const { status, findings, notRead } = await check();
    assert.deepEqual({ status, findings, notRead }, { status: "ok", findings: [], notRead: [] });
  });

  it("is looked at without reads, in a fast preflight too", async () => {
    const { subject } = await stage.subject({ inputs: { inlineScript: "sudo reboot" } });
    const refuse = async (): Promise<never> => Promise.reject(new Error("nothing is read"));
    const skip = checkIds.filter((id) => id !== "P14" && id !== "P15");
    const found = await runChecks(
      subject,
      { depth: "fast", skip },
      { arm: { get: refuse, ask: refuse }, web: { probe: refuse } },
    );
    assert.equal(found.reads, 0);
    assert.deepEqual(
      found.findings.map(({ check: id, code }) => [id, code]),
      [["P15", "AIB092"]],
    );
  });

  it("names one identity", async () => {
    const { findings } = await check(override({ identity: { userAssignedIdentities: { [other]: {} } } }));
    const own = stage.emulator.description.resources.identity;
    assert.deepEqual(findings.map(told), [
      {
        code: "AIB088",
        severity: "error",
        message: `The template names 2 identities (${own}, ${other}), and the service takes exactly one: it would refuse the template.`,
        remedy: "Name the identity in managedIdentity alone; templateOverrides adds to it and does not replace it.",
        input: "managedIdentity",
      },
    ]);
  });

  it("names an identity at all", async () => {
    const own = stage.emulator.description.resources.identity;
    const { findings } = await check(override({ identity: { userAssignedIdentities: { [own]: null } } }));
    assert.deepEqual(findings.map(told), [
      {
        code: "AIB088",
        severity: "error",
        message: "The template names no identity, and the service takes exactly one: it would refuse the template.",
        remedy: "Name one in managedIdentity.",
        input: "managedIdentity",
      },
    ]);
  });

  it("has no steps for another operating system", async () => {
    const { findings } = await check(
      {},
      withProperties({
        customize: [
          { type: "Shell", inline: ["true"] },
          { type: "PowerShell", name: "install", inline: ["Write-Host 1"] },
          { type: "File", sourceUri: "https://example.com/a", destination: "/tmp/a" },
          { type: "WindowsRestart" },
        ],
        validate: { inVMValidations: [{ type: "PowerShell", inline: ["Write-Host 1"] }] },
      }),
    );
    assert.deepEqual(findings.map(told), [
      {
        code: "AIB089",
        severity: "error",
        message:
          "The source image is Linux, and these steps are for Windows: properties.customize[1] (PowerShell, `install`), properties.customize[3] (WindowsRestart), properties.validate.inVMValidations[0] (PowerShell). The build would fail there, after everything before it.",
        remedy: "Use Shell and File alone, or a Windows image.",
        input: undefined,
      },
    ]);
  });

  it("has no shell step for Windows", async () => {
    const { findings } = await check(
      {
        sourceImage: "MicrosoftWindowsServer:WindowsServer:2025-datacenter-g2",
        galleryImage: stage.emulator.description.resources.definition.replace("ubuntu-web", "windows-avd"),
        inlineScript: "",
      },
      withProperties({ customize: [{ type: "Shell", name: "hello", inline: ["true"] }] }),
    );
    assert.deepEqual(
      findings.map(({ message, remedy }) => [message, remedy]),
      [
        [
          "The source image is Windows, and this step is for Linux: properties.customize[0] (Shell, `hello`). The build would fail there, after everything before it.",
          "Use PowerShell, WindowsRestart, WindowsUpdate and File alone, or a Linux image.",
        ],
      ],
    );
  });

  it("has tags that Azure takes", async () => {
    const many = Object.fromEntries(Array.from({ length: 49 }, (_, index) => [`tag${index}`, ""]));
    const { findings } = await check(
      override({
        tags: many,
        properties: { managedResourceTags: { "a/b": "1", ["n".repeat(129)]: "1", team: "v".repeat(257) } },
      }),
    );
    const own = Object.keys((await stage.subject()).subject.template.tags ?? {}).length;
    assert.deepEqual(findings.map(told), [
      {
        code: "AIB090",
        severity: "error",
        message: `Azure does not take the tags in tags: they are ${49 + own}, ${own} of them the task's, and may be 50.`,
        remedy: "At most 50 tags; names of 1 to 512 characters without < > % & \\ ? /; values of at most 256.",
        input: undefined,
      },
      {
        code: "AIB090",
        severity: "error",
        message: `Azure does not take the tags in properties.managedResourceTags: the name \`a/b\` has a character that it may not have; the name \`${"n".repeat(40)}…\` has 129 characters and may have 128; the value of \`team\` has 257 characters and may have 256.`,
        remedy: "At most 50 tags; names of 1 to 128 characters without < > % & \\ ? /; values of at most 256.",
        input: undefined,
      },
    ]);
  });

  it("has tags that Azure takes on the image", async () => {
    const output = { type: "SharedImage", runOutputName: "web", artifactTags: { "a?b": "1" } } as const;
    const galleryImageId = stage.emulator.description.resources.definition;
    const { findings } = await check({}, withProperties({ distribute: [{ ...output, galleryImageId }] }));
    assert.deepEqual(
      findings.map(({ message }) => message),
      [
        "Azure does not take the tags in properties.distribute[0].artifactTags: the name `a?b` has a character that it may not have.",
      ],
    );
  });

  it("has no secrets in its scripts, and tells none", async () => {
    const { findings } = await check({
      inlineScript: "export DB_PASSWORD='hunter2-hunter2'\ncurl -H 'x: y' https://a/",
    });
    assert.deepEqual(findings.map(told), [
      {
        code: "AIB091",
        severity: "warning",
        message:
          "The lines of the step `inline-script` hold what looks like a password. They are stored in the image template, where everybody sees them who may read it, and in the log.",
        remedy:
          "Let the step fetch the secret while it runs, e.g. from a key vault by an identity of the build VM (`buildVmIdentities`), and replace the one that has been there.",
        input: undefined,
      },
    ]);
  });

  it("takes the task's own signed address for no secret", async () => {
    const steps = [
      { type: "Shell", name: "fetch-artifact", inline: [`curl 'https://a/b?sig=${"x".repeat(40)}'`] },
    ] as const;
    const withArtifact: NonNullable<StageOptions["change"]> = (subject) => {
      const changed = withProperties({ customize: steps })(subject);
      return { ...changed, plan: { ...changed.plan, artifact: {} as NonNullable<Subject["plan"]["artifact"]> } };
    };
    assert.equal((await check({}, withArtifact)).status, "ok");
    assert.equal((await check({}, withProperties({ customize: steps }))).status, "bad");
  });

  const secrets: readonly (readonly [line: string, name: string | undefined])[] = [
    [`curl 'https://a/b?sv=2024&sig=${"x".repeat(40)}'`, "the signature of an address (`sig=`)"],
    [`azcopy "DefaultEndpointsProtocol=https;AccountKey=${"k".repeat(86)}=="`, "an account key"],
    ["-----BEGIN RSA PRIVATE KEY-----", "a private key"],
    [`git clone https://ghp_${"a".repeat(36)}@github.com/a/b`, "an access token"],
    ["ConvertTo-SecureString 'hunter2hunter2' -AsPlainText -Force", "a password"],
    ['$password = "hunter2hunter2"', "a password"],
    ["password: 'hunter2hunter2'", "a password"],
    ["mysql --password=hunter2hunter2", "a password"],
    ["mysql --password=$DB_PASSWORD", undefined],
    ["$password = Read-Host", undefined],
    ["$password = New-RandomPassword -Length 20", undefined],
    ['ConvertTo-SecureString "$plain" -AsPlainText', undefined],
    ["sed -i 's/^PasswordAuthentication.*/PasswordAuthentication no/' /tmp/x", undefined],
    ["PASSWORD=$(cat /run/secret)", undefined],
    ["PASSWORD_FILE=/run/secrets/password", undefined],
    ["password=********", undefined],
    ["docker login --password-stdin", undefined],
  ];
  for (const [line, name] of secrets) {
    it(`sees ${name ?? "no secret"} in ${line.slice(0, 60)}`, () => {
      const found = findSecrets([{ title: "properties.customize[0]", step: { type: "Shell", inline: [line] } }]);
      assert.deepEqual(
        found.map(({ message }) => message),
        name === undefined
          ? []
          : [
              `The lines of properties.customize[0] hold what looks like ${name}. They are stored in the image template, where everybody sees them who may read it, and in the log.`,
            ],
      );
    });
  }
});
