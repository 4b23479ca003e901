/** From the agent's texts to values: which name carried each, which of them mean anything, what is wrong with them. */
import { problemCodes } from "../codes.ts";
import type { Findings } from "../findings.ts";
import type { Agent } from "../ports.ts";
import { findUnresolved } from "../values/unresolved.ts";
import type { Choice, Row } from "./row.ts";
import { inputNames, inputTable, type InputName, type InputValues } from "./table.ts";

/** An input's text and the name it came under. */
interface GivenText {
  readonly text: string;
  readonly name: string;
}

/** The step's texts; `""` where an input is empty or holds an older task's word for "not given". */
export interface InputTexts {
  text(input: InputName): string;
  /** The input's name, with the older one the user wrote. */
  title(input: string): string;
}

/**
 * Reads all inputs once. The service hands older names on under the new ones; where something else starts the task,
 * an older name is read when the new one is empty.
 */
export function readTexts(agent: Pick<Agent, "input">): InputTexts {
  const given = new Map<string, GivenText>(inputNames.map((name) => [name, readText(agent, name)]));
  return {
    text: (input) => given.get(input)?.text ?? "",
    title: (input) => {
      const name = given.get(input)?.name ?? input;
      return name === input ? input : `${input} (written as ${name})`;
    },
  };
}

function readText(agent: Pick<Agent, "input">, input: InputName): GivenText {
  const row: Row<unknown> = inputTable[input];
  for (const name of [input, ...(row.older ?? [])]) {
    const text = agent.input(name).trim();
    if (text !== "" && text.toLowerCase() !== row.sentinel?.toLowerCase()) return { text, name };
  }
  return { text: "", name: input };
}

/** Parses every input that means something in this step. What is wrong becomes a problem and takes its fallback. */
export function parseValues(texts: InputTexts, choice: Choice, findings: Findings): InputValues {
  const values = inputNames.map((name) => [name, parseValue(name, texts.text(name), choice, findings)] as const);
  // Each value comes from the row of its own name, which is what InputValues says.
  return Object.fromEntries(values) as unknown as InputValues;
}

function parseValue(input: InputName, text: string, choice: Choice, findings: Findings): unknown {
  const row: Row<unknown> = inputTable[input];
  if (row.applies?.(choice) === false) return row.fallback;
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
    findings.problem(input, { ...parsed, given: text });
  }
  return row.fallback;
}
