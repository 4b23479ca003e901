/** Sources and options that change one thing of a template each, and those that mean something else together. */
import { definition, group, subnet } from "../../unit/inputs/step.ts";
import { type Cases, windows, windowsImage, withArtifact } from "./shared.ts";

const other = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/other`;

/** The cases. */
export const optionCases: Cases = {
  "source-gallery-latest": [{ sourceImage: definition }],
  "source-derived-plan": [{}, { source: { osType: "linux", plan: { name: "n", product: "p", publisher: "u" } } }],
  "source-older-inputs": [
    { sourceImage: "", baseImage: "MicrosoftWindowsServer:WindowsServer:2025-datacenter-g2:windows", baseImageVersion: "26100.1.9" },
    { source: { osType: "windows" } },
  ],
  "option-identity-by-name": [{ managedIdentity: "builder" }],
  "option-vm-size": [{ vmSize: "Standard_D8ds_v5" }],
  "option-os-disk": [{ osDiskSizeGB: "64" }],
  "option-build-vm-identities": [{ buildVmIdentities: `${other}\n${other}2` }],
  "option-subnet": [{ subnet }],
  "option-proxy-ignored-beside-containers": [
    { subnet, containerInstanceSubnet: subnet.replace("build", "containers"), proxyVmSize: "Standard_A1_v2" },
  ],
  "option-staging-group": [{ stagingResourceGroup: group }],
  "option-managed-tags": [{ managedResourceTags: "costCenter: 4711" }],
  "option-vm-boot": [{ optimizeVmBoot: "true" }],
  "option-workload": [{ optimizeWorkload: "https://example.com/tune.sh" }],
  "option-data-disks": [{ dataDisks: "32, 64" }],
  "option-template-tags": [{ templateTags: "team: web" }],
  "option-image-tags": [{ imageTags: "team: web" }],
  "option-provenance-full": [{ provenanceTags: "full" }],
  "option-provenance-none-with-artifact": [{ ...withArtifact, provenanceTags: "none" }],
  "option-timeout": [{ buildTimeoutInMinutes: "120" }],
  "option-on-customizer-error": [{ onCustomizerError: "abort" }],
  "option-on-validation-error": [{ onValidationError: "abort" }],
  "option-auto-run-ignored": [{ autoRun: "true" }],
  "option-overrides-of-several-targets": [
    {
      targetType: "several",
      galleryImage: "",
      targets: "- managedImage: web\n- vhd",
      templateOverrides: `properties: { distribute: [{ type: SharedImage, runOutputName: mine, galleryImageId: ${definition}, replicationMode: Full }] }`,
    },
  ],
  "target-exclude-from-latest": [{ excludeFromLatest: "true" }],
  "target-latest": [{ galleryVersion: "Latest" }],
  "target-older-inputs": [
    {
      galleryImage: "",
      distributeType: "sig",
      galleryImageId: definition,
      replicationRegions: "westeurope, eastus",
      distributeVersioningScheme: "Latest",
      distributeVersioningMajor: "7",
    },
  ],
  "target-several-shallow": [
    {
      targetType: "several",
      galleryImage: "",
      targets: `- gallery: { image: ${definition}, replicationMode: Shallow, regions: westeurope }\n- managedImage: { image: web, name: copy }`,
    },
    { otherTargets: [{}] },
  ],
  "target-managed-image-by-id-windows": [
    { ...windowsImage, targetType: "managedImage", galleryImage: "", managedImage: `${group}/providers/Microsoft.Compute/images/web` },
    windows,
  ],
};
