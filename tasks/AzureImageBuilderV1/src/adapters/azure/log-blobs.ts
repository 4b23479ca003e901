/**
 * The logs as blobs: `packerlogs/<guid>/customization.log` and `validation.log` in the service's own storage account, read
 * by the connection's token, else by that account's key (wire notes, section 7). Never by a key of the user's own account.
 */
import type { BlobServiceClient, ContainerClient, StoragePipelineOptions } from "@azure/storage-blob";
import type { BuildLogName, LoggedRun, LogRead } from "../../ports.ts";
import type { ArmGet } from "./arm-client.ts";
import { genuine } from "./blob-operations.ts";
import { isRefusal, toServiceError, understood } from "./service-error.ts";
import type { Session } from "./session.ts";
import { readAccountKey } from "./storage-accounts.ts";

const storageVersion = { "api-version": "2023-05-01" };
const containerName = "packerlogs";
/** Bytes of one read: a log grows by much less between two of them. */
const largestRead = 4 * 1024 * 1024;
/** Clocks of the service's parts differ by so many milliseconds at most. */
const clockSlack = 5 * 60_000;

export interface LogBlobs {
  read(log: BuildLogName): Promise<LogRead>;
  /** The account has been found and lets us in. */
  isLocated(): boolean;
  /** A log of this run has been seen. */
  hasBegun(): boolean;
}

interface StagingAccount {
  readonly id: string;
  readonly name: string;
  readonly endpoint: string;
}

/** What is known so far: each read goes one step further. */
type Known =
  | { readonly step: "nothing" }
  | { readonly step: "account"; readonly account: StagingAccount }
  | { readonly step: "key"; readonly account: StagingAccount; readonly why: string }
  | {
      readonly step: "container";
      readonly account: StagingAccount;
      readonly client: ContainerClient;
      readonly byKey: boolean;
    }
  | { readonly step: "folder"; readonly client: ContainerClient; readonly folder: string };

/** Follows the blobs of one run. */
export function createLogBlobs(
  session: Session,
  { run, get }: { readonly run: LoggedRun; readonly get: ArmGet },
): LogBlobs {
  let known: Known = { step: "nothing" };
  const offsets = { customization: 0, validation: 0 };
  const nothing: LogRead = { state: "nothing" };

  const step = async (log: BuildLogName): Promise<LogRead> => {
    switch (known.step) {
      case "nothing": {
        const account = await findAccount(get, run.stagingResourceGroup);
        if (account === undefined) return nothing;
        known = { step: "account", account };
        return nothing;
      }
      case "account": {
        const { account } = known;
        known = { step: "container", account, client: await openByToken(session, account), byKey: false };
        return step(log);
      }
      case "key": {
        const { account, why } = known;
        const client = await openByKey(session, account).catch((error: unknown) => keyRefused(error, account, why));
        if ("state" in client) return client;
        known = { step: "container", account, client, byKey: true };
        return nothing;
      }
      case "container":
        return locate(known);
      case "folder": {
        const { client, folder } = known;
        const bytes = await readFrom(client, `${folder}/${log}.log`, offsets[log]);
        if (bytes.length === 0) return nothing;
        offsets[log] += bytes.length;
        return { state: "bytes", from: "blob", bytes, more: bytes.length === largestRead };
      }
    }
  };
  const locate = async ({ account, client, byKey }: Extract<Known, { step: "container" }>): Promise<LogRead> => {
    try {
      const folder = await findFolder(client, run.startedAt);
      if (folder === undefined) return nothing;
      known = { step: "folder", client, folder };
      return { state: "found" };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (byKey) return { state: "refused", missing: howToAllow(account, error.message) };
      known = { step: "key", account, why: error.message };
      return nothing;
    }
  };
  return {
    read: async (log) => {
      try {
        return await step(log);
      } catch (error) {
        // Without the account in sight there is no way at all.
        if (isRefusal(error)) return { state: "refused", missing: howToAllow(undefined, error.message) };
        throw error;
      }
    },
    isLocated: () => known.step === "container" || known.step === "folder",
    hasBegun: () => known.step === "folder",
  };
}

