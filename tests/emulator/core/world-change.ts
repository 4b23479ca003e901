/** Changes of a world in single places: how a world file that `extends` another says what is different. */
import { isWithin, nameOfId } from "./resources.ts";
import type { WorldFile } from "./world-file.ts";

type Json = Readonly<Record<string, unknown>>;

/** An assignment that is made or, with `remove`, taken away. */
export interface AssignmentChange {
  readonly principal: string;
  readonly role: string;
  /** Of one that is made: required. Of one that is taken away: absent for every scope. */
  readonly scope?: string;
  readonly remove?: boolean;
  /** Of one that is made: see WorldAssignment. */
  readonly condition?: string;
  readonly createdMinutesAgo?: number;
}

/** What of a custom role is added and taken away. */
export interface RoleChange {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly addData?: readonly string[];
  readonly removeData?: readonly string[];
}

export interface WorldChange {
  /** By the id, or an end of it that only one has: what is merged into it (null removes a key), or null to remove it and what is below. */
  readonly resources?: Readonly<Record<string, Json | null>>;
  readonly roleAssignments?: readonly AssignmentChange[];
  /** By the name of a custom role. */
  readonly roleDefinitions?: Readonly<Record<string, RoleChange>>;
  /** By namespace, in the first subscription: registered, not, or still registering. */
  readonly registered?: Readonly<Record<string, boolean | "Registering">>;
}

/** Merges deeply: a list replaces the list, and null stays null. */
export function merge(base: unknown, change: unknown): unknown {
  if (!isObject(base) || !isObject(change)) return change;
  const changed = Object.entries(change).map(([key, value]) => [key, merge(base[key], value)] as const);
  return { ...base, ...Object.fromEntries(changed) };
}

/** The value without the keys that are null, at any depth. */
export function withoutNulls(value: unknown): unknown {
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(kept.map(([key, one]) => [key, withoutNulls(one)]));
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The world with the change made. In its texts `{subscription}` stands for the id of the first subscription as a path, and
 * `{group}` for that of the default group. Throws an Error for a change of something that is not there.
 */
export function changeWorld(world: WorldFile, change: WorldChange): WorldFile {
  const asked = withPlaces(change, world);
  return {
    ...world,
    resources: changeResources(world.resources, asked.resources ?? {}),
    roleAssignments: changeAssignments(world.roleAssignments ?? [], asked.roleAssignments ?? []),
    roleDefinitions: changeRoles(world.roleDefinitions ?? [], asked.roleDefinitions ?? {}),
    subscriptions: changeRegistrations(world.subscriptions, asked.registered ?? {}),
  };
}

/** Puts the ids in the place of `{subscription}` and `{group}`. */
export function withPlaces<T>(value: T, world: WorldFile): T {
  const subscription = `/subscriptions/${world.subscriptions[0]?.id ?? ""}`;
  const text = JSON.stringify(value)
    .replaceAll("{subscription}", subscription)
    .replaceAll("{group}", world.defaults.resourceGroup);
  return JSON.parse(text) as T;
}

function changeResources(
  resources: WorldFile["resources"],
  change: NonNullable<WorldChange["resources"]>,
): WorldFile["resources"] {
  let changed = [...resources];
  for (const [key, value] of Object.entries(change)) {
    const found = resourceOf(changed, key);
    if (value === null) {
      if (found === undefined) throw unknown("resource", key);
      changed = changed.filter(({ id }) => !isWithin(id, found.id));
      continue;
    }
    if (found === undefined && !key.startsWith("/")) throw unknown("resource", key);
    const merged = withoutNulls(merge(found ?? { id: key }, value)) as WorldFile["resources"][number];
    changed = found === undefined ? [...changed, merged] : changed.map((one) => (one === found ? merged : one));
  }
  return changed;
}

function resourceOf(resources: WorldFile["resources"], key: string): WorldFile["resources"][number] | undefined {
  const wanted = key.toLowerCase();
  if (key.startsWith("/")) return resources.find(({ id }) => id.toLowerCase() === wanted);
  const found = resources.filter(({ id }) => id.toLowerCase().endsWith(`/${wanted}`));
  if (found.length > 1)
    throw new Error(`'${key}' is the end of several ids: ${found.map(({ id }) => nameOfId(id)).join(", ")}.`);
  return found[0];
}

function changeAssignments(
  assignments: NonNullable<WorldFile["roleAssignments"]>,
  change: NonNullable<WorldChange["roleAssignments"]>,
): NonNullable<WorldFile["roleAssignments"]> {
  let changed = [...assignments];
  for (const { remove = false, ...one } of change) {
    if (!remove) {
      if (one.scope === undefined) throw new Error(`The new assignment of '${one.role}' has no scope.`);
      changed.push({ ...one, scope: one.scope });
      continue;
    }
    const isMeant = (other: (typeof assignments)[number]): boolean =>
      other.principal === one.principal &&
      other.role === one.role &&
      (one.scope === undefined || other.scope.toLowerCase() === one.scope.toLowerCase());
    if (!changed.some(isMeant)) throw unknown("role assignment", `${one.principal}: ${one.role}`);
    changed = changed.filter((other) => !isMeant(other));
  }
  return changed;
}

function changeRoles(
  roles: NonNullable<WorldFile["roleDefinitions"]>,
  change: NonNullable<WorldChange["roleDefinitions"]>,
): NonNullable<WorldFile["roleDefinitions"]> {
  for (const name of Object.keys(change)) {
    if (!roles.some(({ roleName }) => roleName === name)) throw unknown("custom role", name);
  }
  return roles.map((role) => {
    const { add, remove, addData, removeData } = change[role.roleName] ?? {};
    return {
      ...role,
      actions: edited(role.actions ?? [], { add, remove }),
      dataActions: edited(role.dataActions ?? [], { add: addData, remove: removeData }),
    };
  });
}

function edited(
  list: readonly string[],
  change: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
): readonly string[] {
  const { add = [], remove = [] } = change;
  const lost = remove.find((one) => !list.includes(one));
  if (lost !== undefined) throw unknown("action", lost);
  return [...list.filter((one) => !remove.includes(one)), ...add];
}

function changeRegistrations(
  subscriptions: WorldFile["subscriptions"],
  change: NonNullable<WorldChange["registered"]>,
): WorldFile["subscriptions"] {
  const [first, ...others] = subscriptions;
  if (first === undefined) return subscriptions;
  const named = Object.keys(change).map((name) => name.toLowerCase());
  const kept = (list: readonly string[]): readonly string[] =>
    list.filter((name) => !named.includes(name.toLowerCase()));
  const inState = (state: boolean | "Registering"): readonly string[] =>
    Object.entries(change).flatMap(([name, one]) => (one === state ? [name] : []));
  const changed = {
    ...first,
    registered: [...kept(first.registered), ...inState(true)],
    registering: [...kept(first.registering ?? []), ...inState("Registering")],
  };
  return [changed, ...others];
}

function unknown(what: string, name: string): Error {
  return new Error(`The change names the ${what} '${name}', which the world it extends has not got.`);
}
