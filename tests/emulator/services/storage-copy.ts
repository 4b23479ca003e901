/** Copy Blob within an account: who may read the source (Azure documentation, Copy Blob; copy a blob with asynchronous scheduling). */
import type { Exchange } from "../core/exchange.ts";
import type { World } from "../core/types.ts";
import { type Proof, type StorageRequest, checkStorageRequest } from "./storage-checks.ts";
import { StorageFault, badCopySource, copySourceRefused, storageNotBuilt } from "./storage-errors.ts";
import { blobOperation } from "./storage-operations.ts";

/** Asks Azurite for a source without any other proof than its address holds; gives the status. */
export type LookAtSource = (source: URL) => Promise<number>;

/** A source address: the account it names and the path in that account. */
interface Source {
  readonly url: URL;
  readonly account: string;
  readonly path: string;
}

/**
 * Checks the source of a copy. A source in the same account is read with the request's own token or key; a signature of the
 * request is good for the target alone, so the source then needs its own, or must be public.
 * @returns the header `x-ms-copy-source` for Azurite, without the signature that was checked here; undefined for no copy
 * @throws StorageFault where the source may not be read, and 501 for copies that are not built
 */
export async function checkCopy(
  request: StorageRequest,
  world: World,
  look: LookAtSource,
): Promise<string | undefined> {
  const { headers } = request.exchange.request;
  const text = headers["x-ms-copy-source"];
  if (typeof text !== "string") return undefined;
  const isAsynchronous = headers["x-ms-requires-sync"] === undefined && headers["x-ms-blob-type"] === undefined;
  if (!isAsynchronous || request.exchange.url.searchParams.has("comp")) {
    throw storageNotBuilt("copying from an address while the request waits");
  }
  const source = sourceOf(text, request.exchange, world);
  await checkSource(request, source, { world, look });
  const isSigned = source.url.searchParams.has("sig");
  if (!isSigned) return text;
  // Azurite would look at the signature again, by a request to an address it cannot reach.
  if (request.proof.kind === "key") throw storageNotBuilt("a copy by key from a source with a signature");
  return `${source.url.origin}${source.url.pathname}`;
}

function sourceOf(text: string, exchange: Exchange, world: World): Source {
  if (!URL.canParse(text)) throw badCopySource();
  const url = new URL(text);
  const named = /^([a-z0-9]{3,24})\.blob\.core\.windows\.net$/.exec(url.hostname)?.[1];
  if (named !== undefined) return { url, account: named, path: url.pathname };
  const isLocal = !exchange.viaProxy && url.origin === new URL(world.endpoints.blob).origin;
  if (!isLocal) throw storageNotBuilt("copying from outside of the emulated accounts");
  const [, account = "", ...rest] = url.pathname.split("/");
  return { url, account, path: `/${rest.join("/")}` };
}

/** Judges the source as a request of its own, and says what came of it as the copy's refusal. */
async function checkSource(
  request: StorageRequest,
  source: Source,
  parts: { readonly world: World; readonly look: LookAtSource },
): Promise<void> {
  const { world, look } = parts;
  const accounts = world.resources.list("", "Microsoft.Storage/storageAccounts");
  const account = accounts.find(({ name }) => name === source.account);
  if (account === undefined) throw copySourceRefused(404, "The specified resource does not exist.");
  const proof = sourceProof(request, source);
  if (proof.kind === "key") return;
  const operation = blobOperation("HEAD", source.path, source.url.searchParams);
  const exchange: Exchange = { ...request.exchange, method: "HEAD", url: source.url };
  try {
    await checkStorageRequest({ exchange, account, operation, proof }, world);
  } catch (error) {
    if (error instanceof StorageFault && error.status < 500) throw copySourceRefused(error.status, error.message);
    throw error;
  }
  if (proof.kind === "bearer") return;
  if (account.id !== request.account.id) throw storageNotBuilt("copying between accounts");
  const status = await look(source.url);
  if (status === 404) throw copySourceRefused(404, "The specified resource does not exist.");
  if (status !== 200) throw copySourceRefused(status, "Server failed to authenticate the request.");
}

/** What proves that the source may be read: its own signature, or the request's token or key within the account. */
function sourceProof({ proof, account }: StorageRequest, source: Source): Proof {
  const query = source.url.searchParams;
  if (query.has("sig")) return { kind: "signature", delegatedBy: query.get("skoid") ?? undefined };
  const isOwn = source.account === account.name && (proof.kind === "bearer" || proof.kind === "key");
  return isOwn ? proof : { kind: "anonymous" };
}
