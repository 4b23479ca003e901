/** Storage accounts of a subscription, and which of them an address belongs to. */
import type { StorageAccountFacts } from "../ports.ts";
import { listAt, textAt } from "./json.ts";
import type { Json, Read, Reads } from "./reads.ts";

/** A blob's address taken apart. */
export interface BlobPlace {
  readonly account: StorageAccountFacts;
  readonly container: string;
  readonly blob: string;
}

/** All accounts of a subscription that have blobs. */
export async function findAccounts(
  subscriptionId: string,
  reads: Reads,
): Promise<Read<readonly StorageAccountFacts[]>> {
  const read = await reads.list(`/subscriptions/${subscriptionId}/providers/Microsoft.Storage/storageAccounts`, {
    apiVersion: "2023-05-01",
    permission: "Microsoft.Storage/storageAccounts/read",
  });
  return read.state === "found" ? { state: "found", value: read.value.flatMap(toAccount) } : read;
}

function toAccount(one: Json): readonly StorageAccountFacts[] {
  const [id, name] = [textAt(one, "id"), textAt(one, "name")];
  const blobEndpoint = textAt(one, "properties", "primaryEndpoints", "blob");
  if (id === undefined || name === undefined || blobEndpoint === undefined) return [];
  const publicNetworkAccess = textAt(one, "properties", "publicNetworkAccess");
  const defaultAction = textAt(one, "properties", "networkAcls", "defaultAction");
  const rules = listAt(one, "properties", "networkAcls", "virtualNetworkRules");
  return [
    {
      id,
      name,
      blobEndpoint,
      allowSharedKeyAccess: (one["properties"] as Json)["allowSharedKeyAccess"] !== false,
      ...(publicNetworkAccess === undefined ? {} : { publicNetworkAccess }),
      ...(defaultAction === undefined ? {} : { defaultAction }),
      ...(rules === undefined ? {} : { allowedSubnets: rules.map((rule) => textAt(rule, "id") ?? "") }),
    },
  ];
}

/** The account, container and blob that an address names; undefined where it is of none of `accounts`. */
export function placeOf(address: string, accounts: readonly StorageAccountFacts[]): BlobPlace | undefined {
  const { host, pathname } = new URL(address);
  for (const account of accounts) {
    const endpoint = new URL(account.blobEndpoint);
    const isPublicName = isBlobHost(host) && host.split(".")[0] === account.name;
    const root = isPublicName ? "/" : endpoint.pathname;
    if (!isPublicName && (endpoint.host !== host || !pathname.startsWith(root))) continue;
    const [container = "", ...rest] = pathname.slice(root.length).split("/");
    if (container !== "" && rest.length > 0) return { account, container, blob: decodeURI(rest.join("/")) };
  }
  return undefined;
}

/** Whether a host name is that of a storage account's blobs, in any cloud. */
export function isBlobHost(host: string): boolean {
  return /^[a-z0-9]{3,24}\.(?:z\d+\.)?blob\./.test(host);
}

/** The container's resource ID, at which roles can be assigned. */
export function containerId({ account, container }: Pick<BlobPlace, "account" | "container">): string {
  return `${account.id}/blobServices/default/containers/${container}`;
}
