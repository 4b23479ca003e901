/** Evaluates expressions. Pure: where the template is and what time it is are given. */
import { suggest } from "../../values/nearest.ts";
import { isList, type Json } from "../nodes.ts";
import { argument, bool, type Call, fault, isObject, list, property, text, typeOf } from "./arguments.ts";
import { checkBounds } from "./bounds.ts";
import { ExpressionError } from "./errors.ts";
import { functions } from "./functions.ts";
import { resourceId, type Scope, subscriptionResourceId } from "./functions-resources.ts";
import type { Expression } from "./parse.ts";
import { formatTime } from "./time.ts";
import { unsupportedReason } from "./unsupported.ts";

/** What expressions may ask for. Missing parts are refused where a template asks for them. */
export interface Surroundings extends Scope {
  /** Region of the resource group. */
  readonly groupLocation?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly now: Date;
}

/** Where names are looked up. Both throw ExpressionError at `at` when there is no such name or it has no value. */
export interface Names {
  parameter(name: string, at: number): Json;
  variable(name: string, at: number): Json;
  readonly surroundings: Surroundings;
  /** Whether `utcNow` may stand here: only in defaults of parameters. */
  readonly inDefault: boolean;
}

type Locals = ReadonlyMap<string, Json>;

/** The value of an expression. Throws ExpressionError, and nothing else. */
export function evaluate(expression: Expression, names: Names, locals: Locals = new Map()): Json {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "member":
      return readMember(
        evaluate(expression.target, names, locals),
        evaluate(expression.key, names, locals),
        expression.key.at,
      );
    case "call":
      return evaluateCall(expression, names, locals);
  }
}

function readMember(target: Json, key: Json, at: number): Json {
  if (isList(target) && typeof key === "number") {
    const item = target[key];
    if (item === undefined) throw new ExpressionError(`the list has ${target.length} elements, and none at ${key}`, at);
    return item;
  }
  if (isObject(target) && typeof key === "string") {
    const value = property(target, key);
    if (value === undefined)
      throw new ExpressionError(`there is no property \`${key}\`${suggest(key, Object.keys(target))}`, at);
    return value;
  }
  throw new ExpressionError(
    `\`${String(typeof key === "object" ? typeOf(key) : key)}\` does not lead into ${typeOf(target)}`,
    at,
  );
}

type CallExpression = Extract<Expression, { readonly kind: "call" }>;
type Form = (call: CallExpression, names: Names, locals: Locals) => Json;

function evaluateCall(call: CallExpression, names: Names, locals: Locals): Json {
  const value = runCall(call, names, locals);
  checkBounds(value, names, call.at);
  return value;
}

function runCall(call: CallExpression, names: Names, locals: Locals): Json {
  const word = call.name.toLowerCase();
  const form = own(forms, word);
  if (form !== undefined) {
    checkCount(call, form.name, form.count);
    return form.run(call, names, locals);
  }
  const known = own(byWord, word);
  if (known === undefined) throw unknownFunction(call);
  checkCount(call, known.name, known.count);
  return known.run(evaluated(call, known.name, names, locals), names);
}

function own<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}

/** All arguments, also after one whose failure is told elsewhere: then what the others lack is told too. */
function evaluated(call: CallExpression, name: string, names: Names, locals: Locals): Call {
  const failures: ExpressionError[] = [];
  const args = call.args.map((arg) => {
    try {
      return evaluate(arg, names, locals);
    } catch (error) {
      if (!(error instanceof ExpressionError && error.reported)) throw error;
      failures.push(error);
      return null;
    }
  });
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  return { name, args, at: call.at, places: call.args.map(({ at }) => at) };
}

function unknownFunction({ name, at }: CallExpression): ExpressionError {
  const reason = unsupportedReason(name);
  if (reason !== undefined) return new ExpressionError(`the function ${name} is not evaluated here: ${reason}`, at);
  const known = [...Object.values(byWord), ...Object.values(forms)].map((one) => one.name);
  return new ExpressionError(`there is no function ${name}${suggest(name, known)}`, at);
}

function checkCount({ args, at }: CallExpression, name: string, [min, max]: readonly [number, number]): void {
  if (args.length >= min && args.length <= max) return;
  const wanted = max === min ? `${min}` : max === Number.POSITIVE_INFINITY ? `at least ${min}` : `${min} to ${max}`;
  throw new ExpressionError(`${name}: ${args.length} arguments are given, and it takes ${wanted}`, at);
}

interface KnownFunction {
  readonly name: string;
  readonly count: readonly [number, number];
  readonly run: (call: Call, names: Names) => Json;
}

const any = Number.POSITIVE_INFINITY;

/** Functions of the place and the time, besides those of values. */
const placed: Readonly<Record<string, Omit<KnownFunction, "name">>> = {
  parameters: { count: [1, 1], run: (call, names) => names.parameter(text(call, 0), call.at) },
  variables: { count: [1, 1], run: (call, names) => names.variable(text(call, 0), call.at) },
  resourceId: { count: [2, any], run: (call, { surroundings }) => resourceId(call, surroundings) },
  subscriptionResourceId: {
    count: [2, any],
    run: (call, { surroundings }) => subscriptionResourceId(call, surroundings),
  },
  subscription: {
    count: [0, 0],
    run: (_, { surroundings: { subscriptionId, tenantId } }) => ({
      id: `/subscriptions/${subscriptionId}`,
      subscriptionId,
      ...(tenantId === undefined ? {} : { tenantId }),
    }),
  },
  tenant: {
    count: [0, 0],
    run: (_, { surroundings: { tenantId } }): Json => (tenantId === undefined ? {} : { tenantId }),
  },
  resourceGroup: { count: [0, 0], run: (_, { surroundings }) => resourceGroup(surroundings) },
  utcNow: { count: [0, 1], run: utcNow },
};

