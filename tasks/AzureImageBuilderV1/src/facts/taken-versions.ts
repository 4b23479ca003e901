/** Numbers of gallery versions that are not free. */
import { problemCodes } from "../codes.ts";
import { collectFindings } from "../findings.ts";
import type { TemplateDistributor } from "../image-template.ts";
import { compareVersions, isGalleryVersion } from "../values/version.ts";
import { definitionIdOf, type ImagePlaces } from "./made-images.ts";

/**
 * Throws InputError with every version among `targets` that is there already, in whatever state: the build would fail
 * when it distributes the image, after all its steps. What could not be read is passed over.
 */
export function refuseTakenVersions(targets: readonly TemplateDistributor[], { versions }: ImagePlaces): void {
  const findings = collectFindings();
  for (const target of targets) {
    const number =
      target.type === "SharedImage" ? /\/versions\/([^/]+)\/?$/i.exec(target.galleryImageId)?.[1] : undefined;
    if (target.type !== "SharedImage" || number === undefined || !isGalleryVersion(number)) continue;
    const definition = definitionIdOf(target.galleryImageId);
    const taken = (versions.get(definition.toLowerCase()) ?? []).find(
      ({ name }) => isGalleryVersion(name) && compareVersions(name, number) === 0,
    );
    if (taken === undefined) continue;
    const [major = "1", minor = "0"] = number.split(".");
    findings.problem("galleryVersion", {
      code: problemCodes.badVersion,
      given: number,
      why: `${definition} has a version ${taken.name} already (${taken.provisioningState ?? "state unknown"}), and versions are never replaced`,
      legal: `a number that is free, or one that the task finds: ${major}.${minor}.{next}`,
    });
  }
  findings.throwProblems();
}
