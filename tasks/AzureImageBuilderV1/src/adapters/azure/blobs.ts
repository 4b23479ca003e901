/** Blobs by the storage SDK: sent in blocks, copied, listed, signed for one blob alone. */
import type { BlobClient, StoragePipelineOptions } from "@azure/storage-blob";
import type { BlobContainer, BlobStore } from "../../ports.ts";
import {
  type Account,
  type Attempt,
  copyBlob,
  findBlob,
  listBlobs,
  type Place,
  unless,
  uploadBlocks,
} from "./blob-operations.ts";
import { explainRefusal } from "./blob-refusals.ts";
import { createSigner } from "./blob-signing.ts";
import { toServiceError } from "./service-error.ts";
import type { Session } from "./session.ts";
import { readAccountKey } from "./storage-accounts.ts";

/** The port over the session that `open` gives. */
export function createBlobStore(open: () => Promise<Session>): BlobStore {
  return {
    container: (account, container, access) => {
      let opened: Promise<Account> | undefined;
      const connect = async (): Promise<Account> => (opened ??= connectAccount(await open(), account, access));
      return createContainer(connect, { account, container }, open);
    },
  };
}

async function connectAccount(session: Session, account: Place["account"], access: string): Promise<Account> {
  const sdk = await import("@azure/storage-blob");
  const key =
    access === "accountKey"
      ? new sdk.StorageSharedKeyCredential(account.name, (await readAccountKey(session, account.id)).reveal())
      : undefined;
  const options: StoragePipelineOptions & { readonly agent: unknown } = {
    agent: session.pools.poolFor(account.blobEndpoint),
    userAgentOptions: { userAgentPrefix: session.options.userAgent },
    retryOptions: { maxTries: 5, tryTimeoutInMs: 300_000, maxRetryDelayInMs: 30_000 },
  };
  const client = new sdk.BlobServiceClient(account.blobEndpoint, key ?? session.credential, options);
  return { sdk, client, key };
}

function createContainer(connect: () => Promise<Account>, place: Place, open: () => Promise<Session>): BlobContainer {
  const what = `storage account ${place.account.name}, container ${place.container}`;
  const attempt: Attempt = async (action, work) => {
    try {
      return await work(await connect());
    } catch (error) {
      throw explainRefusal(toServiceError(error, `${action} (${what})`), place.account);
    }
  };
  const blobClient = ({ client }: Account, blob: string): BlobClient =>
    client.getContainerClient(place.container).getBlobClient(blob);
  const signer = createSigner(place, open);
  return {
    createIfAbsent: () =>
      attempt("create the container", async ({ client }) => {
        await client.getContainerClient(place.container).createIfNotExists();
      }),
    list: (prefix) => listBlobs(attempt, place, prefix),
    find: (blob) => attempt(`look for ${blob}`, (account) => findBlob(blobClient(account, blob))),
    upload: (blob) => uploadBlocks(attempt, place, blob),
    copy: (from, to, metadata) =>
      attempt(`copy ${from}`, (account) => copyBlob(blobClient(account, from), blobClient(account, to), metadata)),
    setMetadata: (blob, metadata) =>
      attempt(`mark ${blob}`, (account) => unless([404], () => blobClient(account, blob).setMetadata({ ...metadata }))),
    prepareSigning: (expires) => attempt("sign addresses", (account) => signer.prepare(account, expires)),
    url: (blob) => attempt(`name ${blob}`, async (account) => blobClient(account, blob).url),
    signedUrl: (blob, expires) =>
      attempt(`sign ${blob}`, (account) => signer.sign(account, blobClient(account, blob), expires)),
    delete: (blob, unchangedSince) =>
      attempt(`delete ${blob}`, async (account) => {
        const conditions = unchangedSince === undefined ? {} : { ifUnmodifiedSince: unchangedSince };
        await unless([404, 412], () => blobClient(account, blob).delete({ conditions, deleteSnapshots: "include" }));
      }),
  };
}
