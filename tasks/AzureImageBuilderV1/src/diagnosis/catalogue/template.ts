/** Failures of the image template itself: what the service says to a create, an update or an identity it cannot take. */
import type { KnownFailure } from "../types.ts";

const troubleshoot = "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot";

/** Refused image templates (`tpl-*`). Texts: Microsoft's troubleshooting page, its API notes and the issues linked. */
export const templateFailures: readonly KnownFailure[] = [
  {
    id: "tpl-identity-missing",
    patterns: [/'ImageTemplate'\s*:\s+Missing\s+field\s+'identity'/],
    where: ["arm-error", "pipeline-log"],
    cause: "The template names no managed identity, and the service builds nothing without a user-assigned one.",
    remedy:
      "Name one user-assigned identity by its full id (input managedIdentity; in a template file: identity.type " +
      "UserAssigned and exactly one entry in userAssignedIdentities).",
    command: "az identity show --resource-group <group> --name <identity> --query id --output tsv",
    link: "https://github.com/danielsollondon/azvmimagebuilder/issues/39",
    weight: "cause",
    retryable: false,
  },
  {
    id: "tpl-identity-none",
    patterns: [/Managed\s+identity\s+is\s+required\s+for\s+building\s+this\s+template/],
    where: ["arm-error", "pipeline-log"],
    cause: "The template exists, but its identity was taken away (type None), so it cannot be run.",
    remedy: "Give the template a user-assigned identity again, then run it.",
    command:
      "az image builder identity assign --resource-group <group> --name <template> --user-assigned <identity-id>",
    link: "https://github.com/Azure/azure-cli/issues/28677",
    weight: "cause",
    retryable: false,
  },
  {
    id: "tpl-unknown-field",
    patterns: [/Unmarshalling\s+entity\s+encountered\s+error/],
    where: ["arm-error", "pipeline-log"],
    cause:
      "The template holds a property that this API version does not know, or one whose letters differ in case: " +
      "since 2024-02-01 both are refused.",
    remedy:
      "Correct the property that the message names: its exact spelling stands in the reference (vmBoot, vnetConfig, " +
      "imageVersionId). Properties of a newer API version need that version.",
    link: "https://learn.microsoft.com/azure/virtual-machines/image-builder-api-update-release-notes",
    weight: "cause",
    retryable: false,
  },
  {
    id: "tpl-missing-required",
    patterns: [/'ImageTemplate[^'\n]*'\s*:\s+Missing\s+field\s/],
    unless: [/Missing\s+field\s+'identity'/],
    where: ["arm-error", "pipeline-log"],
    cause: "A property that the service demands is absent from the part of the template that the message names.",
    remedy:
      "Give every property that this kind of entry needs. A target: type, runOutputName, and galleryImageId, or " +
      "imageId with location. An update repeats them even where nothing changes.",
    link: `${troubleshoot}#required-fields-are-missing`,
    weight: "cause",
    retryable: false,
  },
  {
    id: "tpl-bad-value",
    patterns: [/'ImageTemplate[^'\n]*'\s*:\s+Field\s+'[^'\n]+'\s+has\s+a\s+bad\s+value/],
    where: ["arm-error", "pipeline-log"],
    cause: "A property of the template has a value that the service cannot read; most often it is a resource id.",
    remedy:
      "Compare the value in the message with the real id: all segments, in order, the right subscription, no slash at " +
      "the end.",
    command: "az resource show --ids <resource-id> --query id --output tsv",
    link: `${troubleshoot}#troubleshoot-image-template-submission-errors`,
    weight: "cause",
    retryable: false,
  },
  {
    id: "tpl-immutable",
    patterns: [/Update\/Upgrade\s+of\s+image\s+templates\s+is\s+currently\s+not\s+supported/],
    where: ["arm-error", "pipeline-log"],
    cause:
      "A template of that name is there already, often one that an earlier failed run left behind, and what differs " +
      "cannot be changed in place.",
    remedy: "Delete the old template, or leave templateName empty so that each run has a name of its own.",
    command: "az image builder delete --resource-group <group> --name <template>",
    link: `${troubleshoot}#update-or-upgrade-of-image-templates-is-currently-not-supported`,
    weight: "cause",
    retryable: false,
  },
  {
    id: "tpl-dist-removed",
    patterns: [
      /not\s+found\s+in\s+the\s+update\s+request\.\s+Deleting\s+a\s+distribution\s+target\s+is\s+not\s+allowed/,
    ],
    where: ["arm-error", "pipeline-log"],
    cause: "The update leaves out a target that the template has; the service never drops one in an update.",
    remedy:
      "Send all present targets together with the new ones. To be rid of one, delete the template and create it anew.",
    command: "az image builder show --resource-group <group> --name <template> --query distribute",
    link: `${troubleshoot}#distribution-target-is-not-found-in-the-update-request`,
    weight: "cause",
    retryable: false,
  },
  {
    id: "tpl-identity-unusable",
    patterns: [/The\s+assigned\s+managed\s+identity\s+cannot\s+be\s+used/],
    where: ["arm-error", "pipeline-log"],
    cause:
      "The identity of the template no longer exists or no longer works, for instance because it was deleted before a " +
      "template with its own staging group.",
    remedy:
      "Put another user-assigned identity in its place (body: the old id with null, the new id with {}), then repeat " +
      "what failed.",
    command:
      'az rest --method patch --url "https://management.azure.com<template-id>?api-version=2024-02-01" --body @body.json',
    link: `${troubleshoot}#assigned-managed-identity-on-an-image-template-cant-be-used`,
    weight: "cause",
    retryable: false,
  },
  {
    id: "tpl-region",
    patterns: [/The\s+provided\s+location\s+'[^'\n]*'\s+is\s+not\s+available\s+for\s+resource\s+type\s+'/],
    unless: [/resource\s+type\s+'Microsoft\.Compute\/galleries/],
    where: ["arm-error", "pipeline-log"],
    cause:
      "The region does not offer this kind of resource, or the subscription may not use it there. Image Builder itself " +
      "exists in some regions only.",
    remedy:
      "Choose a region from the list in the message (input location), near the gallery. The regions of the finished " +
      "image may be others.",
    command:
      "az provider show --namespace Microsoft.VirtualMachineImages " +
      "--query \"resourceTypes[?resourceType=='imageTemplates'].locations[]\" --output tsv",
    link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json#location",
    weight: "cause",
    retryable: false,
  },
];
