/** Where something is that the step names: by its name in the step's resource group, or by its whole ID. */
import { problemCodes } from "../codes.ts";
import type { Findings } from "../findings.ts";
import { readResourceId } from "../values/resource-id.ts";
import { type InputTexts, parseInput } from "./read.ts";
import type { InputValues } from "./table.ts";

/** The inputs that tell where; an ID has told group and subscription already. */
export type Place = Pick<InputValues, "azureSubscription" | "subscriptionId" | "resourceGroup">;

/** Inputs that tell where a step works. */
export const placing = ["action", "azureSubscription", "subscriptionId", "resourceGroup"] as const;

/** Where a template is. */
export interface TemplatePlace extends Place {
  /** The bare name; empty where none is given. */
  readonly templateName: string;
}

/** Reads the place of the template that the step names; what is wrong becomes a problem. */
export function readTemplatePlace(texts: InputTexts, findings: Findings): TemplatePlace {
  const { given, ...place } = readPlace("templateName", texts, findings);
  return { ...place, templateName: readResourceId(given)?.names[0] ?? given };
}

/**
 * Reads an input that is a name or an ID, and where it is. `given` is its text, empty where there is none or it is
 * wrong. The resource group is demanded for a bare name only.
 */
export function readPlace(
  input: "templateName" | "managedImage" | "galleryImage",
  texts: InputTexts,
  findings: Findings,
): Place & { readonly given: string } {
  const azureSubscription = parseInput("azureSubscription", texts, findings);
  const given = texts.text(input) === "" ? "" : (parseInput(input, texts, findings) ?? "");
  const id = readResourceId(given);
  if (id !== undefined) {
    const { subscriptionId, resourceGroup } = id;
    return { azureSubscription, subscriptionId, resourceGroup, given };
  }
  const subscriptionId = parseInput("subscriptionId", texts, findings);
  // A text that could not be read was perhaps to be an ID, which needs no group beside it.
  const needsGroup = given !== "" || texts.text("resourceGroup") !== "";
  const resourceGroup = needsGroup ? parseInput("resourceGroup", texts, findings) : "";
  return { azureSubscription, subscriptionId, resourceGroup, given };
}

/** A step that makes a template gives it a name: an ID is one that is there. */
export function refuseIdAsName(name: string | undefined, findings: Findings): void {
  if (name === undefined || !name.includes("/")) return;
  findings.problem("templateName", {
    code: problemCodes.conflict,
    given: name,
    why: "the step describes a template to make, and this is the ID of one that is there",
    legal: "a bare name for the new template; or the ID and nothing else that describes one",
  });
}
