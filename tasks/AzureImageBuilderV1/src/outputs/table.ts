/** The outputs: one row each. A row gives its value, or undefined where it has none in this run. */
import type { BuildResult } from "../build/types.ts";
import type { BuildReason } from "../reuse/types.ts";
import type { RunOutput, TemplateStatus, TemplateTarget } from "../ports.ts";

/** What outputs are made of. */
export interface Outcome extends Pick<TemplateStatus, "platformImage" | "targets"> {
  readonly templateName: string;
  /** The image was there, and no build of this step has made it. */
  readonly isFound?: boolean;
  /** Whether nothing was built, because the image was there; absent where that was not the question. */
  readonly reused?: boolean;
  /** Whether a build would make something new; absent where that was not the question. */
  readonly needed?: boolean;
  /** Why an image is built, or would be. */
  readonly reason?: BuildReason;
  /** Path of the provenance statement on the agent. */
  readonly provenancePath?: string | undefined;
  /** With the version of its form, e.g. `v1:…`. */
  readonly artifactDigest: string | undefined;
  readonly requestDigest: string | undefined;
  readonly result: BuildResult;
}

export interface OutputRow {
  readonly name: string;
  /**
   * `plain` is set twice, as `$(name)` and as the step's output: scripts written for the older tasks read the plain one.
   * `declared` stands in task.json and is the step's output only (agent contract, section 3.4).
   */
  readonly kind: "plain" | "declared";
  readonly value: (outcome: Outcome) => string | undefined;
}

/** All outputs, in the order in which they are set. */
export const outputTable: readonly OutputRow[] = [
  { name: "imageUri", kind: "plain", value: ({ result }) => first(result, addressOf) },
  { name: "templateName", kind: "plain", value: ({ templateName }) => templateName },
  { name: "templateId", kind: "plain", value: ({ result }) => result.templateId },
  { name: "pirPublisher", kind: "plain", value: ({ platformImage }) => platformImage?.publisher },
  { name: "pirOffer", kind: "plain", value: ({ platformImage }) => platformImage?.offer },
  { name: "pirSku", kind: "plain", value: ({ platformImage }) => platformImage?.sku },
  {
    name: "pirVersion",
    kind: "plain",
    value: ({ platformImage, result }) => platformImage && (result.sourceVersion ?? platformImage.version),
  },
  { name: "imageId", kind: "declared", value: ({ result }) => first(result, ({ artifactId }) => artifactId) },
  {
    name: "imageVersion",
    kind: "declared",
    value: ({ result }) => first(result, (output) => galleryParts(output)?.version),
  },
  {
    name: "galleryImageId",
    kind: "declared",
    value: ({ result }) => first(result, (output) => galleryParts(output)?.definition),
  },
  { name: "vhdUri", kind: "declared", value: ({ result }) => first(result, ({ artifactUri }) => artifactUri) },
  { name: "imageIds", kind: "declared", value: ({ result }) => listOf(result, ({ artifactId }) => artifactId) },
  {
    name: "runOutputs",
    kind: "declared",
    value: ({ targets, result }) => listOf(result, (output) => describeRunOutput(output, targets)),
  },
  { name: "sourceVersion", kind: "declared", value: ({ result }) => result.sourceVersion },
  { name: "artifactDigest", kind: "declared", value: ({ artifactDigest }) => artifactDigest },
  { name: "requestDigest", kind: "declared", value: ({ requestDigest }) => requestDigest },
  { name: "buildOutcome", kind: "declared", value: ({ result, isFound }) => (isFound ? undefined : result.outcome) },
  { name: "reused", kind: "declared", value: ({ reused }) => reused?.toString() },
  { name: "buildNeeded", kind: "declared", value: ({ needed }) => needed?.toString() },
  { name: "buildReason", kind: "declared", value: ({ reason }) => reason },
  { name: "provenancePath", kind: "declared", value: ({ provenancePath }) => provenancePath },
  { name: "logPath", kind: "declared", value: ({ result }) => result.logPath },
];

function first(result: BuildResult, value: (output: RunOutput) => string | undefined): string | undefined {
  return result.runOutputs.map(value).find((found) => found !== undefined);
}

function listOf(result: BuildResult, value: (output: RunOutput) => unknown): string | undefined {
  const values = result.runOutputs.map(value).filter((found) => found !== undefined);
  return values.length === 0 ? undefined : JSON.stringify(values);
}

function addressOf({ artifactId, artifactUri }: RunOutput): string | undefined {
  return artifactId ?? artifactUri;
}

/** Definition and version of a gallery image version's id; undefined for other artifacts. */
export function galleryParts({
  artifactId,
}: RunOutput): { readonly definition: string; readonly version: string } | undefined {
  const match = /^(.*\/galleries\/[^/]+\/images\/[^/]+)\/versions\/([^/]+)$/i.exec(artifactId ?? "");
  const [, definition, version] = match ?? [];
  return definition === undefined || version === undefined ? undefined : { definition, version };
}

function describeRunOutput(output: RunOutput, targets: readonly TemplateTarget[]): unknown {
  const { name, artifactId, artifactUri } = output;
  const planned = targets.find(({ runOutputName }) => runOutputName.toLowerCase() === name.toLowerCase());
  const version = galleryParts(output)?.version;
  const regions = planned?.regions;
  return {
    name,
    kind: artifactUri !== undefined ? "vhd" : version === undefined ? "managedImage" : "gallery",
    ...(artifactId === undefined ? { uri: artifactUri } : { id: artifactId }),
    ...(version === undefined ? {} : { version }),
    ...(regions === undefined ? {} : { regions }),
  };
}
