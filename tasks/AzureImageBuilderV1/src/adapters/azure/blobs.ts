/** Blobs by the storage SDK: sent in blocks, copied, listed, signed for one blob alone. */
import type { BlobClient, StoragePipelineOptions } from "@azure/storage-blob";
import { ServiceError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import type { BlobContainer, BlobStore } from "../../ports.ts";
import {
  type Account,
  type Attempt,
  copyBlob,
  findBlob,
  listBlobs,
  makeContainer,
  type Place,
  unless,
  uploadBlocks,
} from "./blob-operations.ts";
import { explainRefusal } from "./blob-refusals.ts";
import { createSigner } from "./blob-signing.ts";
import { isPassing } from "../passing.ts";
import { repeat } from "./repeat.ts";
import { toServiceError, understood } from "./service-error.ts";
import type { Session } from "./session.ts";
import { isSpentCode, storageScope } from "./spent-token.ts";
import { readAccountKey } from "./storage-accounts.ts";

/** The port over the session that `open` gives. */
export function createBlobStore(open: () => Promise<Session>): BlobStore {
  return {
    container: (account, container, access) => {
      let opened: Promise<Account> | undefined;
      const connection: Connection = {
        connect: async () => (opened ??= connectAccount(await open(), account, access)),
        renew: async () => {
          const { credential } = await open();
          if ((await opened)?.key === undefined)
            await credential.renew(storageScope, (await credential.getToken(storageScope))?.token ?? "");
          // The client would go on with the token or the key it holds.
          opened = undefined;
        },
      };
      return createContainer(connection, { account, container }, open);
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
    // What may be sent again, and when, is decided here: the SDK would repeat what makes a blob, too.
    retryOptions: { maxTries: 1, tryTimeoutInMs: 300_000 },
  };
  const client = new sdk.BlobServiceClient(account.blobEndpoint, key ?? session.credential, options);
  return { sdk, client, key };
}

interface Connection {
  readonly connect: () => Promise<Account>;
  /** Gets another token, or the key as it is now, in place of one that the service does not take any more. */
  readonly renew: () => Promise<void>;
}

function createContainer({ connect, renew }: Connection, place: Place, open: () => Promise<Session>): BlobContainer {
  const what = `storage account ${place.account.name}, container ${place.container}`;
  const once: Attempt = async (action, work) => {
    try {
      return await understood(`${action} (${what})`, connect().then(work));
    } catch (error) {
      throw explainRefusal(toServiceError(error, `${action} (${what})`), place.account);
    }
  };
  const renewing =
    (then: <T>(spent: ServiceError, again: () => Promise<T>) => Promise<T>): Attempt =>
    async (action, work) => {
      try {
        return await once(action, work);
      } catch (error) {
        if (!(error instanceof ServiceError) || !isSpent(error)) throw error;
        await renew();
        return then(error, () => once(action, work));
      }
    };
  const read = renewing((_, again) => again());
  /** What makes something is not sent again before a look, although a refused token says that nothing was done. */
  const make = renewing((spent) => {
    throw new ServiceError(failureCodes.noAnswer, spent.message, { cause: spent });
  });
  const again: Attempt = (action, work) => repeat(() => read(action, work), { passes: mayPass });
  const blobClient = ({ client }: Account, blob: string): BlobClient =>
    client.getContainerClient(place.container).getBlobClient(blob);
  const signer = createSigner(place, open);
  const find: BlobContainer["find"] = (blob) =>
    again(`look for ${blob}`, (account) => findBlob(blobClient(account, blob)));
  const tries = { make, again, find, passes: mayPass };
  return {
    createIfAbsent: () => makeContainer(tries, place),
    list: (prefix) => listBlobs(again, place, prefix),
    find,
    upload: (blob) => uploadBlocks(tries, place, blob),
    copy: (from, to, metadata) =>
      copyBlob(tries, { from, to, metadata, clientOf: (account, blob) => blobClient(account, blob) }),
    setMetadata: (blob, metadata) =>
      again(`mark ${blob}`, (account) => unless([404], () => blobClient(account, blob).setMetadata({ ...metadata }))),
    prepareSigning: (expires) => again("sign addresses", (account) => signer.prepare(account, expires)),
    url: (blob) => once(`name ${blob}`, async (account) => blobClient(account, blob).url),
    signedUrl: (blob, expires) =>
      again(`sign ${blob}`, (account) => signer.sign(account, blobClient(account, blob), expires)),
    delete: (blob, unchangedSince) =>
      again(`delete ${blob}`, async (account) => {
        const conditions = unchangedSince === undefined ? {} : { ifUnmodifiedSince: unchangedSince };
        await unless([404, 412], () => blobClient(account, blob).delete({ conditions, deleteSnapshots: "include" }));
      }),
  };
}

/**
 * A success that is none comes from something on the way to the service. A container or blob that has just been made may
 * not show at once; where there may be none, that is no error here.
 */
function mayPass(error: ServiceError): boolean {
  return isPassing(error) || error.status === 404 || (error.status !== undefined && error.status < 300);
}

function isSpent(error: ServiceError): boolean {
  return error.status === 401 && isSpentCode(error.serviceCode);
}
