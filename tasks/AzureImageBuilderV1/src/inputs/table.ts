/**
 * Every input, once: how it is read, what an empty one means, its older names, when it means anything and when it must
 * be filled. `Inputs` derives from this table; task.json repeats names, defaults and aliases (a test compares them).
 */
import { type Environment, parseEnvironment } from "../kinds/customizer/environment.ts";
import { stepListParser } from "../kinds/customizer/list.ts";
import type { StepRequest } from "../kinds/customizer/index.ts";
import { describeSourceKinds } from "../kinds/source/index.ts";
import type { SourceKindName } from "../kinds/source/types.ts";
import { targetKindNames, targetKinds } from "../kinds/target/index.ts";
import { parseTargets, type TargetEntry } from "../kinds/target/list.ts";
import type { TargetKindName } from "../kinds/target/types.ts";
import { parseBlobAddress } from "../values/address.ts";
import { choiceParser, integerParser, nameParser, parseBoolean, parseLines, parseText } from "../values/parsed.ts";
import { parseRegion, parseStorageType, parseTargetRegions } from "../values/regions.ts";
import {
  idOrNameParser,
  idParser,
  parseResourceGroup,
  parseResourceGroupName,
  parseSubscriptionId,
} from "../values/resource-id.ts";
import { parseOwnTags, parseTags } from "../values/tags.ts";
import {
  parseDataDisks,
  parseGalleryVersion,
  parseIdentityIds,
  parseImageSource,
  parseOsChoice,
  parsePath,
  parsePurchasePlan,
  parseSourceVersion,
  parseWorkload,
} from "./parsers.ts";
import { type CheckId, parseSkipChecks } from "./checks.ts";
import { parseOverrides } from "./overrides.ts";
import { parseArtifactName, parseBranch, parsePipeline, parseRunTags } from "./run-artifact.ts";
import { parseReuseBranches } from "./reuse.ts";
import { row, type Choice, type Row } from "./row.ts";

const subnetType = "Microsoft.Network/virtualNetworks/subnets";
const vmSize = nameParser(/^[A-Za-z][A-Za-z0-9_-]{1,62}$/, "a size, e.g. Standard_D2ds_v5");
const onError = choiceParser({ cleanup: [], abort: [] });
type OnError = "cleanup" | "abort";
type ActionName = "build" | "start" | "wait" | "preflight" | "check" | "resolve";
type Cleanup = "always" | "onSuccess" | "never";
type Verbosity = "normal" | "quiet" | "full" | "none";
type AttachLog = "always" | "onFailure" | "never";

const targetWords = Object.fromEntries(targetKindNames.map((name) => [name, targetKinds[name].olderWords])) as Record<
  TargetKindName,
  readonly string[]
>;

const connection = {
  action: row<ActionName>({
    parse: choiceParser({ build: [], start: [], wait: [], preflight: [], check: [], resolve: [] }),
    fallback: "build",
  }),
  azureSubscription: row({
    parse: parseText,
    fallback: "",
    older: ["ibSubscription"],
    scrutiny: "text",
    required: true,
    missing: {
      why: "no service connection is given",
      legal: "the name of an Azure Resource Manager service connection",
    },
  }),
  subscriptionId: optional({ parse: parseSubscriptionId }),
  resourceGroup: row({
    parse: parseResourceGroupName,
    fallback: "",
    older: ["ibAzureResourceGroup"],
    required: true,
    missing: { why: "no resource group is given", legal: "the name of the resource group for the image template" },
  }),
  location: optional({ parse: parseRegion, older: ["ibLocation"] }),
  managedIdentity: row({
    parse: idOrNameParser(
      "Microsoft.ManagedIdentity/userAssignedIdentities",
      /^[A-Za-z0-9][A-Za-z0-9_-]{2,127}$/,
      "the name of a user-assigned identity in the resource group",
    ),
    fallback: "",
    required: true,
    missing: {
      why: "no managed identity is given, and the service builds nothing without one",
      legal: "the ID of a user-assigned identity, or its name in the resource group",
    },
  }),
} as const;

