/** What uses the versions of a definition, as far as the connection sees it. What cannot be read counts as in use. */
import { ServiceError } from "../../../AzureImageBuilderV1/src/errors.ts";
import { failureCodes } from "../../../AzureImageBuilderV1/src/failure-codes.ts";
import { allows } from "../../../AzureImageBuilderV1/src/values/permissions.ts";
import { at, type Json, readList, textAt } from "../json.ts";
import type { Ports } from "../ports.ts";
import { type Use, useOf, useOfModel, useOfSource } from "./reference.ts";

/** Who uses which versions. */
export interface Uses {
  /** Users by version number. */
  readonly byVersion: ReadonlyMap<string, readonly string[]>;
  /** Users of some version that is not told: all count as in use. */
  readonly unknown: readonly string[];
  /** Whole sentences about what could not be read; then all versions count as in use. */
  readonly unread: readonly string[];
}

const computeQuery = { "api-version": "2024-07-01" } as const;
const templateQuery = { "api-version": "2024-02-01" } as const;

interface Looked {
  readonly user: string;
  readonly uses: readonly Use[];
}

type Look = (subscription: string, place: Place) => Promise<readonly Looked[]>;

interface Place {
  readonly definitionId: string;
  readonly ports: Pick<Ports, "arm" | "facts">;
}

/** Kinds of users, the right that listing them needs, and how they are looked at. */
const kinds: readonly { readonly what: string; readonly action: string; readonly look: Look }[] = [
  { what: "virtual machines", action: "Microsoft.Compute/virtualMachines/read", look: lookAtMachines },
  { what: "scale sets", action: "Microsoft.Compute/virtualMachineScaleSets/read", look: lookAtScaleSets },
  {
    what: "image templates",
    action: "Microsoft.VirtualMachineImages/imageTemplates/read",
    look: lookAtTemplates,
  },
];

/** Looks into the subscriptions. Throws only where a service fails in a way that says nothing of rights and may pass. */
export async function gatherUses(
  definitionId: string,
  subscriptions: readonly string[],
  ports: Pick<Ports, "arm" | "facts">,
): Promise<Uses> {
  const found: Looked[] = [];
  const unread: string[] = [];
  for (const id of subscriptions) {
    const may = await rightsIn(id, ports);
    for (const { what, action, look } of kinds) {
      if (may(action) === "no") {
        unread.push(`The connection may not list the ${what} of subscription ${id} (${action} at the subscription).`);
        continue;
      }
      try {
        found.push(...(await look(`/subscriptions/${id}`, { definitionId, ports })));
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        unread.push(`The ${what} of subscription ${id} could not be read (${action}): ${error.message}`);
      }
    }
  }
  return { ...sortUses(found), unread };
}

/** A list may leave out what the caller must not see, instead of refusing: the right itself is looked at. */
async function rightsIn(
  subscription: string,
  { facts }: Pick<Ports, "facts">,
): Promise<(action: string) => "yes" | "no" | "unknown"> {
  const permissions = await facts.ownPermissions(`/subscriptions/${subscription}`).catch((error: unknown) => {
    if (error instanceof ServiceError) return undefined;
    throw error;
  });
  return (action) => (permissions === undefined ? "unknown" : allows(permissions, "actions", action));
}

/** Users by what they use. */
export function sortUses(looked: readonly Looked[]): Pick<Uses, "byVersion" | "unknown"> {
  const byVersion = new Map<string, string[]>();
  const unknown: string[] = [];
  for (const { user, uses } of looked) {
    for (const use of uses) {
      if (use.kind === "version") byVersion.set(use.name, [...(byVersion.get(use.name) ?? []), user]);
      if (use.kind === "unknown") unknown.push(user);
    }
  }
  return { byVersion, unknown };
}

/** Also those of flexible scale sets, which are machines like any other. */
async function lookAtMachines(subscription: string, { definitionId, ports }: Place): Promise<readonly Looked[]> {
  const path = `${subscription}/providers/Microsoft.Compute/virtualMachines`;
  const machines = required(await readList(ports.arm, path, computeQuery), path);
  return machines.map((machine) => ({
    user: `virtual machine ${nameOf(machine)}`,
    uses: [useOf(at(machine, "properties.storageProfile.imageReference"), definitionId)],
  }));
}

async function lookAtScaleSets(subscription: string, place: Place): Promise<readonly Looked[]> {
  const path = `${subscription}/providers/Microsoft.Compute/virtualMachineScaleSets`;
  const sets = required(await readList(place.ports.arm, path, computeQuery), path);
  const looked: Looked[] = [];
  for (const set of sets) {
    const model = at(set, "properties.virtualMachineProfile.storageProfile.imageReference");
    looked.push({ user: `scale set ${nameOf(set)}`, uses: [useOfModel(model, place.definitionId)] });
    if (textAt(set, "properties.orchestrationMode")?.toLowerCase() !== "flexible") {
      looked.push(...(await lookAtInstances(set, place)));
    }
  }
  return looked;
}

/** Instances of a uniform scale set; they may be of an older model. */
async function lookAtInstances(set: Json, { definitionId, ports }: Place): Promise<readonly Looked[]> {
  const path = `${textAt(set, "id") ?? ""}/virtualMachines`;
  // Gone since the list was made: then its instances are, too.
  const instances = (await readList(ports.arm, path, computeQuery)) ?? [];
  return instances.map((instance) => ({
    user: `instance ${nameOf(instance)} of scale set ${nameOf(set)}`,
    uses: [useOf(at(instance, "properties.storageProfile.imageReference"), definitionId)],
  }));
}

async function lookAtTemplates(subscription: string, { definitionId, ports }: Place): Promise<readonly Looked[]> {
  const path = `${subscription}/providers/Microsoft.VirtualMachineImages/imageTemplates`;
  const templates = required(await readList(ports.arm, path, templateQuery), path);
  return templates.map((template) => ({
    user: `image template ${nameOf(template)}`,
    uses: useOfSource(at(template, "properties.source"), definitionId),
  }));
}

function required<T>(found: T | undefined, path: string): T {
  if (found !== undefined) return found;
  throw new ServiceError(failureCodes.refused, `GET ${path}: there is no such thing.`, { status: 404 });
}

function nameOf(resource: Json): string {
  return textAt(resource, "name") ?? textAt(resource, "id") ?? "without a name";
}
