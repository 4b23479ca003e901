/** The blob service as clients see it: its own checks in front, the real Azurite behind (wire notes, section 7). */
import type { IncomingMessage } from "node:http";
import { Agent } from "node:https";
import { createAzurite } from "../core/azurite.ts";
import { createBlobBackend, emptyAccounts } from "../core/blob-backend.ts";
import type { Certificates } from "../core/certificates.ts";
import { type Answer, type DoorHandler, type Exchange, readBody } from "../core/exchange.ts";
import type { BlobBackend, World } from "../core/types.ts";
import type { Cloud } from "../core/world.ts";
import { type StorageRequest, checkStorageRequest, proofOf } from "./storage-checks.ts";
import { checkCopy } from "./storage-copy.ts";
import { type StorageBackend, forward, hopByHop, lookAt } from "./storage-forward.ts";
import {
  StorageFault,
  authenticationFailed,
  challenge,
  badKeyTimes,
  resourceNotFound,
  storageAnswer,
  storageNotBuilt,
  unknownAccount,
} from "./storage-errors.ts";
import { serviceError, serviceList } from "./storage-lists.ts";
import { blobOperation } from "./storage-operations.ts";
import { type RangedAnswer, rangedAnswer } from "./storage-ranges.ts";

export interface StorageFront {
  readonly handle: DoorHandler;
  readonly blobs: BlobBackend;
  /** Starts Azurite now, so that the first request does not wait for it. */
  warm(): Promise<void>;
  followClock(): Promise<void>;
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** Makes the storage front of a cloud; Azurite starts at its first use. */
export function createStorageFront(cloud: Cloud, certificates: Certificates): StorageFront {
  const azurite = createAzurite(cloud, certificates);
  const agent = new Agent({ keepAlive: true, ca: certificates.caPem });
  const portFor = async (account: string): Promise<number> => {
    await azurite.keys(account);
    return azurite.port();
  };
  const backend: StorageBackend = { world: cloud.world, agent, portFor };
  return {
    handle: async (exchange) => {
      try {
        return await serve(exchange, backend);
      } catch (error) {
        if (error instanceof StorageFault) return storageAnswer(error, exchange, cloud.clock.now());
        throw error;
      }
    },
    blobs: createBlobBackend(cloud, azurite),
    warm: async () => void (await azurite.port()),
    followClock: () => azurite.followClock(),
    reset: () => emptyAccounts(cloud, azurite),
    async close() {
      agent.destroy();
      await azurite.stop();
    },
  };
}

async function serve(exchange: Exchange, backend: StorageBackend): Promise<Answer> {
  const { name, path } = addressed(exchange);
  const accounts = backend.world.resources.list("", "Microsoft.Storage/storageAccounts");
  const account = accounts.find((one) => one.name === name);
  if (account === undefined) throw unknownAccount();
  const operation = blobOperation(exchange.method, path, exchange.url.searchParams);
  const request: StorageRequest = { exchange, account, operation, proof: proofOf(exchange) };
  if (operation.kind === "notBuilt") throw storageNotBuilt(operation.what);
  await checkStorageRequest(request, backend.world);
  const copySource = await checkCopy(request, backend.world, (source) => lookAt(source, account, backend));
  const body = operation.kind === "delegationKey" ? await exchange.body() : undefined;
  if (body !== undefined) checkKeyTimes(body.toString("utf8"), backend.world.clock.now());
  return finish(request, await forward(exchange, { account, body, copySource }, backend), backend.world);
}

/** Seven days, in ms: the longest a user delegation key lives, counted from now. */
const keyLife = 7 * 24 * 60 * 60 * 1000;

function checkKeyTimes(xml: string, now: Date): void {
  const start = Date.parse(/<Start>([^<]*)<\/Start>/.exec(xml)?.[1] ?? now.toISOString());
  const expiry = Date.parse(/<Expiry>([^<]*)<\/Expiry>/.exec(xml)?.[1] ?? "");
  const isGood = expiry > start && expiry > now.getTime() && expiry - now.getTime() <= keyLife;
  if (!isGood) throw badKeyTimes();
}

/** Account and the rest of the path: the first label of a public host name, or the first segment of a local path. */
function addressed(exchange: Exchange): { readonly name: string; readonly path: string } {
  const { url, viaProxy } = exchange;
  if (viaProxy) return { name: url.hostname.split(".")[0] ?? "", path: url.pathname };
  const [, name = "", ...rest] = url.pathname.split("/");
  return { name, path: `/${rest.join("/")}` };
}

/** Makes of Azurite's answer the service's. */
async function finish(request: StorageRequest, answer: IncomingMessage, world: World): Promise<Answer> {
  const status = answer.statusCode ?? 500;
  const isList = request.exchange.url.searchParams.get("comp") === "list" && status === 200;
  // The service answers in the version it was asked in; Azurite names its own.
  const version = request.exchange.request.headers["x-ms-version"];
  if (typeof version === "string") answer.headers["x-ms-version"] = version;
  // Every answer of the service has an ID; Azurite gives none with a delegation key.
  answer.headers["x-ms-request-id"] ??= request.exchange.id;
  if (status < 400 && !isList) return passOn(answer, answer, rangeOf(request, answer));
  const body = await readBody(answer);
  const refusal = refusalOf(request, answer, world);
  if (refusal !== undefined) throw refusal;
  // The service begins its lists with a byte order mark.
  if (!isList) return passOn(answer, serviceError(body));
  return passOn(answer, Buffer.from(`\uFEFF${serviceList(body.toString("utf8"), request.account.name)}`));
}

function rangeOf({ exchange, operation }: StorageRequest, answer: IncomingMessage): RangedAnswer | undefined {
  const readsBlob =
    operation.kind === "known" && operation.blob !== undefined && !exchange.url.searchParams.has("comp");
  try {
    return readsBlob ? rangedAnswer(exchange, answer) : undefined;
  } catch (error) {
    answer.resume();
    throw error;
  }
}

/**
 * The service's refusal where Azurite says something else: AuthorizationFailure for a wrong signature, which the service
 * uses for its network rules alone, InvalidAuthenticationInfo for a wrong key, and 403 for what anonymous callers may not see.
 */
function refusalOf(
  { exchange, proof }: StorageRequest,
  answer: IncomingMessage,
  world: World,
): StorageFault | undefined {
  const code = answer.headers["x-ms-error-code"];
  switch (proof.kind) {
    case "anonymous":
      if (answer.statusCode !== 403 && answer.statusCode !== 404) return undefined;
      return exchange.request.headers["x-ms-version"] === undefined
        ? resourceNotFound()
        : challenge("NoAuthenticationInformation", world.tenantId);
    case "key":
    case "signature":
      return code === "AuthorizationFailure" || code === "InvalidAuthenticationInfo"
        ? authenticationFailed("The signature did not match the one computed by the service.")
        : undefined;
    case "bearer":
      return undefined;
  }
}

function passOn(answer: IncomingMessage, body: Answer["body"], range?: RangedAnswer): Answer {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && !hopByHop.has(name) && name !== "content-length") headers[name] = String(value);
  }
  // Buffers get their length when they are written; a stream keeps the one Azurite gave.
  const length = answer.headers["content-length"];
  if (!Buffer.isBuffer(body) && length !== undefined) headers["content-length"] = length;
  headers["server"] = "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0";
  if (range !== undefined) headers["content-range"] = range.contentRange;
  return {
    status: range?.status ?? answer.statusCode ?? 500,
    headers,
    body,
    service: "blob",
    mark: "documented",
    fact: "Azurite",
  };
}
