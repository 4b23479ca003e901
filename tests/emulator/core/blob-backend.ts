/** Blobs that the emulated services write themselves: straight to Azurite, past the front that guards it from clients. */
import type { BlobServiceClient, ContainerClient } from "@azure/storage-blob";
import type { Azurite } from "./azurite.ts";
import { cloudFetch } from "./cloud-fetch.ts";
import type { BlobBackend, BlobEntry } from "./types.ts";
import type { Cloud } from "./world.ts";

/** Largest piece of one append, in bytes. */
const appendLimit = 4 * 1024 * 1024;

/** Makes the backend of a cloud. The SDK is loaded at the first write, since most tests never write a blob. */
export function createBlobBackend(cloud: Cloud, azurite: Azurite): BlobBackend {
  const client = async (account: string, container: string): Promise<ContainerClient> => {
    const service = await serviceClient(cloud, azurite, account);
    return service.getContainerClient(container);
  };
  return {
    async ensureAccount(name) {
      const keys = await azurite.keys(name);
      return { key: keys[0], keys };
    },
    async append(account, container, blob, content) {
      const place = await client(account, container);
      const log = place.getAppendBlobClient(blob);
      for (let at = 0; at < content.length; at += appendLimit) {
        const piece = content.subarray(at, at + appendLimit);
        // Nearly always the blob is there: asking first would triple the calls of a log that grows by the line.
        await log.appendBlock(piece, piece.length).catch(async (error: unknown) => {
          if ((error as { readonly statusCode?: number }).statusCode !== 404) throw error;
          await place.createIfNotExists();
          await log.createIfNotExists();
          await log.appendBlock(piece, piece.length);
        });
      }
    },
    async write(account, container, blob, content) {
      const place = await client(account, container);
      await place.createIfNotExists();
      await place.getBlockBlobClient(blob).uploadData(content);
    },
    async mark(account, container, blob, metadata) {
      await (await client(account, container)).getBlobClient(blob).setMetadata({ ...metadata });
    },
    async list(account, container) {
      const place = await client(account, container);
      const found: BlobEntry[] = [];
      if (!(await place.exists())) return found;
      for await (const { name, metadata = {} } of place.listBlobsFlat({ includeMetadata: true })) {
        found.push({ name, metadata });
      }
      return found;
    },
    async read(account, container, blob) {
      const place = (await client(account, container)).getBlobClient(blob);
      return (await place.exists()) ? place.downloadToBuffer() : undefined;
    },
    fetch: (url, bearer, from) => cloudFetch(url, { bearer, from }, cloud),
  };
}

/** Deletes every container of every account, where Azurite runs at all. */
export async function emptyAccounts(cloud: Cloud, azurite: Azurite): Promise<void> {
  for (const account of azurite.accounts()) {
    const service = await serviceClient(cloud, azurite, account);
    for await (const { name } of service.listContainers()) await service.deleteContainer(name);
  }
}

/** Clients with their connections: an account's is made once for each start of Azurite. */
const clients = new WeakMap<Azurite, Map<string, BlobServiceClient>>();

async function serviceClient(cloud: Cloud, azurite: Azurite, account: string): Promise<BlobServiceClient> {
  const { BlobServiceClient, StorageSharedKeyCredential } = await import("@azure/storage-blob");
  const [key] = await azurite.keys(account);
  const port = await azurite.port();
  const made = clients.get(azurite) ?? new Map<string, BlobServiceClient>();
  clients.set(azurite, made);
  const known = made.get(`${account}:${port}`);
  if (known !== undefined) return known;
  // The SDK hands tlsOptions down to its pipeline, though the type of its options does not list them.
  // A connection that was kept may have been closed by the other side meanwhile.
  const options = { tlsOptions: { ca: cloud.world.caPem }, retryOptions: { maxTries: 3, retryDelayInMs: 10 } };
  const address = `https://127.0.0.1:${port}/${account}`;
  const client = new BlobServiceClient(address, new StorageSharedKeyCredential(account, key), options);
  made.set(`${account}:${port}`, client);
  return client;
}
