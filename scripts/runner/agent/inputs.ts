/** From a step's `inputs:` to the values the task receives (agent contract, section 2.2). */
import { join, isAbsolute, normalize } from "node:path";
import type { TaskDefinition } from "../package/task-definition.ts";
import { expandMacros } from "./macros.ts";

/** A value by input name as the task defines it (or as given, for names the task does not know). */
export type Inputs = ReadonlyMap<string, string>;

/** What macros and paths are resolved with. */
export interface InputContext {
  /** Job variables, secrets included, without regard to case. */
  readonly variable: (name: string) => string | undefined;
  /** The agent's own environment, as the operating system compares names. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folder that relative `filePath` inputs are joined to; an empty one becomes this folder itself. */
  readonly pathRoot: string;
}

/**
 * What the service sends: given names resolved without case, aliases to the input they stand for (an input's own name
 * wins over its aliases). Names the task does not know are sent on as they are.
 */
export function resolveAliases(task: TaskDefinition, given: Readonly<Record<string, string>>): Inputs {
  const byName = new Map(task.inputs.map((input) => [input.name.toLowerCase(), input.name]));
  const byAlias = new Map(
    task.inputs.flatMap((input) => input.aliases.map((alias) => [alias.toLowerCase(), input.name])),
  );
  const resolved = new Map<string, string>();
  const named = new Set<string>();
  for (const [key, value] of Object.entries(given)) {
    const own = byName.get(key.toLowerCase());
    const name = own ?? byAlias.get(key.toLowerCase()) ?? key;
    if (own === undefined && named.has(name)) continue;
    if (own !== undefined) named.add(name);
    resolved.set(name, value);
  }
  return resolved;
}

/** Every input of the task with its trimmed default, overlaid with the trimmed given values; hidden inputs too. */
export function overlayDefaults(task: TaskDefinition, given: Inputs): Inputs {
  const values = new Map(task.inputs.map((input) => [input.name, input.defaultValue.trim()]));
  for (const [name, value] of given) values.set(name.trim(), value.trim());
  return values;
}

/** Expands macros (variables first, then the environment, one pass each) and roots `filePath` inputs. */
export function expandInputs(task: TaskDefinition, inputs: Inputs, context: InputContext): Inputs {
  const paths = new Set(
    task.inputs.filter((input) => input.type.toLowerCase() === "filepath").map((input) => input.name),
  );
  return new Map(
    [...inputs].map(([name, value]) => {
      const expanded = expandText(value, context);
      return [name, paths.has(name) ? rootPath(expanded, context.pathRoot) : expanded];
    }),
  );
}

/** The two passes of macro expansion the agent makes over inputs and `env:` values. */
export function expandText(text: string, context: Pick<InputContext, "variable" | "environment">): string {
  return expandMacros(expandMacros(text, context.variable), (name) => context.environment[name]);
}

function rootPath(path: string, root: string): string {
  if (path === "") return root;
  return isAbsolute(path) ? normalize(path) : join(root, path);
}

/** Names of the `connectedService:*` inputs of a task. */
export function connectionInputs(task: TaskDefinition): readonly string[] {
  return task.inputs.filter((input) => /^connectedservice:/i.test(input.type)).map((input) => input.name);
}
