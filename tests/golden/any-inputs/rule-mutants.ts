/** Changes that break a rule that the schema cannot say: IDs, what goes together, what must be told apart. */
import type { Mutation } from "./mutants.ts";
import { at, type Json, type Path, put, type Tree } from "./tree.ts";
import { compute, containers, definition, group, identity, subnet } from "./words.ts";

const other = "/subscriptions/00000000-1111-4222-8333-444444444444/resourceGroups/rg-images";
const shell = { type: "Shell", name: "a" };
const powershell = { type: "PowerShell", name: "a", inline: ["a"] };
const script = "https://example.com/a.sh";
const digest = "a".repeat(64);
const version = `${definition}/versions/1.2.3`;
const gallery = { type: "SharedImage", runOutputName: "a", galleryImageId: definition };
const image = { type: "ManagedImage", runOutputName: "a", imageId: `${compute}/images/a`, location: "westeurope" };
const region = { name: "westeurope" };

type Entry = readonly [title: string, value: Json];

/** Mutations that put a value at a path, beneath parents that are made where they are missing. */
function puts(path: Path, entries: readonly Entry[]): readonly Mutation[] {
  return entries.map(([title, value]) => ({ title, mutate: (template) => putDeep(template, path, value) }));
}

function putDeep(template: Tree, path: Path, value: Json): Tree {
  const missing = path.findIndex((_, index) => at(template, path.slice(0, index + 1)) === undefined);
  if (missing < 0 || missing === path.length - 1) return put(template, path, value);
  const below = path.slice(missing + 1).reduceRight<Json>((inner, name) => ({ [name]: inner }), value);
  return put(template, path.slice(0, missing + 1), below);
}

const steps: readonly Entry[] = [
  ["has both inline and scriptUri", { ...shell, inline: ["a"], scriptUri: script }],
  ["has neither inline nor scriptUri", shell],
  ["has no lines and no scriptUri", { ...shell, inline: [] }],
  ["has PowerShell with both inline and scriptUri", { ...powershell, scriptUri: script }],
  ["has PowerShell with neither", { type: "PowerShell", name: "a" }],
  ["has the local system without elevation", { ...powershell, runAsSystem: true }],
  ["has the local system with elevation switched off", { ...powershell, runAsSystem: true, runElevated: false }],
  ["has a script at no address", { ...shell, scriptUri: "scripts/a.sh" }],
  ["has a checksum in upper case", { ...shell, scriptUri: script, sha256Checksum: digest.toUpperCase() }],
  ["has a checksum that is none", { ...shell, scriptUri: script, sha256Checksum: "abc" }],
  ["has a file at no address", { type: "File", sourceUri: "a.txt", destination: "/tmp/a" }],
  ["has a file from nowhere", { type: "File", sourceUri: "", destination: "/tmp/a" }],
  ["has a file to nowhere", { type: "File", sourceUri: script, destination: "" }],
  ["has a file's checksum in upper case", { type: "File", sourceUri: script, destination: "/tmp/a", sha256Checksum: digest.toUpperCase() }], // prettier-ignore
];

const ids = (type: string, good: string): readonly Entry[] => [
  [`${type}: is a bare name`, "a"],
  [`${type}: is of another type`, `${group}/providers/Microsoft.Web/sites/a`],
  [`${type}: ends too soon`, good.slice(0, good.lastIndexOf("/"))],
];

const targets: readonly Entry[] = [
  ["has no target", []],
  ["has a run output twice", [image, { ...gallery }]],
  ["has a run output twice but for letter case", [image, { ...gallery, runOutputName: "A" }]],
  ["has a run output that is no name", [{ ...image, runOutputName: "a/b" }]],
  ["has a run output with too long a name", [{ ...image, runOutputName: "a".repeat(65) }]],
  ["has targetRegions and replicationRegions", [{ ...gallery, targetRegions: [region], replicationRegions: ["westeurope"] }]],
  ["has targetRegions and storageAccountType", [{ ...gallery, targetRegions: [region], storageAccountType: "Standard_LRS" }]],
  ["has no target region in its list", [{ ...gallery, targetRegions: [] }]],
  ["has a target region twice", [{ ...gallery, targetRegions: [region, { name: "West Europe" }] }]],
  ["has a target region twice in its second target", [image, { ...gallery, runOutputName: "b", targetRegions: [region, region] }]],
  ["has a version and versioning", [{ ...gallery, galleryImageId: version, versioning: { scheme: "Latest" } }]],
  ["has a version and versioning in its second target", [image, { ...gallery, runOutputName: "b", galleryImageId: version, versioning: { scheme: "Source" } }]],
  ["has latest for a target", [{ ...gallery, galleryImageId: `${definition}/versions/latest` }]],
  ["has two numbers for a target's version", [image, { ...gallery, runOutputName: "b", galleryImageId: `${definition}/versions/1.2` }]],
  ["has a gallery for a definition", [{ ...gallery, galleryImageId: `${compute}/galleries/a` }]],
  ["has a name for a managed image", [image, { ...image, runOutputName: "b", imageId: "web" }]],
  ["has a VHD at no address", [{ type: "VHD", runOutputName: "a", uri: "vhds/a.vhd" }]],
];

