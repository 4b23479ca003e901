/**
 * What an image template may hold, API 2024-02-01 and 2025-10-01, as the published schema has it: names with their case,
 * types, ranges; what the service gives back and takes no more; older names and what took their place.
 */
import { parseBlobAddress } from "../values/address.ts";
import type { Parser } from "../values/parsed.ts";
import { idParser } from "../values/resource-id.ts";
import { parseRegion } from "../values/regions.ts";
import type { Scrutiny } from "../values/unresolved.ts";
import * as texts from "./texts.ts";

/** What may stand somewhere. */
export type Shape =
  | ObjectShape
  | { readonly kind: "byType"; readonly tag: string; readonly shapes: Readonly<Record<string, ObjectShape>> }
  | { readonly kind: "map"; readonly values: Shape; readonly keys?: Parser<unknown> }
  | { readonly kind: "list"; readonly items: Shape; readonly min?: number }
  | { readonly kind: "text"; readonly scrutiny: Scrutiny; readonly parse?: Parser<unknown> }
  | { readonly kind: "int"; readonly min: number; readonly max: number }
  | { readonly kind: "bool" }
  | { readonly kind: "choice"; readonly values: readonly string[] };

/** An object with known properties. */
export interface ObjectShape {
  readonly kind: "object";
  readonly properties: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  /** Given back by the service; taken out. */
  readonly readOnly?: readonly string[];
  /** Older names, each with what is written instead. */
  readonly retired?: Readonly<Record<string, string>>;
}

const plain: Shape = { kind: "text", scrutiny: "name" };
const written: Shape = { kind: "text", scrutiny: "text" };
const script: Shape = { kind: "text", scrutiny: "free" };
const bool: Shape = { kind: "bool" };
const enabled: Shape = { kind: "choice", values: ["Enabled", "Disabled"] };
const lines: Shape = { kind: "list", items: script };
const tags: Shape = { kind: "map", values: written };
const onError: Shape = { kind: "choice", values: ["cleanup", "abort"] };
const storage: Shape = { kind: "choice", values: ["Standard_LRS", "Standard_ZRS", "Premium_LRS"] };
const region: Shape = { kind: "text", scrutiny: "name", parse: parseRegion };
const address: Shape = { kind: "text", scrutiny: "text", parse: texts.parseServiceAddress };
const digest: Shape = { kind: "text", scrutiny: "name", parse: texts.parseLowerDigest };
const many = Number.MAX_SAFE_INTEGER;

function idOf(...types: readonly string[]): Shape {
  return { kind: "text", scrutiny: "name", parse: idParser(...types) };
}

const versionType = "Microsoft.Compute/galleries/images/versions";
const subnet = idOf("Microsoft.Network/virtualNetworks/subnets");
const identityType = "Microsoft.ManagedIdentity/userAssignedIdentities";

function object(
  properties: Readonly<Record<string, Shape>>,
  more: Omit<ObjectShape, "kind" | "properties"> = {},
): ObjectShape {
  return { kind: "object", properties, ...more };
}

const checksum = { scriptUri: address, sha256Checksum: digest };
const shell = object({ name: written, inline: lines, ...checksum });
const powershell = object({
  name: written,
  inline: lines,
  ...checksum,
  runElevated: bool,
  runAsSystem: bool,
  validExitCodes: { kind: "list", items: { kind: "int", min: -many, max: many } },
});
const file = object(
  {
    name: written,
    sourceUri: address,
    destination: { kind: "text", scrutiny: "text", parse: texts.parseFilled },
    sha256Checksum: digest,
  },
  { required: ["sourceUri", "destination"] },
);

const customizers: Readonly<Record<string, ObjectShape>> = {
  Shell: shell,
  PowerShell: powershell,
  File: file,
  WindowsRestart: object({
    name: written,
    restartCommand: script,
    restartCheckCommand: script,
    restartTimeout: { kind: "text", scrutiny: "name", parse: texts.parseRestartTimeout },
  }),
  WindowsUpdate: object({
    name: written,
    searchCriteria: script,
    filters: lines,
    updateLimit: { kind: "int", min: 0, max: many },
  }),
  // Not the service's: where the task's artifact is fetched.
  Artifact: object({}),
};