const source = {
  templateFile: optional<string>({ parse: parsePath, scrutiny: "text" }),
  templateParameters: optional<string>({ parse: parseText, scrutiny: "free" }),
  sourceImage: sourceRow("sourceImage", ["baseImage"]),
  sourceVersion: optional<string>({
    parse: parseSourceVersion,
    older: ["baseImageVersion"],
    applies: hasVersionAndPlan,
  }),
  purchasePlan: optional({
    parse: parsePurchasePlan,
    applies: hasVersionAndPlan,
    older: ["platformImagePurchasePlan"],
    sentinel: "PlanName:PlanProduct:PlanPublisher",
  }),
  osType: optional({ parse: parseOsChoice, older: ["provisioner"] }),
  imageSource: optional<SourceKindName>({ parse: parseImageSource }),
  baseImagePubOfferSku: sourceRow("baseImagePubOfferSku", [], "Publisher:Offer:Sku"),
  customImageResourceId: sourceRow("customImageResourceId", []),
  imageVersionId: sourceRow("imageVersionId", []),
} as const;

const artifact = {
  artifactPath: optional<string>({ parse: parsePath, older: ["packagePath"], scrutiny: "text" }),
  artifactName: optional({ parse: parseArtifactName, scrutiny: "text" }),
  artifactPipeline: optional({ parse: parsePipeline, scrutiny: "text" }),
  artifactBranch: optional({ parse: parseBranch, scrutiny: "text" }),
  artifactTags: row<readonly string[]>({ parse: parseRunTags, fallback: [], scrutiny: "text" }),
  storageAccount: optional({
    parse: idOrNameParser("Microsoft.Storage/storageAccounts", /^[a-z0-9]{3,24}$/, "a storage account's name"),
    older: ["storageAccountName"],
  }),
  storageContainer: row({
    parse: nameParser(/^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, "a container's name: 3 to 63 of a-z, 0-9 and -"),
    fallback: "imagebuilder",
    applies: (choice) => choice.artifact,
  }),
  artifactAccess: row({
    parse: choiceParser({ auto: [], vmIdentity: [], templateIdentity: [], delegationSas: [], accountKey: [] }),
    fallback: "auto" as const,
    applies: (choice) => choice.artifact,
  }),
  artifactRetentionDays: row({
    parse: integerParser(1, 3650),
    fallback: 7,
    applies: (choice) => choice.artifact,
  }),
  removeArtifact: row({ parse: parseBoolean, fallback: false }),
} as const;

const customize = {
  steps: row<readonly StepRequest[]>({
    parse: stepListParser({ noun: "step", reserved: ["fetch-artifact", "fetch-artifact-file", "remove-artifact"] }),
    fallback: [],
    scrutiny: "free",
  }),
  environment: row<Environment>({ parse: parseEnvironment, fallback: {}, scrutiny: "free" }),
  inlineScript: row<readonly string[]>({ parse: parseLines, fallback: [], scrutiny: "free" }),
  windowsUpdate: row({ parse: parseBoolean, fallback: false, older: ["windowsUpdateProvisioner"] }),
  runElevated: row({ parse: parseBoolean, fallback: false }),
  runAsSystem: row({ parse: parseBoolean, fallback: false, applies: (choice) => choice.runElevated }),
} as const;

const validate = {
  enableValidation: row({ parse: parseBoolean, fallback: false }),
  validationScript: row({
    parse: parseLines,
    fallback: [] as readonly string[],
    older: ["validationInlineScript"],
    scrutiny: "free",
    applies: (choice) => choice.validation,
  }),
  validators: row<readonly StepRequest[]>({
    parse: stepListParser({ noun: "validator", reserved: [] }),
    fallback: [],
    scrutiny: "free",
    applies: (choice) => choice.validation,
  }),
  sourceValidationOnly: row({ parse: parseBoolean, fallback: false, applies: (choice) => choice.validation }),
  continueOnValidationFailure: row({
    parse: parseBoolean,
    fallback: false,
    older: ["continueDistributeOnFailure"],
    applies: (choice) => choice.validation,
  }),
} as const;

