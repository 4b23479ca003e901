/** The blob service's operations, one by one. */
import type * as StorageSdk from "@azure/storage-blob";
import type { BlobClient, BlobServiceClient, BlockBlobClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import type { BlockUpload, StorageAccountFacts, StoredBlob } from "../../ports.ts";

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

/** Copies within the account, and waits for the end. False where the target is there already. */
export function copyBlob(
  from: BlobClient,
  to: BlobClient,
  metadata: Readonly<Record<string, string>>,
): Promise<boolean> {
  return unlessThere(async () => {
    const copying = await to.beginCopyFromURL(from.url, {
      metadata: { ...metadata },
      conditions: ifAbsent,
      intervalInMs: copyInterval,
    });
    await copying.pollUntilDone();
  });
}

/** A block blob in the making. */
export function uploadBlocks(attempt: Attempt, place: Place, blob: string): BlockUpload {
  // All ids of a blob have the same length.
  const idOf = (index: number): string => Buffer.from(String(index).padStart(6, "0")).toString("base64");
  const target = ({ client }: Account): BlockBlobClient =>
    client.getContainerClient(place.container).getBlockBlobClient(blob);
  return {
    stage: (index, bytes) =>
      attempt(`upload ${blob}`, async (account) => {
        await target(account).stageBlock(idOf(index), bytes, bytes.byteLength);
      }),
    commit: (count, metadata) =>
      attempt(`finish ${blob}`, (account) => {
        const ids = Array.from({ length: count }, (_, index) => idOf(index));
        return unlessThere(() =>
          target(account).commitBlockList(ids, { metadata: { ...metadata }, conditions: ifAbsent }),
        );
      }),
  };
}

/** Blobs whose names begin with `prefix`, page by page. */
export async function* listBlobs(attempt: Attempt, { container }: Place, prefix: string): AsyncGenerator<StoredBlob> {
  const pages = await attempt("list the container", async ({ client }) =>
    client.getContainerClient(container).listBlobsFlat({ prefix, includeMetadata: true }).byPage(),
  );
  for (;;) {
    const page = await attempt("list the container", () => pages.next());
    if (page.done === true) return;
    for (const { name, properties, metadata = {} } of page.value.segment.blobItems) {
      const { contentLength: size = 0, lastModified } = properties;
      yield { name, size, lastModified, metadata: lowerNames(metadata) };
    }
  }
}

/** The blob; undefined where there is none. */
export async function findBlob(blob: BlobClient): Promise<StoredBlob | undefined> {
  try {
    const { contentLength: size = 0, lastModified = new Date(0), metadata = {} } = await blob.getProperties();
    return { name: blob.name, size, lastModified, metadata: lowerNames(metadata) };
  } catch (error) {
    if ((error as { readonly statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

function lowerNames(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), value]));
}
