/** One approved template for each combination of source, operating system, target and options that differs. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Facts, FoundFile } from "../../tasks/AzureImageBuilderV1/src/facts/types.ts";
import { parseInputs } from "../../tasks/AzureImageBuilderV1/src/inputs/index.ts";
import { planBuild } from "../../tasks/AzureImageBuilderV1/src/plan/index.ts";
import { Secret } from "../../tasks/AzureImageBuilderV1/src/secret.ts";
import { checkOverrides } from "../../tasks/AzureImageBuilderV1/src/template/check-overrides.ts";
import { describeTemplate } from "../../tasks/AzureImageBuilderV1/src/template/describe.ts";
import { buildTemplate } from "../../tasks/AzureImageBuilderV1/src/template/index.ts";
import type { ImageTemplate } from "../../tasks/AzureImageBuilderV1/src/image-template.ts";
import { agentOf, definition, group, step, subnet, type StepInputs } from "../unit/inputs/step.ts";
import { factsOf } from "../unit/plan/facts.ts";
import { assertGolden, assertSchemaValid } from "./golden.ts";

const signature = "Zm9v%2BYmFy%3D";
const url = `https://stimages.blob.core.windows.net/imagebuilder/web/web?sp=r&se=2026-11-23T15%3A00%3A00Z&sig=${signature}`;
const artifact = { url: new Secret(url), sha256: "a".repeat(64), size: 1234 };

const withArtifact = { artifactPath: "out/web", storageAccount: "stimages" };
const windows: Partial<Facts> = {
  source: { osType: "windows", hyperVGeneration: "V2", architecture: "x64", version: "26100.1.9" },
};
const windowsImage = { sourceImage: "MicrosoftWindowsServer:WindowsServer:2025-datacenter-g2" };
const managedImage = `${group}/providers/Microsoft.Compute/images/base`;

const content = (text: string): FoundFile => ({ from: "agent", content: new TextEncoder().encode(text) });
const stepFiles: Partial<Facts> = {
  files: {
    steps: {
      "scripts/harden.sh": content("#!/bin/bash\r\nsudo sysctl -w kernel.kptr_restrict=2\r\n"),
      "avd/apps.ps1": content("param($Ring = $env:RING)\nWrite-Host $Ring\n"),
      "config/app.json": content('{"port": 8080}\n'),
      "out/web/bin/setup": { from: "artifact", inside: "bin/setup" },
      "out/web/setup.ps1": { from: "artifact", inside: "setup.ps1" },
      "out/web/motd": { from: "artifact", inside: "motd" },
      "out/web/app.json": { from: "artifact", inside: "conf/app.json" },
    },
    validators: {},
  },
};

const cases: Readonly<Record<string, readonly [StepInputs, Partial<Facts>?]>> = {
  "linux-gallery-plain": [{}],
  "linux-gallery-artifact-script": [
    { ...withArtifact, inlineScript: "set -u\nsudo /tmp/web/install.sh" },
    { source: { osType: "linux", hyperVGeneration: "V2", architecture: "x64", version: "24.04.202601140" } },
  ],
  "linux-arm64-gallery": [
    { sourceImage: "Canonical:ubuntu-24_04-lts:server-arm64" },
    { source: { osType: "linux", hyperVGeneration: "V2", architecture: "Arm64" } },
  ],
  "linux-managed-image": [
    { targetType: "managedImage", galleryImage: "", managedImage: "web", managedImageLocation: "North Europe" },
  ],
  "linux-vhd-staging": [{ targetType: "vhd", galleryImage: "" }],
  "linux-vhd-address": [
    { targetType: "vhd", galleryImage: "", vhdUri: "https://stimages.blob.core.windows.net/vhds/web.vhd" },
  ],
  "linux-from-managed-image": [{ sourceImage: managedImage }],
  "linux-from-gallery-definition": [{ sourceImage: definition }, { source: { osType: "linux", version: "1.10.0" } }],
  "linux-from-gallery-version": [{ sourceImage: `${definition}/versions/1.2.3` }],
  "linux-purchase-plan": [{ purchasePlan: "plan:product:publisher" }],
  "linux-validation": [
    { enableValidation: "true", validationScript: "test -x /opt/web/run", continueOnValidationFailure: "true" },
  ],
  "linux-source-validation-only": [
    { enableValidation: "true", validationScript: "true", sourceValidationOnly: "true" },
  ],
  "linux-private-network": [
    { subnet, containerInstanceSubnet: subnet.replace("build", "containers"), stagingResourceGroup: "rg-staging" },
  ],
  "linux-proxy-network": [{ subnet, proxyVmSize: "Standard_A1_v2" }],
  "linux-every-option": [
    {
      ...withArtifact,
      sourceVersion: "24.04.202601140",
      artifactAccess: "accountKey",
      inlineScript: "#!/bin/bash\n[[ -d /tmp/web ]]",
      galleryVersion: "Latest 2",
      targetRegions: "westeurope=2:Standard_ZRS, northeurope",
      excludeFromLatest: "true",
      vmSize: "Standard_D4ds_v5",
      osDiskSizeGB: "64",
      buildVmIdentities: `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/packages`,
      managedResourceTags: "costCenter: 4711\nowner: web team",
      optimizeVmBoot: "true",
      buildTimeoutInMinutes: "120",
      onCustomizerError: "abort",
      onValidationError: "abort",
    },
  ],
  "linux-steps": [
    {
      ...withArtifact,
      removeArtifact: "true",
      environment: "RING: prod\nGREETING: it's $HOME",
      steps: [
        "- shell: sudo /tmp/web/install.sh",
        "- shell: { file: scripts/harden.sh, name: harden, environment: { RING: test } }",
        "- shell: { file: out/web/bin/setup, name: setup }",
        "- file: { source: config/app.json, destination: /etc/web/app.json, name: configure }",
        "- file: { source: out/web/motd, destination: /etc/motd }",
        `- file: { uri: "https://example.com/key.asc", sha256: ${"C".repeat(64)}, destination: /tmp/key.asc }`,
        `- file: { uri: "https://example.com/model.bin", sha256: ${"d".repeat(64)}, large: true, destination: /opt/model.bin }`,
      ].join("\n"),
    },
    stepFiles,
  ],
  "linux-steps-by-address": [
    { steps: `[{"shell": {"uri": "https://example.com/x.sh", "sha256": "${"e".repeat(64)}"}}]` },
  ],
  "linux-workload-disks-tags": [
    {
      optimizeVmBoot: "true",
      optimizeWorkload: `https://stimages.blob.core.windows.net/scripts/tune.sh sha256=${"F".repeat(64)}`,
      dataDisks: "32, 64",
      templateTags: "team: web",
      imageTags: '{"team": "web", "version": "1.10"}',
      provenanceTags: "full",
    },
  ],
  "linux-several-targets": [
    {
      targetType: "several",
      galleryImage: "",
      imageTags: "team: web",
      targets: [
        `- gallery: { image: ${definition}, version: Latest 2, regions: [westeurope=2, northeurope], excludeFromLatest: true }`,
        `- gallery: { image: "${definition}/versions/1.4.0", name: fixed }`,
        "- managedImage: { image: web, location: North Europe }",
        "- managedImage: web-copy",
        "- vhd: https://stimages.blob.core.windows.net/vhds/web.vhd",
        "- vhd",
      ].join("\n"),
    },
    { otherTargets: [{ definitionLocation: "westeurope" }] },
  ],
  "linux-overrides": [
    {
      inlineScript: "true",
      osDiskSizeGB: "64",
      templateOverrides: [
        "tags: { team: web }",
        "properties:",
        "  buildTimeoutInMinutes: 90",
        "  vmProfile: { osDiskSizeGB: null, vmSize: Standard_D8ds_v5 }",
        "  customize:",
        "    - { type: Shell, name: mine, inline: [echo 1.10] }",
        "  additionalDataDisks: [{ sizeGB: 10 }]",
      ].join("\n"),
    },
  ],
  "linux-shallow": [{ replicationMode: "Shallow" }],
  "linux-no-provenance": [{ provenanceTags: "none" }],
  "linux-validators": [
    {
      enableValidation: "true",
      validators: [
        "- file: { uri: 'https://example.com/check.json', destination: /tmp/check.json }",
        "- shell: { inline: test -f /tmp/check.json, name: smoke, environment: { A: b } }",
      ].join("\n"),
    },
  ],
  "windows-steps": [
    {
      ...windowsImage,
      ...withArtifact,
      removeArtifact: "true",
      environment: "RING: prod",
      steps: [
        "- powershell: Install-WindowsFeature Web-Server",
        "- powershell: { file: avd/apps.ps1, runAsSystem: true, validExitCodes: [0, 3010], environment: { RING: é } }",
        "- powershell: { file: out/web/setup.ps1, runElevated: true }",
        '- restart: { timeout: 30m, check: "powershell -command Get-Date" }',
        "- restart",
        `- windowsUpdate: { filters: [ "exclude:$_.Title -like '*Preview*'", "include:$true" ], limit: 100 }`,
        "- file: { source: config/app.json, destination: 'C:\\app\\app.json' }",
        "- file: { source: out/web/app.json, destination: 'C:\\app\\copy.json' }",
        `- file: { uri: "https://example.com/big.zip", sha256: ${"d".repeat(64)}, large: true, destination: 'C:\\big.zip' }`,
      ].join("\n"),
    },
    { ...windows, ...stepFiles },
  ],
  "windows-gallery-artifact-script-update": [
    { ...windowsImage, ...withArtifact, inlineScript: "& c:\\buildartifacts\\web\\setup.ps1", windowsUpdate: "true" },
    windows,
  ],
  "windows-elevated-system-validation": [
    {
      ...windowsImage,
      inlineScript: "choco install -y git",
      runElevated: "true",
      runAsSystem: "true",
      enableValidation: "true",
      validationScript: "git --version",
      galleryVersion: "Source",
    },
    windows,
  ],
  "windows-explicit-version-storage-type": [
    {
      ...windowsImage,
      galleryVersion: "1.2.3",
      targetRegions: "westeurope, eastus",
      distributeStorageAccountType: "Premium_LRS",
    },
    windows,
  ],
};

function build([inputs, facts]: readonly [StepInputs, Partial<Facts>?]): {
  readonly template: ImageTemplate;
  readonly apiVersion: string;
} {
  const plan = checkOverrides(planBuild(parseInputs(agentOf(step(inputs))), factsOf(facts)));
  return { template: buildTemplate(plan, plan.artifact && artifact), apiVersion: plan.apiVersion };
}

describe("templates", () => {
  for (const [name, written] of Object.entries(cases)) {
    it(`are as approved and valid under the schema: ${name}`, () => {
      const { template, apiVersion } = build(written);
      assertSchemaValid(template, apiVersion);
      assertGolden(`templates/${name}.json`, template);
    });
  }

  it("have no approved file without a case", () => {
    const files = readdirSync(join(import.meta.dirname, "templates")).map((file) => file.replace(/\.json$/, ""));
    assert.deepEqual(files.sort(), Object.keys(cases).sort());
  });

  it("are shown without the signature, and submitted with it", () => {
    const { template } = build([withArtifact]);
    assert.ok(JSON.stringify(template).includes(signature));
    assert.ok(!describeTemplate(template).includes(signature));
    assert.match(describeTemplate(template), /sig=\*\*\*/);
  });

  it("cannot be built from a plan whose artifact was not uploaded", () => {
    const plan = planBuild(parseInputs(agentOf(step(withArtifact))), factsOf());
    assert.throws(() => buildTemplate(plan, undefined), TypeError);
  });
});