const vnet: Path = ["properties", "vmProfile", "vnetConfig"];

/** Mutations of the rules. */
export const ruleMutations: readonly Mutation[] = [
  ...steps.flatMap(([title, step]) => [
    ...puts(["properties", "customize"], [[title, [step]]]),
    ...puts(["properties", "validate"], [[`validates and ${title}`, { inVMValidations: [step] }]]),
  ]),
  ...puts(["properties", "customize"], [
    ["restarts without a time limit that can be read", [{ type: "WindowsRestart", restartTimeout: "soon" }]],
  ]),
  ...puts(["properties", "validate"], [
    ["validates by a restart", { inVMValidations: [{ type: "WindowsRestart" }] }],
    ["validates by updates", { inVMValidations: [{ type: "WindowsUpdate" }] }],
  ]),
  ...puts(["properties", "distribute"], targets),
  ...puts(["properties", "source"], [
    ...ids("the managed image", `${compute}/images/a`).map(([title, imageId]): Entry => [title, { type: "ManagedImage", imageId }]),
    ...ids("the gallery image", version).map(([title, imageVersionId]): Entry => [title, { type: "SharedImageVersion", imageVersionId }]),
    ["has a definition for a version", { type: "SharedImageVersion", imageVersionId: definition }],
    ["has two numbers for a source's version", { type: "SharedImageVersion", imageVersionId: `${definition}/versions/1.2` }],
    ["has a managed image of another subscription", { type: "ManagedImage", imageId: `${other}/providers/Microsoft.Compute/images/a` }],
    ["has a source of no name", { type: "PlatformImage", publisher: "", offer: "b", sku: "c", version: "latest" }],
  ]),
  ...puts(["identity"], [
    ["has no identity in its list", { type: "UserAssigned", userAssignedIdentities: {} }],
    ["has two identities", { type: "UserAssigned", userAssignedIdentities: { [identity]: {}, [`${identity}2`]: {} } }],
    ["switches its identity off", { type: "None" }],
    ["has a bare name for its identity", { type: "UserAssigned", userAssignedIdentities: { builder: {} } }],
    ["has something else for its identity", { type: "UserAssigned", userAssignedIdentities: { [subnet]: {} } }],
  ]),
  ...puts(vnet, [
    ["has a proxy size beside a container subnet", { subnetId: subnet, containerInstanceSubnetId: containers, proxyVmSize: "Standard_A1_v2" }],
    ["has a proxy size without subnet", { proxyVmSize: "Standard_A1_v2" }],
    ["has a container subnet alone", { containerInstanceSubnetId: containers }],
    ["has a network for a subnet", { subnetId: subnet.replace(/\/subnets.*/, "") }],
    ["has a name for a container subnet", { subnetId: subnet, containerInstanceSubnetId: "containers" }],
    ["has the older names of a network", { name: "vnet", subnetName: "build", resourceGroupName: "rg-images" }],
  ]),
  ...puts(["properties", "vmProfile", "userAssignedIdentities"], [["has a name for an identity of the build VM", ["builder"]]]),
  ...puts(["properties", "stagingResourceGroup"], [
    ["has a staging group of another subscription", other],
    ["has a resource for a staging group", subnet],
  ]),
  ...puts(["properties", "optimize", "workload"], [
    ["is tuned by a script at no address", { state: "Enabled", scriptUri: "scripts/tune.sh" }],
    ["is tuned by a script with a checksum that is none", { state: "Enabled", scriptUri: script, sha256Checksum: "abc" }],
  ]),
  ...puts(["location"], [
    ["has no region's name for its location", "west-europe"],
  ]),
];
