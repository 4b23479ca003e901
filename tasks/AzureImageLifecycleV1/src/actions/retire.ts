/** Takes a version out of `latest`, gives it an end of life, and marks it: what uses it goes on. */
import { TaskError } from "../../../AzureImageBuilderV1/src/errors.ts";
import { failureCodes } from "../../../AzureImageBuilderV1/src/failure-codes.ts";
import { tagNames, tagOf } from "../../../AzureImageBuilderV1/src/values/tag-names.ts";
import { addTags, changeVersion, deadline } from "../gallery/change.ts";
import { describeLatest, latestOf, regionsLost } from "../gallery/latest.ts";
import { definitionOf } from "../gallery/read.ts";
import type { GalleryVersion } from "../gallery/version.ts";
import type { RetireRequest } from "../inputs/index.ts";
import type { Json } from "../json.ts";
import { type Journal, type Work, carryOut, showTable } from "../journal.ts";
import type { Ports } from "../ports.ts";
import { findVersion, tellLatest } from "./version.ts";

/** Gives a sentence. Throws InputError where there is no such version, TaskError where it must not be retired so. */
export async function retire(request: RetireRequest, journal: Journal, ports: Ports): Promise<string> {
  const { version, all } = await findVersion(request.versionId, ports);
  const now = ports.clock.now();
  const { endOfLifeDate: given } = request;
  const endOfLife = "at" in given ? given.at : new Date(now.getTime() + given.inMs);
  tellConsequence(version, all, { confirm: request.confirm, ports });
  const isDone = (one: GalleryVersion): boolean => isExcluded(one) && hasEnd(one, given, endOfLife);
  const works: readonly Work[] =
    isDone(version) && tagOf(version.tags, tagNames.retired) !== undefined
      ? []
      : [
          {
            deed: { id: version.id, what: "retire", why: `end of life ${endOfLife.toISOString()}` },
            act: async () => {
              const until = deadline(request.timeoutInMinutes, ports);
              await changeVersion(version.id, { profile: (one) => retired(one, endOfLife), isDone, until }, ports);
              await addTags(version.id, { [tagNames.retired]: now.toISOString() }, ports);
              return "done";
            },
          },
        ];
  showTable(
    "What retire would do",
    works.map(({ deed: { what, why } }) => ({ name: version.name, what, why })),
    ports,
  );
  const told = await carryOut(works, { confirm: request.confirm, journal }, ports);
  await tellLatest(definitionOf(version.id), journal, ports);
  return works.length === 0 ? `Version ${version.name} is retired already.` : told;
}

/**
 * Says what `latest` becomes where it changes. Throws a TaskError where a region would be left without any version, unless
 * that is confirmed.
 */
function tellConsequence(
  version: GalleryVersion,
  all: readonly GalleryVersion[],
  { confirm, ports: { agent } }: { readonly confirm: boolean; readonly ports: Pick<Ports, "agent"> },
): void {
  const before = latestOf(all);
  const after = latestOf(all.filter(({ name }) => name !== version.name));
  const lost = regionsLost(before, after);
  if (lost.length > 0 && !confirm) {
    throw new TaskError(
      failureCodes.versionNotFit,
      `Version ${version.name} is not retired: it is the last one that latest can mean in ${lost.join(", ")}, and ` +
        "whatever asks for latest there would find nothing.",
      { next: "Promote another version first; or set confirm: true, if that is really meant." },
    );
  }
  const changes = [...before].some(([region, name]) => after.get(region) !== name);
  if (!changes) return;
  agent.warning(
    `Version ${version.name} is what latest means now. When it is retired, ${describeLatest(after)}.`,
    failureCodes.latestChanges,
  );
}

function isExcluded({ excluded, regions }: GalleryVersion): boolean {
  return excluded && regions.every((region) => region.excluded);
}

/** An end that is asked for by a duration is not moved on when the step is run again. */
function hasEnd({ endOfLife: found }: GalleryVersion, given: RetireRequest["endOfLifeDate"], wanted: Date): boolean {
  if (found === undefined) return false;
  return "at" in given ? found.getTime() === wanted.getTime() : found <= wanted;
}

function retired(version: GalleryVersion, endOfLife: Date): Json {
  return { ...excludedProfile(version), endOfLifeDate: endOfLife.toISOString() };
}

/** The profile by which `latest` never means the version, whatever a region says for itself. */
export function excludedProfile({ regions }: GalleryVersion): Json {
  return {
    excludeFromLatest: true,
    targetRegions: regions.map(({ shown }) => ({
      ...shown,
      ...(shown["excludeFromLatest"] === false ? { excludeFromLatest: true } : {}),
    })),
  };
}
