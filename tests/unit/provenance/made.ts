/** A build as tests write it. */
import type { Made } from "../../../tasks/AzureImageBuilderV1/src/provenance/types.ts";
import type { RequestForm } from "../../../tasks/AzureImageBuilderV1/src/request/index.ts";
import { subscription } from "../inputs/step.ts";

export const version = `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.Compute/galleries/g/images/web/versions/1.0.0`;

/** Properties stand in another order than in the file. */
export const form: RequestForm = {
  version: 1,
  steps: [
    { type: "Shell", inline: { sha256: "b".repeat(64), lines: 2 } },
    { type: "Artifact" },
    { type: "File", sourceUri: "https://example.com/a.msi", destination: "C:\\a.msi", sha256Checksum: "c".repeat(64) },
  ],
  source: {
    ...{ version: "24.04.202601140", sku: "server", type: "PlatformImage" },
    ...{ publisher: "canonical", offer: "ubuntu-24_04-lts" },
  },
  artifact: { folder: "web", content: "a".repeat(64) },
  validation: {
    continueOnFailure: false,
    sourceOnly: false,
    validators: [{ type: "Shell", scriptUri: "https://example.com/check.sh" }],
  },
  disks: { os: 0, data: [] },
  identities: [],
  optimize: { vmBoot: false },
  definitions: [{ kind: "gallery", id: version.replace(/\/versions.*/, "").toLowerCase() }],
};

export const made: Made = {
  form,
  images: [version],
  internal: {
    ...{ task: "AzureImageBuilder@1.2.3", apiVersion: "2024-02-01", template: "aib-0123456789abcdef" },
    ...{ stage: "Build", job: "Bake/Bake", step: "image" },
  },
  dependencies: [{ name: "artifact", digest: { azureImageArtifact: "a".repeat(64) } }],
  builder: "https://dev.azure.com/o/p/_build?definitionId=12",
  invocation: "https://dev.azure.com/o/p/_build/results?buildId=1042",
  startedAt: new Date("2026-11-23T10:00:00Z"),
  finishedAt: new Date("2026-11-23T10:20:00Z"),
};
