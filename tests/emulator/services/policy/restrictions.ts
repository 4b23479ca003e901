/** What Azure Policy would say of a resource, asked before it is made (Microsoft.PolicyInsights, checkPolicyRestrictions). */
import { invalidContent, unknownGroup } from "../../core/arm-errors.ts";
import type { ArmRoute, Reply, RouteContext } from "../../core/types.ts";
import { versionsOf } from "../provider-catalogue.ts";
import { policiesAt, type Policy } from "./assignments.ts";
import { conditionsOn, holds, valueOf } from "./rules.ts";

const service = "Microsoft.PolicyInsights";
const name = `${service}/checkPolicyRestrictions`;
const subscription = "/subscriptions/:subscriptionId";

type Json = Readonly<Record<string, unknown>>;

/** Routes of this service; those of management groups are not built. */
export const policyRestrictionRoutes: readonly ArmRoute[] = [
  subscription,
  `${subscription}/resourceGroups/:resourceGroup`,
].map((scope) => ({
  service,
  method: "POST",
  path: `${scope}/providers/${name}`,
  apiVersions: versionsOf(service),
  action: `${name}/read`,
  handle: check,
}));

interface PendingField {
  readonly field: string;
  readonly values?: readonly string[];
}

interface Question {
  readonly resource: Json;
  readonly pending: readonly PendingField[];
  readonly effects: readonly string[];
}

function questionOf(context: RouteContext): Question {
  const body = context.json() as {
    readonly resourceDetails?: { readonly resourceContent?: Json };
    readonly pendingFields?: readonly PendingField[];
    readonly includeAuditEffect?: boolean;
  } | null;
  const resource = body?.resourceDetails?.resourceContent;
  if (typeof resource !== "object") throw invalidContent("The property 'resourceDetails.resourceContent' is required.");
  const hasAudit = body?.includeAuditEffect === true && context.apiVersion >= "2024-10-01";
  return { resource, pending: body?.pendingFields ?? [], effects: hasAudit ? ["deny", "audit"] : ["deny"] };
}

function check(context: RouteContext): Reply {
  const { subscriptionId = "", resourceGroup } = context.params;
  const group = resourceGroup === undefined ? "" : `/resourceGroups/${resourceGroup}`;
  const scope = `/subscriptions/${subscriptionId}${group}`;
  if (group !== "" && context.world.resources.get(scope) === undefined) throw unknownGroup(resourceGroup ?? "");
  const question = questionOf(context);
  const policies = policiesAt(context.world, scope).filter(
    ({ effect, enforced }) => question.effects.includes(effect) && enforced,
  );
  const fieldRestrictions = new Map<string, object[]>();
  for (const policy of policies) {
    for (const [field, restriction] of restrictionsOf(policy, question))
      fieldRestrictions.set(field, [...(fieldRestrictions.get(field) ?? []), restriction]);
  }
  const body = {
    fieldRestrictions: [...fieldRestrictions].map(([field, restrictions]) => ({ field, restrictions })),
    contentEvaluationResult: {
      policyEvaluations: policies
        .filter((policy) => resultOf(policy, question) === true)
        .map((one) => evaluation(one, question)),
    },
  };
  return { status: 200, mark: "specification", fact: "check policy restrictions", body };
}

function resultOf({ condition }: Policy, { resource, pending }: Question): boolean | undefined {
  return holds(condition, { resource, pending: pending.map(({ field }) => field.toLowerCase()) });
}

function infoOf({ assignment, definition, set }: Policy): object {
  return {
    policyDefinitionId: definition.id,
    ...(set === undefined ? {} : { policySetDefinitionId: set.id, policyDefinitionReferenceId: set.reference }),
    policyAssignmentId: assignment.id,
  };
}

function effectName(effect: string): string {
  return `${effect.charAt(0).toUpperCase()}${effect.slice(1)}`;
}

function evaluation(policy: Policy, { resource }: Question): object {
  const evaluatedExpressions = conditionsOn(policy.condition).map((rule) => {
    const [operator, targetValue] = Object.entries(rule).find(([key]) => key !== "field") ?? ["", undefined];
    const field = String(rule["field"]);
    const isMet = holds(rule, { resource, pending: [] }) === true;
    const expressionValue = valueOf(field, resource);
    return {
      result: isMet ? "True" : "False",
      expressionKind: "field",
      expression: field,
      path: field.includes("/") ? `properties.${field.slice(field.lastIndexOf("/") + 1)}` : field,
      ...(expressionValue === undefined ? {} : { expressionValue }),
      targetValue,
      operator,
    };
  });
  return {
    policyInfo: infoOf(policy),
    evaluationResult: "NonCompliant",
    evaluationDetails: { evaluatedExpressions },
    effectDetails: { policyEffect: effectName(policy.effect) },
  };
}

/** What a rule that waits for pending fields asks of them: values it denies, and tags it requires. */
function restrictionsOf(policy: Policy, question: Question): readonly (readonly [string, object])[] {
  if (resultOf(policy, question) !== undefined) return [];
  const { pending } = question;
  const fixed = { policy: infoOf(policy), policyEffect: effectName(policy.effect) };
  const denied = pending.flatMap(({ field, values = [] }) => {
    const bad = values.filter((value) => refuses(policy, question, { [field]: value }));
    const reason = `${field} is not allowed`;
    return bad.length === 0 ? [] : [[field, { result: "Deny", values: bad, ...fixed, reason }] as const];
  });
  const isTags = pending.some(({ field }) => field.toLowerCase() === "tags");
  return isTags ? [...denied, ...requiredTags(policy, question, fixed)] : denied;
}

/** Is the resource refused with these values, when everything else that is pending stays away? */
function refuses({ condition }: Policy, { resource }: Question, values: Json): boolean {
  return holds(condition, { resource: { ...resource, ...values }, pending: [] }) === true;
}

function requiredTags(policy: Policy, question: Question, fixed: object): readonly (readonly [string, object])[] {
  if (!refuses(policy, question, {})) return [];
  const rules = conditionsOn(policy.condition).filter((rule) => /^tags[.[]/i.test(String(rule["field"])));
  const tags = new Set(rules.map((rule) => tagOf(String(rule["field"]))));
  return [...tags].map((tag) => {
    const list = rules.find((rule) => tagOf(String(rule["field"])) === tag && "notIn" in rule)?.["notIn"];
    const values = Array.isArray(list) ? { values: list } : {};
    return [`tags.${tag}`, { result: "Required", ...values, ...fixed, reason: `tags.${tag} is required` }] as const;
  });
}

function tagOf(field: string): string {
  const [, dotted, bracketed] = /^tags(?:\.(.+)|\['?([^\]']+)'?\])$/i.exec(field) ?? [];
  return dotted ?? bracketed ?? field;
}
