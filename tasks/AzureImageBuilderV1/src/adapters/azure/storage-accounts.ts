/** Storage accounts by Resource Manager, for planning and for the account's key. */
import type { StorageManagementContext } from "@azure/arm-storage/api";
import type * as StorageAccounts from "@azure/arm-storage/api/storageAccounts";
import { ServiceError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import { Secret } from "../../secret.ts";
import { armOptions } from "./arm-options.ts";
import { parseResourceId } from "./resource-id.ts";
import type { Session } from "./session.ts";

/** An older version that all clouds have; the SDK's own is its newest. */
const apiVersion = "2023-05-01";

export interface StorageClient {
  readonly api: typeof StorageAccounts;
  readonly context: StorageManagementContext;
}

/** Opens the storage provider in a subscription. */
export async function createStorageClient(session: Session, subscriptionId: string): Promise<StorageClient> {
  const [{ createStorageManagement }, api] = await Promise.all([
    import("@azure/arm-storage/api"),
    import("@azure/arm-storage/api/storageAccounts"),
  ]);
  const options = { ...armOptions(session), apiVersion };
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
  const { keys } = await api.listKeys(context, resourceGroup, names[0] ?? "");
  const value = keys?.find((key) => key.value !== undefined)?.value;
  if (value === undefined)
    throw new ServiceError(failureCodes.refused, `Storage account ${names[0] ?? id} gives no key.`);
  const key = new Secret(value);
  session.options.mask(key);
  return key;
}
