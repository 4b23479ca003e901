/** Storage accounts by Resource Manager, for planning and for the account's key. */
import type { StorageManagementContext } from "@azure/arm-storage/api";
import type * as StorageAccounts from "@azure/arm-storage/api/storageAccounts";
import { ServiceError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import { Secret } from "../../secret.ts";
import { armOptions } from "./arm-options.ts";
import { repeat } from "./repeat.ts";
import { parseResourceId } from "./resource-id.ts";
import { understood } from "./service-error.ts";
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
