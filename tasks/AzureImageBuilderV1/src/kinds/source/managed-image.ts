/** Source: a managed image, by its ID. */
import { noteCodes, problemCodes } from "../../codes.ts";
import type { Findings } from "../../findings.ts";
import { exampleId, idParser, isIdOf } from "../../values/resource-id.ts";
import { regionName } from "../../values/regions.ts";
import { attempt, type KindReads } from "../reads.ts";
import type { ManagedImageChoice, SourceFacts, SourceKind, SourceText } from "./types.ts";

const type = "Microsoft.Compute/images";

/** Managed images: generalized, in the template's subscription and region (facts, section 1.2). */
export const managedImage: SourceKind<ManagedImageChoice> = {
  label: "a managed image",
  example: exampleId(type),
  imageSourceWords: ["managedimage"],
  olderInput: "customImageResourceId",
  accepts: (text) => isIdOf(type, text),
  read: readManagedImage,
  gather: gatherManagedImage,
  build: ({ imageId }) => ({ type: "ManagedImage", imageId }),
};

function readManagedImage(source: SourceText, findings: Findings): ManagedImageChoice | undefined {
  const parsed = idParser(type)(source.text);
  if (!parsed.ok) {
    findings.problem(source.input, { ...parsed, given: source.text });
    return undefined;
  }
  if (source.version !== undefined) {
    findings.problem("sourceVersion", {
      code: problemCodes.conflict,
      given: source.version,
      why: "a managed image has no versions",
      legal: "nothing, or latest",
    });
  }
  return { kind: "managedImage", input: source.input, imageId: parsed.value };
}

async function gatherManagedImage(choice: ManagedImageChoice, reads: KindReads): Promise<SourceFacts> {
  const image = await attempt(reads.facts.managedImage(choice.imageId));
  if (image.state === "missing") {
    reads.findings.problem(choice.input, {
      code: problemCodes.notFound,
      given: choice.imageId,
      why: `there is no managed image ${choice.imageId}`,
      legal: "the ID of a managed image the connection can see",
    });
    return {};
  }
  if (image.state === "forbidden") {
    reads.findings.note(noteCodes.factUnknown, choice.input, "The connection may not read the image's details.");
    return {};
  }
  const { osType, location } = image.value;
  if (location !== undefined && regionName(location) !== reads.location) {
    reads.findings.note(
      noteCodes.factUnknown,
      choice.input,
      `The image lies in ${regionName(location)} and the template in ${reads.location}: the service asks for the same region.`,
    );
  }
  return { architecture: "x64", ...(osType === undefined ? {} : { osType }) };
}
