/** Ways of making any valid case wrong: what is changed, and how the error names it. */
import { containers, definition, group, type Os, subnet, type Texts } from "./words.ts";

/** One way. Mistakes of one part of the step are not made together: one of them may hide the other. */
export interface Mistake {
  readonly part: string;
  readonly changes: Texts;
  /** The input that the error names, and its code. */
  readonly input: string;
  readonly code: string;
}

type Entry = readonly [part: string, input: string, code: string, changes: Texts | string];

/** A text stands for a change of the named input alone. */
function mistakes(entries: readonly Entry[]): readonly Mistake[] {
  return entries.map(([part, input, code, changes]) => ({
    part,
    input,
    code,
    changes: typeof changes === "string" ? { [input]: changes } : changes,
  }));
}

const noSource = { sourceImage: "", baseImage: "", baseImagePubOfferSku: "", imageSource: "", sourceVersion: "", baseImageVersion: "", purchasePlan: "", customImageResourceId: "", ImageVersionId: "" }; // prettier-ignore
const noTarget = { targetType: "", distributeType: "", galleryImage: "", galleryImageId: "", galleryVersion: "", distributeVersioningScheme: "", distributeVersioningMajor: "", targetRegions: "", replicationRegions: "", distributeStorageAccountType: "", replicationMode: "", managedImage: "", vhdUri: "", targets: "" }; // prettier-ignore
const noNetwork = { subnet: "", vnetSubnetId: "", containerInstanceSubnet: "", containerInstanceSubnetId: "", proxyVmSize: "" }; // prettier-ignore
const noShort = { inlineScript: "", windowsUpdate: "", runElevated: "" };
const gallery = { ...noTarget, galleryImage: definition };
const several = (targets: string): Texts => ({ ...noTarget, targetType: "several", targets });
const listed = (steps: string): Texts => ({ ...noShort, steps });
const validated = (validators: string): Texts => ({ enableValidation: "true", validationScript: "", validators });

