/** What the blob service checks of a request and Azurite does not: network rules, key policy, roles, times. */
import type { Exchange } from "../core/exchange.ts";
import { originOf } from "../core/origins.ts";
import { allowedStorageAudiences, checkToken } from "../core/tokens.ts";
import type { Resource, World } from "../core/types.ts";
import {
  authenticationFailed,
  challenge,
  keyNotPermitted,
  networkRefused,
  permissionMismatch,
  publicAccessNotPermitted,
  storageNotBuilt,
} from "./storage-errors.ts";
import { type BlobOperation, type BlobRight, delegationRight } from "./storage-operations.ts";

/** How a request proves who sends it. */
export type Proof =
  | { readonly kind: "bearer"; readonly token: string }
  | { readonly kind: "key" }
  | { readonly kind: "signature"; readonly delegatedBy: string | undefined }
  | { readonly kind: "anonymous" };

export interface StorageRequest {
  readonly exchange: Exchange;
  readonly account: Resource;
  readonly operation: BlobOperation;
  readonly proof: Proof;
}

/** The account's properties that decide about access; what is absent has the service's default. */
interface AccountRules {
  readonly allowSharedKeyAccess?: boolean;
  readonly allowBlobPublicAccess?: boolean;
  readonly publicNetworkAccess?: string;
  readonly networkAcls?: {
    readonly defaultAction?: string;
    readonly ipRules?: readonly { readonly value?: string }[];
    readonly virtualNetworkRules?: readonly { readonly id?: string; readonly action?: string }[];
  };
}

/** Allowed difference between the date of a request and the service's, in ms. */
const allowedSkew = 15 * 60 * 1000;

/** Reads the proof out of a request. */
export function proofOf(exchange: Exchange): Proof {
  const header = exchange.request.headers.authorization;
  const query = exchange.url.searchParams;
  if (header === undefined) {
    if (!query.has("sig")) return { kind: "anonymous" };
    return { kind: "signature", delegatedBy: query.get("skoid") ?? undefined };
  }
  const token = /^Bearer\s+(\S*)$/i.exec(header)?.[1];
  return token === undefined ? { kind: "key" } : { kind: "bearer", token };
}

/** Throws StorageFault for a request the service refuses before it looks for the blob. */
export async function checkStorageRequest(request: StorageRequest, world: World): Promise<void> {
  const { exchange, account, operation, proof } = request;
  const rules = (account.body["properties"] ?? {}) as AccountRules;
  checkNetwork(request, rules, world);
  switch (proof.kind) {
    case "anonymous":
      return checkAnonymous(request, rules, world);
    case "key":
      if (rules.allowSharedKeyAccess === false) throw keyNotPermitted();
      checkDate(exchange, world.clock.now());
      return refusePublicContainer(exchange, rules);
    case "signature":
      checkTimes(exchange.url.searchParams, world.clock.now());
      if (proof.delegatedBy === undefined) {
        if (rules.allowSharedKeyAccess === false) throw keyNotPermitted();
        return refusePublicContainer(exchange, rules);
      }
      return checkRight(rightOf(operation), { principalId: proof.delegatedBy, account, operation }, world);
    case "bearer": {
      const checked = await checkToken(proof.token, allowedStorageAudiences(account.name), world);
      if ("fault" in checked)
        throw challenge("InvalidAuthenticationInfo", world.tenantId, faultText(checked.fault.kind));
      checkRight(rightOf(operation), { principalId: checked.caller.objectId, account, operation }, world);
      return refusePublicContainer(exchange, rules);
    }
  }
}

/**
 * The account's network rules. Callers outside of the emulated cloud have the address 127.0.0.1; machines inside are known by
 * their subnet, never by an address. Without public network access only private endpoints are let in, which do not exist here.
 */
function checkNetwork({ exchange }: StorageRequest, rules: AccountRules, world: World): void {
  if (rules.publicNetworkAccess?.toLowerCase() === "disabled") throw networkRefused();
  if (rules.networkAcls?.defaultAction?.toLowerCase() !== "deny") return;
  const { ipRules = [], virtualNetworkRules = [] } = rules.networkAcls;
  const origin = originOf(world, exchange.request.socket.remotePort);
  const isAllowed =
    origin === undefined
      ? ipRules.some(({ value }) => value === "127.0.0.1")
      : origin.subnetId !== undefined &&
        hasStorageEndpoint(world, origin.subnetId) &&
        virtualNetworkRules.some(({ id, action }) => isSame(id, origin.subnetId) && isSame(action ?? "Allow", "Allow"));
  if (!isAllowed) throw networkRefused();
}