describe("the request's digest", () => {
  const digest = (inputs: StepInputs, facts: Partial<Facts> = {}): unknown =>
    build([inputs, facts]).template.tags?.["aib-task-request"];
  const base = { ...withArtifact, inlineScript: "true" };

  it("is v1: and a SHA-256", () => {
    assert.match(String(digest(base)), /^v1:[0-9a-f]{64}$/);
  });

  const same: readonly (readonly [string, StepInputs, Partial<Facts>?])[] = [
    ["another run", base, { nonce: "f".repeat(16), run: { ...factsOf().run, id: "2000", commit: "beef" } }],
    ["another template name", { ...base, templateName: "other" }],
    ["other regions", { ...base, targetRegions: "westeurope=2, eastus" }],
    ["another size", { ...base, vmSize: "Standard_D8ds_v5" }],
    ["other tags", { ...base, managedResourceTags: "a: b" }],
  ];
  for (const [title, inputs, facts] of same) {
    it(`stays the same for ${title}`, () => {
      assert.equal(digest(inputs, facts), digest(base));
    });
  }

  const different: readonly (readonly [string, StepInputs, Partial<Facts>?])[] = [
    ["the script", { ...base, inlineScript: "false" }],
    ["the folder's name", { ...base, artifactPath: "out/other" }],
    ["the artifact's absence", { inlineScript: "true" }],
    ["the source version", base, { source: { osType: "linux", version: "24.04.2" } }],
    ["the disk", { ...base, osDiskSizeGB: "64" }],
    ["the optimisation", { ...base, optimizeVmBoot: "true" }],
    ["the validation", { ...base, enableValidation: "true", validationScript: "true" }],
    ["the definition", { ...base, galleryImage: `${definition}2` }],
  ];
  for (const [title, inputs, facts] of different) {
    it(`changes with ${title}`, () => {
      assert.notEqual(digest(inputs, facts), digest(base));
    });
  }
});