/** The service's account is the only one in the group; where a user's group holds others, the tag tells. */
async function findAccount(get: ArmGet, group: string): Promise<StagingAccount | undefined> {
  const list = await get(`${group}/providers/Microsoft.Storage/storageAccounts`, storageVersion);
  const value = (list as { readonly value?: unknown } | undefined)?.value;
  const accounts = Array.isArray(value) ? (value as readonly AccountBody[]) : [];
  const own = accounts.find(({ tags }) => tags?.["createdby"]?.toLowerCase() === "azureimagebuilder") ?? accounts[0];
  const endpoint = own?.properties?.primaryEndpoints?.blob;
  if (own?.id === undefined || own.name === undefined || endpoint === undefined) return undefined;
  return { id: own.id, name: own.name, endpoint };
}

interface AccountBody {
  readonly id?: string;
  readonly name?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties?: { readonly primaryEndpoints?: { readonly blob?: string } };
}

function pipelineOptions(session: Session, { endpoint }: StagingAccount): StoragePipelineOptions {
  const options: StoragePipelineOptions & { readonly agent: unknown } = {
    agent: session.pools.poolFor(endpoint),
    userAgentOptions: { userAgentPrefix: session.options.userAgent },
    // Whoever waits reads again anyway.
    retryOptions: { maxTries: 1, tryTimeoutInMs: 60_000 },
  };
  return options;
}

async function openByToken(session: Session, account: StagingAccount): Promise<ContainerClient> {
  const { BlobServiceClient: Client } = await import("@azure/storage-blob");
  const client: BlobServiceClient = new Client(account.endpoint, session.credential, pipelineOptions(session, account));
  return client.getContainerClient(containerName);
}

async function openByKey(session: Session, account: StagingAccount): Promise<ContainerClient> {
  const sdk = await import("@azure/storage-blob");
  const key = await readAccountKey(session, account.id);
  const credential = new sdk.StorageSharedKeyCredential(account.name, key.reveal());
  return new sdk.BlobServiceClient(account.endpoint, credential, pipelineOptions(session, account)).getContainerClient(
    containerName,
  );
}

function keyRefused(error: unknown, account: StagingAccount, why: string): LogRead {
  if (isRefusal(error)) return { state: "refused", missing: howToAllow(account, why) };
  throw error;
}

/** The folder of the run: folders do not sort by time, so the log's own time of creation counts. */
async function findFolder(client: ContainerClient, startedAt: Date): Promise<string | undefined> {
  const pages = client.listBlobsFlat().byPage({ maxPageSize: 5000 });
  const page = await understand("list the build's logs", pages.next());
  const blobs = page?.done === false ? genuine(page.value).segment.blobItems : [];
  const since = startedAt.getTime() - clockSlack;
  const [newest] = blobs
    .filter(({ name }) => name.endsWith("/customization.log"))
    .map(({ name, properties }) => ({ name, created: (properties.createdOn ?? properties.lastModified).getTime() }))
    .filter(({ created }) => created >= since)
    .sort((a, b) => b.created - a.created);
  return newest?.name.slice(0, -"/customization.log".length);
}

/** Bytes from `offset` on; none where there is nothing new (416) or no such blob yet (404). */
async function readFrom(client: ContainerClient, blob: string, offset: number): Promise<Uint8Array> {
  const answer = client.getBlobClient(blob).download(offset, largestRead, { maxRetryRequests: 0 });
  const found = await understand(`read ${blob}`, answer.then(genuine), [404, 416]);
  const chunks: Uint8Array[] = [];
  const readAll = async (): Promise<void> => {
    for await (const chunk of found?.readableStreamBody ?? []) chunks.push(chunk as unknown as Uint8Array);
  };
  await understand(`read ${blob}`, readAll());
  return Buffer.concat(chunks);
}

/** The answer; undefined for one of `absent`. Throws ServiceError. */
async function understand<T>(
  what: string,
  answer: Promise<T>,
  absent: readonly number[] = [404],
): Promise<T | undefined> {
  try {
    return await understood(what, answer);
  } catch (error) {
    const failure = toServiceError(error, what);
    if (failure.status !== undefined && absent.includes(failure.status)) return undefined;
    throw failure;
  }
}

function howToAllow(account: StagingAccount | undefined, why: string): string {
  const where = account === undefined ? "the staging resource group" : `storage account ${account.name}`;
  return (
    `Give the connection's identity the roles "Reader" and "Storage Blob Data Reader" on the subscription, or on a staging ` +
    `resource group of your own (input stagingResourceGroup); "Contributor" would do as well. ` +
    `${where} said: ${why}`
  );
}