/** How much the image's tags tell about its making. */
export type Provenance = "minimal" | "full" | "none";

const isGallery = (choice: Choice): boolean => choice.target === "gallery";
const isManagedImage = (choice: Choice): boolean => choice.target === "managedImage";

const distribute = {
  targetType: row<TargetKindName | "several">({
    parse: choiceParser({ ...targetWords, several: [] }),
    fallback: "gallery",
    older: ["distributeType"],
  }),
  galleryImage: optional({
    parse: idParser("Microsoft.Compute/galleries/images", "Microsoft.Compute/galleries/images/versions"),
    older: ["galleryImageId"],
    applies: isGallery,
    required: true,
    missing: { why: "no image definition is given", legal: "the ID of a gallery's image definition, or of a version" },
  }),
  galleryVersion: optional({
    parse: parseGalleryVersion,
    older: ["distributeVersioningScheme"],
    applies: isGallery,
  }),
  targetRegions: optional({ parse: parseTargetRegions, applies: isGallery }),
  replicationMode: row<"Full" | "Shallow">({
    parse: choiceParser({ Full: [], Shallow: [] }),
    fallback: "Full",
    applies: isGallery,
  }),
  excludeFromLatest: row({ parse: parseBoolean, fallback: false, applies: isGallery }),
  managedImage: optional({
    parse: idOrNameParser(
      "Microsoft.Compute/images",
      /^[A-Za-z0-9](?:[\w.-]{0,78}\w)?$/,
      "a name for the image in the resource group",
    ),
    older: ["imageIdForDistribute"],
    applies: isManagedImage,
    required: true,
    missing: { why: "no image is named", legal: "the ID of the managed image to make, or its name" },
  }),
  managedImageLocation: optional({ parse: parseRegion, applies: isManagedImage }),
  vhdUri: optional({ parse: parseBlobAddress, scrutiny: "text", applies: (choice) => choice.target === "vhd" }),
  targets: row<readonly TargetEntry[]>({
    parse: parseTargets,
    fallback: [],
    scrutiny: "free",
    applies: (choice) => choice.target === "several",
    required: true,
    missing: { why: "no target is listed", legal: "a list of targets, e.g. `- managedImage: web`" },
  }),
  imageTags: row<Readonly<Record<string, string>>>({ parse: parseOwnTags, fallback: {}, scrutiny: "text" }),
  provenanceTags: row<Provenance>({ parse: choiceParser({ minimal: [], full: [], none: [] }), fallback: "minimal" }),
  replicationRegions: optional({ parse: parseTargetRegions, applies: isGallery }),
  distributeStorageAccountType: optional({ parse: parseStorageType, applies: isGallery }),
  distributeVersioningMajor: optional({ parse: integerParser(0, 999_999_999), applies: isGallery }),
} as const;

const buildVm = {
  vmSize: optional({ parse: vmSize }),
  osDiskSizeGB: row({ parse: integerParser(0, 4095), fallback: 0 }),
  subnet: optional({ parse: idParser(subnetType), older: ["vnetSubnetId"] }),
  containerInstanceSubnet: optional({ parse: idParser(subnetType), older: ["containerInstanceSubnetId"] }),
  proxyVmSize: optional({ parse: vmSize, applies: (choice) => choice.subnet }),
  buildVmIdentities: row<readonly string[]>({ parse: parseIdentityIds, fallback: [] }),
  stagingResourceGroup: optional({ parse: parseResourceGroup }),
  managedResourceTags: row<Readonly<Record<string, string>>>({ parse: parseTags, fallback: {}, scrutiny: "text" }),
  templateTags: row<Readonly<Record<string, string>>>({ parse: parseOwnTags, fallback: {}, scrutiny: "text" }),
  optimizeVmBoot: row({ parse: parseBoolean, fallback: false }),
  optimizeWorkload: optional({ parse: parseWorkload, scrutiny: "text" }),
  templateOverrides: optional({ parse: parseOverrides, scrutiny: "free" }),
  dataDisks: row<readonly number[]>({ parse: parseDataDisks, fallback: [] }),
} as const;

