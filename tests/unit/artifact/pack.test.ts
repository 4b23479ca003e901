import assert from "node:assert/strict";
import { readdirSync, realpathSync, truncateSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { gunzipSync } from "node:zlib";
import { list } from "tar";
import type { Entry } from "../../../tasks/AzureImageBuilderV1/src/artifact/entries.ts";
import { digestEntries } from "../../../tasks/AzureImageBuilderV1/src/artifact/digest-entries.ts";
import { pack, type Write } from "../../../tasks/AzureImageBuilderV1/src/artifact/pack.ts";
import { pieceSize } from "../../../tasks/AzureImageBuilderV1/src/artifact/pieces.ts";
import { startWorkers, type Workers } from "../../../tasks/AzureImageBuilderV1/src/artifact/workers.ts";
import { TaskError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { text } from "./hard-tree.ts";
import { entriesOf, type FormatName, formats, goOn, packInto } from "./packing.ts";

describe("Packing", () => {
  let root = "";
  let folder = "";
  let workers: Workers;
  const threads: Worker[] = [];
  const remember = (worker: Worker): void => void threads.push(worker);
  beforeEach(async () => {
    root = realpathSync(await mkdtemp(join(tmpdir(), "aib-pack-")));
    folder = join(root, "web");
    await mkdir(folder);
    process.on("worker", remember);
    workers = startWorkers(2);
    // Node tells of threads a tick later.
    await new Promise<void>((resolve) => setImmediate(resolve));
    process.off("worker", remember);
  });
  afterEach(async () => {
    threads.length = 0;
    await workers.close();
    await rm(root, { recursive: true, force: true });
  });

  const ignoreBytes: Write = async () => undefined;

  function run(
    format: FormatName,
    options: { readonly write?: Write; readonly signal?: AbortSignal; readonly entries?: Iterable<Entry> },
  ) {
    const { write = ignoreBytes, signal = goOn, entries = entriesOf(folder) } = options;
    return pack(entries, formats[format](1), { workers, modes: "agent", signal, write });
  }

  it("counts files, links and bytes", async () => {
    await writeFile(join(folder, "a"), "123");
    await writeFile(join(folder, "b"), "45");
    await mkdir(join(folder, "c"));
    await symlink("a", join(folder, "d"));
    const { files, size, madeExecutable } = await run("zip", {});
    assert.deepEqual([files, size, madeExecutable], [3, 5, 0]);
  });

  it("gives every file to root in a tar.gz and tells nobody's name", async () => {
    await writeFile(join(folder, "a"), "123");
    await symlink("a", join(folder, "d"));
    await packInto(join(root, "a.tar.gz"), entriesOf(folder), { workers, format: "tar.gz" });
    const owners: unknown[] = [];
    await list({
      file: join(root, "a.tar.gz"),
      onReadEntry: ({ uid, gid, uname, gname }) => void owners.push([uid, gid, uname, gname]),
    });
    assert.deepEqual(owners, [
      [0, 0, "", ""],
      [0, 0, "", ""],
    ]);
  });

  it("stores what does not shrink, and compresses what does", async () => {
    const sizes: number[] = [];
    for (const bytes of [Buffer.alloc(pieceSize - 1, "ab"), crypto.getRandomValues(Buffer.alloc(65_536))]) {
      await writeFile(join(folder, "a"), bytes);
      let size = 0;
      await run("zip", { write: async (written) => void (size += written.length) });
      sizes.push(size);
    }
    assert.ok((sizes[0] ?? 0) < 20_000 && (sizes[1] ?? 0) < 66_000, sizes.join());
  });

  it("gives each write bytes that stay as they are until it resolves", async () => {
    await writeFile(join(folder, "a"), text(8 * pieceSize));
    const written: Buffer[] = [];
    await run("tar.gz", {
      write: async (bytes) => {
        const at = Buffer.from(bytes);
        await new Promise<void>((resolve) => setImmediate(resolve));
        assert.ok(at.equals(bytes));
        written.push(at);
      },
    });
    assert.ok(gunzipSync(Buffer.concat(written)).includes(text(8 * pieceSize)));
  });

  for (const format of Object.keys(formats) as readonly FormatName[]) {
    describe(`of a ${format}`, () => {
      const openFiles = (): number => readdirSync("/proc/self/fd").length;

      it("breaks off with a named error when a file shrinks while it is read", async () => {
        await writeFile(join(folder, "big"), text(30 * pieceSize));
        const before = openFiles();
        let writes = 0;
        const packing = run(format, {
          write: async () => void (++writes === 1 && truncateSync(join(folder, "big"), 10)),
        });
        await assert.rejects(
          packing,
          (error) =>
            error instanceof TaskError && error.code === "AIB404" && error.message.includes(join(folder, "big")),
        );
        assert.equal(openFiles(), before);
      });

      it("breaks off with a named error when a file has vanished since the walk", async () => {
        const entries: readonly Entry[] = [{ kind: "file", name: "gone", path: join(folder, "gone") }];
        await assert.rejects(
          run(format, { entries }),
          (error) => error instanceof TaskError && error.code === "AIB404" && error.message.includes("gone"),
        );
      });

      it("writes nothing any more once it has broken off", async () => {
        await writeFile(join(folder, "a"), text(5 * pieceSize));
        await symlink("/etc", join(folder, "b"));
        let over = false;
        const late: string[] = [];
        await assert.rejects(run(format, { write: async () => void (over && late.push("written")) }), TaskError);
        over = true;
        await new Promise<void>((resolve) => setImmediate(resolve));
        await digestEntries([], { workers, modes: "agent", signal: goOn });
        assert.deepEqual(late, []);
      });

      it("ends with what a write throws, and leaves no file open", async () => {
        await writeFile(join(folder, "a"), text(30 * pieceSize));
        const before = openFiles();
        await assert.rejects(run(format, { write: async () => Promise.reject(new Error("disk full")) }), /disk full/);
        assert.equal(openFiles(), before);
      });

      it("ends with the signal's reason, though a write never ends", async () => {
        await writeFile(join(folder, "a"), text(30 * pieceSize));
        const abort = new AbortController();
        const packing = run(format, {
          signal: abort.signal,
          write: () => {
            abort.abort(new Error("cancelled"));
            return new Promise(() => undefined);
          },
        });
        await assert.rejects(packing, /cancelled/);
      });

      it("does not begin where the signal is aborted already", async () => {
        await writeFile(join(folder, "a"), "a");
        await assert.rejects(run(format, { signal: AbortSignal.abort(new Error("cancelled")) }), /cancelled/);
      });

      it("ends with an error when a thread dies, and so does what comes after it", async () => {
        await writeFile(join(folder, "a"), text(30 * pieceSize));
        let writes = 0;
        const write: Write = async () => {
          if (++writes === 2) await threads[0]?.terminate();
        };
        await assert.rejects(run(format, { write }), /thread that compresses has ended/);
        await assert.rejects(run(format, {}), /thread that compresses has ended/);
      });

      it("ends with an error when the threads are closed", async () => {
        await writeFile(join(folder, "a"), text(30 * pieceSize));
        await assert.rejects(run(format, { write: () => workers.close() }), /thread that compresses has ended/);
        await assert.rejects(workers.run({ kind: "files", paths: [] }), /has ended/);
      });
    });
  }

  it("starts one thread for each processor, but at most eight", async () => {
    const own = startWorkers();
    await own.close();
    assert.ok(own.count >= 1 && own.count <= 8);
  });

  it("tells what a thread could not do", async () => {
    const bytes = new Uint8Array(new SharedArrayBuffer(4));
    await assert.rejects(workers.run({ kind: "gzip", bytes, whole: [], level: 99 }), /level/);
    // The thread lives on.
    assert.equal((await workers.run({ kind: "files", paths: ["/nowhere"] })).files?.length, 1);
  });
});
