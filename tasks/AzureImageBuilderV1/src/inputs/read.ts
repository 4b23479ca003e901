/** From the agent's texts to values: which name carried each, which of them mean anything, what is wrong with them. */
import { isDeepStrictEqual } from "node:util";
import { problemCodes } from "../codes.ts";
import type { Findings } from "../findings.ts";
import type { Agent } from "../ports.ts";
import { asInputs, targetOptions } from "../template-file/as-inputs.ts";
import type { FileTemplate } from "../template-file/read.ts";
import { findUnresolved } from "../values/unresolved.ts";
import type { Choice, Row } from "./row.ts";
import { inputNames, inputTable, type InputName, type InputValues } from "./table.ts";

/** An input's text and the name it came under; `file` where a template file says it. */
interface GivenText {
  readonly text: string;
  readonly name: string;
  readonly file?: string;
}

/** The step's texts; `""` where an input is empty or holds an older task's word for "not given". */
export interface InputTexts {
  text(input: InputName): string;
  /** The input's name, with the older one the user wrote. */
  title(input: string): string;
}

/**
 * Reads all inputs once. The service hands older names on under the new ones; where something else starts the task,
 * an older name is read when the new one is empty. What no input says, `file` may say.
 */
export function readTexts(agent: Pick<Agent, "input">, file?: FileTemplate): InputTexts {
  const ofFile = file === undefined ? {} : asInputs(file);
  const given = new Map<string, GivenText>(
    inputNames.map((name) => {
      const own = readText(agent, name);
      const text = Object.hasOwn(ofFile, name) ? ofFile[name] : undefined;
      if (file?.properties.distribute !== undefined && targetOptions.includes(name)) {
        return [name, { text: text ?? "", name, file: file.file }];
      }
      const wins = text === undefined || file === undefined || saysSomething(name, own.text);
      return [name, wins ? own : { text, name, file: file.file }];
    }),
  );
  return {
    text: (input) => given.get(input)?.text ?? "",
    title: (input) => {
      const { name = input, file: from } = given.get(input) ?? {};
      if (from !== undefined) return `${input} (in ${from})`;
      return name === input ? input : `${input} (written as ${name})`;
    },
  };
}

/** Whether an input says something besides its default. Names of no input say nothing. */
export function isGivenIn(texts: InputTexts, input: string): boolean {
  const name = inputNames.find((one) => one === input);
  return name !== undefined && saysSomething(name, texts.text(name));
}

/** The service hands defaults over as if they were written: a text that means the default says nothing. */
function saysSomething(input: InputName, text: string): boolean {
  if (text === "") return false;
  const row: Row<unknown> = inputTable[input];
  const parsed = row.parse(text);
  return !parsed.ok || !isDeepStrictEqual(parsed.value, row.fallback);
}

function readText(agent: Pick<Agent, "input">, input: InputName): GivenText {
  const row: Row<unknown> = inputTable[input];
  for (const name of [input, ...(row.older ?? [])]) {
    const text = agent.input(name).trim();
    if (text !== "" && text.toLowerCase() !== row.sentinel?.toLowerCase()) return { text, name };
  }
  return { text: "", name: input };
}

/** The value of one input that means something whatever the step is about; a fault becomes a problem. */
export function parseInput<K extends InputName>(input: K, texts: InputTexts, findings: Findings): InputValues[K] {
  return parseText(input, texts.text(input), findings) as InputValues[K];
}

/** The same, where the input's text is read otherwise than in a step that builds; `fallback` where it is empty or wrong. */
export function parseInputAs<T>(
  input: InputName,
  row: Pick<Row<T>, "parse" | "fallback">,
  { texts, findings }: { readonly texts: InputTexts; readonly findings: Findings },
): T {
  return parseRow(input, texts.text(input), { row: { ...inputTable[input], ...row }, findings }) as T;
}

/** Parses every input that means something in this step. What is wrong becomes a problem and takes its fallback. */
export function parseValues(texts: InputTexts, choice: Choice, findings: Findings): InputValues {
  const values = inputNames.map((name) => [name, parseValue(name, texts.text(name), choice, findings)] as const);
  // Each value comes from the row of its own name, which is what InputValues says.
  return Object.fromEntries(values) as unknown as InputValues;
}

function parseValue(input: InputName, text: string, choice: Choice, findings: Findings): unknown {
  const row: Row<unknown> = inputTable[input];
  return row.applies?.(choice) === false ? row.fallback : parseText(input, text, findings);
}

function parseText(input: InputName, text: string, findings: Findings): unknown {
  return parseRow(input, text, { row: inputTable[input], findings });
}

function parseRow(
  input: InputName,
  text: string,
  { row, findings }: { readonly row: Row<unknown>; readonly findings: Findings },
): unknown {
  if (text === "") {
    if (row.required === true && row.missing !== undefined) {
      findings.problem(input, { code: problemCodes.missing, ...row.missing });
    }
    return row.fallback;
  }
  const parsed = row.parse(text);
  const unresolved = findUnresolved(text, row.scrutiny ?? "name");
  if (unresolved !== undefined) {
    const legal = (parsed.ok ? undefined : parsed.legal) ?? row.missing?.legal ?? unresolved.legal;
    findings.problem(input, { ...unresolved, legal, given: text });
  } else if (parsed.ok) {
    return parsed.value;
  } else {
    for (const fault of [parsed, ...(parsed.more ?? [])]) findings.problem(input, { ...fault, given: text });
  }
  return row.fallback;
}
