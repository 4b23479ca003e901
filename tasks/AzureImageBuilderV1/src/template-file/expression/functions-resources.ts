/** Functions that make resource IDs from names (documentation: resource functions). What exists is not asked. */
import { isGuid } from "../../values/resource-id.ts";
import { type Call, fault, text } from "./arguments.ts";
import type { FunctionRow } from "./functions.ts";

const any = Number.POSITIVE_INFINITY;

/** `provider/type/name[/type/name]…`, from the type at `index` and the names after it. */
function typed(call: Call, index: number): string {
  const [provider = "", ...types] = text(call, index).split("/");
  const names = call.args.slice(index + 1).map((_, offset) => text(call, index + 1 + offset));
  if (types.length === 0 || types.length !== names.length) {
    throw fault(call, `the type \`${text(call, index)}\` and ${names.length} names do not go together`, index);
  }
  return [provider, ...types.flatMap((type, at) => [type, names[at] ?? ""])].join("/");
}

/** Where the type stands: the first argument that has the form of one. */
function typeIndex(call: Call, most: number): number {
  const index = call.args.findIndex((one) => typeof one === "string" && /^[\w-]+(?:\.[\w-]+)+\/[\w/.-]+$/.test(one));
  if (index < 0 || index > most) throw fault(call, "no resource type such as Microsoft.Compute/images is given", 0);
  return index;
}

/** The functions whose result does not depend on where the template is deployed. */
export const resourceFunctions: Readonly<Record<string, FunctionRow>> = {
  extensionResourceId: {
    count: [3, any],
    run: (call) => `${text(call, 0)}/providers/${typed(call, 1)}`,
  },
  tenantResourceId: { count: [2, any], run: (call) => `/providers/${typed(call, 0)}` },
};

/** Where the template is. */
export interface Scope {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
}

/** `resourceId([subscription], [group], type, names…)`. */
export function resourceId(call: Call, scope: Scope): string {
  const index = typeIndex(call, 2);
  const before = call.args.slice(0, index).map((_, at) => text(call, at));
  const [first, second] = before;
  const subscription = first !== undefined && (second !== undefined || isGuid(first)) ? first : scope.subscriptionId;
  const group = second ?? (first !== undefined && !isGuid(first) ? first : scope.resourceGroup);
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/${typed(call, index)}`;
}

/** `subscriptionResourceId([subscription], type, names…)`. */
export function subscriptionResourceId(call: Call, scope: Scope): string {
  const index = typeIndex(call, 1);
  const subscription = index === 1 ? text(call, 0) : scope.subscriptionId;
  return `/subscriptions/${subscription}/providers/${typed(call, index)}`;
}
