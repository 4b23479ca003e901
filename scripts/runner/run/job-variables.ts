/** The variables a job begins with: predefined, the run's, the pipeline's, the stage's, the job's, queue-time ones. */
import { evaluateExpression, type ExpressionContext } from "../expressions/evaluate.ts";
import { toText } from "../expressions/values.ts";
import type { Masker } from "../agent/masker.ts";
import { createVariables, type VariableStore } from "../agent/variables.ts";
import type { VariableDeclaration } from "../pipeline/types.ts";
import { variableContext, variablesValue, type VariableReader } from "./contexts.ts";

/** Where variables come from. */
export interface VariableSources {
  /** Set by the service and the agent; read-only. */
  readonly system: Readonly<Record<string, string>>;
  /** Weakest: a declaration of the same name takes their place. */
  readonly surroundings: Readonly<Record<string, string>>;
  /** Of pipeline, stage and job, in this order; later ones win. */
  readonly declared: readonly VariableDeclaration[];
  /** Strongest. */
  readonly queued: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

/** What runtime expressions of variables may refer to, and which of that is secret. */
export interface Upstream {
  readonly names: ExpressionContext["names"];
  readonly secretValues: readonly string[];
}

/** Declarations with their runtime expressions evaluated, by name. */
export function evaluateDeclarations(
  sources: VariableSources,
  upstream: Upstream,
): ReadonlyMap<string, EvaluatedVariable> {
  const values = new Map<string, EvaluatedVariable>();
  const put = (
    name: string,
    value: string,
    flags: { readonly readOnly?: boolean; readonly secret?: boolean } = {},
  ): void => {
    values.set(name.toLowerCase(), { name, value, readOnly: flags.readOnly ?? false, secret: flags.secret ?? false });
  };
  for (const [name, value] of Object.entries(sources.system)) put(name, value, { readOnly: true });
  for (const [name, value] of Object.entries(sources.surroundings)) put(name, value);
  for (const [name, value] of Object.entries(sources.secrets)) put(name, value, { secret: true });
  const read: VariableReader = (name) => values.get(name.toLowerCase())?.value;
  const queued = new Set(Object.keys(sources.queued).map((name) => name.toLowerCase()));
  for (const [name, value] of Object.entries(sources.queued)) put(name, value);
  for (const { name, value, readOnly } of sources.declared) {
    if (queued.has(name.toLowerCase())) continue;
    const evaluated = evaluateValue(value, { ...upstream.names, variables: variablesValue(read) });
    const secret = upstream.secretValues.some((one) => one !== "" && evaluated !== value && evaluated.includes(one));
    put(name, evaluated, { readOnly, secret });
  }
  return values;
}

/** A variable whose runtime expression has been evaluated. */
export interface EvaluatedVariable {
  readonly name: string;
  readonly value: string;
  readonly readOnly: boolean;
  readonly secret: boolean;
}

/** Text stays as it is; `$[ … ]` becomes its value's text. */
function evaluateValue(value: string, names: ExpressionContext["names"]): string {
  const [, expression] = /^\s*\$\[([\s\S]*)\]\s*$/.exec(value) ?? [];
  if (expression === undefined) return value;
  return toText(evaluateExpression(expression, variableContext(names))) ?? "";
}

/** A job's store with those values, expanded. */
export function createJobVariables(values: ReadonlyMap<string, EvaluatedVariable>, masker: Masker): VariableStore {
  const store = createVariables(masker);
  for (const { name, value, readOnly, secret } of values.values()) {
    if (secret) masker.addAtStart(value);
    store.set(name, value, { readOnly, secret });
  }
  store.expand();
  return store;
}