/** Mistakes of inputs by themselves, found whatever else the step says. */
export const inputMistakes: readonly Mistake[] = mistakes([
  ["connection", "azureSubscription", "AIB101", ""],
  ["connection", "azureSubscription", "AIB102", "$(connection)"],
  ["subscription", "subscriptionId", "AIB108", "mine"],
  ["group", "resourceGroup", "AIB101", { resourceGroup: "", ibAzureResourceGroup: "" }],
  ["group", "resourceGroup", "AIB108", "ends."],
  ["location", "location", "AIB103", "<region>"],
  ["location", "location", "AIB110", "west-europe"],
  ["identity", "managedIdentity", "AIB101", ""],
  ["identity", "managedIdentity", "AIB103", "/subscriptions/$sub/resourceGroups/a"],
  ["identity", "managedIdentity", "AIB107", subnet],
  ["source", "sourceImage", "AIB101", noSource],
  ["source", "sourceImage", "AIB109", { ...noSource, sourceImage: "Canonical" }],
  ["source", "sourceImage", "AIB109", { ...noSource, sourceImage: "a:b:c:beos" }],
  ["source", "sourceImage", "AIB109", { ...noSource, sourceImage: subnet }],
  ["source", "sourceImage", "AIB109", { ...noSource, sourceImage: `${definition}/versions/1.2` }],
  ["source", "sourceVersion", "AIB109", { ...noSource, sourceImage: "a:b:c", sourceVersion: "newest" }],
  ["source", "sourceVersion", "AIB120", { ...noSource, sourceImage: "a:b:c:1.2.3", sourceVersion: "1.2.4" }],
  ["source", "purchasePlan", "AIB109", { ...noSource, sourceImage: "a:b:c", purchasePlan: "plan:product" }],
  ["source", "sourceImage", "AIB121", { ...noSource, sourceImage: definition, ImageVersionId: `${definition}/versions/1.2.3` }],
  ["source", "imageSource", "AIB104", { ...noSource, imageSource: "iso" }],
  ["osType", "osType", "AIB104", { osType: "amiga" }],
  ["artifact", "storageAccount", "AIB108", "St_Images"],
  ["artifact", "storageContainer", "AIB108", { artifactPath: "a", storageAccount: "stimages", storageContainer: "A" }],
  ["artifact", "artifactAccess", "AIB104", { artifactPath: "a", storageAccount: "stimages", artifactAccess: "anonymous" }],
  ["artifact", "artifactPath", "AIB113", { artifactPath: "a\u0007b" }],
  ["removal", "removeArtifact", "AIB105", "no"],
  ["steps", "environment", "AIB116", "A B: c"],
  ["steps", "environment", "AIB116", "- a"],
  ["steps", "runElevated", "AIB105", "yes"],
  ["steps", "windowsUpdate", "AIB102", "$(update)"],
  ["steps", "inlineScript", "AIB120", { ...listed("- shell: a"), inlineScript: "a" }],
  ["steps", "windowsUpdate", "AIB120", { ...listed("- restart"), windowsUpdate: "true" }],
  ["steps", "runElevated", "AIB120", { ...listed("- restart"), runElevated: "true" }],
  ["steps", "steps", "AIB114", listed("shell: a")],
  ["steps", "steps", "AIB114", listed("[]")],
  ["steps", "steps", "AIB114", listed("- shell: [")],
  ["steps", "steps", "AIB115", listed("- bash: a")],
  ["steps", "steps", "AIB115", listed("- shell: a\n  file: b")],
  ["steps", "steps", "AIB115", listed("- shell: [a]")],
  ["steps", "steps", "AIB115", listed("- shell: { script: a }")],
  ["steps", "steps", "AIB115", listed("- shell: { inline: a, file: b }")],
  ["steps", "steps", "AIB115", listed("- shell: { inline: ' ' }")],
  ["steps", "steps", "AIB115", listed("- powershell: { name: none }")],
  ["steps", "steps", "AIB115", listed("- shell: { inline: a, sha256: b }")],
  ["steps", "steps", "AIB115", listed("- shell: { uri: http://example.com/a }")],
  ["steps", "steps", "AIB115", listed("- shell: { uri: https://example.com/a, sha256: 12 }")],
  ["steps", "steps", "AIB115", listed("- shell: { inline: a, environment: [b] }")],
  ["steps", "steps", "AIB115", listed("- shell: { inline: a, name: one }\n- shell: { inline: a, name: one }")],
  ["steps", "steps", "AIB115", listed("- shell: { inline: a, name: fetch-artifact }")],
  ["steps", "steps", "AIB115", listed("- powershell: { inline: a, runElevated: false, runAsSystem: true }")],
  ["steps", "steps", "AIB115", listed("- powershell: { inline: a, runElevated: yes }")],
  ["steps", "steps", "AIB115", listed("- powershell: { inline: a, validExitCodes: [none] }")],
  ["steps", "steps", "AIB115", listed("- powershell: { inline: a, validExitCodes: [2147483648] }")],
  ["steps", "steps", "AIB115", listed("- restart: { timeout: soon }")],
  ["steps", "steps", "AIB115", listed("- windowsUpdate: { filters: [everything] }")],
  ["steps", "steps", "AIB115", listed("- windowsUpdate: { limit: 1001 }")],
  ["steps", "steps", "AIB115", listed("- file: { source: a }")],
  ["steps", "steps", "AIB115", listed("- file: { destination: /tmp/a }")],
  ["steps", "steps", "AIB115", listed("- file: { source: a, uri: https://example.com/a, destination: /tmp/a }")],
  ["steps", "steps", "AIB115", listed("- file: { uri: https://example.com/a, large: true, destination: /tmp/a }")],
  ["validation", "enableValidation", "AIB105", "maybe"],
  ["validation", "validationScript", "AIB101", { enableValidation: "true", validationScript: "", validators: "" }],
  ["validation", "validators", "AIB120", { ...validated("- shell: a"), validationScript: "a" }],
  ["validation", "validators", "AIB114", validated("shell: a")],
  ["validation", "validators", "AIB115", validated("- restart")],
  ["validation", "validators", "AIB115", validated("- windowsUpdate")],
  ["validation", "validators", "AIB115", validated("- shell: { inline: a, name: b }\n- shell: { inline: a, name: b }")],
  ["validation", "sourceValidationOnly", "AIB105", { ...validated("- shell: a"), sourceValidationOnly: "1" }],
  ["target", "targetType", "AIB104", { ...gallery, targetType: "floppy" }],
  ["target", "targetType", "AIB121", { ...noTarget, managedImage: "a", vhdUri: "https://h/c/a.vhd" }],
  ["target", "galleryImage", "AIB101", noTarget],
  ["target", "galleryImage", "AIB107", { ...gallery, galleryImage: `${group}/providers/Microsoft.Compute/galleries/a` }],
  ["target", "galleryImage", "AIB107", { ...gallery, galleryImage: `${definition}/versions/latest` }],
  ["target", "galleryVersion", "AIB104", { ...gallery, galleryVersion: "newest" }],
  ["target", "galleryVersion", "AIB120", { ...gallery, galleryImage: `${definition}/versions/1.2.3`, galleryVersion: "Latest" }],
  ["target", "distributeVersioningMajor", "AIB106", { ...gallery, galleryVersion: "Latest", distributeVersioningMajor: "one" }],
  ["target", "distributeVersioningMajor", "AIB120", { ...gallery, galleryVersion: "Latest 1", distributeVersioningMajor: "2" }],
  ["target", "targetRegions", "AIB110", { ...gallery, targetRegions: "west-europe" }],
  ["target", "targetRegions", "AIB110", { ...gallery, targetRegions: "westeurope, West Europe" }],
  ["target", "targetRegions", "AIB110", { ...gallery, targetRegions: "westeurope=101" }],
  ["target", "targetRegions", "AIB110", { ...gallery, targetRegions: "westeurope:Ultra_LRS" }],
  ["target", "targetRegions", "AIB103", { ...gallery, targetRegions: "<region1>, <region2>" }],
  ["target", "distributeStorageAccountType", "AIB120", { ...gallery, targetRegions: "westeurope:Premium_LRS", distributeStorageAccountType: "Standard_LRS" }],
  ["target", "replicationMode", "AIB104", { ...gallery, replicationMode: "Deep" }],
  ["target", "replicationMode", "AIB120", { ...gallery, replicationMode: "Shallow", targetRegions: "westeurope=2" }],
  ["target", "excludeFromLatest", "AIB105", { ...gallery, excludeFromLatest: "yes" }],
  ["target", "managedImage", "AIB101", { ...noTarget, targetType: "managedImage" }],
  ["target", "managedImage", "AIB108", { ...noTarget, managedImage: "-a-" }],
  ["target", "managedImage", "AIB107", { ...noTarget, managedImage: definition }],
  ["target", "managedImageLocation", "AIB110", { ...noTarget, managedImage: "a", managedImageLocation: "here/there" }],
  ["target", "vhdUri", "AIB112", { ...noTarget, vhdUri: "vhds/web.vhd" }],
  ["target", "vhdUri", "AIB112", { ...noTarget, vhdUri: "https://h/c/web.vhd?sig=a" }],
  ["target", "targets", "AIB101", several("")],
  ["target", "targets", "AIB118", several("managedImage: a")],
  ["target", "targets", "AIB118", several("- floppy: a")],
  ["target", "targets", "AIB118", several("- vhd\n- vhd: { name: vhd }")],
  ["target", "targets", "AIB118", several("- managedImage: { image: a, name: b/c }")],
  ["target", "targets", "AIB118", several("- managedImage: { image: a, region: eastus }")],
  ["target", "targets", "AIB101", several("- gallery: { regions: westeurope }")],
  ["target", "targets", "AIB107", several("- gallery: web")],
  ["target", "targets", "AIB110", several(`- gallery: { image: ${definition}, regions: [westeurope, west europe] }`)],
  ["target", "targets", "AIB120", several(`- gallery: { image: ${definition}, regions: [eastus, westeurope], replicationMode: Shallow }`)],
  ["target", "targets", "AIB120", several(`- gallery: { image: ${definition}/versions/1.2.3, version: Source }`)],
  ["size", "vmSize", "AIB108", "a b"],
  ["disk", "osDiskSizeGB", "AIB106", "30 GB"],
  ["disk", "osDiskSizeGB", "AIB106", "4096"],
  ["disks", "dataDisks", "AIB106", "0"],
  ["disks", "dataDisks", "AIB106", "32 GB"],
  ["network", "subnet", "AIB107", { ...noNetwork, subnet: "build" }],
  ["network", "containerInstanceSubnet", "AIB120", { ...noNetwork, containerInstanceSubnet: containers }],
  ["network", "containerInstanceSubnet", "AIB120", { ...noNetwork, subnet, containerInstanceSubnet: subnet }],
  ["network", "containerInstanceSubnet", "AIB120", { ...noNetwork, subnet, containerInstanceSubnet: containers.replace("vnet-build", "other") }],
  ["network", "proxyVmSize", "AIB108", { ...noNetwork, subnet, proxyVmSize: "a b" }],
  ["identities", "buildVmIdentities", "AIB107", "builder"],
  ["staging", "stagingResourceGroup", "AIB107", "/resourceGroups/x"],
  ["staging tags", "managedResourceTags", "AIB111", "- a"],
  ["boot", "optimizeVmBoot", "AIB105", "1"],
  ["workload", "optimizeWorkload", "AIB112", "scripts/tune.sh"],
  ["workload", "optimizeWorkload", "AIB112", "https://h/tune.sh 123"],
  ["template tags", "templateTags", "AIB111", "aib-task-run: 1"],
  ["image tags", "imageTags", "AIB111", "a<b: 1"],
  ["image tags", "imageTags", "AIB111", `a: ${"b".repeat(257)}`],
  ["provenance", "provenanceTags", "AIB104", "some"],
  ["name", "templateName", "AIB107", "a/b"],
  ["time", "buildTimeoutInMinutes", "AIB106", "5"],
  ["time", "buildTimeoutInMinutes", "AIB106", "961"],
  ["customizer error", "onCustomizerError", "AIB104", "stop"],
  ["validation error", "onValidationError", "AIB102", "${{ parameters.x }}"],
  ["overrides", "templateOverrides", "AIB114", "- a"],
]);

