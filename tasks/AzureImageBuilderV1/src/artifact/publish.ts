/** Gets the artifact to where the build VM can fetch it: list, archive, hash and upload in one pass. */
import { createHash } from "node:crypto";
import { addAbortSignal, pipeline, type Readable, Transform } from "node:stream";
import { failureCodes } from "../failure-codes.ts";
import type { ArtifactPlan, ArtifactRef, BuildPlan } from "../plan/types.ts";
import type { BlobContainer, Ports } from "../ports.ts";
import { listEntries } from "./list-entries.ts";

type PublishPorts = Pick<Ports, "agent" | "blobs" | "cancelled">;

/**
 * Uploads the plan's artifact; undefined where it has none. Throws a TaskError naming a path that cannot be archived
 * before anything is created, a ServiceError where the store refuses. A failed upload leaves no blob.
 */
export async function publishArtifact(plan: BuildPlan, ports: PublishPorts): Promise<ArtifactRef | undefined> {
  const { artifact } = plan;
  if (artifact === undefined) return undefined;
  const { agent, cancelled } = ports;
  const { createArchive, linksIn } = await import("./archive.ts");
  const entries = await listEntries(artifact.path, linksIn[artifact.format]);
  const files = entries.entries.filter(({ kind }) => kind !== "folder").length;
  if (files === 0) agent.warning(`artifactPath: ${artifact.path} holds no files.`, failureCodes.artifactMissing);
  agent.info(`Artifact: ${artifact.path}, ${files} ${files === 1 ? "file" : "files"}.`);
  cancelled.throwIfAborted();
  const container = openContainer(artifact, ports);
  // Signing first tells a missing right before gigabytes are sent.
  const url = await container.signedUrl(artifact.blob, artifact.urlExpires);
  agent.info(`Storage container ${artifact.container} of ${artifact.account.name}: will be created if absent.`);
  await container.createIfAbsent();
  agent.info(`Uploading to ${artifact.blob} in that container; it is deleted when the build has ended.`);
  const content = measure(createArchive(entries, artifact.format));
  addAbortSignal(cancelled, content.stream);
  await container.upload(artifact.blob, content.stream, { metadata: {} }).catch((error: unknown) => {
    cancelled.throwIfAborted();
    throw content.failure() ?? error;
  });
  const ref: ArtifactRef = { url, ...content.result() };
  agent.info(`Uploaded ${formatSize(ref.size)}, SHA-256 ${ref.sha256}.`);
  return ref;
}

/** Deletes the run's own blob, best effort: what stays is named in a warning, never an error. */
export async function deleteArtifact(plan: BuildPlan, ports: PublishPorts): Promise<void> {
  const { artifact } = plan;
  if (artifact === undefined) return;
  try {
    await openContainer(artifact, ports).delete(artifact.blob);
    ports.agent.info(`Deleted the artifact's blob ${artifact.blob}.`);
  } catch (error) {
    reportArtifact(plan, ports, `could not be deleted: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Names the blob that stays, and the command that deletes it. */
export function reportArtifact(plan: BuildPlan, { agent }: Pick<Ports, "agent">, why: string): void {
  const { artifact } = plan;
  if (artifact === undefined) return;
  const command =
    `az storage blob delete --auth-mode login --account-name ${artifact.account.name} ` +
    `--container-name ${artifact.container} --name "${artifact.blob}"`;
  agent.warning(`The artifact's blob ${artifact.blob} ${why}. To delete it: ${command}`, failureCodes.blobLeft);
}

function openContainer({ account, container, access }: ArtifactPlan, { blobs }: PublishPorts): BlobContainer {
  return blobs.container(account, container, access);
}

interface Measured {
  readonly stream: Readable;
  /** Digest and size of what has passed; meaningful after the end. */
  result(): { readonly sha256: string; readonly size: number };
  /** Why the source broke off; it says more than the upload's error. */
  failure(): Error | undefined;
}

function measure(source: Readable): Measured {
  const hash = createHash("sha256");
  let size = 0;
  let failure: Error | undefined;
  source.once("error", (error) => (failure = error));
  const meter = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  // Errors come out of the returned end of the chain.
  const stream = pipeline(source, meter, () => undefined);
  return { stream, result: () => ({ sha256: hash.digest("hex"), size }), failure: () => failure };
}

function formatSize(bytes: number): string {
  const mebibytes = bytes / 1024 / 1024;
  return mebibytes < 1 ? `${(bytes / 1024).toFixed(1)} KiB` : `${mebibytes.toFixed(1)} MiB`;
}
