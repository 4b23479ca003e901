/** Every step of the older tasks in a pipeline, a template or a list of steps. */
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap } from "yaml";
import { taskKindOf } from "../plan/find-step.ts";
import type { ConversionNote, OlderStep, OlderTask } from "./types.ts";

/** The steps, in their order. Throws an Error with the line where the text is not YAML. */
export function readYamlSteps(text: string): readonly OlderStep[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const [error] = document.errors;
  if (error !== undefined) {
    throw new Error(`line ${lines.linePos(error.pos[0]).line}: this is not YAML: ${error.message}`);
  }
  return findSteps(document.contents).map(({ map, task }) => {
    const { line } = lines.linePos(map.range?.[0] ?? 0);
    return { task, where: `line ${line}`, origin: "yaml", ...readInputs(map), settings: readSettings(map) };
  });
}

interface Found {
  readonly map: YAMLMap;
  readonly task: OlderTask;
}

function findSteps(node: unknown): readonly Found[] {
  if (isSeq(node)) return node.items.flatMap(findSteps);
  if (!isMap(node)) return [];
  const name = node.get("task");
  const task = typeof name === "string" ? taskKindOf(name) : undefined;
  if (task !== undefined) return task === "AzureImageBuilder" ? [] : [{ map: node, task }];
  return node.items.flatMap(({ value }) => findSteps(value));
}

/** Texts as written (`true` stays `true`); a list, a map or a conditional insertion is left to the user. */
function readInputs(step: YAMLMap): Pick<OlderStep, "inputs" | "notes"> {
  const inputs = step.get("inputs");
  const pairs = isMap(inputs) ? inputs.items : [];
  const texts: Record<string, string> = {};
  const notes: ConversionNote[] = [];
  for (const { key, value } of pairs) {
    const name = isScalar(key) ? String(key.value) : "";
    if (name.startsWith("${{") || (value !== null && !isScalar(value))) {
      notes.push({ kind: "decide", text: `${name}: this is no plain text, and is left out. Add it by hand.` });
    } else if (isScalar(value)) {
      texts[name] = value.source ?? "";
    }
  }
  return { inputs: texts, notes };
}

function readSettings(step: YAMLMap): Readonly<Record<string, unknown>> {
  const whole = step.toJSON() as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(whole).filter(([name]) => name !== "task" && name !== "inputs"));
}
