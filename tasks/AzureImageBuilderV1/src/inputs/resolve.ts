/** The step that looks for an image which is there already. */
import { problemCodes } from "../codes.ts";
import { collectFindings, type Findings, type Note } from "../findings.ts";
import type { Agent } from "../ports.ts";
import { readResourceId } from "../values/resource-id.ts";
import { parseWantedTags } from "../values/tags.ts";
import { type InputTexts, parseInput, parseInputAs, readTexts } from "./read.ts";
import type { InputName } from "./table.ts";
import { type Place, placing, readPlace, readTemplatePlace } from "./template-place.ts";
import { noteUnused } from "./unused.ts";

/** Which image is meant. */
export type Wanted =
  /** What the last run of a template has made. */
  | { readonly kind: "template"; readonly templateName: string }
  | {
      readonly kind: "gallery";
      readonly definitionId: string;
      /** `x.y.z`; undefined: the latest. */
      readonly version: string | undefined;
      /** All of them must be on the version. */
      readonly tags: Readonly<Record<string, string>>;
    }
  | { readonly kind: "managedImage"; readonly idOrName: string };

export interface ResolveInputs extends Place {
  readonly wanted: Wanted;
  readonly notes: readonly Note[];
}

interface Reading {
  readonly texts: InputTexts;
  readonly findings: Findings;
}

type Found = Place & { readonly wanted: Wanted };

/** Inputs that name an image; exactly one of them must be filled. */
const naming = ["templateName", "galleryImage", "managedImage"] as const;

const readers: Readonly<Record<(typeof naming)[number], (reading: Reading) => Found>> = {
  templateName: ({ texts, findings }) => {
    const { templateName, ...place } = readTemplatePlace(texts, findings);
    return { ...place, wanted: { kind: "template", templateName } };
  },
  galleryImage: readGallery,
  managedImage: ({ texts, findings }) => {
    const { given, ...place } = readPlace("managedImage", texts, findings);
    return { ...place, wanted: { kind: "managedImage", idOrName: given } };
  },
};

/** Reads the step. Throws InputError with every problem at once. */
export function parseResolve(agent: Pick<Agent, "input">): ResolveInputs {
  const texts = readTexts(agent);
  const findings = collectFindings((input) => texts.title(input));
  const named = naming.filter((name) => texts.text(name) !== "");
  const [only, second] = named;
  if (only === undefined || second !== undefined) refuse(named, { texts, findings });
  const found = only === undefined ? undefined : readers[only]({ texts, findings });
  findings.throwProblems();
  if (only === undefined || found === undefined) {
    throw new TypeError("A step that names no image was taken for a good one.");
  }
  const details: readonly InputName[] = only === "galleryImage" ? ["galleryVersion", "imageTags"] : [];
  // The designer shows a target's inputs by its kind, which says nothing more.
  noteUnused(texts, [...placing, "targetType", only, ...details], {
    findings,
    because: "action",
    reason: `the step looks for the image that ${only} names, and builds none.`,
  });
  return { ...found, notes: findings.notes };
}

/** Notes that no image is named or several are, and what is wrong with those that are not read as the one. */
function refuse(named: readonly (typeof naming)[number][], { texts, findings }: Reading): void {
  const isMissing = named.length === 0;
  findings.problem("action", {
    code: isMissing ? problemCodes.missing : problemCodes.ambiguous,
    why: isMissing ? "action: resolve is not told which image" : `${named.join(" and ")} each name an image`,
    legal: "galleryImage (with galleryVersion and imageTags where wanted), managedImage, or templateName",
  });
  if (isMissing) parseInput("azureSubscription", texts, findings);
  for (const name of named.slice(1)) parseInput(name, texts, findings);
}

function readGallery(reading: Reading): Found {
  const { texts, findings } = reading;
  const { given, ...place } = readPlace("galleryImage", texts, findings);
  const id = readResourceId(given);
  const [, , ofId] = id?.names ?? [];
  return {
    ...place,
    wanted: {
      kind: "gallery",
      definitionId: id?.id.replace(/\/versions\/[^/]+$/i, "") ?? "",
      version: readVersion(ofId?.toLowerCase() === "latest" ? undefined : ofId, reading),
      tags: parseInputAs("imageTags", { parse: parseWantedTags, fallback: {} }, reading),
    },
  };
}

/** The version that `galleryVersion` or the ID names; undefined is the latest. */
function readVersion(ofId: string | undefined, { texts, findings }: Reading): string | undefined {
  const choice = parseInput("galleryVersion", texts, findings);
  const given = texts.text("galleryVersion");
  if (
    choice?.scheme === "Source" ||
    choice?.scheme === "Pattern" ||
    (choice?.scheme === "Latest" && choice.major !== undefined)
  ) {
    findings.problem("galleryVersion", {
      code: problemCodes.notAChoice,
      given,
      why: "this numbers a new version and names none that is there",
      legal: "Latest, or three numbers (1.4.0)",
    });
    return undefined;
  }
  const named = choice?.scheme === "Explicit" ? choice.version : undefined;
  if (ofId !== undefined && choice !== undefined && named !== ofId) {
    findings.problem("galleryVersion", {
      code: problemCodes.conflict,
      given,
      why: `galleryImage is the ID of version ${ofId}`,
      legal: "nothing beside the ID of a version; or the ID of the image definition",
    });
  }
  return ofId ?? named;
}
