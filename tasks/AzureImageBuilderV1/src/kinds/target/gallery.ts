/** Target: a version of an image definition in an Azure Compute Gallery. */
import { noteCodes, problemCodes } from "../../codes.ts";
import { ServiceError } from "../../errors.ts";
import type { Findings } from "../../findings.ts";
import type { TargetRegion } from "../../image-template.ts";
import type { GalleryVersionFacts } from "../../ports.ts";
import { regionName } from "../../values/regions.ts";
import { readResourceId } from "../../values/resource-id.ts";
import { isGalleryVersion } from "../../values/version.ts";
import { attempt, type KindReads } from "../reads.ts";
import { numberVersion } from "./gallery-number.ts";
import type {
  GalleryTarget,
  PlannedGallery,
  TargetFacts,
  TargetKind,
  TargetPlace,
  TargetValues,
  VersionChoice,
} from "./types.ts";

/** Gallery versions (facts, sections 1.8 and 7). */
export const gallery: TargetKind<"gallery"> = {
  olderWords: ["sig"],
  mainInput: "galleryImage",
  mainInputRequired: true,
  options: {
    image: "galleryImage",
    version: "galleryVersion",
    regions: "targetRegions",
    replicationMode: "replicationMode",
    excludeFromLatest: "excludeFromLatest",
  },
  read: readGallery,
  gather: gatherGallery,
  plan: planGallery,
  build: (
    { runOutputName, galleryImageId, targetRegions, excludeFromLatest, replicationMode, versioning },
    artifactTags,
  ) => ({
    type: "SharedImage",
    runOutputName,
    galleryImageId,
    targetRegions,
    excludeFromLatest,
    ...(replicationMode === undefined ? {} : { replicationMode }),
    ...(versioning === undefined ? {} : { versioning }),
    artifactTags,
  }),
  diesWithTemplate: () => false,
};

function readGallery(values: TargetValues, findings: Findings): GalleryTarget | undefined {
  const id = readResourceId(values.galleryImage ?? "");
  if (id === undefined) return undefined;
  const inId = id.names[2];
  if (inId !== undefined && !isGalleryVersion(inId)) {
    findings.problem("galleryImage", {
      code: problemCodes.badResourceId,
      given: id.id,
      why: `\`${inId}\` is not a version number`,
      legal: "the definition's ID, or a version's ID that ends in three numbers, e.g. /versions/1.4.0",
    });
  }
  const version = readVersion(values, inId, findings);
  const fromTargets = values.targetRegions !== undefined;
  if (fromTargets && values.replicationRegions !== undefined) {
    findings.note(
      noteCodes.ignoredInput,
      "replicationRegions",
      "replicationRegions is not used because targetRegions is given.",
    );
  }
  const regions = values.targetRegions ?? values.replicationRegions ?? [];
  checkStorageTypes(regions, values.distributeStorageAccountType, findings);
  return {
    kind: "gallery",
    definitionId: inId === undefined ? id.id : id.id.split("/").slice(0, -2).join("/"),
    ...(version === undefined ? {} : { version }),
    regions,
    regionsInput: fromTargets || values.replicationRegions === undefined ? "targetRegions" : "replicationRegions",
    ...(values.distributeStorageAccountType === undefined
      ? {}
      : { storageAccountType: values.distributeStorageAccountType }),
    excludeFromLatest: values.excludeFromLatest,
    shallow: isShallow(values.replicationMode, regions, findings),
  };
}

/** A shallow version is in one region, once (facts, section 7). */
function isShallow(
  mode: TargetValues["replicationMode"],
  regions: readonly TargetRegion[],
  findings: Findings,
): boolean {
  if (mode === "Full") return false;
  if (regions.length > 1 || regions.some(({ replicaCount = 1 }) => replicaCount > 1)) {
    findings.problem("replicationMode", {
      code: problemCodes.conflict,
      given: mode,
      why: "a shallow version is in one region, with one copy",
      legal: "Full, or one target region without a number of copies",
    });
  }
  return true;
}

function readVersion(values: TargetValues, inId: string | undefined, findings: Findings): VersionChoice | undefined {
  const { galleryVersion: chosen, distributeVersioningMajor: major } = values;
  if (inId !== undefined) {
    if (chosen !== undefined && !(chosen.scheme === "Explicit" && chosen.version === inId)) {
      findings.problem("galleryVersion", {
        code: problemCodes.conflict,
        given: describeVersion(chosen),
        why: `galleryImage names version ${inId} already`,
        legal: "nothing, when galleryImage is a version's ID",
      });
    }
    return { scheme: "Explicit", version: inId };
  }
  if (chosen?.scheme !== "Latest" || major === undefined) {
    if (major !== undefined) {
      findings.note(
        noteCodes.ignoredInput,
        "distributeVersioningMajor",
        "distributeVersioningMajor is not used: it only goes with the version scheme Latest.",
      );
    }
    return chosen;
  }
  if (chosen.major !== undefined && chosen.major !== major) {
    findings.problem("distributeVersioningMajor", {
      code: problemCodes.conflict,
      given: String(major),
      why: `galleryVersion asks for major version ${chosen.major}`,
      legal: "one of the two",
    });
  }
  return { scheme: "Latest", major };
}

