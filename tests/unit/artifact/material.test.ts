import assert from "node:assert/strict";
import { realpathSync, truncateSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type AgentSource, openMaterial } from "../../../tasks/AzureImageBuilderV1/src/artifact/material.ts";
import { startWorkers, type Workers } from "../../../tasks/AzureImageBuilderV1/src/artifact/workers.ts";
import { TaskError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { text } from "./hard-tree.ts";
import { digestOf, type FormatName, goOn } from "./packing.ts";

describe("What an artifact is made of", () => {
  let root = "";
  let workers: Workers;
  before(() => (workers = startWorkers(1)));
  after(() => workers.close());
  beforeEach(async () => {
    root = realpathSync(await mkdtemp(join(tmpdir(), "aib-material-")));
    await mkdir(join(root, "web"));
    await writeFile(join(root, "web", "a"), "1", { mode: 0o640 });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const open = (source: AgentSource, format: FormatName = "tar.gz") =>
    openMaterial({ source, format }, { workers, modes: "agent", signal: goOn });
  const listDigest = (...fields: readonly string[]): string =>
    digestOf(["artifact v1", ...fields].map((field) => `${field}\0`).join(""));
  async function make(material: ReturnType<typeof open>) {
    const written: Buffer[] = [];
    const made = await material.make(async (bytes) => void written.push(Buffer.from(bytes)));
    return { made, bytes: Buffer.concat(written) };
  }

  it("is all that is in a folder, also one that a link leads to", async () => {
    await symlink("web", join(root, "current"));
    for (const name of ["web", "current"]) {
      const material = open({ kind: "folder", path: join(root, name) });
      assert.equal(await material.digest(), listDigest("file", "0640", digestOf("1"), "a"));
    }
  });

  it("is a single file under its own name", async () => {
    const material = open({ kind: "file", path: join(root, "web", "a") });
    const { made, bytes } = await make(material);
    assert.equal(made.content, listDigest("file", "0640", digestOf("1"), "a"));
    assert.equal(await material.digest(), made.content);
    assert.equal(gunzipSync(bytes).toString("latin1", 0, 2), "a\0");
  });

  it("holds no links for a Windows image, but what they lead to", async () => {
    await symlink("a", join(root, "web", "b"));
    const { made } = await make(open({ kind: "folder", path: join(root, "web") }, "zip"));
    assert.equal(made.content, listDigest("file", "0640", digestOf("1"), "a", "file", "0640", digestOf("1"), "b"));
  });

  it("refuses for a Windows image what it takes for a Linux image", async () => {
    await writeFile(join(root, "web", "b:c"), "");
    const source = { kind: "folder", path: join(root, "web") } as const;
    await make(open(source, "tar.gz"));
    await assert.rejects(make(open(source, "zip")), (error) => error instanceof TaskError && error.code === "AIB403");
  });

  it("is an archive as it is, told by the digest of its bytes", async () => {
    const bytes = text(2_500_000);
    const path = join(root, "own.tar.gz");
    await writeFile(path, bytes);
    const material = open({ kind: "archive", path });
    assert.equal(await material.digest(), digestOf(bytes));
    const { made, bytes: written } = await make(material);
    assert.ok(written.equals(bytes));
    assert.deepEqual([made.content, made.files, made.size], [undefined, undefined, bytes.length]);
  });

  it("is no archive that changes while it is read", async () => {
    const path = join(root, "own.zip");
    await writeFile(path, text(3_000_000));
    const material = open({ kind: "archive", path }, "zip");
    await assert.rejects(
      material.make(async () => truncateSync(path, 5)),
      (error) => error instanceof TaskError && error.code === "AIB404" && error.message.includes(path),
    );
  });

  it("is nothing where nothing is", () => {
    assert.throws(
      () => open({ kind: "folder", path: join(root, "gone") }),
      (error) => error instanceof TaskError && error.message.includes(join(root, "gone")),
    );
  });
});
