import assert from "node:assert/strict";
import {
  createPieceWriter,
  type Meta,
  type Piece,
  pieceSize,
} from "../../../tasks/AzureImageBuilderV1/src/artifact/pieces.ts";
import type { JobResult, Workers } from "../../../tasks/AzureImageBuilderV1/src/artifact/workers.ts";
import { goOn } from "./packing.ts";

const made: JobResult = { data: [], digests: [], crcs: [] };

const workers: Workers = {
  count: 2,
  run: async () => made,
  hash: () => ({ update: async () => undefined, end: async () => "digest" }),
  close: async () => undefined,
};

const file = (size: number, name = "file"): Meta => ({ kind: "file", name, mode: 0o644, size, mtimeMs: 0 });

/** Lets all that can go on go on. */
async function settle(): Promise<void> {
  for (let n = 0; n < 20; n++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Work that ends when the test says so. */
function heldWork() {
  const begun: { readonly piece: Piece; readonly finish: () => void; readonly fail: (error: Error) => void }[] = [];
  const done: Piece[] = [];
  return {
    begun,
    done,
    work: {
      run: (piece: Piece) =>
        new Promise<JobResult>((resolve, reject) => begun.push({ piece, finish: () => resolve(made), fail: reject })),
      done: async (piece: Piece) => void done.push(piece),
      signal: goOn,
    },
  };
}

describe("Pieces of an archive", () => {
  it("are cut at a megabyte, wherever entries end", async () => {
    const pieces: (readonly [bytes: number, items: string])[] = [];
    const writer = createPieceWriter(workers, {
      run: async ({ bytes, items }) => {
        const parts = items.map(({ meta, start, end, first, last }) => `${meta.name} ${start}-${end} ${first} ${last}`);
        pieces.push([bytes.length, parts.join(", ")]);
        return made;
      },
      done: async () => undefined,
      signal: goOn,
    });
    await writer.add(Buffer.alloc(10));
    await writer.content(file(pieceSize + 5, "a"), () => undefined);
    await writer.content(file(0, "b"), () => undefined);
    await writer.entry({ ...file(0, "c"), kind: "folder" });
    await writer.content(file(pieceSize - 15, "d"), () => undefined);
    await writer.content(file(0, "e"), () => undefined);
    await writer.end();
    assert.deepEqual(pieces, [
      [pieceSize, `a 10-${pieceSize} true false`],
      [pieceSize, `a 0-15 false true, b 15-15 true true, c 15-15 true true, d 15-${pieceSize} true true`],
      [0, "e 0-0 true true"],
    ]);
  });

  it("are cut after a thousand entries that have no bytes", async () => {
    const counts: number[] = [];
    const writer = createPieceWriter(workers, {
      run: async ({ items }) => (counts.push(items.length), made),
      done: async () => undefined,
      signal: goOn,
    });
    for (let n = 0; n < 2500; n++) await writer.content(file(0), () => undefined);
    await writer.end();
    assert.deepEqual(counts, [1024, 1024, 452]);
  });

  it("are none where there is nothing", async () => {
    const { begun, work } = heldWork();
    await createPieceWriter(workers, work).end();
    assert.equal(begun.length, 0);
  });

  it("are never more under way than twice the threads and two", async () => {
    const { begun, done, work } = heldWork();
    const writer = createPieceWriter(workers, work);
    const memory = new Set<ArrayBufferLike>();
    const adding = (async () => {
      await writer.content(file(20 * pieceSize), (into) => void memory.add(into.buffer));
      await writer.end();
    })();
    for (let finished = 0; finished < 20; finished++) {
      await settle();
      assert.ok(begun.length - finished <= 6, `${begun.length} begun, ${finished} finished`);
      begun[finished]?.finish();
    }
    await adding;
    assert.deepEqual([begun.length, done.length], [20, 20]);
    assert.ok(memory.size <= 6, String(memory.size));
  });

  it("are written in order, whichever is ready first", async () => {
    const { begun, done, work } = heldWork();
    const writer = createPieceWriter(workers, work);
    await writer.content(file(4 * pieceSize), () => undefined);
    const end = writer.end();
    for (const piece of begun.toReversed()) {
      piece.finish();
      await settle();
    }
    await end;
    assert.deepEqual(
      done,
      begun.map(({ piece }) => piece),
    );
  });

  it("are not used again while a digest still reads them", async () => {
    const updates: (() => void)[] = [];
    const slow: Workers = {
      ...workers,
      hash: () => ({ update: () => new Promise((resolve) => updates.push(resolve)), end: async () => "" }),
    };
    const memory: ArrayBufferLike[] = [];
    const writer = createPieceWriter(slow, { run: async () => made, done: async () => undefined, signal: goOn });
    const adding = (async () => {
      await writer.content(file(9 * pieceSize), (into) => void memory.push(into.buffer));
      await writer.end();
    })();
    await settle();
    assert.equal(new Set(memory).size, memory.length);
    for (let n = 0; n < 9; n++) {
      updates[n]?.();
      await settle();
    }
    await adding;
    assert.ok(new Set(memory).size < memory.length);
  });

  describe("stop", () => {
    it("when one cannot be made, before later ones are written", async () => {
      const { begun, done, work } = heldWork();
      const writer = createPieceWriter(workers, work);
      const adding = (async () => {
        await writer.content(file(20 * pieceSize), () => undefined);
        await writer.end();
      })();
      adding.catch(() => undefined);
      await settle();
      begun[0]?.finish();
      begun[1]?.fail(new Error("no memory"));
      for (const { finish } of begun) finish();
      await assert.rejects(adding, /no memory/);
      await writer.stop(new Error("no memory"));
      await settle();
      assert.equal(done.length, 1);
    });

    it("when one cannot be written", async () => {
      let written = 0;
      const writer = createPieceWriter(workers, {
        run: async () => made,
        done: async () => {
          if (++written === 3) throw new Error("no room");
        },
        signal: goOn,
      });
      await assert.rejects(async () => {
        await writer.content(file(20 * pieceSize), () => undefined);
        await writer.end();
      }, /no room/);
      await settle();
      assert.equal(written, 3);
    });

    it("when the last one cannot be written", async () => {
      const writer = createPieceWriter(workers, {
        run: async () => made,
        done: async () => Promise.reject(new Error("no room")),
        signal: goOn,
      });
      await writer.content(file(1), () => undefined);
      await assert.rejects(writer.end(), /no room/);
    });

    it("when a digest fails, without a rejection that nobody hears", async () => {
      const failing: Workers = {
        ...workers,
        hash: () => ({
          update: async () => Promise.reject(new Error("no digest")),
          end: async () => Promise.reject(new Error("no digest")),
        }),
      };
      const writer = createPieceWriter(failing, { run: async () => made, done: async () => undefined, signal: goOn });
      await assert.rejects(async () => {
        await writer.content(file(3 * pieceSize), () => undefined);
        await writer.end();
      }, /no digest/);
      await settle();
    });

    for (const [title, parts] of [
      ["while it waits for room", 20],
      ["while it waits for the end", 2],
    ] as const) {
      it(`at once when the signal is aborted ${title}, though nothing goes on`, async () => {
        const { work } = heldWork();
        const abort = new AbortController();
        const writer = createPieceWriter(workers, { ...work, signal: abort.signal });
        const adding = (async () => {
          await writer.content(file(parts * pieceSize), () => undefined);
          await writer.end();
        })();
        adding.catch(() => undefined);
        await settle();
        abort.abort(new Error("cancelled"));
        await assert.rejects(adding, /cancelled/);
        await writer.stop(new Error("cancelled"));
      });
    }

    it("only when what is being written has been", async () => {
      let finish = (): void => undefined;
      const writer = createPieceWriter(workers, {
        run: async () => made,
        done: () => new Promise((resolve) => (finish = resolve)),
        signal: goOn,
      });
      await writer.content(file(2 * pieceSize), () => undefined);
      await settle();
      let stopped = false;
      const stop = writer.stop(new Error("unreadable")).then(() => (stopped = true));
      await settle();
      assert.equal(stopped, false);
      finish();
      await stop;
    });
  });
});
