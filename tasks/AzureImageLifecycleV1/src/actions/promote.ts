/** Makes a version part of `latest`: copied to further regions first, so that no region is told of it before it is there. */
import { TaskError } from "../../../AzureImageBuilderV1/src/errors.ts";
import { failureCodes } from "../../../AzureImageBuilderV1/src/failure-codes.ts";
import type { TargetRegion } from "../../../AzureImageBuilderV1/src/image-template.ts";
import { tagNames, tagOf } from "../../../AzureImageBuilderV1/src/values/tag-names.ts";
import { changeVersion, deadline, removeTags } from "../gallery/change.ts";
import { describeLatest } from "../gallery/latest.ts";
import { definitionOf } from "../gallery/read.ts";
import type { GalleryVersion } from "../gallery/version.ts";
import type { PromoteRequest } from "../inputs/index.ts";
import type { Json } from "../json.ts";
import { type Journal, type Work, carryOut, showTable } from "../journal.ts";
import type { Ports } from "../ports.ts";
import { findVersion, tellLatest } from "./version.ts";

/** Gives a sentence. Throws InputError where there is no such version, TaskError where it cannot be promoted. */
export async function promote(request: PromoteRequest, journal: Journal, ports: Ports): Promise<string> {
  const { version } = await findVersion(request.versionId, ports);
  checkPromotion(version, { now: ports.clock.now(), evenIfRetired: request.evenIfRetired });
  const until = deadline(request.timeoutInMinutes, ports);
  const works = plan(version, request.targetRegions, { until, ports });
  noteKept(version, request.targetRegions, ports);
  showTable(
    "What promote would do",
    works.map(({ deed: { what, why } }) => ({ name: version.name, what, why })),
    ports,
  );
  const told = await carryOut(works, { confirm: request.confirm, journal, isChain: true }, ports);
  const ready = works.length === 0 ? await settle(version, until, ports) : undefined;
  await removeTags(version.id, marksOf(version), ports);
  const latest = await tellLatest(definitionOf(version.id), journal, ports);
  const isMeant = [...latest.values()].includes(version.name);
  if (!isMeant) {
    ports.agent.warning(
      `Version ${version.name} is part of latest now, but latest goes on to mean a higher one: ${describeLatest(latest)}.`,
      failureCodes.latestChanges,
    );
  }
  return ready === undefined ? told : `Version ${version.name} is promoted already. ${told}`;
}

/** Throws a TaskError where the version must not be promoted. */
export function checkPromotion(
  { name, state, tags, endOfLife }: GalleryVersion,
  { now, evenIfRetired }: { readonly now: Date; readonly evenIfRetired: boolean },
): void {
  const refuse = (why: string, next: string): TaskError =>
    new TaskError(failureCodes.versionNotFit, `Version ${name} is not promoted: ${why}.`, { next });
  if (!["succeeded", "updating", "creating"].includes(state.toLowerCase())) {
    throw refuse(`its provisioning state is ${state}`, "Promote a version that is ready; build the image again.");
  }
  if (evenIfRetired) return;
  const next = "Promote another one; or set evenIfRetired: true, if this one is really meant.";
  const retired = tagOf(tags, tagNames.retired);
  if (retired !== undefined) throw refuse(`it was retired at ${retired}`, next);
  if (endOfLife !== undefined && endOfLife <= now) {
    throw refuse(`its end of life was ${endOfLife.toISOString()}`, next);
  }
}

/** The regions a version is to have: those it has, as they are, and the new ones. */
export function joinRegions(version: GalleryVersion, wanted: readonly TargetRegion[]): readonly Json[] {
  const missing = missingRegions(version, wanted);
  return [
    ...version.regions.map(({ shown }) => shown),
    ...missing.map(({ name, replicaCount, storageAccountType }) => ({
      name,
      ...(replicaCount === undefined ? {} : { regionalReplicaCount: replicaCount }),
      ...(storageAccountType === undefined ? {} : { storageAccountType }),
    })),
  ];
}

function missingRegions({ regions }: GalleryVersion, wanted: readonly TargetRegion[]): readonly TargetRegion[] {
  return wanted.filter(({ name }) => !regions.some((region) => region.name === name));
}

function plan(
  version: GalleryVersion,
  wanted: readonly TargetRegion[],
  { until, ports }: { readonly until: number; readonly ports: Ports },
): readonly Work[] {
  const { id } = version;
  const missing = missingRegions(version, wanted);
  const regions: Work = {
    deed: { id, what: "addRegions", why: missing.map(({ name }) => name).join(", ") },
    act: async () => {
      await changeVersion(
        id,
        {
          profile: (now) => ({ targetRegions: joinRegions(now, wanted) }),
          isDone: (now) => missingRegions(now, wanted).length === 0,
          until,
        },
        ports,
      );
      return "done";
    },
  };
  const include: Work = {
    deed: { id, what: "includeInLatest", why: "it is excluded from latest" },
    act: async () => {
      await changeVersion(id, { profile: included, isDone: isIncluded, until }, ports);
      return "done";
    },
  };
  return [...(missing.length === 0 ? [] : [regions]), ...(isIncluded(version) ? [] : [include])];
}

function isIncluded({ excluded, regions }: GalleryVersion): boolean {
  return !excluded && regions.every((region) => !region.excluded);
}

function included({ regions }: GalleryVersion): Json {
  return {
    excludeFromLatest: false,
    targetRegions: regions.map(({ shown }) => ({
      ...shown,
      ...(shown["excludeFromLatest"] === true ? { excludeFromLatest: false } : {}),
    })),
  };
}

/** A version that needs no change may still be on its way, by an earlier try of this step. */
async function settle(version: GalleryVersion, until: number, ports: Ports): Promise<GalleryVersion> {
  return changeVersion(version.id, { profile: () => ({}), isDone: () => true, until }, ports);
}

/** Marks that do not hold for a version that is promoted. */
function marksOf({ tags }: GalleryVersion): Readonly<Record<string, string>> {
  const names: readonly string[] = [tagNames.retired, tagNames.leaving];
  return Object.fromEntries(Object.entries(tags).filter(([name]) => names.includes(name.toLowerCase())));
}

/** Copies and storage type of a region that is there stay, whatever the step says of it. */
function noteKept(version: GalleryVersion, wanted: readonly TargetRegion[], { agent }: Ports): void {
  const said = wanted.filter(
    ({ name, replicaCount, storageAccountType }) =>
      (replicaCount !== undefined || storageAccountType !== undefined) &&
      version.regions.some((region) => region.name === name),
  );
  if (said.length === 0) return;
  agent.info(
    `The version is there already, with its own settings, which stay: ${said.map(({ name }) => name).join(", ")}.`,
  );
}
