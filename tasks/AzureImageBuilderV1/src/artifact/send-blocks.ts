/** Sends bytes as the blocks of a blob while they are made, and digests them on the way. */
import type { BlockUpload } from "../ports.ts";
import type { Write } from "./pack.ts";
import type { Workers } from "./workers.ts";

/** Bytes of a block; 50,000 of them, the service's limit, make 195 GiB. */
const blockSize = 4 * 1024 * 1024;
/** Blocks under way at a time: they and the one being filled are what an upload needs of memory. */
const blocksUnderWay = 4;

/** What was sent. */
export interface Sent {
  /** SHA-256 of all bytes, lower-case hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  readonly blocks: number;
}

export interface BlockSender {
  readonly write: Write;
  /** Sends what is left; resolves when every block has arrived. Rejects with the first failure. */
  end(): Promise<Sent>;
}

interface Block {
  readonly memory: Buffer;
  length: number;
}

/** Begins to send blocks to `upload`. A block that fails for good fails the next call. */
export function sendBlocks(upload: BlockUpload, workers: Pick<Workers, "hash">): BlockSender {
  const free: Buffer[] = [];
  const hash = workers.hash();
  const underWay = new Set<Promise<void>>();
  let failure: Error | undefined;
  let count = 0;
  let size = 0;
  const begin = (): Block => ({ memory: free.pop() ?? Buffer.from(new SharedArrayBuffer(blockSize)), length: 0 });
  let block = begin();

  const send = async ({ memory, length }: Block, index: number): Promise<void> => {
    const bytes = memory.subarray(0, length);
    try {
      await Promise.all([upload.stage(index, bytes), hash.update(bytes)]);
      free.push(memory);
    } catch (error) {
      failure ??= error instanceof Error ? error : new Error(String(error));
    }
  };
  const cut = async (): Promise<void> => {
    size += block.length;
    const sending: Promise<void> = send(block, count).finally(() => underWay.delete(sending));
    underWay.add(sending);
    count += 1;
    block = { memory: Buffer.alloc(0), length: 0 };
    while (underWay.size >= blocksUnderWay && failure === undefined) await Promise.race(underWay);
    if (failure !== undefined) throw failure;
    block = begin();
  };
  return {
    write: async (bytes) => {
      for (let from = 0; from < bytes.length;) {
        const part = Math.min(blockSize - block.length, bytes.length - from);
        // A fill with bytes of just this length is a plain copy; set() takes three times as long for shared memory.
        block.memory.fill(bytes.subarray(from, from + part), block.length, block.length + part);
        block.length += part;
        from += part;
        if (block.length === blockSize) await cut();
      }
    },
    end: async () => {
      if (block.length > 0) await cut();
      await Promise.all(underWay);
      if (failure !== undefined) throw failure;
      return { sha256: await hash.end(), size, blocks: count };
    },
  };
}
