/**
 * One measured job, in a process of its own, from the sources the package is made of: prints its milliseconds, peak memory
 * and what came out as JSON. Loading the code is not measured.
 */
import {
  createWriteStream,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  closeSync,
  rmSync,
  statSync,
} from "node:fs";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { pipeline } from "node:stream/promises";
import * as storage from "@azure/storage-blob";
import { createBlobStore } from "../../tasks/AzureImageBuilderV1/src/adapters/azure/blobs.ts";
import type { Session } from "../../tasks/AzureImageBuilderV1/src/adapters/azure/session.ts";
import { openMaterial } from "../../tasks/AzureImageBuilderV1/src/artifact/material.ts";
import { digestEntries } from "../../tasks/AzureImageBuilderV1/src/artifact/digest-entries.ts";
import { publishArtifact, type PublishPorts } from "../../tasks/AzureImageBuilderV1/src/artifact/publish.ts";
import { walkFolder } from "../../tasks/AzureImageBuilderV1/src/artifact/walk.ts";
import { startWorkers } from "../../tasks/AzureImageBuilderV1/src/artifact/workers.ts";
import type { ArtifactPlan, BuildPlan } from "../../tasks/AzureImageBuilderV1/src/plan/types.ts";

/** What to do, as the parent writes it. */
export interface Order {
  readonly job: "publish" | "pack" | "archiver" | "raw" | "digest" | "read";
  /** The tree. */
  readonly path: string;
  readonly format: "tar.gz" | "zip";
  /** zlib's, for `pack`. */
  readonly level: number;
  /** Bytes for `raw`. */
  readonly size: number;
  /** `https://127.0.0.1:port/account/` of the blob service. */
  readonly endpoint: string;
  readonly token: string;
  readonly ca: string;
}

/** What a job says. */
export interface Told {
  readonly ms: number;
  /** Peak resident memory in MB (1,000,000 bytes). */
  readonly peak: number;
  /** Seconds of processors, the system's part included. */
  readonly cpu: number;
  readonly text: string;
}

const order = JSON.parse(process.argv[2] ?? "{}") as Order;
const agent = new Agent({ keepAlive: true, ca: order.ca });
const credential = { getToken: async () => ({ token: order.token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
const client = (): storage.ContainerClient =>
  new storage.BlobServiceClient(order.endpoint, credential, {
    agent,
  } as storage.StoragePipelineOptions).getContainerClient("bench");

const texts: string[] = [];
const quiet = {
  info: (line: string) => void texts.push(line),
  warning: (line: string) => void texts.push(line),
  setTaskVariable: () => undefined,
};

async function publish(): Promise<void> {
  const session = {
    credential,
    pools: { poolFor: () => agent, close: () => undefined },
    options: { userAgent: "bench", now: () => new Date(), mask: () => undefined },
  } as unknown as Session;
  const artifact: ArtifactPlan = {
    source: { kind: "folder", path: order.path },
    format: order.format,
    folder: "tree",
    account: { id: "/a", name: "a", blobEndpoint: order.endpoint, allowSharedKeyAccess: false },
    container: "bench",
    // An access that needs no signature: signing is not what is measured.
    access: [{ kind: "vmIdentity", identityId: "/i" }],
    retentionDays: 7,
    urlExpires: new Date(),
    archiveInImage: "",
    folderInImage: "",
    deriveModes: false,
  };
  const template = { subscriptionId: "s", resourceGroup: "rg", name: "bench" };
  const ports = {
    agent: quiet,
    process: { pid: process.pid },
    blobs: createBlobStore(async () => session),
    clock: { now: () => new Date() },
    cancelled: new AbortController().signal,
    randomHex: (bytes: number) => randomBytes(bytes).toString("hex"),
  } as unknown as PublishPorts;
  const ref = await publishArtifact({ artifact, template, templateTags: {} } as BuildPlan, ports);
  texts.push(`${ref?.size ?? 0} bytes`);
}

/** The way of the older tasks: archiver to a temporary file, and then the upload. */
async function archive(): Promise<void> {
  const { TarArchive } = (await import("archiver")) as unknown as { TarArchive: new (options: object) => ArchiverLike };
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const file = join(folder, "tree.tar.gz");
  const made = new TarArchive({ gzip: true, gzipOptions: { level: 6 } });
  made.directory(order.path, false);
  await Promise.all([pipeline(made, createWriteStream(file)), made.finalize()]);
  await client().createIfNotExists();
  await client()
    .getBlockBlobClient(`archiver-${Date.now()}`)
    .uploadFile(file, { blockSize: 8 * 1024 * 1024, concurrency: 4 });
  rmSync(folder, { recursive: true });
}

interface ArchiverLike extends NodeJS.ReadableStream {
  directory(path: string, name: false): void;
  finalize(): Promise<void>;
}

/** Blocks as large as ours, as many at a time, of bytes that are there already. */
async function raw(): Promise<void> {
  const block = randomBytes(8 * 1024 * 1024);
  const count = Math.ceil(order.size / block.length);
  await client().createIfNotExists();
  const blob = client().getBlockBlobClient(`raw-${Date.now()}`);
  const ids = Array.from({ length: count }, (_, index) =>
    Buffer.from(String(index).padStart(6, "0")).toString("base64"),
  );
  const left = [...ids];
  const send = async (): Promise<void> => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) await blob.stageBlock(id, block, block.length);
  };
  await Promise.all([send(), send(), send(), send()]);
  await blob.commitBlockList(ids);
}

async function digest(): Promise<void> {
  const workers = startWorkers();
  const signal = new AbortController().signal;
  const entries = walkFolder(order.path, { links: "keep", names: "any" });
  texts.push((await digestEntries(entries, { workers, modes: "agent", signal })).content);
  await workers.close();
}

/** Packs at a level, and throws the archive away; says its size. */
async function packOnly(): Promise<void> {
  const workers = startWorkers();
  const { signal } = new AbortController();
  const source = { kind: "folder", path: order.path } as const;
  const material = openMaterial(
    { source, format: order.format },
    { workers, modes: "agent", signal, level: order.level },
  );
  let size = 0;
  await material.make(async ({ length }) => void (size += length));
  await workers.close();
  texts.push(String(size));
}

/** Reads every file of the tree, one after the other, and does nothing with it. */
async function read(): Promise<void> {
  const buffer = Buffer.alloc(1024 * 1024);
  for (const item of readdirSync(order.path, { recursive: true, withFileTypes: true })) {
    if (!item.isFile()) continue;
    const path = join(item.parentPath, item.name);
    if (statSync(path).size < buffer.length) {
      readFileSync(path);
      continue;
    }
    const file = openSync(path, "r");
    while (readSync(file, buffer) > 0);
    closeSync(file);
  }
}

const jobs = { publish, pack: packOnly, archiver: archive, raw, digest, read };

const begun = performance.now();
const idle = process.cpuUsage();
await jobs[order.job]();
const ms = performance.now() - begun;
const { user, system } = process.cpuUsage(idle);
const told: Told = {
  ms,
  peak: (process.resourceUsage().maxRSS * 1024) / 1e6,
  cpu: (user + system) / 1e6,
  text: texts.join("\n"),
};
process.stdout.write(JSON.stringify(told));
process.exit(0);
