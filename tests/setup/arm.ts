/** Evaluates samples/setup/azuredeploy.json as Resource Manager does: parameters, conditions, loops, the nested deployment. */
import { isExpression, parseExpression } from "../../tasks/AzureImageBuilderV1/src/template-file/expression/parse.ts";
import { callFunction, group, type Json, type JsonObject, type Made, principalOf, subscription } from "./place.ts";

interface Template {
  readonly parameters?: Readonly<Record<string, { readonly defaultValue?: Json }>>;
  readonly variables?: JsonObject;
  readonly resources: readonly Resource[];
  readonly outputs?: Readonly<Record<string, { readonly value: Json }>>;
}
interface Resource extends JsonObject {
  readonly type: string;
  readonly apiVersion: string;
}
interface Scope {
  readonly template: Template;
  readonly given: JsonObject;
  /** ID of the group or subscription that is deployed to. */
  readonly place: string;
  readonly index?: number;
}
type Expression = ReturnType<typeof parseExpression>;

/** Everything that a deployment with these parameters makes. Throws an Error where an expression has no value. */
export function evaluateArm(template: Template, given: JsonObject, place = group): readonly Made[] {
  const scope = { template, given, place };
  return template.resources.flatMap((resource) => {
    const { copy } = resource;
    const count = copy === undefined ? 1 : (value((copy as JsonObject)["count"] ?? 1, scope) as number);
    return Array.from({ length: count }, (_, index) => made(resource, { ...scope, index })).flat();
  });
}

/** The outputs of that deployment. */
export function evaluateOutputs(template: Template, given: JsonObject): JsonObject {
  const scope = { template, given, place: group };
  return Object.fromEntries(
    Object.entries(template.outputs ?? {}).map(([name, one]) => [name, value(one.value, scope)]),
  );
}

function made(resource: Resource, scope: Scope): readonly Made[] {
  if (resource["condition"] !== undefined && value(resource["condition"], scope) !== true) return [];
  if (resource.type === "Microsoft.Resources/deployments") return nested(resource, scope);
  const { type, apiVersion, name, scope: at, dependsOn = [], condition: _c, copy: _k, ...body } = resource;
  return [
    {
      type,
      apiVersion,
      name: value(name ?? "", scope) as string,
      scope: at === undefined ? scope.place : (value(at, scope) as string),
      body: value(body, scope) as JsonObject,
      dependsOn: value(dependsOn, scope) as readonly string[],
    },
  ];
}

function nested(resource: Resource, scope: Scope): readonly Made[] {
  const properties = resource["properties"] as JsonObject;
  const given = Object.entries(properties["parameters"] as JsonObject).map(
    ([name, one]) => [name, value((one as JsonObject)["value"] ?? null, scope)] as const,
  );
  if (resource["resourceGroup"] !== undefined) throw new Error("a nested deployment to a group");
  return evaluateArm(properties["template"] as unknown as Template, Object.fromEntries(given), subscription);
}

function value(json: Json, scope: Scope): Json {
  if (typeof json === "string") return isExpression(json) ? evaluate(parseExpression(json), scope) : json;
  if (Array.isArray(json)) return json.map((one: Json) => value(one, scope));
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(Object.entries(json as JsonObject).map(([key, one]) => [key, value(one, scope)]));
}

function evaluate(expression: Expression, scope: Scope): Json {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "member": {
      const target = evaluate(expression.target, scope) as JsonObject;
      const key = evaluate(expression.key, scope) as string;
      const found = target[key];
      if (found === undefined) throw new Error(`no ${key} in ${JSON.stringify(target)}`);
      return found;
    }
    case "call":
      return call(expression, scope);
  }
}

function call({ name, args }: Extract<Expression, { readonly kind: "call" }>, scope: Scope): Json {
  const of = (at: number): Json => {
    const arg = args[at];
    if (arg === undefined) throw new Error(`${name} lacks an argument`);
    return evaluate(arg, scope);
  };
  switch (name) {
    case "if":
      return of(0) === true ? of(1) : of(2);
    case "parameters":
      return lookUp(
        of(0) as string,
        scope,
        scope.given[of(0) as string] ?? scope.template.parameters?.[of(0) as string]?.defaultValue,
      );
    case "variables":
      return lookUp(of(0) as string, scope, scope.template.variables?.[of(0) as string]);
    case "copyIndex":
      return scope.index ?? 0;
    case "reference":
      return { principalId: principalOf(of(0) as string) };
    default:
      return callFunction(
        name,
        args.map((_, at) => of(at)),
        scope.place,
      );
  }
}

function lookUp(name: string, scope: Scope, found: Json | undefined): Json {
  if (found === undefined) throw new Error(`${name} has no value`);
  return value(found, scope);
}
