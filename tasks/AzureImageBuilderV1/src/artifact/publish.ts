/**
 * Gets the artifact to where the build VM can fetch it: read, pack, digest and upload in one pass; or, where the container
 * may hold it already, digest first and upload only what is not there.
 */
import { TaskError } from "../errors.ts";
import { failureCodes } from "../failure-codes.ts";
import type { ArtifactAccess, ArtifactPlan, ArtifactRef, BuildPlan } from "../plan/types.ts";
import type { BlobContainer, Ports } from "../ports.ts";
import { Secret } from "../secret.ts";
import { blobOf, type Holdings, metadataOf, readHoldings, type Stored, useStored } from "./blob-store.ts";
import { formatSize } from "./format-size.ts";
import type { Made, Material } from "./material.ts";
import { openArtifact } from "./open.ts";
import { describeBlobLeft, forgetUpload, incomingPrefix, noteUpload } from "./upload-record.ts";
import type { Workers } from "./workers.ts";

/** The ports that publishing uses. */
export type PublishPorts = Pick<
  Ports,
  "agent" | "artifacts" | "blobs" | "cancelled" | "clock" | "randomHex" | "process"
>;

/**
 * Uploads the plan's artifact, or finds it; undefined where the plan has none. Throws a TaskError that names what cannot
 * be archived, a ServiceError where the store refuses. A failed upload leaves no blob that looks whole.
 */
export async function publishArtifact(plan: BuildPlan, ports: PublishPorts): Promise<ArtifactRef | undefined> {
  const { artifact } = plan;
  if (artifact === undefined) return undefined;
  const way = artifact.access.some(({ kind }) => kind === "accountKey") ? "accountKey" : "token";
  const container = ports.blobs.container(artifact.account, artifact.container, way);
  // A missing right shows before gigabytes are sent; where another way may serve, it is not asked for.
  if (artifact.access.every(isSigned)) await container.prepareSigning(artifact.urlExpires);
  ports.agent.info(`Storage container ${artifact.container} of ${artifact.account.name}: will be created if absent.`);
  await container.createIfAbsent();
  const prefix = incomingPrefix(plan);
  const holdings = await readHoldings(container, {
    prefix,
    retentionDays: artifact.retentionDays,
    now: ports.clock.now(),
  });
  // Threads and archive formats are loaded when they are needed: they would cost every step's start.
  const { startWorkers } = await import("./workers.ts");
  const workers = startWorkers();
  try {
    const material = await openArtifact(artifact, workers, ports);
    const store = {
      template: plan.template,
      artifact,
      container,
      way,
      prefix,
      holdings,
      material,
      workers,
      ports,
    } as const;
    const stored = await findOrUpload(store);
    await removeUnused(store, stored.blob);
    return await refer(stored, store);
  } finally {
    await workers.close();
  }
}

interface Store {
  readonly template: BuildPlan["template"];
  readonly artifact: ArtifactPlan;
  readonly container: BlobContainer;
  readonly way: "token" | "accountKey";
  /** What the names of this step's own uploads begin with. */
  readonly prefix: string;
  readonly holdings: Holdings;
  readonly material: Material;
  readonly workers: Workers;
  readonly ports: PublishPorts;
}

/** What lies in the container, and what it holds. */
interface Published extends Stored {
  readonly content: string;
}

async function findOrUpload(store: Store): Promise<Published> {
  const { artifact, container, holdings, material, ports } = store;
  // Of a pipeline artifact it costs nothing.
  const isWorthIt = holdings.any || artifact.source.kind === "pipeline";
  const content = isWorthIt ? await material.digest() : undefined;
  if (content === undefined) return uploadWhole(store, undefined);
  const blob = blobOf(content, artifact.format);
  const stored = await useStored(container, { content, blob, clock: ports.clock });
  if (stored === undefined) return uploadWhole(store, content);
  ports.agent.info(
    `Artifact ${content} is there already as ${blob} (${formatSize(stored.size)}): nothing is uploaded.`,
  );
  return { ...stored, content };
}

/** A download that breaks off is begun again, and with it the upload: nothing of it is visible before it is complete. */
async function uploadWhole(store: Store, known: string | undefined): Promise<Published> {
  if (store.artifact.source.kind !== "pipeline") return upload(store, known);
  const { withDownloads } = await import("./pipeline-material.ts");
  return withDownloads(() => upload(store, known), store.ports);
}

/** Uploads under the name of the content; where that is not known yet, under another, and copies it when complete. */
async function upload(store: Store, known: string | undefined): Promise<Published> {
  const { artifact, container, material, workers, ports } = store;
  const { agent, cancelled, clock } = ports;
  const begun = clock.now().getTime();
  const blob = known === undefined ? `${store.prefix}${ports.randomHex(8)}` : blobOf(known, artifact.format);
  agent.info(`Uploading the artifact to ${blob} in that container.`);
  const { sendBlocks } = await import("./send-blocks.ts");
  const target = container.upload(blob);
  const sender = sendBlocks(target, workers);
  const made = await material.make(sender.write).catch(async (error: unknown) => {
    // No block of this try may arrive when the next one has begun.
    await sender.end().catch(() => undefined);
    throw error;
  });
  const sent = await sender.end();
  cancelled.throwIfAborted();
  const content = made.content ?? sent.sha256;
  if (known !== undefined && content !== known) throw changedMeanwhile();
  reportMade(made, { size: sent.size, ms: clock.now().getTime() - begun }, ports);
  const metadata = metadataOf(content, sent, clock.now());
  // From here on there is a blob that somebody has to look after, should this process end.
  if (known === undefined) {
    const { template, way: access } = store;
    noteUpload({ account: artifact.account, container: artifact.container, blob, access, template }, ports);
  }
  const isNew = await target.commit(sent.blocks, metadata);
  const name = blobOf(content, artifact.format);
  const own = { blob: name, content, sha256: sent.sha256, size: sent.size };
  if (known === undefined) return moveIn(store, { from: blob, own, metadata });
  return isNew ? own : theOther(store, own);
}

