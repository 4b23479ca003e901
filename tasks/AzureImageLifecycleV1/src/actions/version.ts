/** What promote and retire share: the version they are about, and what `latest` is when they are done. */
import { problemCodes } from "../../../AzureImageBuilderV1/src/codes.ts";
import { endOf } from "../../../AzureImageBuilderV1/src/facts/end-of.ts";
import { collectFindings } from "../../../AzureImageBuilderV1/src/findings.ts";
import { describeLatest, type Latest, latestOf } from "../gallery/latest.ts";
import { definitionOf, readOne, readVersions } from "../gallery/read.ts";
import type { GalleryVersion } from "../gallery/version.ts";
import type { Journal } from "../journal.ts";
import type { Ports } from "../ports.ts";

/** The version and all of its definition. Throws InputError where it is not there, ServiceError. */
export async function findVersion(
  id: string,
  ports: Pick<Ports, "arm">,
): Promise<{ readonly version: GalleryVersion; readonly all: readonly GalleryVersion[] }> {
  const all = (await readVersions(definitionOf(id), ports)) ?? [];
  const version = await readOne(id, ports);
  if (version !== undefined) return { version, all };
  const known = all.map(({ name }) => name).slice(-20);
  throw notFound(
    "imageVersion",
    id,
    `a version that exists; there ${known.length === 0 ? "is none" : `is ${known.join(", ")}`}`,
  );
}

/** All versions of a definition. Throws InputError where there is no such definition. */
export async function findVersions(
  definitionId: string,
  ports: Pick<Ports, "arm">,
): Promise<readonly GalleryVersion[]> {
  const all = await readVersions(definitionId, ports);
  if (all === undefined) throw notFound("galleryImage", definitionId, "the ID of an image definition that exists");
  return all;
}

function notFound(input: string, given: string, legal: string): Error {
  const findings = collectFindings();
  findings.problem(input, { code: problemCodes.notFound, given, why: "Azure has no such thing, or hides it", legal });
  return endOf(findings);
}

/** Tells what `latest` is now in each region, and notes it for the output. */
export async function tellLatest(
  definitionId: string,
  journal: Journal,
  ports: Pick<Ports, "arm" | "agent">,
): Promise<Latest> {
  const all = (await readVersions(definitionId, ports)) ?? [];
  const latest = latestOf(all);
  journal.latestVersion = latest.get(all[0]?.location ?? "") ?? "";
  ports.agent.info(`${describeLatest(latest).replace(/^l/, "L")}.`);
  return latest;
}
