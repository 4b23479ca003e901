/** From what is known of a build to what its summary says. */
import type { Note } from "../findings.ts";
import type { TemplateSource } from "../image-template.ts";
import type { RunOutput, ServiceConnection, TemplateTarget } from "../ports.ts";
import { findPortal } from "./portal.ts";
import { findStepPlace, type ReadVariable } from "./references.ts";
import type { SummaryData, SummaryImage } from "./summary.ts";
import { galleryParts, type Outcome } from "./table.ts";

/** What surrounds a build. */
export interface SummaryContext {
  readonly variable: ReadVariable;
  /** The service connection of the step; undefined where the agent does not hand it over. */
  readonly connection: ServiceConnection | undefined;
  readonly notes: readonly Note[];
  /** What the image is made of; absent where the template was there before. */
  readonly source?: TemplateSource;
  /** Milliseconds since the step began. */
  readonly totalMs?: number;
}

/** The summary of a build that has ended or goes on, or of an image that was found. */
export function summarise(outcome: Outcome, context: SummaryContext): SummaryData {
  const { result, targets, artifactDigest, requestDigest, templateName } = outcome;
  const { error, failure } = result;
  const removed = result.leftovers.cleanedUp.some((text) => text.includes(templateName));
  return {
    ...around(context),
    outcome: outcome.isFound === true ? "Found" : result.outcome,
    images: imagesOf(result.runOutputs, result.outcome === "PartiallySucceeded" ? targets : [], targets),
    ...sourceOf(outcome, context.source),
    ...(artifactDigest === undefined ? {} : { artifactDigest }),
    ...(requestDigest === undefined ? {} : { requestDigest }),
    ...(result.templateId === "" ? {} : { template: { name: templateName, id: result.templateId, removed } }),
    phases: result.phases,
    steps: result.steps,
    leftovers: result.leftovers,
    ...(failure === undefined ? {} : { failure }),
    ...(error === undefined ? {} : { reason: error.message }),
    ...(result.outcome === "Reused" && result.earlier !== undefined ? { reason: result.earlier } : {}),
    ...(error?.next === undefined ? {} : { next: error.next }),
  };
}

function around(context: SummaryContext): Pick<SummaryData, "notes" | "portal" | "place" | "totalMs"> {
  const portal = findPortal(context.connection);
  const place = findStepPlace(context.variable);
  return {
    notes: context.notes.map(({ input, message, code }) => `${input}: ${message} (${code})`),
    ...(portal === undefined ? {} : { portal }),
    ...(place === undefined ? {} : { place }),
    ...(context.totalMs === undefined ? {} : { totalMs: context.totalMs }),
  };
}

/** One image for each output, and one without an ID for each target of `expected` that has no output. */
function imagesOf(
  outputs: readonly RunOutput[],
  expected: readonly TemplateTarget[],
  targets: readonly TemplateTarget[],
): readonly SummaryImage[] {
  const missing = expected.filter(({ runOutputName }) => !outputs.some(({ name }) => isSame(name, runOutputName)));
  return [
    ...outputs.map((output) => describeOutput(output, targets)),
    ...missing.map(({ runOutputName, regions }) => ({
      name: runOutputName,
      kind: "missing" as const,
      regions: regions ?? [],
    })),
  ];
}

function describeOutput(output: RunOutput, targets: readonly TemplateTarget[]): SummaryImage {
  const { name, artifactId, artifactUri } = output;
  const gallery = galleryParts(output);
  const kind = artifactId === undefined ? "vhd" : gallery === undefined ? "managedImage" : "gallery";
  return {
    name,
    kind,
    ...(artifactId === undefined ? { uri: artifactUri ?? "" } : { id: artifactId }),
    ...gallery,
    regions: targets.find(({ runOutputName }) => isSame(runOutputName, name))?.regions ?? [],
  };
}

function isSame(name: string, other: string): boolean {
  return name.toLowerCase() === other.toLowerCase();
}

/** The version the service used, over the one asked for. */
function sourceOf({ platformImage, result }: Outcome, source: TemplateSource | undefined): Pick<SummaryData, "source"> {
  const version = result.sourceVersion;
  const used = version === undefined ? {} : { version };
  if (source !== undefined) return { source: { ...describeSource(source), ...used } };
  if (platformImage !== undefined)
    return { source: { ...describeSource({ type: "PlatformImage", ...platformImage }), ...used } };
  return version === undefined ? {} : { source: { version } };
}

function describeSource(source: TemplateSource): NonNullable<SummaryData["source"]> {
  switch (source.type) {
    case "PlatformImage":
      return { name: `${source.publisher}:${source.offer}:${source.sku}`, version: source.version };
    case "ManagedImage":
      return { name: source.imageId };
    case "SharedImageVersion":
      return { name: source.imageVersionId };
  }
}
