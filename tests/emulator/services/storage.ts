/** Storage accounts at Resource Manager (Storage 2024-01-01; listKeys recorded). */
import type { ArmRoute, Reply, Resource, RouteContext } from "../core/types.ts";
import { versionsOf } from "./provider-catalogue.ts";
import { page, pathOf, propertiesOf, resourceOfPath } from "./resource-view.ts";
import { resourceNotFound } from "../core/arm-errors.ts";

const service = "Microsoft.Storage";
const type = "Microsoft.Storage/storageAccounts";
const apiVersions = versionsOf(service);
const subscription = "/subscriptions/:subscriptionId";
const collection = `${subscription}/resourceGroups/:resourceGroup/providers/${type}`;
const one = `${collection}/:account`;
const creation = "2026-01-01T00:00:00.0000000Z";

/** Routes of this service. */
export const storageRoutes: readonly ArmRoute[] = [
  { service, method: "GET", path: one, apiVersions, action: `${type}/read`, handle: get },
  { service, method: "GET", path: collection, apiVersions, action: `${type}/read`, handle: list },
  {
    service,
    method: "GET",
    path: `${subscription}/providers/${type}`,
    apiVersions,
    action: `${type}/read`,
    handle: list,
  },
  {
    service,
    method: "POST",
    path: `${one}/listKeys`,
    apiVersions,
    action: `${type}/listKeys/action`,
    handle: listKeys,
  },
];

function get(context: RouteContext): Reply {
  return {
    status: 200,
    mark: "specification",
    fact: "get storage account",
    body: view(resourceOfPath(context), context),
  };
}

function list(context: RouteContext): Reply {
  const scope = pathOf(context).replace(/\/providers\/.*$/i, "");
  const found = context.world.resources.list(scope, type).map((account) => view(account, context));
  return { status: 200, mark: "specification", fact: "list storage accounts", body: page(context, found) };
}

async function listKeys(context: RouteContext): Promise<Reply> {
  const id = pathOf(context).replace(/\/listKeys$/i, "");
  const account = context.world.resources.get(id);
  if (account === undefined) throw resourceNotFound(id);
  const { keys } = await context.world.blobs.ensureAccount(account.name);
  const creationTime = propertiesOf(account)["creationTime"] ?? creation;
  return {
    status: 200,
    mark: "recorded",
    fact: "storage-listkeys-200",
    headers: {
      "Content-Type": "application/json",
      Server: "Microsoft-Azure-Storage-Resource-Provider/1.0,Microsoft-HTTPAPI/2.0 Microsoft-HTTPAPI/2.0",
    },
    body: {
      keys: keys.map((value, index) => ({ creationTime, keyName: `key${index + 1}`, value, permissions: "FULL" })),
    },
  };
}

/** Blob address as the client reaches it: the public host name behind the proxy, the path style of the emulator else. */
function blobEndpoint(account: Resource, { viaProxy, world }: RouteContext): string {
  return viaProxy ? `https://${account.name}.blob.core.windows.net/` : `${world.endpoints.blob}/${account.name}/`;
}

function view(account: Resource, context: RouteContext): object {
  const { sku = { name: "Standard_LRS", tier: "Standard" }, kind = "StorageV2" } = account.body;
  return {
    sku,
    kind,
    id: account.id,
    name: account.name,
    type,
    location: account.location,
    tags: account.tags ?? {},
    properties: {
      privateEndpointConnections: [],
      minimumTlsVersion: "TLS1_2",
      allowBlobPublicAccess: false,
      allowSharedKeyAccess: true,
      networkAcls: { bypass: "AzureServices", virtualNetworkRules: [], ipRules: [], defaultAction: "Allow" },
      supportsHttpsTrafficOnly: true,
      accessTier: "Hot",
      provisioningState: "Succeeded",
      creationTime: creation,
      ...propertiesOf(account),
      primaryEndpoints: { blob: blobEndpoint(account, context) },
      primaryLocation: account.location,
      statusOfPrimary: "available",
    },
  };
}
