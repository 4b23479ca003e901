/** The variables of a job: names without case, secrets, read-only names, recursive expansion (agent contract 2.2, 3.4). */
import type { Masker } from "./masker.ts";
import { expandMacros } from "./macros.ts";

/** A variable with its value and its flags. */
export interface Variable {
  /** As first or last written. */
  readonly name: string;
  readonly value: string;
  readonly secret: boolean;
  readonly readOnly: boolean;
  readonly preserveCase: boolean;
}

/** Flags of a variable; each is false unless given. */
export type VariableFlags = Partial<Pick<Variable, "secret" | "readOnly" | "preserveCase">>;

/** Variables by name, without regard to case. */
export interface VariableStore {
  /** The expanded value. */
  get(name: string): string | undefined;
  isReadOnly(name: string): boolean;
  /** Stores a value as it is; once secret, a name stays secret, and its values are masked. */
  set(name: string, value: string, flags?: VariableFlags): void;
  /** Expanded, in the order they were first set. */
  all(): readonly Variable[];
  /** Expands every variable anew, as the agent does before each step; returns warnings. */
  expand(): readonly string[];
}

/** How deep variables may refer to each other. */
const deepest = 50;

/** An empty store whose secrets are registered with `masker`. */
export function createVariables(masker: Masker): VariableStore {
  const raw = new Map<string, Variable>();
  let expanded = new Map<string, Variable>();
  return {
    get: (name) => expanded.get(name.toLowerCase())?.value,
    isReadOnly: (name) => raw.get(name.toLowerCase())?.readOnly ?? false,
    set(name, value, flags = {}) {
      const key = name.toLowerCase();
      const secret = (flags.secret ?? false) || (expanded.get(key)?.secret ?? false);
      if (secret) masker.add(value);
      const readOnly = flags.readOnly ?? false;
      const variable = { name, value, secret, readOnly, preserveCase: flags.preserveCase ?? false };
      raw.set(key, variable);
      expanded.set(key, variable);
    },
    all: () => [...expanded.values()],
    expand() {
      const warnings: string[] = [];
      expanded = new Map([...raw].map(([key, variable]) => [key, expandOne(raw, variable, warnings)]));
      return warnings;
    },
  };
}

interface Expansion {
  readonly value: string;
  readonly secret: boolean;
}

function expandOne(raw: ReadonlyMap<string, Variable>, variable: Variable, warnings: string[]): Variable {
  const problems: string[] = [];
  const result = resolve(raw, variable, { path: [variable.name.toLowerCase()], problems });
  warnings.push(...problems);
  return problems.length > 0 ? variable : { ...variable, ...result };
}

/** A variable that includes a secret becomes one. */
function resolve(
  raw: ReadonlyMap<string, Variable>,
  variable: Variable,
  state: { readonly path: readonly string[]; readonly problems: string[] },
): Expansion {
  let secret = variable.secret;
  const value = expandMacros(variable.value, (name) => {
    const key = name.toLowerCase();
    const other = raw.get(key);
    if (other === undefined) return undefined;
    if (state.path.includes(key)) {
      state.problems.push(`Variable "${state.path[0]}" is left as written: its value refers back to "${name}".`);
      return undefined;
    }
    if (state.path.length >= deepest) {
      state.problems.push(`Variable "${state.path[0]}" is left as written: it is nested more than ${deepest} deep.`);
      return undefined;
    }
    const inner = resolve(raw, other, { ...state, path: [...state.path, key] });
    secret ||= inner.secret;
    return inner.value;
  });
  return { value, secret };
}
