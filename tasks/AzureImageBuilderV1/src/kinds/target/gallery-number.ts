/** The number of a gallery version that the step chooses itself, and what `latest` means afterwards. */
import { noteCodes, problemCodes } from "../../codes.ts";
import type { Findings } from "../../findings.ts";
import type { GalleryVersionFacts } from "../../ports.ts";
import { latestOf } from "../../values/latest.ts";
import { tagNames, tagOf } from "../../values/tag-names.ts";
import { compareVersions, newestVersion } from "../../values/version.ts";
import { fillPattern, isOfPattern, nextVersion } from "../../values/version-pattern.ts";
import type { GalleryTarget, TargetPlace } from "./types.ts";

/**
 * The exact number for the choice; undefined where the service numbers, or with a problem in `findings`. What an earlier
 * attempt of this step has made keeps its number, so that it is found (docs/resume.md).
 */
export function numberVersion(choice: GalleryTarget, place: TargetPlace, findings: Findings): string | undefined {
  const { version } = choice;
  if (version?.scheme === "Explicit") {
    noteLatest(version.version, choice, place, findings);
    return version.version;
  }
  if (version?.scheme !== "Pattern") return undefined;
  const found = findNumber(version.text, choice, place);
  if (typeof found === "string") {
    noteLatest(found, choice, place, findings);
    return found;
  }
  findings.problem("galleryVersion", { given: version.text, ...found });
  return undefined;
}

type Fault = Pick<Parameters<Findings["problem"]>[1], "code" | "why" | "legal">;

function findNumber(text: string, { definitionId }: GalleryTarget, place: TargetPlace): string | Fault {
  const { numbering, planned } = place;
  const filled = fillPattern({ text }, numbering);
  if (!filled.ok) return filled;
  const pattern = filled.value;
  if (!pattern.includes("next")) return pattern.join(".");
  const { versions } = place.facts;
  if (versions === undefined) {
    return {
      code: problemCodes.notFound,
      why: `{next} cannot be told: the connection may not list the versions of ${definitionId}`,
      legal: "a connection that may read the gallery (role Reader), or a number without {next}",
    };
  }
  const taken = planned.filter((one) => isOf(definitionId, one)).map((one) => one.slice(one.lastIndexOf("/") + 1));
  const own = newestVersion(
    versions
      .filter((one) => isOfThisRun(one, place) && isOfPattern(pattern, one.name) && !taken.includes(one.name))
      .map(({ name }) => name),
  );
  const number = own ?? nextVersion(pattern, [...versions.map(({ name }) => name), ...taken]);
  return (
    number ?? {
      code: problemCodes.badVersion,
      why: "the numbers are at their end",
      legal: "a pattern with other numbers before {next}",
    }
  );
}

function isOf(definitionId: string, versionId: string): boolean {
  return versionId.toLowerCase().startsWith(`${definitionId.toLowerCase()}/versions/`);
}

/** Made by an earlier attempt, and good or on its way: one that has failed keeps its number for itself. */
function isOfThisRun({ tags, provisioningState }: GalleryVersionFacts, { numbering }: TargetPlace): boolean {
  return (
    tagOf(tags, tagNames.run) === numbering.run &&
    tagOf(tags, tagNames.template) === numbering.template &&
    ["succeeded", "creating", "updating"].includes(provisioningState?.toLowerCase() ?? "")
  );
}

function noteLatest(
  number: string,
  choice: GalleryTarget,
  { facts, numbering }: TargetPlace,
  findings: Findings,
): void {
  const { versions } = facts;
  // What is there already is taken over, used again or refused: nothing is numbered.
  const isThere = versions?.some(({ name }) => name === number) === true;
  const isSaid = versions === undefined && choice.version?.scheme === "Explicit";
  if (isThere || isSaid) return;
  const latest = versions && latestOf(versions, { now: numbering.now });
  const after = versions === undefined ? "" : describeLatest(number, latest, choice.excludeFromLatest);
  findings.note(
    noteCodes.versionNumber,
    "galleryVersion",
    `A version that is built now gets the number ${number}${after}.`,
  );
}

function describeLatest(number: string, latest: string | undefined, isExcluded: boolean): string {
  if (isExcluded) {
    const rest = latest === undefined ? "nothing, since no other version counts" : `${latest}, as it does now`;
    return `; \`latest\` will mean ${rest}, because excludeFromLatest is set`;
  }
  if (latest === undefined || compareVersions(number, latest) > 0) return ", and `latest` will mean it";
  return `; \`latest\` will go on meaning ${latest}, which is higher`;
}
