import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import {
  deleteArtifact,
  publishArtifact,
  reportArtifact,
} from "../../../tasks/AzureImageBuilderV1/src/artifact/publish.ts";
import type { BuildPlan } from "../../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import type { BlobContainer, BlobStore } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { Secret } from "../../../tasks/AzureImageBuilderV1/src/secret.ts";
import { plan as base, stageAgent } from "../build/stage.ts";

const expires = new Date("2026-03-01T13:00:00Z");

describe("Publishing the artifact", () => {
  let folder = "";
  let plan: BuildPlan = base;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "aib-publish-"));
    await writeFile(join(folder, "index.html"), "<h1>hello</h1>");
    const account = { id: "/a", name: "stimages", blobEndpoint: "https://stimages/", allowSharedKeyAccess: false };
    plan = {
      ...base,
      artifact: {
        path: folder,
        format: "tar.gz",
        folder: "web",
        account,
        container: "imagebuilder",
        blob: "web/1/web.tar.gz",
        access: "delegationSas",
        urlExpires: expires,
        archiveInImage: "/tmp/web.tar.gz",
        folderInImage: "/tmp/web",
      },
    };
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  function store(container: Partial<BlobContainer> = {}): {
    blobs: BlobStore;
    done: string[];
    readonly content: () => Buffer | undefined;
  } {
    const done: string[] = [];
    let content: Buffer | undefined;
    const whole: BlobContainer = {
      createIfAbsent: async () => void done.push("create"),
      upload: async (blob, stream) => {
        done.push(`upload ${blob}`);
        content = await buffer(stream);
      },
      signedUrl: async (blob, until) => {
        done.push(`sign ${blob} ${until.toISOString()}`);
        return new Secret(`https://stimages/imagebuilder/${blob}?sig=x`);
      },
      delete: async (blob) => void done.push(`delete ${blob}`),
      ...container,
    };
    return { blobs: { container: () => whole }, done, content: () => content };
  }

  function ports(blobs: BlobStore, cancelled = new AbortController().signal) {
    return { blobs, agent: stageAgent({ seconds: () => 0 }), cancelled };
  }

  it("signs, makes the container and uploads, and gives digest and size of the very bytes", async () => {
    const { blobs, done, content } = store();
    const ref = await publishArtifact(plan, ports(blobs));
    assert.deepEqual(done, ["sign web/1/web.tar.gz 2026-03-01T13:00:00.000Z", "create", "upload web/1/web.tar.gz"]);
    assert.equal(ref?.size, content()?.length);
    assert.equal(
      ref?.sha256,
      createHash("sha256")
        .update(content() ?? "")
        .digest("hex"),
    );
    assert.ok(ref?.url.reveal().endsWith("?sig=x"));
  });

  it("touches no store where the plan has no artifact", async () => {
    const { blobs, done } = store();
    assert.equal(await publishArtifact(base, ports(blobs)), undefined);
    await deleteArtifact(base, ports(blobs));
    assert.deepEqual(done, []);
  });

  it("creates nothing where the path is not there", async () => {
    const { blobs, done } = store();
    const away = { ...plan, artifact: plan.artifact && { ...plan.artifact, path: join(folder, "away") } };
    await assert.rejects(publishArtifact(away, ports(blobs)), /there is nothing at/);
    assert.deepEqual(done, []);
  });

  it("creates nothing where it may not sign", async () => {
    const { blobs, done } = store({ signedUrl: () => Promise.reject(new Error("403")) });
    await assert.rejects(publishArtifact(plan, ports(blobs)), /403/);
    assert.deepEqual(done, []);
  });

  it("names container and blob before it makes them", async () => {
    const { blobs } = store({ createIfAbsent: () => Promise.reject(new Error("no")) });
    const all = ports(blobs);
    await assert.rejects(publishArtifact(plan, all));
    assert.match(all.agent.log.map(({ text }) => text).join("\n"), /Storage container imagebuilder of stimages/);
  });

  it("reports why the source broke off rather than that the upload did", async () => {
    await writeFile(join(folder, "index.html"), randomBytes(8_000_000));
    const upload = async (_blob: string, stream: Readable): Promise<void> => {
      await truncate(join(folder, "index.html"), 10);
      await buffer(stream).catch(() => Promise.reject(new Error("upload broke off")));
    };
    await assert.rejects(publishArtifact(plan, ports(store({ upload }).blobs)), /could not be read.*index\.html/s);
  });

  it("breaks the upload off when the task is to stop", async () => {
    const stop = new AbortController();
    const upload = async (_blob: string, stream: Readable): Promise<void> => {
      stop.abort(new Error("SIGINT"));
      await buffer(stream);
    };
    await assert.rejects(publishArtifact(plan, ports(store({ upload }).blobs, stop.signal)), /SIGINT/);
  });

  it("warns of an artifact without files", async () => {
    await rm(join(folder, "index.html"));
    const all = ports(store().blobs);
    await publishArtifact(plan, all);
    assert.match(all.agent.log.find(({ kind }) => kind === "warning")?.text ?? "", /holds no files/);
  });

  it("deletes the run's blob", async () => {
    const { blobs, done } = store();
    await deleteArtifact(plan, ports(blobs));
    assert.deepEqual(done, ["delete web/1/web.tar.gz"]);
  });

  it("names a blob that it could not delete, and the command that does, without failing", async () => {
    const all = ports(store({ delete: () => Promise.reject(new Error("409")) }).blobs);
    await deleteArtifact(plan, all);
    const [warning] = all.agent.log;
    assert.match(
      warning?.text ?? "",
      /web\/1\/web\.tar\.gz could not be deleted: 409.*az storage blob delete .*--account-name stimages/,
    );
    assert.equal(warning?.code, "AIB702");
  });

  it("names a blob that must stay", () => {
    const all = ports(store().blobs);
    reportArtifact(plan, all, "stays");
    assert.match(all.agent.log[0]?.text ?? "", /web\.tar\.gz stays\. To delete it: az storage blob delete/);
  });
});