interface Moving {
  readonly from: string;
  readonly own: Published;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Gives the complete blob its name. */
async function moveIn(store: Store, { from, own, metadata }: Moving): Promise<Published> {
  const { container, ports } = store;
  const isNew = await container.copy(from, own.blob, metadata);
  const result = isNew ? own : await theOther(store, own);
  await container.delete(from).catch((error: unknown) => reportLeft(store.artifact, from, error, ports));
  forgetUpload(ports);
  return result;
}

/** Another run was faster with the same content: its blob counts, whose bytes may differ in the files' times. */
async function theOther({ container, ports }: Store, own: Published): Promise<Published> {
  const { content, blob } = own;
  const stored = await useStored(container, { content, blob, clock: ports.clock });
  if (stored === undefined) {
    throw new TaskError(
      failureCodes.artifactForeign,
      `The blob ${blob} is there and is not what this task writes under that name.`,
      { next: "Find out who writes to the container; delete the blob, or give the task a container of its own." },
    );
  }
  ports.agent.info("Another run has uploaded the same content in the meantime: its blob is used.");
  return { ...stored, content };
}

async function refer(stored: Published, { artifact, container, ports }: Store): Promise<ArtifactRef> {
  const { sha256, size, content, blob } = stored;
  const access = artifact.access.find((way) => way.kind !== "templateIdentity" || size <= way.maxBytes);
  if (access === undefined) throw tooLarge(artifact, size);
  const url = isSigned(access)
    ? await container.signedUrl(blob, artifact.urlExpires)
    : new Secret(await container.url(blob));
  ports.agent.info(`Artifact: ${formatSize(size)}, content digest ${content}, SHA-256 of the archive ${sha256}.`);
  return { access, url, sha256, content, size };
}

/** Blobs of the task that no run has used for the retention. What cannot be removed is said, never an error. */
async function removeUnused({ artifact, container, holdings, ports }: Store, used: string): Promise<void> {
  const unused = holdings.unused.filter(({ name }) => name !== used);
  const { broken } = holdings;
  try {
    for (const { name, lastModified } of [...broken, ...unused]) await container.delete(name, lastModified);
    if (broken.length > 0) {
      const names = broken.map(({ name }) => name).join(", ");
      ports.agent.info(`Removed what the upload of an earlier attempt left: ${names}.`);
    }
    if (unused.length > 0) {
      ports.agent.info(
        `Removed ${unused.length} of the task's blobs, unused for ${artifact.retentionDays} days: ` +
          `${unused.map(({ name }) => name).join(", ")}.`,
      );
    }
  } catch (error) {
    ports.cancelled.throwIfAborted();
    ports.agent.warning(
      `Blobs that are not used any more could not be removed: ${error instanceof Error ? error.message : String(error)}`,
      failureCodes.blobLeft,
    );
  }
}

function isSigned({ kind }: ArtifactAccess): boolean {
  return kind === "delegationSas" || kind === "accountKey";
}

function reportMade(
  made: Made,
  { size, ms }: { readonly size: number; readonly ms: number },
  { agent }: PublishPorts,
): void {
  const { files, size: raw, madeExecutable } = made;
  if (files === 0) agent.warning("artifactPath: there are no files in it.", failureCodes.artifactMissing);
  const what = files === undefined ? "archive" : `${files} ${files === 1 ? "file" : "files"}`;
  agent.info(`Uploaded: ${what}, ${formatSize(raw)} as ${formatSize(size)}, in ${(ms / 1000).toFixed(1)} s.`);
  if (madeExecutable > 0) {
    agent.info(
      `${madeExecutable} ${madeExecutable === 1 ? "file that begins" : "files that begin"} with #! became executable: ` +
        "files on a Windows agent have no modes.",
    );
  }
}

function reportLeft({ account, container }: ArtifactPlan, blob: string, error: unknown, { agent }: PublishPorts): void {
  const why = error instanceof Error ? error.message : String(error);
  agent.warning(describeBlobLeft({ account: account.id, container, blob }, why), failureCodes.blobLeft);
}

function changedMeanwhile(): TaskError {
  return new TaskError(
    failureCodes.artifactRead,
    "The artifact changed between its digest and its upload: what would be uploaded is not what was asked for.",
    { next: "See that nothing changes the files while the step runs." },
  );
}

function tooLarge({ access }: ArtifactPlan, size: number): TaskError {
  const limit = access.find((way) => way.kind === "templateIdentity")?.maxBytes ?? 0;
  return new TaskError(
    failureCodes.artifactTooLarge,
    `The archive has ${formatSize(size)}, and the template's identity can place at most ${formatSize(limit)}.`,
    { next: "Set artifactAccess: vmIdentity with buildVmIdentities, or delegationSas." },
  );
}