const sources: Readonly<Record<string, ObjectShape>> = {
  PlatformImage: object(
    {
      publisher: plain,
      offer: plain,
      sku: plain,
      version: plain,
      planInfo: object(
        { planName: plain, planProduct: plain, planPublisher: plain },
        { required: ["planName", "planProduct", "planPublisher"] },
      ),
    },
    { required: ["publisher", "offer", "sku"], readOnly: ["exactVersion"] },
  ),
  ManagedImage: object({ imageId: idOf("Microsoft.Compute/images") }, { required: ["imageId"] }),
  SharedImageVersion: object(
    { imageVersionId: idOf(versionType) },
    { required: ["imageVersionId"], readOnly: ["exactVersion"] },
  ),
};

const output = {
  runOutputName: { kind: "text", scrutiny: "name", parse: texts.parseOutputName } as const,
  artifactTags: tags,
};

const distributors: Readonly<Record<string, ObjectShape>> = {
  ManagedImage: object(
    { ...output, imageId: idOf("Microsoft.Compute/images"), location: region },
    { required: ["runOutputName", "imageId", "location"] },
  ),
  SharedImage: object(
    {
      ...output,
      galleryImageId: { kind: "text", scrutiny: "name", parse: texts.parseGalleryTarget },
      targetRegions: {
        kind: "list",
        min: 1,
        items: object(
          { name: region, replicaCount: { kind: "int", min: 1, max: 100 }, storageAccountType: storage },
          { required: ["name"] },
        ),
      },
      replicationRegions: { kind: "list", items: region },
      storageAccountType: storage,
      excludeFromLatest: bool,
      replicationMode: { kind: "choice", values: ["Full", "Shallow"] },
      versioning: {
        kind: "byType",
        tag: "scheme",
        shapes: { Latest: object({ major: { kind: "int", min: -1, max: 2_147_483_647 } }), Source: object({}) },
      },
    },
    { required: ["runOutputName", "galleryImageId"] },
  ),
  VHD: object(
    { ...output, uri: { kind: "text", scrutiny: "text", parse: parseBlobAddress } },
    { required: ["runOutputName"] },
  ),
};

/** The body: what the file says about the image template resource. */
export const bodyShape: ObjectShape = object({
  location: region,
  tags,
  identity: object(
    {
      type: { kind: "choice", values: ["UserAssigned"] },
      userAssignedIdentities: {
        kind: "map",
        keys: idParser(identityType),
        values: object({}, { readOnly: ["principalId", "clientId"] }),
      },
    },
    { required: ["type", "userAssignedIdentities"], readOnly: ["principalId", "tenantId"] },
  ),
  properties: object(
    {
      source: { kind: "byType", tag: "type", shapes: sources },
      customize: { kind: "list", items: { kind: "byType", tag: "type", shapes: customizers } },
      validate: object({
        continueDistributeOnFailure: bool,
        sourceValidationOnly: bool,
        inVMValidations: {
          kind: "list",
          items: { kind: "byType", tag: "type", shapes: { Shell: shell, PowerShell: powershell, File: file } },
        },
      }),
      optimize: object({
        vmBoot: object({ state: enabled }),
        workload: object({ state: enabled, ...checksum }),
      }),
      distribute: { kind: "list", min: 1, items: { kind: "byType", tag: "type", shapes: distributors } },
      errorHandling: object({ onCustomizerError: onError, onValidationError: onError }),
      vmProfile: object({
        vmSize: plain,
        osDiskSizeGB: { kind: "int", min: 0, max: 4095 },
        userAssignedIdentities: { kind: "list", items: idOf(identityType) },
        vnetConfig: object(
          { subnetId: subnet, containerInstanceSubnetId: subnet, proxyVmSize: plain },
          {
            retired: {
              name: "`subnetId`, the whole ID of the subnet",
              subnetName: "`subnetId`, the whole ID of the subnet",
              resourceGroupName: "`subnetId`, the whole ID of the subnet",
            },
          },
        ),
      }),
      buildTimeoutInMinutes: { kind: "int", min: 0, max: 960 },
      stagingResourceGroup: plain,
      managedResourceTags: tags,
      additionalDataDisks: {
        kind: "list",
        items: object({ sizeGB: { kind: "int", min: 0, max: many } }),
      },
      autoRun: object({ state: enabled }),
    },
    {
      readOnly: ["provisioningState", "provisioningError", "lastRunStatus", "exactStagingResourceGroup"],
      retired: { tags: "`tags` beside `properties`", location: "`location` beside `properties`" },
    },
  ),
});

/** Words of `type` that the service no longer takes, with what there is instead. */
export const retiredTypes: Readonly<Record<string, string>> = {
  ISO: "the service takes no ISO images any more: PlatformImage, ManagedImage or SharedImageVersion",
};
