/** An image that is there already, as the step describes it. */
import { problemCodes } from "../codes.ts";
import { collectFindings } from "../findings.ts";
import type { Wanted } from "../inputs/resolve.ts";
import type {
  Clock,
  FactReader,
  GalleryVersionFacts,
  ImageTemplates,
  RunOutput,
  TemplateRef,
  TemplateStatus,
} from "../ports.ts";
import { tagOf } from "../values/tag-names.ts";
import { countsForLatest } from "../values/latest.ts";
import { compareVersions, isVersionNumber } from "../values/version.ts";
import { endOf } from "./end-of.ts";

/** The image, as outputs tell it. */
export interface ExistingImage {
  readonly output: RunOutput;
  /** Regions it is in, short names; empty where it does not say. */
  readonly regions: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

interface Ports {
  readonly facts: FactReader;
  readonly templates: ImageTemplates;
  readonly clock: Pick<Clock, "now">;
}

interface Place {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
}

/** A version of a gallery or a managed image. Throws InputError where there is none, ServiceError where it cannot be read. */
export async function findImage(
  wanted: Exclude<Wanted, { readonly kind: "template" }>,
  place: Place,
  { facts, clock }: Pick<Ports, "facts" | "clock">,
): Promise<ExistingImage> {
  if (wanted.kind === "gallery") return findVersion(wanted, { facts, clock });
  const { subscriptionId, resourceGroup } = place;
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
  const id = wanted.idOrName.startsWith("/")
    ? wanted.idOrName
    : `${group}/providers/Microsoft.Compute/images/${wanted.idOrName}`;
  const image = await facts.managedImage(id);
  if (image === undefined) throw notFound("managedImage", id, "the name or ID of a managed image that exists");
  return {
    output: { name: "managedImage", artifactId: id },
    regions: image.location === undefined ? [] : [image.location],
    tags: {},
  };
}

async function findVersion(
  wanted: Wanted & { readonly kind: "gallery" },
  { facts, clock }: Pick<Ports, "facts" | "clock">,
): Promise<ExistingImage> {
  const { definitionId, version, tags } = wanted;
  const versions = await facts.galleryVersions(definitionId);
  const hasTags = (one: GalleryVersionFacts): boolean =>
    Object.entries(tags).every(([name, value]) => tagOf(one.tags, name) === value);
  const fitting = versions.filter((one) => hasTags(one) && one.provisioningState === "Succeeded");
  const found =
    version === undefined
      ? fitting
          .filter((one) => isVersionNumber(one.name) && countsForLatest(one, { now: clock.now() }))
          .sort((a, b) => compareVersions(b.name, a.name))[0]
      : fitting.find(({ name }) => name === version);
  if (found === undefined) throw notFound("galleryImage", definitionId, whatIsThere(versions, wanted));
  return {
    output: { name: "gallery", artifactId: `${definitionId}/versions/${found.name}` },
    regions: found.regions,
    tags: found.tags,
  };
}

/** Azure compares names of tags without case. */
function whatIsThere(
  versions: readonly GalleryVersionFacts[],
  { version, tags }: Wanted & { kind: "gallery" },
): string {
  const known = versions.slice(-20).map(({ name, provisioningState, excludeFromLatest, endOfLife }) => {
    const marks = [
      provisioningState === "Succeeded" ? "" : (provisioningState ?? "state unknown"),
      excludeFromLatest ? "excluded from latest" : "",
      endOfLife === undefined ? "" : `end of life ${endOfLife.toISOString().slice(0, 10)}`,
    ].filter((mark) => mark !== "");
    return marks.length === 0 ? name : `${name} (${marks.join(", ")})`;
  });
  const tagged = Object.keys(tags).length === 0 ? "" : " with these tags";
  const what =
    version === undefined
      ? `a version that is ready and not excluded from latest${tagged}`
      : `version ${version}${tagged}`;
  return `${what}; there ${known.length === 0 ? "are no versions" : `is ${known.join(", ")}`}`;
}

/** The template and what its last run has made. Throws InputError where it is not there or has made nothing. */
export async function findTemplateImages(
  ref: TemplateRef,
  { templates }: Pick<Ports, "templates">,
): Promise<{ readonly template: TemplateStatus; readonly outputs: readonly RunOutput[] }> {
  const template = await templates.get(ref);
  if (template === undefined)
    throw notFound("templateName", ref.name, "the name or ID of an image template that exists");
  const outputs = (await templates.runOutputs(ref)).filter(
    ({ artifactId, artifactUri }) => artifactId !== undefined || artifactUri !== undefined,
  );
  if (outputs.length > 0) return { template, outputs };
  const state = template.lastRun === undefined ? "it has never run" : `its last run: ${template.lastRun.runState}`;
  throw notFound("templateName", ref.name, `a template whose run has made an image; ${state}`);
}

function notFound(input: string, given: string, legal: string): Error {
  const findings = collectFindings();
  findings.problem(input, { code: problemCodes.notFound, given, why: "there is no such image", legal });
  return endOf(findings);
}