const byWord: Readonly<Record<string, KnownFunction>> = Object.fromEntries(
  Object.entries({ ...functions, ...placed }).map(([name, row]) => [name.toLowerCase(), { name, ...row }]),
);

function resourceGroup({ subscriptionId, resourceGroup: name, groupLocation }: Surroundings): Json {
  return {
    id: `/subscriptions/${subscriptionId}/resourceGroups/${name}`,
    name,
    type: "Microsoft.Resources/resourceGroups",
    ...(groupLocation === undefined ? {} : { location: groupLocation }),
  };
}

function utcNow(call: Call, names: Names): Json {
  if (!names.inDefault) throw fault(call, "it may stand in the default of a parameter only");
  const written = formatTime(names.surroundings.now, call.args.length === 0 ? undefined : text(call, 0));
  if (written === undefined) throw fault(call, `the format \`${text(call, 0)}\` is not supported`, 0);
  return written;
}

/** What does not evaluate all of its arguments, or evaluates one several times. */
const forms: Readonly<
  Record<string, { readonly name: string; readonly count: readonly [number, number]; readonly run: Form }>
> = {
  if: { name: "if", count: [3, 3], run: evaluateIf },
  map: { name: "map", count: [2, 2], run: evaluateMap },
  filter: { name: "filter", count: [2, 2], run: evaluateFilter },
  reduce: { name: "reduce", count: [3, 3], run: evaluateReduce },
  lambdavariables: { name: "lambdaVariables", count: [1, 1], run: evaluateLocal },
  lambda: {
    name: "lambda",
    count: [1, any],
    run: ({ at }) => {
      throw new ExpressionError("lambda: it may stand as an argument of map, filter and reduce only", at);
    },
  },
};

/** Only the branch that is taken is evaluated (documentation of if). */
function evaluateIf(call: CallExpression, names: Names, locals: Locals): Json {
  const head = evaluated({ ...call, args: call.args.slice(0, 1) }, "if", names, locals);
  return evaluate(argumentOf(call, bool(head, 0) ? 1 : 2), names, locals);
}

function evaluateMap(call: CallExpression, names: Names, locals: Locals): Json {
  const apply = lambdaOf(call, 1, names, locals);
  return list(evaluated({ ...call, args: call.args.slice(0, 1) }, "map", names, locals), 0).map((item, index) =>
    apply(item, index),
  );
}

function evaluateFilter(call: CallExpression, names: Names, locals: Locals): Json {
  const apply = lambdaOf(call, 1, names, locals);
  return list(evaluated({ ...call, args: call.args.slice(0, 1) }, "filter", names, locals), 0).filter((item, index) => {
    const keeps = apply(item, index);
    if (typeof keeps !== "boolean") throw new ExpressionError("filter: the lambda gives no bool", call.at);
    return keeps;
  });
}

function evaluateReduce(call: CallExpression, names: Names, locals: Locals): Json {
  const apply = lambdaOf(call, 2, names, locals);
  const head = evaluated({ ...call, args: call.args.slice(0, 2) }, "reduce", names, locals);
  return list(head, 0).reduce<Json>((current, next, index) => apply(current, next, index), argument(head, 1));
}

function evaluateLocal(call: CallExpression, names: Names, locals: Locals): Json {
  const head = evaluated(call, "lambdaVariables", names, locals);
  const value = locals.get(text(head, 0).toLowerCase());
  if (value === undefined) throw fault(head, `there is no lambda variable \`${text(head, 0)}\``, 0);
  return value;
}

/** The lambda that stands as an argument: its names must be texts, its body is evaluated for each call. */
function lambdaOf(
  call: CallExpression,
  index: number,
  names: Names,
  locals: Locals,
): (...values: readonly Json[]) => Json {
  const lambda = argumentOf(call, index);
  if (lambda.kind !== "call" || lambda.name.toLowerCase() !== "lambda") {
    throw new ExpressionError(`${call.name}: argument ${index + 1} is no lambda`, lambda.at);
  }
  const body = argumentOf(lambda, lambda.args.length - 1);
  const parameters = lambda.args.slice(0, -1).map((one) => {
    if (one.kind === "literal" && typeof one.value === "string") return one.value.toLowerCase();
    throw new ExpressionError("lambda: the name of a variable is expected, in single quotes", one.at);
  });
  return (...values) => {
    const bound = parameters.map((name, at) => [name, values[at] ?? null] as const);
    return evaluate(body, names, new Map([...locals, ...bound]));
  };
}

function argumentOf(call: CallExpression, index: number): Expression {
  const arg = call.args[index];
  if (arg === undefined) throw new ExpressionError(`${call.name}: argument ${index + 1} is missing`, call.at);
  return arg;
}
