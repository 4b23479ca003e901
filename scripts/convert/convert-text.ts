/** `convertText`: a file with steps of the older tasks as steps of this one, in YAML, with notes as comments. */
import { stringify } from "yaml";
import { convertStep } from "./convert-step.ts";
import { readDefinitionSteps } from "./read-definition.ts";
import { readYamlSteps } from "./read-yaml.ts";
import type { ConvertedStep, OlderStep } from "./types.ts";

const order = ["decide", "changed", "ignored"] as const;

/** The converted steps. Throws an Error where the text is neither YAML nor JSON. */
export function convertSteps(text: string): readonly ConvertedStep[] {
  return readSteps(text).map(convertStep);
}

/** A YAML list of steps; what stands above each is for the reader. `file` is the name to tell. */
export function writeSteps(file: string, steps: readonly ConvertedStep[]): string {
  return steps.map((step) => [...headOf(file, step), writeStep(step)].join("\n")).join("\n");
}

/** A classic definition is JSON; anything else is read as YAML. */
function readSteps(text: string): readonly OlderStep[] {
  if (!/^\s*[{[]/.test(text)) return readYamlSteps(text);
  let definition: unknown;
  try {
    definition = JSON.parse(text);
  } catch {
    return readYamlSteps(text);
  }
  const found = readDefinitionSteps(definition);
  return found.length > 0 ? found : readYamlSteps(text);
}

function headOf(file: string, { step, notes }: ConvertedStep): readonly string[] {
  const told = order.flatMap((kind) => notes.filter((note) => note.kind === kind));
  return [
    `# ${file}, ${step.where}: was ${step.task}.`,
    ...told.flatMap(({ kind, text }) => wrap(`# - ${kind}: ${text}`, "#   ")),
  ];
}

function writeStep({ step, inputs }: ConvertedStep): string {
  const texts = Object.fromEntries(Object.entries(inputs).map(([name, text]) => [name, plain(text)]));
  const whole = [{ task: "AzureImageBuilder@1", ...step.settings, inputs: texts }];
  return stringify(whole, { lineWidth: 0, blockQuote: "literal" });
}

/** Azure Pipelines takes every input as a text: `true` and whole numbers need no quotes. */
function plain(text: string): string | boolean | number {
  if (text === "true" || text === "false") return text === "true";
  return /^(?:0|[1-9]\d{0,8})$/.test(text) ? Number(text) : text;
}

/** Lines of at most 118 characters, as far as words allow; later ones begin with `indent`. */
function wrap(text: string, indent: string): readonly string[] {
  const [lines, last] = text.split(" ").reduce<readonly [readonly string[], string]>(
    ([done, line], word) => {
      if (line === "") return [done, word];
      return `${line} ${word}`.length <= 118 ? [done, `${line} ${word}`] : [[...done, line], `${indent}${word}`];
    },
    [[], ""],
  );
  return [...lines, last];
}
