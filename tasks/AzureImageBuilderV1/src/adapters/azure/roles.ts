/** Identities and what roles let principals do, read from Resource Manager (wire notes, section 9; facts, section 3.3). */
import { ServiceError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import type { FactReader } from "../../ports.ts";
import { checkPage } from "../../values/pages.ts";
import { type Grant, isAtOrAbove, type Permissions } from "../../values/permissions.ts";
import type { ArmGet } from "./arm-client.ts";
import { orAbsent } from "./service-error.ts";
import type { Session } from "./session.ts";

const identityVersion = { "api-version": "2023-01-31" };
const authorizationVersion = { "api-version": "2022-04-01" };

type RoleReader = Pick<FactReader, "identity" | "permissionsOf" | "ownPermissions">;

/** The reads over the session that `open` gives. A role's definition is read once. */
export function createRoleReader(open: () => Promise<Session>): RoleReader {
  let opened: Promise<ArmGet> | undefined;
  const get: ArmGet = async (path, query) => {
    opened ??= Promise.all([open(), import("./arm-client.ts")]).then(([session, { createArmGet }]) =>
      createArmGet(session),
    );
    return (await opened)(path, query);
  };
  const definitions = new Map<string, Promise<readonly Entry[]>>();
  const definitionOf = (id: string): Promise<readonly Entry[]> => {
    const key = (id.split("/").at(-1) ?? id).toLowerCase();
    const known = definitions.get(key) ?? readDefinition(get, id);
    definitions.set(key, known);
    return known;
  };
  return {
    identity: (id) => orAbsent(`identity ${id}`, readIdentity(get, id)),
    permissionsOf: (principalId, scope) =>
      orAbsent(`roles at ${scope}`, readPermissions({ get, definitionOf }, principalId, scope)),
    ownPermissions: (scope) => orAbsent(`permissions at ${scope}`, readOwnPermissions(get, scope)),
  };
}

async function readIdentity(get: ArmGet, id: string): Promise<{ readonly principalId: string }> {
  const { properties } = (await get(id, identityVersion)) as {
    readonly properties?: { readonly principalId?: string };
  };
  if (properties?.principalId !== undefined) return { principalId: properties.principalId };
  throw new ServiceError(failureCodes.noAnswer, `GET ${id}: the answer names no principal.`);
}

interface Assignment {
  readonly properties: {
    readonly roleDefinitionId: string;
    readonly scope: string;
    readonly condition?: string | null;
  };
}

interface RoleReads {
  readonly get: ArmGet;
  readonly definitionOf: (id: string) => Promise<readonly Entry[]>;
}

async function readPermissions(
  { get, definitionOf }: RoleReads,
  principalId: string,
  scope: string,
): Promise<Permissions> {
  const { assignments, withGroups } = await readAssignments(get, principalId, scope);
  const roles = await Promise.all(
    assignments.map(async ({ properties: { roleDefinitionId, condition } }) => {
      const entries = await unlessRefused(definitionOf(roleDefinitionId));
      return entries?.map((entry) => toGrant(entry, typeof condition === "string" && condition !== ""));
    }),
  );
  const readable = roles.filter((role) => role !== undefined);
  return { grants: readable.flat(), complete: withGroups && readable.length === roles.length };
}

/** `assignedTo` counts groups, which takes the right to look them up; without it the principal's own roles remain. */
async function readAssignments(
  get: ArmGet,
  principalId: string,
  scope: string,
): Promise<{ readonly assignments: readonly Assignment[]; readonly withGroups: boolean }> {
  const list = async (filter: string): Promise<readonly Assignment[]> => {
    const found = await readPages<Assignment>(get, `${scope}/providers/Microsoft.Authorization/roleAssignments`, {
      ...authorizationVersion,
      $filter: filter,
    });
    return found.filter(({ properties }) => isAtOrAbove(properties.scope, scope));
  };
  const assignments = await unlessRefused(list(`assignedTo('${principalId}')`));
  if (assignments !== undefined) return { assignments, withGroups: true };
  return { assignments: await list(`principalId eq '${principalId}'`), withGroups: false };
}

type Entry = Partial<Pick<Grant, "actions" | "notActions" | "dataActions" | "notDataActions">>;

async function readDefinition(get: ArmGet, id: string): Promise<readonly Entry[]> {
  const { properties } = (await get(id, authorizationVersion)) as {
    readonly properties?: { readonly permissions?: readonly Entry[] };
  };
  return properties?.permissions ?? [];
}

/** Azure counts the caller's groups in this answer. One that leaves data actions out tells nothing about what is not granted. */
async function readOwnPermissions(get: ArmGet, scope: string): Promise<Permissions> {
  const path = `${scope}/providers/Microsoft.Authorization/permissions`;
  const entries = await readPages<Entry & { readonly condition?: string | null }>(get, path, authorizationVersion);
  const grants = entries.map((entry) => toGrant(entry, typeof entry.condition === "string" && entry.condition !== ""));
  return { grants, complete: entries.every(({ dataActions }) => dataActions !== undefined) };
}

function toGrant(
  { actions = [], notActions = [], dataActions = [], notDataActions = [] }: Entry,
  conditional: boolean,
): Grant {
  return { actions, notActions, dataActions, notDataActions, conditional };
}

async function readPages<T>(get: ArmGet, path: string, query: Readonly<Record<string, string>>): Promise<readonly T[]> {
  const all: T[] = [];
  const seen = new Set<string>();
  let page = readPage<T>(await get(path, query), path);
  all.push(...page.value);
  while (page.nextLink !== undefined) {
    checkPage(`GET ${path}`, page.nextLink, seen);
    page = readPage<T>(await get(page.nextLink), path);
    all.push(...page.value);
  }
  return all;
}

interface Page<T> {
  readonly value: readonly T[];
  readonly nextLink?: string;
}

/** A list that is none must not be taken for an empty one: nothing would be allowed then. */
function readPage<T>(body: unknown, path: string): Page<T> {
  const { value, nextLink } = (typeof body === "object" && body !== null ? body : {}) as Readonly<
    Record<string, unknown>
  >;
  if (!Array.isArray(value) || value.some((one) => typeof one !== "object" || one === null)) {
    throw new ServiceError(failureCodes.noAnswer, `GET ${path}: the answer is no list.`);
  }
  // What the items hold is looked at where they are read; a surprise there becomes a ServiceError (orAbsent).
  const items = value as readonly T[];
  return typeof nextLink === "string" && nextLink !== "" ? { value: items, nextLink } : { value: items };
}

/** Undefined where the read is refused: the connection may not look, the filter is not taken, a role is gone. */
async function unlessRefused<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof ServiceError && [400, 403, 404].includes(error.status ?? 0)) return undefined;
    throw error;
  }
}
