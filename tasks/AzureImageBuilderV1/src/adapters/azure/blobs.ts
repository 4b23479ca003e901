/** Blobs by the storage SDK: streamed up in blocks, signed for one blob alone. */
import type { Readable } from "node:stream";
import type * as StorageSdk from "@azure/storage-blob";
import type { BlobServiceClient, StoragePipelineOptions, StorageSharedKeyCredential } from "@azure/storage-blob";
import { ServiceError } from "../../errors.ts";
import type { BlobContainer, BlobStore, StorageAccountFacts } from "../../ports.ts";
import { Secret } from "../../secret.ts";
import { toServiceError } from "./service-error.ts";
import type { Session } from "./session.ts";
import { readAccountKey } from "./storage-accounts.ts";

/** Blocks of 8 MiB, four under way: 32 MiB of memory, and 50,000 of them make 390 GiB. */
const blockSize = 8 * 1024 * 1024;
const blocksUnderWay = 4;
/** A signature begins this long ago, for clocks that differ, in milliseconds. */
const clockMargin = 15 * 60_000;

interface Account {
  readonly sdk: typeof StorageSdk;
  readonly client: BlobServiceClient;
  /** Present where the account's key signs. */
  readonly key: StorageSharedKeyCredential | undefined;
}

/** The port over the session that `open` gives. */
export function createBlobStore(open: () => Promise<Session>): BlobStore {
  return {
    container: (account, container, access) => {
      let opened: Promise<Account> | undefined;
      const connect = async (): Promise<Account> => (opened ??= connectAccount(await open(), account, access));
      return createContainer(connect, { account, container, now: async () => (await open()).options.now(), open });
    },
  };
}

interface Place {
  readonly account: StorageAccountFacts;
  readonly container: string;
  readonly open: () => Promise<Session>;
  readonly now: () => Promise<Date>;
}

async function connectAccount(session: Session, account: StorageAccountFacts, access: string): Promise<Account> {
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

function createContainer(connect: () => Promise<Account>, place: Place): BlobContainer {
  const what = `storage account ${place.account.name}, container ${place.container}`;
  const attempt = async <T>(action: string, work: (account: Account) => Promise<T>): Promise<T> => {
    try {
      return await work(await connect());
    } catch (error) {
      throw explain(toServiceError(error, `${action} (${what})`), place);
    }
  };
  return {
    createIfAbsent: () =>
      attempt("create the container", async ({ client }) => {
        await client.getContainerClient(place.container).createIfNotExists();
      }),
    upload: (blob, content, { metadata }) =>
      attempt(`upload ${blob}`, async ({ client }) => {
        const target = client.getContainerClient(place.container).getBlockBlobClient(blob);
        await uploadBlocks(content, (stream) =>
          target.uploadStream(stream, blockSize, blocksUnderWay, { metadata: { ...metadata } }),
        );
      }),
    signedUrl: (blob, expires) => attempt(`sign ${blob}`, (account) => signBlob(account, { ...place, blob, expires })),
    delete: (blob) =>
      attempt(`delete ${blob}`, async ({ client }) => {
        await client.getContainerClient(place.container).getBlobClient(blob).deleteIfExists();
      }),
  };
}

/** An upload that fails must not leave its source waiting for a reader. */
async function uploadBlocks(content: Readable, send: (content: Readable) => Promise<unknown>): Promise<void> {
  try {
    await send(content);
  } catch (error) {
    content.destroy();
    throw error;
  }
}

async function signBlob(
  { sdk, client, key }: Account,
  { container, blob, expires, open, now, account }: Place & { readonly blob: string; readonly expires: Date },
): Promise<Secret> {
  const startsOn = new Date((await now()).getTime() - clockMargin);
  const values = {
    containerName: container,
    blobName: blob,
    permissions: sdk.BlobSASPermissions.parse("r"),
    protocol: sdk.SASProtocol.Https,
    startsOn,
    expiresOn: expires,
  };
  const query =
    key === undefined
      ? sdk.generateBlobSASQueryParameters(values, await client.getUserDelegationKey(startsOn, expires), account.name)
      : sdk.generateBlobSASQueryParameters(values, key);
  const url = new Secret(`${client.getContainerClient(container).getBlobClient(blob).url}?${query.toString()}`);
  (await open()).options.mask(url);
  return url;
}

/** What to do about a refusal of the blob service, by its code. */
const remedies: Readonly<Record<string, string>> = {
  AuthorizationPermissionMismatch:
    'Give the connection\'s identity the role "Storage Blob Data Contributor" on the storage account.',
  AuthorizationFailure:
    "Open the storage account's network rules to the agent, or use one that the agent can reach; see also its roles.",
  KeyBasedAuthenticationNotPermitted:
    "The account allows no keys: leave artifactAccess at auto, and give the connection's identity a blob data role.",
  AuthorizationFailed: "Give the connection's identity the named action on the storage account.",
};

function explain(error: ServiceError, { account }: Place): ServiceError {
  const next = error.next ?? remedies[error.serviceCode ?? ""];
  if (next === undefined || next === error.next) return error;
  const { code, message, status, serviceCode, requestId, cause } = error;
  return new ServiceError(code, message, {
    status,
    serviceCode,
    requestId,
    cause,
    next: `${next} Account: ${account.id}.`,
  });
}
