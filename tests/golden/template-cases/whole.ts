/** Whole steps: sources, targets, lists of steps, and options together. */
import { definition, group, subnet } from "../../unit/inputs/step.ts";
import { type Cases, managedImage, stepFiles, windows, windowsImage, withArtifact } from "./shared.ts";

/** The cases. */
export const wholeCases: Cases = {
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
