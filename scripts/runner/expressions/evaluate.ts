/** Evaluates expressions. */
import { functions, type FunctionRule } from "./functions.ts";
import { parseExpression, type Expression } from "./parse.ts";
import { describe, toText, type Value } from "./values.ts";

/** What an expression may refer to at its place: `variables`, `dependencies`, status functions and so on. */
export interface ExpressionContext {
  /** By name in lower case. */
  readonly names: Readonly<Record<string, Value>>;
  /** Beside those of every place; by name in lower case. */
  readonly functions: Readonly<Record<string, FunctionRule>>;
}

/** Evaluates a text. Throws an Error with the reason and the expression when it cannot be. */
export function evaluateExpression(source: string, context: ExpressionContext): Value {
  const expression = parseExpression(source);
  if (expression === undefined) return null;
  try {
    return evaluate(expression, context);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The expression "${source.trim()}" cannot be evaluated: ${why}.`, { cause: error });
  }
}

function evaluate(expression: Expression, context: ExpressionContext): Value {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "name":
      return lookUp(context.names, expression.name, "name");
    case "index":
      return index(evaluate(expression.of, context), evaluate(expression.key, context));
    case "call":
      return call(expression, context);
  }
}

function call(expression: Extract<Expression, { kind: "call" }>, context: ExpressionContext): Value {
  const rule = lookUp({ ...functions, ...context.functions }, expression.name, "function");
  const { length } = expression.args;
  if (length < rule.least || length > rule.most) {
    const most = rule.most === Number.POSITIVE_INFINITY ? "more" : String(rule.most);
    throw new Error(`${expression.name} takes ${rule.least} to ${most} arguments, not ${length}`);
  }
  return rule.apply(expression.args.map((argument) => () => evaluate(argument, context)));
}

function lookUp<T>(table: Readonly<Record<string, T>>, name: string, what: string): T {
  const key = name.toLowerCase();
  const found = Object.hasOwn(table, key) ? table[key] : undefined;
  if (found === undefined)
    throw new Error(`the ${what} "${name}" is not known here (${Object.keys(table).join(", ")})`);
  return found;
}

/** A key that is not there, or one of nothing, gives null. */
function index(of: Value, key: Value): Value {
  if (typeof of !== "object" || of === null || of.kind === "version") return null;
  if (of.kind === "array") return (typeof key === "number" ? of.items[key] : undefined) ?? null;
  return of.get(toText(key) ?? describe(key)) ?? null;
}
