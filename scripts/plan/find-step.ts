/** Finds the first step of the task, or of the tasks it follows, in a pipeline, a template or a bare list of steps. */
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node, type Scalar, type YAMLMap } from "yaml";

/** A place in the file, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A text of the step and where it stands. */
export interface GivenInput {
  /** As written in the file. */
  readonly name: string;
  readonly text: string;
  readonly position: Position;
  /** Where the text's own first line stands: below the indicator in a block (`|`), else at `position`. */
  readonly textPosition: Position;
}

/** The task that a step names. */
export type TaskKind = "AzureImageBuilder" | "AzureImageBuilderTask" | "AzureImageBuilderTaskV2";

/** A step, with the variables that are in sight of it. */
export interface FoundStep {
  readonly task: TaskKind;
  readonly position: Position;
  /** The step's reference name; `""` when it has none. */
  readonly name: string;
  readonly inputs: readonly GivenInput[];
  /** Inputs that are no text but lists or maps. */
  readonly notText: readonly { readonly name: string; readonly position: Position }[];
  /** Variables of the file, pipeline first, job last. */
  readonly variables: Readonly<Record<string, string>>;
  /** Defaults of the file's template parameters. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What became of the search. */
export type StepSearch =
  | { readonly step: FoundStep }
  | { readonly fault: "syntax"; readonly message: string; readonly position: Position }
  | { readonly fault: "noStep" };

/** Major versions by task, and the IDs a step may name instead (older tasks: section A and B of their description). */
const majors: Readonly<Record<TaskKind, string>> = {
  AzureImageBuilder: "1",
  AzureImageBuilderTask: "1",
  AzureImageBuilderTaskV2: "2",
};
const ids: Readonly<Record<string, TaskKind>> = {
  "5cb12e50-0223-4d98-9d9d-04867869f987": "AzureImageBuilder",
  "a4685136-7cb5-430c-9df5-032660332fe9": "AzureImageBuilderTask",
  "b1d5cc59-35c5-4aab-9a1e-2cc5dfa0bb25": "AzureImageBuilderTaskV2",
};

/** Which task a step's `task:` names: short, by contribution id (`publisher.extension.contribution.Name@1`) or by ID. */
export function taskKindOf(task: string): TaskKind | undefined {
  const [, name = "", major = ""] = /^(?:.*\.)?([^.@]+)@(\d+)(?:\.\d+)*$/.exec(task.trim().toLowerCase()) ?? [];
  const kinds = Object.keys(majors) as TaskKind[];
  const kind = ids[name] ?? kinds.find((one) => one.toLowerCase() === name);
  return kind !== undefined && majors[kind] === major ? kind : undefined;
}

/** Searches a YAML text. All scalars are taken as written, as the service hands them on. */
export function findStep(text: string): StepSearch {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: "failsafe",
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  });
  const positionOf = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const [error] = document.errors;
  if (error !== undefined) return { fault: "syntax", message: error.message, position: positionOf(error.pos[0]) };
  const root = document.contents;
  const found = root === null ? undefined : search(root, [], text);
  if (found === undefined) return { fault: "noStep" };
  const parameters = isMap(root) ? readPairs(root.get("parameters", true), "default") : {};
  return { step: readStep(found, parameters, positionOf, text) };
}

interface Found {
  readonly map: YAMLMap;
  readonly task: TaskKind;
  readonly scopes: readonly YAMLMap[];
}

function search(node: unknown, scopes: readonly YAMLMap[], text: string): Found | undefined {
  if (isSeq(node)) {
    for (const item of node.items) {
      const found = search(item, scopes, text);
      if (found !== undefined) return found;
    }
  }
  if (!isMap(node)) return undefined;
  const task = node.get("task", true);
  const kind = isScalar(task) ? taskKindOf(String(task.value)) : undefined;
  if (kind !== undefined) return { map: node, task: kind, scopes };
  for (const pair of node.items) {
    const found = search(pair.value, [...scopes, node], text);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readStep(
  { map, task, scopes }: Found,
  parameters: Readonly<Record<string, string>>,
  positionOf: (offset: number) => Position,
  text: string,
): FoundStep {
  const inputs = map.get("inputs", true);
  const pairs = isMap(inputs) ? inputs.items.map(({ key, value }) => ({ key, value: value as Node | null })) : [];
  const given = pairs.flatMap(({ key, value }) =>
    isScalar(key) && (value === null || isScalar(value)) ? [readInput(key, value, positionOf, text)] : [],
  );
  const notText = pairs.flatMap(({ key, value }) =>
    isScalar(key) && value !== null && !isScalar(value)
      ? [{ name: String(key.value), position: positionOf(key.range?.[0] ?? 0) }]
      : [],
  );
  const name = map.get("name", true);
  return {
    task,
    position: positionOf(map.range?.[0] ?? 0),
    name: isScalar(name) ? String(name.value) : "",
    inputs: given,
    notText,
    variables: Object.assign({}, ...scopes.map((scope) => readPairs(scope.get("variables", true), "value"))) as Record<
      string,
      string
    >,
    parameters,
  };
}

function readInput(
  key: Scalar,
  value: Scalar | null,
  positionOf: (offset: number) => Position,
  text: string,
): GivenInput {
  const offset = (value ?? key).range?.[0] ?? 0;
  const position = positionOf(offset);
  const isBlock = value?.type === "BLOCK_LITERAL" || value?.type === "BLOCK_FOLDED";
  const below = isBlock ? text.slice(text.indexOf("\n", offset) + 1) : "";
  const indent = /^ */.exec(below)?.[0].length ?? 0;
  return {
    name: String(key.value),
    text: value === null ? "" : String(value.value),
    position,
    textPosition: isBlock ? { line: position.line + 1, column: indent + 1 } : position,
  };
}

/** Variables or parameters: a map, or a list of `name` and `field`. Groups and templates bring nothing known here. */
function readPairs(node: unknown, field: "value" | "default"): Readonly<Record<string, string>> {
  if (isMap(node)) {
    return Object.fromEntries(
      node.items.flatMap(({ key, value }) =>
        isScalar(key) && isScalar(value) ? [[String(key.value), String(value.value)]] : [],
      ),
    );
  }
  if (!isSeq(node)) return {};
  return Object.fromEntries(
    node.items.flatMap((item) => {
      const name = isMap(item) ? item.get("name", true) : undefined;
      const value = isMap(item) ? item.get(field, true) : undefined;
      return isScalar(name) && isScalar(value) ? [[String(name.value), String(value.value)]] : [];
    }),
  );
}
