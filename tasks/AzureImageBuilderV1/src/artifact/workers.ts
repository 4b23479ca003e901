/** Threads that compress and hash, one for each processor: the bytes are shared with them, not copied. */
import { availableParallelism } from "node:os";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";

/** From and to, in bytes of a job's piece. */
export type Range = readonly [start: number, end: number];

/** One file's bytes in a piece. */
export interface Part {
  readonly start: number;
  readonly end: number;
  /** The file ends here. */
  readonly last: boolean;
}

interface Piece {
  /** Over shared memory; not to be changed before the job is done. */
  readonly bytes: Uint8Array;
  /** Files that lie in the piece as a whole: their digests are wanted. */
  readonly whole: readonly Range[];
}

/** What a thread does. `level` is zlib's, 1 to 9; what does not shrink is left as it is. */
export type Job =
  /** The piece as one gzip member. */
  | (Piece & { readonly kind: "gzip"; readonly level: number })
  /** Each part as raw deflate data, left open where the file goes on. */
  | (Piece & { readonly kind: "deflate"; readonly level: number; readonly parts: readonly Part[] })
  /** Files that the thread reads itself, for their digests alone. */
  | { readonly kind: "files"; readonly paths: readonly string[] }
  /** The next bytes of a stream; its digest at the end. */
  | { readonly kind: "hash"; readonly stream: number; readonly bytes: Uint8Array; readonly end: boolean };

/** All in the order of what was asked. */
export interface JobResult {
  /** Undefined for what is to be stored: compressing would not make it shorter. */
  readonly data: readonly (Uint8Array | undefined)[];
  /** SHA-256 in lower-case hex. */
  readonly digests: readonly string[];
  /** CRC-32 of parts, deflated or to be stored, and of a piece that is to be stored as a gzip member; 0 to 2^32 - 1. */
  readonly crcs: readonly number[];
  /** Of a job for files. */
  readonly files?: readonly FileDigest[];
}

/** What a thread says of a file it has read. */
export type FileDigest =
  | {
      /** Bytes. */
      readonly size: number;
      /** Permission bits, 0 to 0o7777. */
      readonly mode: number;
      /** It begins with `#!`. */
      readonly hasInterpreter: boolean;
      readonly digest: string;
    }
  | { readonly fault: "notFile" | "changed" }
  | { readonly fault: "unreadable"; readonly message: string };

/** A SHA-256 over bytes that come one after the other. */
export interface HashStream {
  /** Resolves when the bytes may be changed again. */
  update(bytes: Uint8Array): Promise<void>;
  /** Lower-case hex. */
  end(): Promise<string>;
}

export interface Workers {
  readonly count: number;
  run(job: Exclude<Job, { readonly kind: "hash" }>): Promise<JobResult>;
  hash(): HashStream;
  /** Ends the threads; what is under way is rejected. */
  close(): Promise<void>;
}

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
  /** Why it takes no more jobs; undefined while it lives. */
  ended(): Error | undefined;
}

interface Waiting {
  readonly resolve: (result: JobResult) => void;
  readonly reject: (error: Error) => void;
}

const noBytes = new Uint8Array();

/** More threads cost 14 MB each (pieces included), and no agent's network takes what they make. */
const mostThreads = 8;

/** What a thread makes is mostly outside its heap; V8 would let what it has dropped grow to 48 MB before it clears up. */
const resourceLimits = { maxYoungGenerationSizeMb: 6 };

/**
 * What is dropped counts as much: of a tree of many files some 13 MB are alive, and V8 would let the heap grow to 100 MB
 * before it looks. Looking earlier takes no longer, as there is little to look at.
 */
const heapGrowth = "--heap-growing-percent=40";

/** Starts `count` threads, by default one for each processor, but at most 8. A job for a thread that died is rejected. */
export function startWorkers(count = Math.min(availableParallelism(), mostThreads)): Workers {
  setFlagsFromString(heapGrowth);
  const threads = Array.from({ length: count }, startThread);
  let lastId = 0;
  let lastStream = 0;
  const send = (thread: Thread, job: Job): Promise<JobResult> =>
    new Promise((resolve, reject) => {
      const ended = thread.ended();
      if (ended !== undefined) throw ended;
      const id = ++lastId;
      thread.waiting.set(id, { resolve, reject });
      thread.worker.postMessage({ id, ...job });
    });
  const idlest = (): Thread => threads.reduce((a, b) => (b.waiting.size < a.waiting.size ? b : a));
  return {
    count,
    run: (job) => send(idlest(), job),
    hash: () => {
      // A stream stays on its thread: its bytes come in order there.
      const thread = idlest();
      const stream = ++lastStream;
      return {
        update: async (bytes) => void (await send(thread, { kind: "hash", stream, bytes, end: false })),
        end: async () => (await send(thread, { kind: "hash", stream, bytes: noBytes, end: true })).digests[0] ?? "",
      };
    },
    close: async () => void (await Promise.all(threads.map(({ worker }) => worker.terminate()))),
  };
}

function startThread(): Thread {
  // It needs none of what the process was started with, such as a loader for TypeScript.
  const worker = new Worker(new URL("./pack-worker.js", import.meta.url), { execArgv: [], resourceLimits });
  const waiting = new Map<number, Waiting>();
  let ended: Error | undefined;
  const fail = (error: Error): void => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on("message", ({ id, result, error }: { id: number; result?: JobResult; error?: string }) => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (result === undefined) one?.reject(new Error(error));
    else one?.resolve(result);
  });
  worker.on("error", fail);
  worker.on("exit", () => fail(new Error("The thread that compresses has ended.")));
  return { worker, waiting, ended: () => ended };
}
