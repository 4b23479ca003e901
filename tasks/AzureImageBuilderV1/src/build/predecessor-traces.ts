/** What an earlier attempt of the step has left in Azure, as far as it can be told before the artifact's digest is known. */
import { definitionIdOf, findMadeImages, type ImagePlaces, readImagePlaces } from "../facts/made-images.ts";
import type { TemplateDistributor } from "../image-template.ts";
import { tagNames } from "../values/tag-names.ts";
import type { BuildPlan } from "../plan/types.ts";
import type { TemplateStatus } from "../ports.ts";
import { draftTemplate } from "../template/draft.ts";
import { estimateDuration } from "./estimate.ts";
import { type BuildPorts, readPatiently } from "./ports.ts";

export interface Traces {
  /** The template under the planned name, whosever it is. */
  readonly template: TemplateStatus | undefined;
  /** What is there where the image is to go. */
  readonly places: ImagePlaces;
  /**
   * What this very run has left: its template, or only its image. Checks before the build would meet it (its version
   * exists, its staging group is in use).
   */
  readonly ofThisRun: "template" | "image" | "nothing";
}

/** Looks for traces, by one read of the template and one of each place. Throws ServiceError where the template cannot be read. */
export async function findTraces(plan: BuildPlan, ports: BuildPorts): Promise<Traces> {
  const targets: readonly TemplateDistributor[] = draftTemplate(plan).properties.distribute;
  const [template, places] = await Promise.all([
    readPatiently(() => ports.templates.get(plan.template), ports),
    readImagePlaces(targets, ports.facts),
  ]);
  const run = plan.templateTags[tagNames.run] ?? "";
  const images = findMadeImages(targets, { run, template: plan.template.name }, places);
  const ofThisRun = template?.tags[tagNames.run] === run ? "template" : images.state === "none" ? "nothing" : "image";
  return { template, places, ofThisRun };
}

/** How long such builds took before, in milliseconds, by the versions that are there. */
export function expectDuration({ target }: BuildPlan, { versions }: ImagePlaces): number | undefined {
  if (target.kind !== "gallery") return undefined;
  return estimateDuration(versions.get(definitionIdOf(target.galleryImageId).toLowerCase()) ?? []);
}