/** Mistakes that show when all inputs are read, for images of a system: one at a time. */
export function planMistakes(os: Os): readonly Mistake[] {
  const own = os === "linux" ? "shell" : "powershell";
  const other = os === "linux" ? "powershell" : "shell";
  const bare = { environment: "", ...noNetwork };
  return mistakes([
    ["steps", "steps", "AIB115", { ...bare, ...listed(`- ${other}: a`) }],
    ["steps", "steps", "AIB115", { ...bare, ...listed("- file: { uri: https://example.com/a, destination: a }") }],
    ["steps", "steps", "AIB115", { ...listed(`- ${own}: { uri: https://example.com/a }`), environment: "A: b" }],
    ...(os === "linux"
      ? ([
          ["steps", "steps", "AIB115", { ...bare, ...listed("- restart") }],
          ["steps", "steps", "AIB115", { ...listed("- shell: '#!/usr/bin/env python3'"), environment: "A: b" }],
        ] as const)
      : ([["artifact", "artifactPath", "AIB113", { artifactPath: "out/con", storageAccount: "stimages" }]] as const)),
    ["validators", "validators", "AIB115", validated(`- ${other}: a`)],
    ["osType", "osType", "AIB133", { osType: os === "linux" ? "windows" : "linux", provisioner: "" }],
    ["image tags", "imageTags", "AIB111", manyTags()],
    ["template tags", "templateTags", "AIB111", manyTags()],
    ...(["properties: { vmProfle: {} }", "properties: { distribute: [] }", "identity: { type: None }"] as const).map(
      (text) => ["overrides", "templateOverrides", "AIB119", text] as const,
    ),
    ["overrides", "templateOverrides", "AIB119", "properties: { vmProfile: { vnetConfig: null, vmSize: 7 } }"],
  ]);
}

/** As many as Azure allows, and the task has some of its own. */
function manyTags(): string {
  return Array.from({ length: 50 }, (_, index) => `tag${index}: a`).join("\n");
}
