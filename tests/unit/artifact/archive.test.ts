import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  rm,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { list } from "tar";
import { fromBufferPromise } from "yauzl";
import { createArchive, linksIn } from "../../../tasks/AzureImageBuilderV1/src/artifact/archive.ts";
import { listEntries } from "../../../tasks/AzureImageBuilderV1/src/artifact/list-entries.ts";
import { TaskError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";

type Format = keyof typeof linksIn;

describe("Archiving", () => {
  let root = "";
  let folder = "";
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "aib-archive-"));
    folder = join(root, "web");
    await mkdir(join(folder, "empty"), { recursive: true });
    await mkdir(join(folder, "sub"), { mode: 0o750 });
    await writeFile(join(folder, ".env"), "A=1");
    await writeFile(join(folder, "sub", "run.sh"), "#!/bin/sh\n");
    await chmod(join(folder, "sub", "run.sh"), 0o775);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function archive(format: Format, path = folder): Promise<Buffer> {
    return buffer(createArchive(await listEntries(path, linksIn[format]), format));
  }

  async function unpack(bytes: Buffer): Promise<string> {
    const target = join(root, "unpacked");
    await mkdir(target);
    await writeFile(join(root, "archive.tar.gz"), bytes);
    // The tool of the build VM is the judge, not the library that wrote the archive.
    const { stderr } = spawnSync("tar", ["-xpzf", join(root, "archive.tar.gz"), "-C", target], { encoding: "utf8" });
    assert.equal(stderr, "");
    return target;
  }

  async function entriesOfZip(bytes: Buffer): Promise<ReadonlyMap<string, string>> {
    const zip = await fromBufferPromise(bytes);
    const found = new Map<string, string>();
    for await (const entry of zip.eachEntry()) {
      const content = entry.fileName.endsWith("/") ? "" : String(await buffer(await zip.openReadStreamPromise(entry)));
      found.set(entry.fileName, content);
    }
    return found;
  }

  it("puts the folder's content at the root of a tar.gz, with its modes", async () => {
    const target = await unpack(await archive("tar.gz"));
    assert.equal(await readFile(join(target, ".env"), "utf8"), "A=1");
    assert.equal((await lstat(join(target, "sub", "run.sh"))).mode & 0o7777, 0o775);
    assert.equal((await lstat(join(target, "sub"))).mode & 0o7777, 0o750);
    assert.ok((await lstat(join(target, "empty"))).isDirectory());
  });

  it("keeps links in a tar.gz", async () => {
    await symlink("sub/run.sh", join(folder, "start"));
    assert.equal(await readlink(join(await unpack(await archive("tar.gz")), "start")), "sub/run.sh");
  });

  it("keeps both names of a file that has two", async () => {
    await link(join(folder, ".env"), join(folder, "sub", "env"));
    const target = await unpack(await archive("tar.gz"));
    assert.equal(await readFile(join(target, "sub", "env"), "utf8"), "A=1");
    assert.equal(await readFile(join(target, ".env"), "utf8"), "A=1");
  });

  it("keeps names that are hard to write, and long ones", async () => {
    const hard = ["a b", "quo'te\"", "$HOME", "new\nline", "ä日本", "@file", "-rf", "n".repeat(200)];
    await Promise.all(hard.map((name) => writeFile(join(folder, "sub", name), name)));
    const target = await unpack(await archive("tar.gz"));
    for (const name of hard) assert.equal(await readFile(join(target, "sub", name), "utf8"), name);
  });

  it("gives every file to root in a tar.gz and tells nobody's name", async () => {
    const owners: unknown[] = [];
    const bytes = gunzipSync(await archive("tar.gz"));
    await writeFile(join(root, "a.tar"), bytes);
    await list({ file: join(root, "a.tar"), onReadEntry: ({ uid, gid }) => void owners.push([uid, gid]) });
    assert.ok(owners.length > 3 && owners.every((owner) => String(owner) === "0,0"), String(owners));
  });

  it("archives a single file under its name", async () => {
    const target = await unpack(await archive("tar.gz", join(folder, ".env")));
    assert.equal(await readFile(join(target, ".env"), "utf8"), "A=1");
  });

  it("puts files, empty folders and what links point to into a zip", async () => {
    await symlink("sub/run.sh", join(folder, "start"));
    await writeFile(join(folder, "ä.txt"), "umlaut");
    const found = await entriesOfZip(await archive("zip"));
    assert.deepEqual([...found].sort(), [
      [".env", "A=1"],
      ["empty/", ""],
      ["start", "#!/bin/sh\n"],
      ["sub/", ""],
      ["sub/run.sh", "#!/bin/sh\n"],
      ["ä.txt", "umlaut"],
    ]);
  });

  it("refuses names a Windows image cannot hold", async () => {
    await writeFile(join(folder, "a:b"), "");
    await assert.rejects(
      archive("zip"),
      (error) => error instanceof TaskError && error.code === "AIB403" && error.message.includes("a:b"),
    );
  });

  for (const format of ["tar.gz", "zip"] as const) {
    it(`breaks off a ${format} with a named error when a file shrinks while it is read`, async () => {
      await writeFile(join(folder, "big"), Buffer.alloc(3_000_000, 1));
      const stream = createArchive(await listEntries(folder, linksIn[format]), format);
      const reading = buffer(stream);
      await new Promise<void>((resolve) => setImmediate(resolve));
      await truncate(join(folder, "big"), 10);
      await assert.rejects(reading, (error) => error instanceof TaskError && error.code === "AIB404");
    });

    it(`breaks off a ${format} with a named error when a file has vanished`, async () => {
      const entries = await listEntries(folder, linksIn[format]);
      await rm(join(folder, ".env"));
      await assert.rejects(
        buffer(createArchive(entries, format)),
        (error) => error instanceof TaskError && error.code === "AIB404" && error.message.includes(".env"),
      );
    });
  }
});
