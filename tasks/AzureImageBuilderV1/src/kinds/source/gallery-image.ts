/** Source: a version of an image definition in a gallery, by the ID of either. */
import { noteCodes, problemCodes } from "../../codes.ts";
import type { Findings } from "../../findings.ts";
import { latestOf } from "../../values/latest.ts";
import { exampleId, isIdOf, readResourceId } from "../../values/resource-id.ts";
import { isGalleryVersion } from "../../values/version.ts";
import { attempt, type KindReads, noteNotPinned } from "../reads.ts";
import type { GalleryImageChoice, SourceFacts, SourceKind, SourceText } from "./types.ts";

const definitionType = "Microsoft.Compute/galleries/images";
const versionType = `${definitionType}/versions`;
const legal = `the ID of an image definition or of a version, ${exampleId(versionType)}`;

/** Gallery images (facts, sections 1.2 and 7). */
export const galleryImage: SourceKind<GalleryImageChoice> = {
  label: "a gallery image",
  example: exampleId(versionType),
  imageSourceWords: ["sig", "gallery"],
  olderInput: "imageVersionId",
  accepts: (text) => isIdOf(definitionType, text) || isIdOf(versionType, text),
  read: readGalleryImage,
  gather: gatherGalleryImage,
  build: ({ definitionId, version }, facts) => ({
    type: "SharedImageVersion",
    imageVersionId: `${definitionId}/versions/${version === "latest" ? (facts.version ?? "latest") : version}`,
  }),
};

function readGalleryImage(source: SourceText, findings: Findings): GalleryImageChoice | undefined {
  const refuse = (why: string): undefined => {
    findings.problem(source.input, { code: problemCodes.badImage, given: source.text, why, legal });
  };
  const id = readResourceId(source.text);
  if (id === undefined || !galleryImage.accepts(source.text)) return refuse("this is not the ID of a gallery image");
  const inId = id.names[2]?.toLowerCase();
  if (inId !== undefined && inId !== "latest" && !isGalleryVersion(inId)) {
    return refuse(`\`${inId}\` is not a version (three numbers, or latest)`);
  }
  const asked = source.version;
  const fault = versionFault(asked, inId);
  if (fault !== undefined) {
    findings.problem("sourceVersion", { code: problemCodes.conflict, given: asked, ...fault });
  }
  return {
    kind: "galleryImage",
    input: source.input,
    definitionId: inId === undefined ? id.id : id.id.split("/").slice(0, -2).join("/"),
    version: asked ?? inId ?? "latest",
  };
}

function versionFault(
  asked: string | undefined,
  inId: string | undefined,
): { readonly why: string; readonly legal: string } | undefined {
  if (asked === undefined) return undefined;
  if (!isGalleryVersion(asked)) {
    return { why: `\`${asked}\` is not a gallery version`, legal: "latest, or three numbers, e.g. 1.4.0" };
  }
  if (inId === undefined || inId === "latest" || inId === asked) return undefined;
  return { why: `the image's ID names version ${inId} already`, legal: "one of the two" };
}

async function gatherGalleryImage(choice: GalleryImageChoice, reads: KindReads): Promise<SourceFacts> {
  const [definition, version] = await Promise.all([
    attempt(reads.facts.galleryDefinition(choice.definitionId)),
    choice.version === "latest" ? resolveLatest(choice, reads) : choice.version,
  ]);
  if (definition.state === "missing") {
    reads.findings.problem(choice.input, {
      code: problemCodes.notFound,
      given: choice.definitionId,
      why: `there is no image definition ${choice.definitionId}`,
      legal: "the ID of a definition the connection can see",
    });
  }
  if (definition.state === "forbidden") {
    reads.findings.note(noteCodes.factUnknown, choice.input, "The connection may not read the image definition.");
  }
  const pinned = version === undefined ? {} : { version };
  if (definition.state !== "found") return pinned;
  const { osType, hyperVGeneration, architecture } = definition.value;
  return {
    ...pinned,
    ...(osType === undefined ? {} : { osType }),
    ...(hyperVGeneration === undefined ? {} : { hyperVGeneration }),
    ...(architecture === undefined ? {} : { architecture }),
  };
}

async function resolveLatest(choice: GalleryImageChoice, reads: KindReads): Promise<string | undefined> {
  const versions = await attempt(reads.facts.galleryVersions(choice.definitionId));
  if (versions.state === "missing") return undefined;
  if (versions.state === "forbidden") {
    noteNotPinned(reads, choice.input);
    return undefined;
  }
  const newest = latestOf(versions.value, { now: reads.now, region: reads.location });
  if (newest === undefined) {
    reads.findings.problem(choice.input, {
      code: problemCodes.notFound,
      given: choice.definitionId,
      why: `the definition has no version in ${reads.location} that \`latest\` could mean`,
      legal:
        "a definition with a version that is complete, replicated to that region, not past its end of life and not excluded from latest",
    });
  } else {
    reads.findings.note(noteCodes.pinnedVersion, "sourceVersion", `The newest version of the source is ${newest}.`);
  }
  return newest;
}
