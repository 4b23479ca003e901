/** The blob service's operations, one by one. */
import type * as StorageSdk from "@azure/storage-blob";
import type { BlobClient, BlobServiceClient, BlockBlobClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { ServiceError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import type { BlockUpload, StorageAccountFacts, StoredBlob } from "../../ports.ts";
import { repeat } from "./repeat.ts";

/** An account, opened. */
export interface Account {
  readonly sdk: typeof StorageSdk;
  readonly client: BlobServiceClient;
  /** Present where the account's key signs. */
  readonly key: StorageSharedKeyCredential | undefined;
}

/** A container. */
export interface Place {
  readonly account: StorageAccountFacts;
  readonly container: string;
}

/** Does `work` with the opened account; its failure becomes a ServiceError that says what was attempted. */
export type Attempt = <T>(action: string, work: (account: Account) => Promise<T>) => Promise<T>;

/** How requests are sent: what makes something is not sent again before a look at what is there. */
export interface Tries {
  /** Once: for what makes something. */
  readonly make: Attempt;
  /** Again where the cause may pass: for what can be repeated without harm. */
  readonly again: Attempt;
  readonly passes: (error: ServiceError) => boolean;
  readonly find: (blob: string) => Promise<StoredBlob | undefined>;
}

const ifAbsent = { ifNoneMatch: "*" };
/** Milliseconds between two looks at a copy; within an account it is done at once as a rule. */
const copyInterval = 1_000;

/** Whether `work` made a blob; false where one of that name is there already (409, where two commits meet also 412). */
function unlessThere(work: () => Promise<unknown>): Promise<boolean> {
  return unless([409, 412], work, ["BlobAlreadyExists", "ConditionNotMet", "TargetConditionNotMet"]);
}

/** Whether `work` was done; false where the service answered one of `statuses` (with one of `codes`, where given). */
export async function unless(
  statuses: readonly number[],
  work: () => Promise<unknown>,
  codes?: readonly string[],
): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    const { statusCode = 0, code = "" } = error as { readonly statusCode?: number; readonly code?: string };
    if (statuses.includes(statusCode) && (codes?.includes(code) ?? true)) return false;
    throw error;
  }
}

/** Makes the container, where there is none. */
export async function makeContainer({ make: send, again, passes }: Tries, { container }: Place): Promise<void> {
  const make = (): Promise<boolean> =>
    send("create the container", async ({ client }) => {
      await client.getContainerClient(container).createIfNotExists();
      return true;
    });
  const look = (): Promise<boolean | undefined> =>
    again("look for the container", async ({ client }) =>
      (await client.getContainerClient(container).exists()) ? true : undefined,
    );
  await repeat(make, { passes, look });
}

interface Copy {
  readonly from: string;
  readonly to: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly clientOf: (account: Account, blob: string) => BlobClient;
}

/** Copies within the account, and waits for the end. False where the target is there already. */
export function copyBlob(tries: Tries, { from, to, metadata, clientOf }: Copy): Promise<boolean> {
  const copy = (): Promise<boolean> =>
    tries.make(`copy ${from}`, (account) =>
      unlessThere(async () => {
        const copying = await clientOf(account, to).beginCopyFromURL(clientOf(account, from).url, {
          metadata: { ...metadata },
          conditions: ifAbsent,
          intervalInMs: copyInterval,
        });
        await copying.pollUntilDone();
      }),
    );
  return makeOnce(copy, tries, { blob: to, metadata });
}

/** Makes a blob by one request, or by another after a look that found none. False where somebody else has made it. */
function makeOnce(
  make: () => Promise<boolean>,
  { passes, find }: Tries,
  { blob, metadata }: { readonly blob: string; readonly metadata: Readonly<Record<string, string>> },
): Promise<boolean> {
  const look = async (): Promise<boolean | undefined> => {
    const found = await find(blob);
    return found && Object.entries(metadata).every(([name, value]) => found.metadata[name.toLowerCase()] === value);
  };
  return repeat(make, { passes, look });
}

/** A block blob in the making. */
export function uploadBlocks(tries: Tries, place: Place, blob: string): BlockUpload {
  // All ids of a blob have the same length.
  const idOf = (index: number): string => Buffer.from(String(index).padStart(6, "0")).toString("base64");
  const target = ({ client }: Account): BlockBlobClient =>
    client.getContainerClient(place.container).getBlockBlobClient(blob);
  return {
    stage: (index, bytes) =>
      tries.again(`upload ${blob}`, async (account) => {
        await target(account).stageBlock(idOf(index), bytes, bytes.byteLength);
      }),
    commit: (count, metadata) => {
      const ids = Array.from({ length: count }, (_, index) => idOf(index));
      const commit = (): Promise<boolean> =>
        tries.make(`finish ${blob}`, (account) =>
          unlessThere(() => target(account).commitBlockList(ids, { metadata: { ...metadata }, conditions: ifAbsent })),
        );
      return makeOnce(commit, tries, { blob, metadata });
    },
  };
}

/** Blobs whose names begin with `prefix`, page by page. */
export async function* listBlobs(again: Attempt, { container }: Place, prefix: string): AsyncGenerator<StoredBlob> {
  let continuationToken: string | undefined;
  do {
    const from = continuationToken;
    // A list that broke off goes on at the page that did not come.
    const page = await again("list the container", async ({ client }) => {
      const blobs = client.getContainerClient(container).listBlobsFlat({ prefix, includeMetadata: true });
      const pages = blobs.byPage(from === undefined ? {} : { continuationToken: from });
      const next = (await pages.next()) as IteratorYieldResult<StorageSdk.ContainerListBlobFlatSegmentResponse>;
      return genuine(next.value);
    });
    for (const { name, properties, metadata = {} } of page.segment.blobItems) {
      const { contentLength: size = 0, lastModified } = properties;
      yield { name, size, lastModified, metadata: lowerNames(metadata) };
    }
    continuationToken = page.continuationToken;
  } while (continuationToken !== undefined && continuationToken !== "");
}

/** The blob; undefined where there is none. */
export async function findBlob(blob: BlobClient): Promise<StoredBlob | undefined> {
  try {
    const { contentLength: size = 0, lastModified = new Date(0), metadata = {} } = genuine(await blob.getProperties());
    return { name: blob.name, size, lastModified, metadata: lowerNames(metadata) };
  } catch (error) {
    if ((error as { readonly statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

/** The answer as it is, if it is the blob service's: each of those has an ID. Throws ServiceError. */
export function genuine<T extends { readonly requestId?: string }>(answer: T): T {
  if (answer.requestId !== undefined) return answer;
  throw new ServiceError(
    failureCodes.noAnswer,
    "The answer is not the blob service's: something on the way to it has answered, such as a proxy.",
  );
}

function lowerNames(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), value]));
}
