// @ts-check
/**
 * A thread that compresses and hashes pieces of an archive. Plain JavaScript: a thread starts from a file as it is, also
 * where the task runs from its sources.
 */
import { createHash } from "node:crypto";
import { closeSync, constants as flags, fstatSync, openSync, readSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { constants, deflateRawSync, gzipSync } from "node:zlib";
import { crc32 } from "./crc32.js";

/** Bytes that are tried before a piece is compressed. */
const sampleSize = 16 * 1024;
/** What has a sample that shrinks to more than this part of it is stored. */
const worthwhile = 0.97;

/** Bytes by which a piece may become longer. */
const spare = 4096;

/** Bytes of zlib's output buffer where nothing is said. */
const usualChunk = 16 * 1024;

/** @type {Map<number, import("node:crypto").Hash>} */
const streams = new Map();

/** Whether compressing is worthwhile. @param {Uint8Array} bytes */
function shrinks(bytes) {
  if (bytes.length < 2 * sampleSize) return true;
  const start = (bytes.length - sampleSize) >> 1;
  const sample = bytes.subarray(start, start + sampleSize);
  return deflateRawSync(sample, { level: 1 }).length <= sampleSize * worthwhile;
}

/** @param {Uint8Array} bytes */
const digestOf = (bytes) => createHash("sha256").update(bytes).digest("hex");

/**
 * Puts arrays into memory of their own, which can be handed over: a small view of larger memory would be copied with all
 * of it.
 * @param {readonly (Uint8Array | undefined)[]} arrays
 */
function together(arrays) {
  const all = new Uint8Array(arrays.reduce((sum, array) => sum + (array?.length ?? 0), 0));
  let at = 0;
  return arrays.map((array) => {
    if (array === undefined) return undefined;
    all.set(array, at);
    at += array.length;
    return all.subarray(at - array.length, at);
  });
}

/** Where files are read to, one after the other. */
const room = new Uint8Array(1024 * 1024);

/**
 * Reads one file to its end; the same rules as in read-file.ts.
 * @param {string} path @returns {import("./workers.ts").FileDigest}
 */
function digestFile(path) {
  let fd;
  try {
    // A link or a pipe that took the file's place since the walk is neither followed nor waited for.
    fd = openSync(path, flags.O_RDONLY | (flags.O_NOFOLLOW ?? 0) | (flags.O_NONBLOCK ?? 0));
    const before = fstatSync(fd);
    if (!before.isFile()) return { fault: "notFile" };
    const hash = createHash("sha256");
    let size = 0;
    let start = "";
    for (let count = readSync(fd, room); count > 0; count = readSync(fd, room)) {
      if (size === 0) start = String.fromCharCode(...room.subarray(0, Math.min(2, count)));
      hash.update(room.subarray(0, count));
      size += count;
    }
    const after = fstatSync(fd);
    const isSame = after.size === size && before.mtimeMs === after.mtimeMs && before.ctimeMs === after.ctimeMs;
    if (!isSame || before.size !== size) return { fault: "changed" };
    return { size, mode: before.mode & 0o7777, hasInterpreter: start === "#!", digest: hash.digest("hex") };
  } catch (error) {
    return { fault: "unreadable", message: error instanceof Error ? error.message : String(error) };
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** @param {import("./workers.ts").Job} job @returns {import("./workers.ts").JobResult} */
function run(job) {
  if (job.kind === "hash") {
    const hash = streams.get(job.stream) ?? createHash("sha256");
    streams.set(job.stream, hash);
    hash.update(job.bytes);
    if (!job.end) return { data: [], digests: [], crcs: [] };
    streams.delete(job.stream);
    return { data: [], digests: [hash.digest("hex")], crcs: [] };
  }
  if (job.kind === "files") return { data: [], digests: [], crcs: [], files: job.paths.map(digestFile) };
  const { bytes, whole } = job;
  const digests = whole.map(([start, end]) => digestOf(bytes.subarray(start, end)));
  switch (job.kind) {
    case "gzip": {
      if (!shrinks(bytes)) return { data: [undefined], digests, crcs: [crc32(bytes)] };
      // One output buffer that holds all: many small ones would be put together again.
      const made = gzipSync(bytes, { level: job.level, chunkSize: bytes.length + spare });
      const isAlone = made.byteOffset === 0 && made.buffer.byteLength - made.length < 16 * spare;
      return { data: isAlone ? [made] : together([made]), digests, crcs: [] };
    }
    case "deflate": {
      const { level, parts } = job;
      const data = parts.map(({ start, end, last }) => {
        const part = bytes.subarray(start, end);
        if (!shrinks(part)) return undefined;
        const finishFlush = last ? constants.Z_FINISH : constants.Z_SYNC_FLUSH;
        // As large as what comes out: the usual 16 KiB for each of a thousand small files would be held until all are done.
        return deflateRawSync(part, { level, finishFlush, chunkSize: Math.min(part.length + 64, usualChunk) });
      });
      const crcs = parts.map(({ start, end }) => crc32(bytes.subarray(start, end)));
      return { data: together(data), digests, crcs };
    }
  }
}

parentPort?.on("message", (/** @type {import("./workers.ts").Job & { id: number }} */ job) => {
  try {
    const result = run(job);
    // All lie in the memory of one.
    const made = result.data.find((data) => data !== undefined);
    const memory = made === undefined ? [] : [/** @type {ArrayBuffer} */ (made.buffer)];
    parentPort?.postMessage({ id: job.id, result }, memory);
  } catch (error) {
    parentPort?.postMessage({ id: job.id, error: error instanceof Error ? error.message : String(error) });
  }
});
