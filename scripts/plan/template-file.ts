/** Template files for the plan command: the one that a step names, or the planned file itself. */
import { problemCodes } from "../../tasks/AzureImageBuilderV1/src/codes.ts";
import { isGivenIn, readTexts } from "../../tasks/AzureImageBuilderV1/src/inputs/read.ts";
import { replacedParts } from "../../tasks/AzureImageBuilderV1/src/template-file/as-inputs.ts";
import {
  beginReport,
  type FileInput,
  type FileReport,
} from "../../tasks/AzureImageBuilderV1/src/template-file/faults.ts";
import { readJson } from "../../tasks/AzureImageBuilderV1/src/template-file/json-text.ts";
import { childOf } from "../../tasks/AzureImageBuilderV1/src/template-file/nodes.ts";
import { bicepFault, isParametersPath } from "../../tasks/AzureImageBuilderV1/src/template-file/parameters.ts";
import { readTemplateFile, type TemplateFileReading } from "../../tasks/AzureImageBuilderV1/src/template-file/read.ts";
import type { Note } from "../../tasks/AzureImageBuilderV1/src/findings.ts";
import { planCodes } from "./codes.ts";
import type { FoundStep, GivenInput } from "./find-step.ts";
import { standInSubscription } from "./stand-ins.ts";

/** Expressions need a name that reads as a region. */
const standInRegion = "regionofthegroup";

/** Reads a file that a step names, by its path as written; undefined where there is none. */
export type ReadFile = (path: string) => string | undefined;

/** Whether a file is a template and no pipeline: JSON by its name, and no jobs or steps in it. */
export function isTemplateFile(file: string, text: string): boolean {
  if (!/\.jsonc?$/i.test(file)) return false;
  const read = readJson(text);
  return "fault" in read || !["steps", "jobs", "stages"].some((name) => childOf(read.node, name) !== undefined);
}

/** A step that a template file is planned with when it is given alone. */
export function stepOfTemplate(file: string): FoundStep {
  const position = { line: 1, column: 1 };
  const input = (name: string, text: string): GivenInput => ({ name, text, position, textPosition: position });
  return {
    task: "AzureImageBuilder",
    position,
    name: "image",
    inputs: [
      input("azureSubscription", "connection"),
      input("resourceGroup", "resource-group"),
      input("templateFile", file),
    ],
    notText: [],
    variables: {},
    parameters: {},
  };
}

/** Says what the step of `stepOfTemplate` made up. */
export function noteStandInStep(inputs: Readonly<Record<string, string>>): readonly Note[] {
  return ["azureSubscription", "resourceGroup"]
    .filter((input) => !Object.hasOwn(inputs, input))
    .map((input) => ({
      code: planCodes.standIn,
      input,
      message: `A template file alone names none: \`--input ${input}=…\` says it.`,
    }));
}

/** The reading of the file that the step's `templateFile` names; undefined when it names none. */
export function openPlannedFile(
  agent: { input(name: string): string },
  readFile: ReadFile,
): TemplateFileReading | undefined {
  const texts = readTexts(agent);
  const path = texts.text("templateFile");
  if (path === "") return undefined;
  const report = beginReport();
  const content = (input: FileInput, given: string): string | undefined => readText(input, given, { readFile, report });
  const text = content("templateFile", path);
  const given = texts.text("templateParameters");
  const isPath = given !== "" && isParametersPath(given);
  const values = isPath ? content("templateParameters", given) : given;
  if (text === undefined || values === undefined) return { template: undefined, namesIdentity: true, report };
  const location = texts.text("location");
  const reading = readTemplateFile({
    text,
    file: path,
    parameters: values === "" ? undefined : { text: values, file: isPath ? given : undefined },
    surroundings: {
      subscriptionId: texts.text("subscriptionId") || standInSubscription,
      resourceGroup: texts.text("resourceGroup"),
      groupLocation: location === "" ? standInRegion : location,
      tenantId: standInSubscription,
      now: new Date(0),
    },
    replaced: replacedParts((input) => isGivenIn(texts, input)),
  });
  if (location === "" && /\bresourceGroup\s*\(/i.test(text)) {
    reading.report.note(`\`${standInRegion}\` stands for the resource group's region.`);
  }
  return reading;
}

function readText(
  input: FileInput,
  given: string,
  { readFile, report }: { readonly readFile: ReadFile; readonly report: FileReport },
): string | undefined {
  const text = readFile(given);
  const fault = bicepFault(given) ?? (text === undefined ? noFile(given) : undefined);
  if (fault === undefined) return text;
  report.fault({ input, code: problemCodes.badFile, place: { file: given, line: 1, column: 1 }, given, ...fault });
  return undefined;
}

function noFile(given: string): { readonly why: string; readonly legal: string } {
  return { why: `there is no file ${given} beside the planned one`, legal: "the path of a file" };
}