function describeVersion(version: VersionChoice): string {
  switch (version.scheme) {
    case "Explicit":
      return version.version;
    case "Pattern":
      return version.text;
    case "Source":
      return "Source";
    case "Latest":
      return version.major === undefined ? "Latest" : `Latest ${version.major}`;
  }
}

function checkStorageTypes(
  regions: readonly TargetRegion[],
  forAll: TargetRegion["storageAccountType"],
  findings: Findings,
): void {
  const other = regions.find(({ storageAccountType: own }) => own !== undefined && own !== forAll);
  if (forAll === undefined || other === undefined) return;
  findings.problem("distributeStorageAccountType", {
    code: problemCodes.conflict,
    given: forAll,
    why: `targetRegions asks for ${other.storageAccountType} in ${other.name}`,
    legal: "nothing, when targetRegions names storage types",
  });
}

async function gatherGallery(choice: GalleryTarget, reads: KindReads): Promise<TargetFacts> {
  const [definition, versions] = await Promise.all([
    attempt(reads.facts.galleryDefinition(choice.definitionId)),
    readVersions(choice, reads),
  ]);
  const known = versions === undefined ? {} : { versions };
  if (definition.state === "missing") {
    reads.findings.problem("galleryImage", {
      code: problemCodes.notFound,
      given: choice.definitionId,
      why: `there is no image definition ${choice.definitionId}; the service does not make one`,
      legal: "the ID of a definition the connection can see",
    });
    return {};
  }
  if (definition.state === "forbidden") {
    reads.findings.note(noteCodes.factUnknown, "galleryImage", "The connection may not read the image definition.");
    return known;
  }
  const { location, osType, architecture, plan, hyperVGeneration, securityType } = definition.value;
  return {
    ...known,
    ...(hyperVGeneration === undefined ? {} : { definitionGeneration: hyperVGeneration }),
    ...(securityType === undefined ? {} : { definitionSecurityType: securityType }),
    definitionLocation: regionName(location),
    ...(osType === undefined ? {} : { definitionOsType: osType }),
    ...(architecture === undefined ? {} : { definitionArchitecture: architecture }),
    ...(plan === undefined ? {} : { definitionPlan: plan }),
  };
}

/** Only a number that the step chooses depends on those there are; one that is given only for what is said of it. */
async function readVersions(
  { definitionId, version }: GalleryTarget,
  { facts }: KindReads,
): Promise<readonly GalleryVersionFacts[] | undefined> {
  if (version?.scheme !== "Explicit" && version?.scheme !== "Pattern") return undefined;
  try {
    const versions = await attempt(facts.galleryVersions(definitionId));
    return versions.state === "found" ? versions.value : undefined;
  } catch (error) {
    if (version.scheme === "Explicit" && error instanceof ServiceError) return undefined;
    throw error;
  }
}

function planGallery(choice: GalleryTarget, place: TargetPlace, findings: Findings): PlannedGallery {
  const home = place.facts.definitionLocation;
  if (choice.regions.length === 0) {
    findings.note(
      noteCodes.derivedRegion,
      "targetRegions",
      home === undefined
        ? `The version goes to the template's region, ${place.location}.`
        : `The version goes to the region of its definition, ${home}.`,
    );
  } else if (home !== undefined && !choice.regions.some((region) => region.name === home)) {
    findings.problem(choice.regionsInput, {
      code: problemCodes.regionMissing,
      given: choice.regions.map((region) => region.name).join(", "),
      why: `the list lacks ${home}, the region of the image definition`,
      legal: `a list with ${home} in it`,
    });
  }
  const regions = choice.regions.length === 0 ? [{ name: home ?? place.location }] : choice.regions;
  const { version, storageAccountType } = choice;
  const number = numberVersion(choice, place, findings);
  const traits = traitsOf(place.facts);
  return {
    kind: "gallery",
    runOutputName: "gallery",
    galleryImageId: number === undefined ? choice.definitionId : `${choice.definitionId}/versions/${number}`,
    targetRegions: regions.map((region) =>
      storageAccountType === undefined ? region : { ...region, storageAccountType },
    ),
    excludeFromLatest: choice.excludeFromLatest,
    ...(choice.shallow ? { replicationMode: "Shallow" } : {}),
    ...(version?.scheme === "Latest" || version?.scheme === "Source" ? { versioning: version } : {}),
    ...(traits === undefined ? {} : { traits }),
  };
}

function traitsOf({
  definitionGeneration: generation,
  definitionSecurityType: securityType,
}: TargetFacts): PlannedGallery["traits"] {
  if (generation === undefined && securityType === undefined) return undefined;
  return {
    ...(generation === undefined ? {} : { generation: generation.toLowerCase() }),
    ...(securityType === undefined ? {} : { securityType: securityType.toLowerCase() }),
  };
}
