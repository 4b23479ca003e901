import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, readdirSync, realpathSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFile } from "../../../tasks/AzureImageBuilderV1/src/artifact/read-file.ts";
import { TaskError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";

describe("Reading a file of an artifact", () => {
  let root = "";
  let path = "";
  beforeEach(async () => {
    root = realpathSync(await mkdtemp(join(tmpdir(), "aib-read-")));
    path = join(root, "file");
    await writeFile(path, "0123456789");
    await utimes(path, 100, 100);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const openFiles = (): number => readdirSync("/proc/self/fd").length;

  /** Whether an error is the task's own, with the code and the file's path in it. */
  const isNamed = (code: string) => (error: unknown) =>
    error instanceof TaskError && error.code === code && error.message.includes(path);

  it("gives its size, time, mode and bytes", async () => {
    await chmod(path, 0o4751);
    const file = openFile(path, "agent");
    assert.deepEqual([file.size, file.mtimeMs, file.mode], [10, 100_000, 0o4751]);
    const parts = [Buffer.alloc(4), Buffer.alloc(6)];
    for (const part of parts) file.read(part);
    file.close();
    assert.equal(Buffer.concat(parts).toString(), "0123456789");
  });

  it("closes it once, however it is let go", () => {
    const before = openFiles();
    const file = openFile(path, "agent");
    file.discard();
    file.discard();
    assert.equal(openFiles(), before);
  });

  const changes: readonly (readonly [title: string, change: () => void])[] = [
    ["shrinks", () => truncateSync(path, 3)],
    ["grows", () => appendFileSync(path, "more")],
    ["is written anew with as many bytes", () => writeFileSync(path, "9876543210")],
    [
      "is written anew and has its old time again",
      () => (writeFileSync(path, "9876543210"), utimesSync(path, 100, 100)),
    ],
    ["vanishes", () => rmSync(path)],
  ];
  for (const [title, change] of changes) {
    it(`fails by name when it ${title} meanwhile, and leaves nothing open`, () => {
      const before = openFiles();
      const file = openFile(path, "agent");
      assert.throws(() => {
        file.read(Buffer.alloc(2));
        change();
        file.read(Buffer.alloc(8));
        file.close();
      }, isNamed("AIB404"));
      file.discard();
      assert.equal(openFiles(), before);
    });
  }

  const replaced: readonly (readonly [title: string, code: string, make: () => Promise<unknown> | void])[] = [
    ["is not there any more", "AIB404", () => undefined],
    ["became a link", "AIB404", () => symlink("/etc/passwd", path)],
    ["became a folder", "AIB403", () => mkdir(path)],
    ["became a pipe nobody writes to", "AIB403", () => void execFileSync("mkfifo", [path])],
  ];
  for (const [title, code, make] of replaced) {
    it(`fails by name when it ${title}, and leaves nothing open`, async () => {
      await rm(path);
      await make();
      const before = openFiles();
      assert.throws(() => openFile(path, "derived"), isNamed(code));
      assert.equal(openFiles(), before);
    });
  }
});