const run = {
  templateName: optional({
    parse: idOrNameParser(
      "Microsoft.VirtualMachineImages/imageTemplates",
      /^[A-Za-z0-9-_.]{1,64}$/,
      "1 to 64 letters, digits, hyphens, underscores and full stops",
    ),
  }),
  buildTimeoutInMinutes: row({
    parse: integerParser(0, 960, {
      legal: "0 (the service's 240), or a whole number of minutes from 6 to 960",
      // The service takes 1 to 5 and then fails the run (facts, section 1.7).
      test: (minutes) => minutes === 0 || minutes >= 6,
    }),
    fallback: 0,
  }),
  onCustomizerError: row<OnError>({ parse: onError, fallback: "cleanup", older: ["errorHandlingOnCustomizerError"] }),
  onValidationError: row<OnError>({ parse: onError, fallback: "cleanup", older: ["errorHandlingOnValidationError"] }),
  preflight: row<"fast" | "full" | "none">({ parse: choiceParser({ fast: [], full: [], none: [] }), fallback: "fast" }),
  skipChecks: row<readonly CheckId[]>({ parse: parseSkipChecks, fallback: [] }),
  reuse: row<"never" | "ifUnchanged">({ parse: choiceParser({ never: [], ifUnchanged: [] }), fallback: "never" }),
  reuseMaxAgeDays: optional({
    parse: integerParser(1, 365),
    applies: (choice) => choice.reuse,
    required: true,
    missing: {
      why: "an image is to be used again, and nothing says how old it may be",
      legal: "a number of days from 1 to 365; at most 7 where a step or the source moves by itself",
    },
  }),
  reuseBranches: row<readonly string[]>({
    parse: parseReuseBranches,
    fallback: [],
    scrutiny: "text",
    applies: (choice) => choice.reuse,
  }),
  cleanup: row<Cleanup>({ parse: choiceParser({ always: [], onSuccess: [], never: [] }), fallback: "always" }),
  onCancel: row<"cancel" | "leave">({ parse: choiceParser({ cancel: [], leave: [] }), fallback: "cancel" }),
  verbosity: row<Verbosity>({
    parse: choiceParser({ normal: [], quiet: [], full: [], none: [] }),
    fallback: "normal",
  }),
  attachLog: row<AttachLog>({ parse: choiceParser({ always: [], onFailure: [], never: [] }), fallback: "always" }),
  autoRun: row({ parse: parseBoolean, fallback: false }),
} as const;

/** The table. */
export const inputTable = {
  ...connection,
  ...source,
  ...artifact,
  ...customize,
  ...validate,
  ...distribute,
  ...buildVm,
  ...run,
} as const;

/** Names of the inputs, as in task.json. */
export type InputName = keyof typeof inputTable;

/** A value for each input; the fallback of its row where it is empty, wrong, or means nothing in this step. */
export type InputValues = {
  readonly [K in InputName]: (typeof inputTable)[K] extends Row<infer T> ? T : never;
};

/** Names of the inputs, in the table's order. */
export const inputNames = Object.keys(inputTable) as readonly InputName[];

/** Leftovers of another kind of source are not looked at. */
function hasVersionAndPlan(choice: Choice): boolean {
  return choice.marketplace || !choice.told;
}

function optional<T>(columns: Omit<Row<T | undefined>, "fallback">): Row<T | undefined> {
  return row<T | undefined>({ ...columns, fallback: undefined });
}

function sourceRow(
  name: NonNullable<Choice["sourceInput"]>,
  older: readonly string[],
  sentinel?: string,
): Row<string | undefined> {
  return optional({
    parse: parseText,
    older,
    ...(sentinel === undefined ? {} : { sentinel }),
    applies: (choice) => choice.sourceInput === name,
    missing: { why: "no source image is named", legal: describeSourceKinds() },
  });
}
