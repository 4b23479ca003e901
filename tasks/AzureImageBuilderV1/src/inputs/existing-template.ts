/** The step that names a template and describes none: the template is there already, and is to be run. */
import { collectFindings } from "../findings.ts";
import type { Agent } from "../ports.ts";
import type { Note } from "../findings.ts";
import { isGivenIn, parseInput, readTexts } from "./read.ts";
import { placing, readTemplatePlace, type TemplatePlace } from "./template-place.ts";
import type { InputName, InputValues } from "./table.ts";
import { noteUnused } from "./unused.ts";

/** Inputs that say how its build is told. */
const telling = ["verbosity", "attachLog"] as const;

/** Inputs any of which makes the step describe a template of its own. */
const describing: readonly InputName[] = [
  ...(["templateFile", "sourceImage", "baseImagePubOfferSku", "customImageResourceId", "imageVersionId"] as const),
  ...(["galleryImage", "managedImage", "vhdUri", "targets"] as const),
  ...([
    "artifactPath",
    "artifactName",
    "steps",
    "inlineScript",
    "windowsUpdate",
    "enableValidation",
    "templateOverrides",
  ] as const),
];

/** A template to run. */
export interface ExistingTemplateInputs extends TemplatePlace, Pick<InputValues, "verbosity" | "attachLog"> {
  readonly notes: readonly Note[];
}

/**
 * The template to run, where the step has a `templateName` and nothing that describes a template; otherwise undefined.
 * Throws InputError with every problem at once.
 */
export function parseExistingTemplate(agent: Pick<Agent, "input">): ExistingTemplateInputs | undefined {
  const texts = readTexts(agent);
  if (texts.text("templateName") === "" || describing.some((name) => isGivenIn(texts, name))) return undefined;
  const findings = collectFindings((input) => texts.title(input));
  const values = {
    ...readTemplatePlace(texts, findings),
    verbosity: parseInput("verbosity", texts, findings),
    attachLog: parseInput("attachLog", texts, findings),
  };
  findings.throwProblems();
  noteUnused(texts, [...placing, "templateName", ...telling], {
    findings,
    because: "templateName",
    reason:
      `the step runs the template ${values.templateName} as it is. ` +
      "To make a template, name its source and target.",
  });
  return { ...values, notes: findings.notes };
}
