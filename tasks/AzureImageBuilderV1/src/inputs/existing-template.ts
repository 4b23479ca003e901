/** The step that names a template and describes none: the template is there already, and is to be run. */
import { noteCodes } from "../codes.ts";
import { collectFindings } from "../findings.ts";
import type { Agent } from "../ports.ts";
import type { Note } from "../findings.ts";
import { type InputTexts, isGivenIn, parseInput, readTexts } from "./read.ts";
import { inputNames, type InputName, type InputValues } from "./table.ts";

/** Inputs that say where a template is. */
const placing = ["azureSubscription", "subscriptionId", "resourceGroup", "templateName"] as const;

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
export interface ExistingTemplateInputs extends Pick<
  InputValues,
  "azureSubscription" | "subscriptionId" | "resourceGroup"
> {
  readonly templateName: string;
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
    azureSubscription: parseInput("azureSubscription", texts, findings),
    subscriptionId: parseInput("subscriptionId", texts, findings),
    resourceGroup: parseInput("resourceGroup", texts, findings),
    templateName: parseInput("templateName", texts, findings),
  };
  findings.throwProblems();
  const { templateName } = values;
  if (templateName === undefined) throw new TypeError("A template's name was taken for a good one.");
  const unused = findUnused(texts);
  if (unused.length > 0) {
    findings.note(
      noteCodes.ignoredInput,
      "templateName",
      `${unused.join(", ")}: not used, because the step runs the template ${templateName} as it is. ` +
        "To make a template, name its source and target.",
    );
  }
  return { ...values, templateName, notes: findings.notes };
}

function findUnused(texts: InputTexts): readonly string[] {
  return inputNames.filter((name) => !placing.some((one) => one === name) && isGivenIn(texts, name));
}
