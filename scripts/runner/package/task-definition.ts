/** What the agent reads in a task.json (agent contract, section 7). */

/** One input of a task. */
export interface TaskInput {
  readonly name: string;
  readonly type: string;
  readonly defaultValue: string;
  readonly aliases: readonly string[];
}

/** The parts of a step a task may bring. */
export type StepPart = "prejobexecution" | "execution" | "postjobexecution";

/** What a task may do by logging commands (agent contract, section 3.5). */
export interface TaskRestrictions {
  /** True permits only the commands of restricted mode. */
  readonly restrictedCommands: boolean;
  /** Patterns of variable names that may be set; undefined permits all, an empty list none. */
  readonly settableVariables: readonly string[] | undefined;
}

/** A task.json. */
export interface TaskDefinition {
  readonly id: string;
  readonly name: string;
  readonly friendlyName: string;
  readonly description: string;
  readonly author: string;
  readonly helpUrl: string;
  readonly instanceNameFormat: string;
  readonly version: { readonly major: number; readonly text: string };
  readonly inputs: readonly TaskInput[];
  /** Declared output variables. */
  readonly outputVariables: readonly string[];
  /** Target file by handler name as written, for each part the task has. */
  readonly parts: Readonly<Record<StepPart, ReadonlyMap<string, string>>>;
  readonly restrictions: TaskRestrictions | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** Reads a task.json's text. Throws an Error naming `source` when it is no JSON or lacks id, name or version. */
export function parseTaskDefinition(text: string, source: string): TaskDefinition {
  const json = parseJson(text, source);
  const id = string(json.id);
  const name = string(json.name);
  const version = record(json.version);
  const major = Number(version.Major);
  if (id === "" || name === "" || !Number.isInteger(major)) {
    throw new Error(`${source} is no task definition: it needs id, name and version.Major.`);
  }
  return {
    id,
    name,
    friendlyName: string(json.friendlyName),
    description: string(json.description),
    author: string(json.author),
    helpUrl: string(json.helpUrl) || string(json.helpMarkDown),
    instanceNameFormat: string(json.instanceNameFormat) || name,
    version: { major, text: [version.Major, version.Minor, version.Patch].map((part) => Number(part ?? 0)).join(".") },
    inputs: list(json.inputs).map(parseInput),
    outputVariables: list(json.outputVariables).map((output) => string(record(output).name)),
    parts: {
      prejobexecution: parseHandlers(json.prejobexecution),
      execution: parseHandlers(json.execution),
      postjobexecution: parseHandlers(json.postjobexecution),
    },
    restrictions: parseRestrictions(json.restrictions),
  };
}

function parseJson(text: string, source: string): Json {
  try {
    return record(JSON.parse(text.replace(/^\uFEFF/, "")));
  } catch (error) {
    throw new Error(`${source} is not valid JSON.`, { cause: error });
  }
}

function parseInput(value: unknown): TaskInput {
  const input = record(value);
  return {
    name: string(input.name).trim(),
    type: string(input.type),
    defaultValue: string(input.defaultValue),
    aliases: list(input.aliases).map(string),
  };
}

function parseHandlers(value: unknown): ReadonlyMap<string, string> {
  return new Map(Object.entries(record(value)).map(([key, handler]) => [key, string(record(handler).target)]));
}

/** Also the form a pipeline gives under a step's `target`: `{commands, settableVariables}`. */
export function parseRestrictions(value: unknown): TaskRestrictions | undefined {
  if (value === undefined) return undefined;
  const restrictions = record(value);
  const allowed = record(restrictions.settableVariables).allowed;
  return {
    restrictedCommands: string(record(restrictions.commands).mode).toLowerCase() === "restricted",
    settableVariables: Array.isArray(allowed) ? allowed.map(string) : undefined,
  };
}

function record(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

function string(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" || typeof value === "boolean" ? `${value}` : "";
}
