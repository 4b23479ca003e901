/** Pieces of an archive: entries' bytes one after the other, cut every megabyte, worked on side by side, written in order. */
import type { Entry } from "./entries.ts";
import type { JobResult, Workers } from "./workers.ts";

/** Bytes of a piece: large enough to compress well, small enough that all threads have work. */
export const pieceSize = 1024 * 1024;
/** Entries of a piece, unless the form says otherwise: where most have no bytes, they would never fill one. */
const usualItems = 1024;

/** An entry as it is packed. */
export interface Meta extends Pick<Entry, "kind" | "name" | "target"> {
  readonly mode: number;
  /** Bytes of content. */
  readonly size: number;
  readonly mtimeMs: number;
}

/** What a piece holds of an entry. */
export interface Item {
  readonly meta: Meta;
  /** Where its content lies in the piece; nothing for an entry without content. */
  readonly start: number;
  readonly end: number;
  /** The content begins here, and ends here; both: it lies in this piece as a whole. */
  readonly first: boolean;
  readonly last: boolean;
  /** SHA-256 of a file that lies in several pieces, with its last part; lower-case hex. */
  readonly digest: Promise<string> | undefined;
}

/** A piece that is full. */
export interface Piece {
  /** Over shared memory. */
  readonly bytes: Uint8Array;
  readonly items: readonly Item[];
}

/** Takes bytes and entries; every method resolves when there is room for more. */
export interface PieceWriter {
  /** Bytes that belong to the form, such as a header. */
  add(bytes: Uint8Array): Promise<void>;
  /** An entry without content. */
  entry(meta: Meta): Promise<void>;
  /** An entry's content, which `read` puts into the places it is given. */
  content(meta: Meta, read: (into: Uint8Array) => void): Promise<void>;
  /** The last piece; resolves when all are written. */
  end(): Promise<void>;
  /** Begins nothing any more; resolves when what is being written has been, or at once where the signal is aborted. */
  stop(error: unknown): Promise<void>;
}

/** What becomes of a piece. */
export interface PieceWork {
  /** Side by side, in any order. */
  readonly run: (piece: Piece) => Promise<JobResult>;
  /** One after the other, in order; not any more after a failure. */
  readonly done: (piece: Piece, result: JobResult) => Promise<void>;
  /** Entries of a piece at most, 1 or more; default 1024. */
  readonly mostItems?: number;
  /** Its reason comes out of what is waiting, and of every call after it. */
  readonly signal: AbortSignal;
}

interface Open {
  readonly memory: Buffer;
  length: number;
  items: Item[];
  /** What still reads the bytes besides the piece's own work. */
  readers: Promise<void>[];
}

/** Begins to write pieces. A failure of `work` comes out of the next call. */
export function createPieceWriter(workers: Workers, work: PieceWork): PieceWriter {
  const { signal, mostItems = usualItems } = work;
  const flow = createFlow(2 * workers.count + 2, signal);
  const free: Buffer[] = [];
  const begin = (): Open => {
    const memory = free.pop() ?? Buffer.from(new SharedArrayBuffer(pieceSize));
    return { memory, length: 0, items: [], readers: [] };
  };
  let open = begin();
  const cut = async (): Promise<void> => {
    const full = open;
    const piece = { bytes: full.memory.subarray(0, full.length), items: full.items };
    const result = work.run(piece);
    // Of what comes too late, because an earlier piece has failed, nobody hears.
    for (const late of [result, ...full.readers]) late.catch(() => undefined);
    flow.add(result, async (ready) => {
      await work.done(piece, ready);
      await Promise.all(full.readers);
      free.push(full.memory);
    });
    await flow.room();
    open = begin();
  };
  const cutWhenFull = async (): Promise<void> => {
    if (open.length === pieceSize || open.items.length >= mostItems) await cut();
  };
  const room = (): number => pieceSize - open.length;

  return {
    add: async (bytes) => {
      for (let from = 0; from < bytes.length;) {
        const count = Math.min(room(), bytes.length - from);
        open.memory.set(bytes.subarray(from, from + count), open.length);
        open.length += count;
        from += count;
        await cutWhenFull();
      }
    },
    entry: async (meta) => {
      open.items.push({ meta, start: open.length, end: open.length, first: true, last: true, digest: undefined });
      await cutWhenFull();
    },
    content: async (meta, read) => {
      // What does not fit at once is cut, and its digest runs along.
      const stream = meta.size > room() ? workers.hash() : undefined;
      for (let left = meta.size, first = true; first || left > 0; first = false) {
        const count = Math.min(room(), left);
        const start = open.length;
        const bytes = open.memory.subarray(start, start + count);
        read(bytes);
        if (stream !== undefined) open.readers.push(stream.update(bytes));
        open.length += count;
        left -= count;
        const last = left === 0;
        const digest = last ? stream?.end() : undefined;
        digest?.catch(() => undefined);
        open.items.push({ meta, start, end: open.length, first, last, digest });
        await cutWhenFull();
      }
    },
    end: async () => {
      if (open.length > 0 || open.items.length > 0) await cut();
      await flow.end();
    },
    stop: (error) => flow.stop(error),
  };
}

/** Results side by side, what is done with them one after the other. */
interface Flow {
  add<T>(result: Promise<T>, next: (result: T) => Promise<void>): void;
  /** Resolves when fewer than the limit are under way. Throws the first failure, and the signal's reason. */
  room(): Promise<void>;
  /** Resolves when all is done; throws the same. */
  end(): Promise<void>;
  stop(error: unknown): Promise<void>;
}

function createFlow(limit: number, signal: AbortSignal): Flow {
  let underWay = 0;
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => undefined;
  let written: Promise<void> = Promise.resolve();
  const fail = (error: unknown): void => {
    failure ??= { error };
    wake();
  };
  const aborted = new Promise<void>((resolve) => {
    const abort = (): void => {
      fail(signal.reason);
      resolve();
    };
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
  const check = (): void => {
    if (failure !== undefined) throw failure.error;
  };
  return {
    add: (result, next) => {
      underWay += 1;
      const before = written;
      written = (async () => {
        const [ready] = await Promise.all([result, before]);
        if (failure !== undefined) return;
        await next(ready);
        underWay -= 1;
        wake();
      })().catch(fail);
    },
    room: async () => {
      while (underWay >= limit && failure === undefined) await new Promise<void>((resolve) => (wake = resolve));
      check();
    },
    end: async () => {
      await Promise.race([written, aborted]);
      check();
    },
    stop: async (error) => {
      fail(error);
      await Promise.race([written, aborted]);
    },
  };
}
