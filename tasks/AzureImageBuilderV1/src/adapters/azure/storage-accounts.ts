/** Storage accounts by Resource Manager, for planning and for the account's key. */
import type { StorageAccount } from "@azure/arm-storage";
import type { StorageManagementContext } from "@azure/arm-storage/api";
import type * as StorageAccounts from "@azure/arm-storage/api/storageAccounts";
import { ServiceError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import type { StorageAccountFacts } from "../../ports.ts";
import { Secret } from "../../secret.ts";
import { armOptions } from "./arm-options.ts";
import { repeat } from "./repeat.ts";
import { parseResourceId } from "./resource-id.ts";
import { orAbsent, understood } from "./service-error.ts";
import type { Session } from "./session.ts";

/** An older version that all clouds have; the SDK's own is its newest. */
const apiVersion = "2023-05-01";

export interface StorageClient {
  readonly api: typeof StorageAccounts;
  readonly context: StorageManagementContext;
}

/** Opens the storage provider in a subscription; `isList` as in armOptions. */
export async function createStorageClient(
  session: Session,
  subscriptionId: string,
  given: { readonly isList?: boolean } = {},
): Promise<StorageClient> {
  const [{ createStorageManagement }, api] = await Promise.all([
    import("@azure/arm-storage/api"),
    import("@azure/arm-storage/api/storageAccounts"),
  ]);
  const options = { ...armOptions(session, given), apiVersion };
  return { api, context: createStorageManagement(session.credential, subscriptionId, options) };
}

/** The first key of the account `id`, masked. Throws a ServiceError where it may not be read. */
export async function readAccountKey(session: Session, id: string): Promise<Secret> {
  const { subscriptionId, resourceGroup, names } = parseResourceId(id) ?? {
    subscriptionId: "",
    resourceGroup: "",
    names: [],
  };
  const { api, context } = await createStorageClient(session, subscriptionId);
  // A question that is asked by POST.
  const reading = repeat(() => api.listKeys(context, resourceGroup, names[0] ?? ""));
  const { keys } = await understood(`keys of storage account ${names[0] ?? id}`, reading);
  const value = keys?.find((key) => typeof key.value === "string" && key.value !== "")?.value;
  if (value === undefined)
    throw new ServiceError(failureCodes.refused, `Storage account ${names[0] ?? id} gives no key.`);
  const key = new Secret(value);
  session.options.mask(key);
  return key;
}

/** A storage account by name (looked up in the subscription) or resource ID; undefined where there is none. Throws ServiceError. */
export async function readStorageAccount(
  open: () => Promise<Session>,
  subscriptionId: string,
  nameOrId: string,
): Promise<StorageAccountFacts | undefined> {
  const id = parseResourceId(nameOrId);
  const { api, context } = await createStorageClient(await open(), id?.subscriptionId ?? subscriptionId, {
    isList: true,
  });
  if (id?.names[0] !== undefined) {
    const reading = api.getProperties(context, id.resourceGroup, id.names[0]);
    return toStorageFacts(await orAbsent(`storage account ${nameOrId}`, reading));
  }
  const wanted = nameOrId.trim().toLowerCase();
  const accounts = await understood("storage accounts", collectAll(api.list(context)));
  return toStorageFacts(accounts.find(({ name }) => name?.toLowerCase() === wanted));
}

function toStorageFacts(account: StorageAccount | undefined): StorageAccountFacts | undefined {
  const blobEndpoint = account?.primaryEndpoints?.blob;
  if (account?.id === undefined || account.name === undefined || blobEndpoint === undefined) return undefined;
  const { publicNetworkAccess, networkRuleSet: rules } = account;
  const allowedSubnets = rules?.virtualNetworkRules?.map((rule) => rule.virtualNetworkResourceId);
  return {
    id: account.id,
    name: account.name,
    blobEndpoint,
    // Absent means allowed: the service's default.
    allowSharedKeyAccess: account.allowSharedKeyAccess ?? true,
    ...(publicNetworkAccess === undefined ? {} : { publicNetworkAccess }),
    ...(rules?.defaultAction === undefined ? {} : { defaultAction: rules.defaultAction }),
    ...(allowedSubnets === undefined ? {} : { allowedSubnets }),
  };
}

async function collectAll<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