function isSame(one: string | undefined, other: string | undefined): boolean {
  return one?.toLowerCase() === other?.toLowerCase();
}

/** A rule for a subnet works through the subnet's service endpoint; without one its traffic arrives with a public address. */
function hasStorageEndpoint(world: World, subnetId: string): boolean {
  const properties = (world.resources.get(subnetId)?.body["properties"] ?? {}) as {
    readonly serviceEndpoints?: readonly { readonly service?: string }[];
  };
  return (
    properties.serviceEndpoints?.some(({ service }) => /^microsoft\.storage(\.global)?$/i.test(service ?? "")) ?? false
  );
}

function checkAnonymous({ exchange, operation }: StorageRequest, rules: AccountRules, world: World): void {
  const reads = exchange.method === "GET" || exchange.method === "HEAD";
  if (reads && operation.kind === "known" && operation.container !== undefined) {
    if (rules.allowBlobPublicAccess === true) return;
    throw publicAccessNotPermitted();
  }
  throw challenge("NoAuthenticationInformation", world.tenantId);
}

/** A container that anyone may read cannot be made on an account that forbids it. */
function refusePublicContainer(exchange: Exchange, rules: AccountRules): void {
  if (exchange.request.headers["x-ms-blob-public-access"] === undefined) return;
  if (rules.allowBlobPublicAccess !== true) throw publicAccessNotPermitted();
}

function checkDate(exchange: Exchange, now: Date): void {
  const text = exchange.request.headers["x-ms-date"] ?? exchange.request.headers.date;
  const sent = typeof text === "string" ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(sent)) throw authenticationFailed("Request date header not specified or malformed.");
  if (Math.abs(sent - now.getTime()) > allowedSkew)
    throw authenticationFailed(`Request date header too old: '${String(text)}'`);
}

/** Times of a signature, and of the delegation key it was made with. */
function checkTimes(query: URLSearchParams, now: Date): void {
  for (const [from, to, what] of [
    ["st", "se", "Signature"],
    ["skt", "ske", "User delegation key"],
  ] as const) {
    const start = query.get(from);
    const end = query.get(to);
    const early = start !== null && Date.parse(start) > now.getTime();
    const late = end !== null && Date.parse(end) < now.getTime();
    if (early || late) {
      const span = `Start [${start === null ? "" : new Date(start).toUTCString()}] - Expiry [${end === null ? "" : new Date(end).toUTCString()}]`;
      throw authenticationFailed(
        `${what} not valid in the specified time frame: ${span} - Current [${now.toUTCString()}]`,
      );
    }
  }
}

function rightOf(operation: BlobOperation): BlobRight {
  switch (operation.kind) {
    case "known":
      return operation.right;
    case "delegationKey":
      return delegationRight;
    case "notBuilt":
      throw storageNotBuilt(operation.what);
  }
}

function checkRight(
  right: BlobRight,
  who: { readonly principalId: string; readonly account: Resource; readonly operation: BlobOperation },
  world: World,
): void {
  const { principalId, account, operation } = who;
  const container = operation.kind === "known" ? operation.container : undefined;
  const scope = container === undefined ? account.id : `${account.id}/blobServices/default/containers/${container}`;
  const { permissions } = world;
  const holds = right.actions.some((name) =>
    right.kind === "data"
      ? permissions.allowsData(principalId, name, scope)
      : permissions.allows(principalId, name, scope),
  );
  if (!holds) throw permissionMismatch();
}

function faultText(kind: string): string {
  switch (kind) {
    case "expired":
      return "Lifetime validation failed. The token is expired.";
    case "audience":
      return "Audience validation failed. Audience did not match.";
    case "issuer":
      return "Issuer validation failed. Issuer did not match.";
    case "signature":
      return "Signature validation failed. Signature verification failed.";
    default:
      return "The token is malformed.";
  }
}
