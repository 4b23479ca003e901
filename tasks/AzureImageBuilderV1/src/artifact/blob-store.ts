/**
 * Artifacts in the container, named by what they hold: `v1/<content digest>.<format>`. The task's own blobs carry its
 * metadata; nothing else in the container is touched.
 */
import type { ArtifactPlan } from "../plan/types.ts";
import type { BlobContainer, Clock, StoredBlob } from "../ports.ts";
import type { Sent } from "./send-blocks.ts";
import { incoming } from "./upload-record.ts";

/** What lies in the container. */
export interface Stored {
  readonly blob: string;
  /** SHA-256 of its bytes, lower-case hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

const finished = "v1/";
const day = 24 * 60 * 60_000;
/** No more than so many blobs are looked at for those that nobody uses any more. */
const longestList = 5_000;

/** The blob of a content. */
export function blobOf(content: string, format: ArtifactPlan["format"]): string {
  return `${finished}${content}.${format}`;
}

/** What the task notes about a blob of its own. Names are the service's: letters and digits, any case. */
export function metadataOf(content: string, { sha256, size }: Sent | Stored, now: Date): Record<string, string> {
  return { aibtask: "1", content, transport: sha256, size: String(size), lastused: now.toISOString() };
}

/** What a blob says of itself; undefined where it is not the task's, or not whole. */
export function readStored({ name, size, metadata }: StoredBlob, content: string): Stored | undefined {
  const { aibtask, content: told, transport = "", size: noted } = metadata;
  const isWhole = aibtask === "1" && told === content && noted === String(size) && /^[0-9a-f]{64}$/.test(transport);
  return isWhole ? { blob: name, sha256: transport, size } : undefined;
}

/**
 * The blob of a content, marked as used now; undefined where there is none that is whole. A blob that is removed in the
 * same moment counts as none.
 */
export async function useStored(
  container: BlobContainer,
  { content, blob, clock }: { readonly content: string; readonly blob: string; readonly clock: Clock },
): Promise<Stored | undefined> {
  const found = await container.find(blob);
  const stored = found && readStored(found, content);
  if (stored === undefined) return undefined;
  const isMarked = await container.setMetadata(blob, metadataOf(content, stored, clock.now()));
  return isMarked ? stored : undefined;
}

/** What the container holds of the task's own. */
export interface Holdings {
  /** Whether an artifact may be there already. */
  readonly any: boolean;
  /** Blobs that nobody has used for the retention, and what broken uploads left. */
  readonly unused: readonly StoredBlob[];
  /** What an upload of an earlier attempt of this step left. */
  readonly broken: readonly StoredBlob[];
}

/** Looks at the task's own blobs; names of this step's own uploads begin with `prefix`. */
export async function readHoldings(
  container: BlobContainer,
  own: { readonly prefix: string; readonly retentionDays: number; readonly now: Date },
): Promise<Holdings> {
  const unused: StoredBlob[] = [];
  const broken: StoredBlob[] = [];
  let seen = 0;
  let any = false;
  for (const prefix of [finished, incoming]) {
    for await (const blob of container.list(prefix)) {
      if ((seen += 1) > longestList) break;
      if (blob.metadata["aibtask"] !== "1") continue;
      any ||= prefix === finished;
      const used = Date.parse(blob.metadata["lastused"] ?? "");
      const age = own.now.getTime() - (Number.isNaN(used) ? blob.lastModified.getTime() : used);
      // No two attempts of a step are at work at once: what is there now, nobody needs.
      if (blob.name.startsWith(own.prefix)) broken.push(blob);
      else if (age > (prefix === finished ? own.retentionDays : 1) * day) unused.push(blob);
    }
  }
  return { any, unused, broken };
}
