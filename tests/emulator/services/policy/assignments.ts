/** The policies that count at a scope, and what they say of a resource that is about to be made there. */
import { scopeOfExtension } from "../../core/locks.ts";
import { isWithin } from "../../core/resources.ts";
import { ArmFault, type Resource, type World } from "../../core/types.ts";
import { propertiesOf } from "../resource-view.ts";
import { workedOut } from "./expressions.ts";
import { holds } from "./rules.ts";

type Json = Readonly<Record<string, unknown>>;

/** One definition of an assignment, its parameters worked in. */
export interface Policy {
  readonly assignment: Resource;
  readonly definition: Resource;
  /** The initiative it comes from, and the name it has there. */
  readonly set: { readonly id: string; readonly reference: string } | undefined;
  readonly condition: unknown;
  /** In lower case: `deny`, `audit`, `modify` … */
  readonly effect: string;
  readonly enforced: boolean;
}

/** Every policy assigned at or above the scope that does not leave the scope out. */
export function policiesAt(world: World, scope: string): readonly Policy[] {
  return world.resources
    .list("", "Microsoft.Authorization/policyAssignments")
    .filter((one) => isWithin(scope, scopeOfExtension(one.id)))
    .filter((one) => !textsOf(propertiesOf(one)["notScopes"]).some((left) => isWithin(scope, left)))
    .flatMap((one) => policiesOf(world, one));
}

function policiesOf(world: World, assignment: Resource): readonly Policy[] {
  const { policyDefinitionId } = propertiesOf(assignment);
  const given = valuesOf(propertiesOf(assignment)["parameters"]);
  const found = world.resources.get(String(policyDefinitionId));
  if (found === undefined)
    throw new Error(`The policy assignment '${assignment.name}' names a definition that the world has not got.`);
  if (!/\/policySetDefinitions\//i.test(found.id))
    return [policyOf({ assignment, definition: found, set: undefined, given })];
  const parts = (propertiesOf(found)["policyDefinitions"] ?? []) as readonly Json[];
  const parameters = { ...defaultsOf(found), ...given };
  return parts.map((part) => {
    const definition = world.resources.get(String(part["policyDefinitionId"]));
    if (definition === undefined)
      throw new Error(`The initiative '${found.name}' names a definition that is not there.`);
    const reference = part["policyDefinitionReferenceId"];
    const own = valuesOf(workedOut(part["parameters"] ?? {}, parameters));
    return policyOf({
      assignment,
      definition,
      set: { id: found.id, reference: textOr(reference, definition.name) },
      given: own,
    });
  });
}

function policyOf(parts: Pick<Policy, "assignment" | "definition" | "set"> & { readonly given: Json }): Policy {
  const { assignment, definition, set, given } = parts;
  const rule = (propertiesOf(definition)["policyRule"] ?? {}) as { readonly if?: unknown; readonly then?: Json };
  const parameters = { ...defaultsOf(definition), ...given };
  return {
    assignment,
    definition,
    set,
    condition: workedOut(rule.if, parameters),
    effect: String(workedOut(rule.then?.["effect"], parameters)).toLowerCase(),
    enforced: propertiesOf(assignment)["enforcementMode"] !== "DoNotEnforce",
  };
}

function defaultsOf(definition: Resource): Json {
  const parameters = (propertiesOf(definition)["parameters"] ?? {}) as Readonly<Record<string, Json>>;
  return Object.fromEntries(Object.entries(parameters).map(([name, one]) => [name, one["defaultValue"]]));
}

function valuesOf(parameters: unknown): Json {
  const entries = Object.entries((parameters ?? {}) as Readonly<Record<string, Json>>);
  return Object.fromEntries(entries.map(([name, one]) => [name, one["value"]]));
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** A resource as a policy sees it. */
export interface NewResource {
  readonly type: string;
  readonly name: string;
  readonly location?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly [part: string]: unknown;
}

/** The policies that refuse the resource at the scope. */
export function denials(world: World, scope: string, resource: NewResource): readonly Policy[] {
  return policiesAt(world, scope).filter(
    ({ effect, enforced, condition }) =>
      effect === "deny" && enforced && holds(condition, { resource, pending: [] }) === true,
  );
}

/** What Resource Manager says of a resource that policies refuse (documentation of RequestDisallowedByPolicy). */
export function denialText(name: string, policies: readonly Policy[]): string {
  const identifiers = policies.map(({ assignment, definition, set }) => ({
    policyAssignment: { name: displayName(assignment), id: assignment.id },
    policyDefinition: { name: displayName(definition), id: definition.id },
    ...(set === undefined ? {} : { policySetDefinition: { name: set.reference, id: set.id } }),
  }));
  return `Resource '${name}' was disallowed by policy. Policy identifiers: '${JSON.stringify(identifiers)}'.`;
}

function displayName(resource: Resource): string {
  return textOr(propertiesOf(resource)["displayName"], resource.name);
}

function textOr(value: unknown, other: string): string {
  return typeof value === "string" ? value : other;
}

/** Throws 403 RequestDisallowedByPolicy where a policy refuses the resource. */
export function checkPolicies(world: World, scope: string, resource: NewResource): void {
  const policies = denials(world, scope, resource);
  if (policies.length === 0) return;
  throw new ArmFault(403, "RequestDisallowedByPolicy", denialText(resource.name, policies), {
    mark: "documented",
    fact: "Resource Manager, RequestDisallowedByPolicy",
  });
}
