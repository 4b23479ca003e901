import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type PublishPorts, publishArtifact } from "../../../tasks/AzureImageBuilderV1/src/artifact/publish.ts";
import { incomingPrefix, readUpload } from "../../../tasks/AzureImageBuilderV1/src/artifact/upload-record.ts";
import { ownRecords } from "../../../tasks/AzureImageBuilderV1/src/finish/own-records.ts";
import { TaskError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import type { ArtifactAccess, ArtifactPlan, BuildPlan } from "../../../tasks/AzureImageBuilderV1/src/plan/types.ts";
import { plan as base, type LogLine, stageAgent, stageClock } from "../build/stage.ts";
import { memoryContainer, type MemoryContainer } from "./memory-container.ts";

const expires = new Date("2026-03-01T13:00:00Z");
const accountId =
  "/subscriptions/5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/stimages";
const day = 24 * 60 * 60_000;

describe("Publishing the artifact", () => {
  let folder = "";
  const clock = stageClock();
  const now = (): Date => clock.now();
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "aib-publish-"));
    await writeFile(join(folder, "index.html"), "<h1>hello</h1>");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  function planOf(change: Partial<ArtifactPlan> = {}): BuildPlan {
    return {
      ...base,
      artifact: {
        source: { kind: "folder", path: folder },
        format: "tar.gz",
        folder: "web",
        account: { id: accountId, name: "stimages", blobEndpoint: "https://stimages/", allowSharedKeyAccess: false },
        container: "imagebuilder",
        access: [{ kind: "delegationSas" }],
        retentionDays: 7,
        urlExpires: expires,
        archiveInImage: "/tmp/web.tar.gz",
        folderInImage: "/tmp/web",
        deriveModes: false,
        ...change,
      },
    };
  }

  function portsOf(
    container: MemoryContainer,
    cancelled = new AbortController().signal,
  ): PublishPorts & { readonly agent: { readonly log: LogLine[] } } {
    return {
      blobs: { container: () => container },
      artifacts: { find: () => Promise.reject(new Error("no")), open: async function* () {} },
      agent: stageAgent(clock),
      clock,
      randomHex: (bytes) => "ab".repeat(bytes),
      cancelled,
      process: { pid: 4711, start: "1" },
    };
  }

  const textOf = ({ agent }: { readonly agent: { readonly log: LogLine[] } }): string =>
    agent.log.map(({ text }) => text).join("\n");

  it("uploads, names the blob by its content, and gives digests and size of the very bytes", async () => {
    const container = memoryContainer(now);
    const ref = await publishArtifact(planOf(), portsOf(container));
    const name = `v1/${ref?.content}.tar.gz`;
    const bytes = container.blobs.get(name)?.content ?? Buffer.alloc(0);
    assert.deepEqual([...container.blobs.keys()], [name]);
    assert.deepEqual([ref?.size, ref?.sha256], [bytes.length, createHash("sha256").update(bytes).digest("hex")]);
    assert.equal(ref?.url.reveal(), `https://stimages/imagebuilder/${name}?sig=x`);
    assert.deepEqual(ref.access, { kind: "delegationSas" });
    assert.deepEqual(container.done.slice(0, 2), ["prepare", "create"]);
  });

  it("uploads the same files once, whatever their times, and marks them as used", async () => {
    const container = memoryContainer(now);
    const first = await publishArtifact(planOf(), portsOf(container));
    await utimes(join(folder, "index.html"), new Date(0), new Date(0));
    container.done.length = 0;
    const ports = portsOf(container);
    await clock.sleep(3_600_000);
    const second = await publishArtifact(planOf(), ports);
    assert.deepEqual([second?.content, second?.sha256], [first?.content, first?.sha256]);
    assert.ok(!container.done.some((what) => what.startsWith("stage")));
    assert.match(textOf(ports), /is there already.*nothing is uploaded/);
    const [kept] = [...container.blobs.values()];
    assert.equal(kept?.metadata["lastused"], clock.now().toISOString());
  });

  it("uploads a changed byte beside what is there, under its own name at once", async () => {
    const container = memoryContainer(now);
    await publishArtifact(planOf(), portsOf(container));
    await writeFile(join(folder, "index.html"), "<h1>hellO</h1>");
    container.done.length = 0;
    const ref = await publishArtifact(planOf(), portsOf(container));
    assert.equal(container.blobs.size, 2);
    assert.ok(container.done.includes(`commit v1/${ref?.content}.tar.gz`));
    assert.ok(!container.done.some((what) => what.startsWith("copy")));
  });

  it("uses the blob of another run that was faster with the same content", async () => {
    const container = memoryContainer(now);
    const first = await publishArtifact(planOf(), portsOf(container));
    const name = `v1/${first?.content}.tar.gz`;
    const kept = container.blobs.get(name);
    const racing = memoryContainer(now, {
      commit: undefined,
      list: async function* () {},
    } as Partial<MemoryContainer>);
    racing.blobs.set(name, kept as NonNullable<typeof kept>);
    const ports = portsOf(racing);
    const second = await publishArtifact(planOf(), ports);
    assert.equal(second?.sha256, first?.sha256);
    assert.match(textOf(ports), /Another run has uploaded the same content/);
    assert.deepEqual([...racing.blobs.keys()], [name]);
  });

  it("refuses a blob of the same name that is not whole, or not the task's", async () => {
    const probe = memoryContainer(now);
    const name = `v1/${(await publishArtifact(planOf(), portsOf(probe)))?.content}.tar.gz`;
    for (const metadata of [{}, { ...probe.blobs.get(name)?.metadata, size: "1" }]) {
      const container = memoryContainer(now);
      container.put(name, metadata);
      await assert.rejects(publishArtifact(planOf(), portsOf(container)), (error) => {
        assert.ok(error instanceof TaskError);
        assert.equal(error.code, "AIB405");
        return true;
      });
    }
  });

  it("removes its own blobs that nobody has used for the retention, and touches no others", async () => {
    const container = memoryContainer(now);
    const at = (days: number): string => new Date(clock.now().getTime() - days * day).toISOString();
    const own = (days: number): Record<string, string> => ({ aibtask: "1", content: "x", lastused: at(days) });
    container.put("v1/old.tar.gz", own(8));
    container.put("v1/young.tar.gz", own(6));
    container.put("v1/foreign.tar.gz", { lastused: at(99) });
    container.put("incoming/broken", own(2));
    container.put("incoming/underway", own(0.5));
    container.put("other", own(99));
    const ports = portsOf(container);
    await publishArtifact(planOf(), ports);
    const left = [...container.blobs.keys()].filter((name) => !/^v1\/[0-9a-f]{64}/.test(name));
    assert.deepEqual(left, ["v1/young.tar.gz", "v1/foreign.tar.gz", "incoming/underway", "other"]);
    assert.match(
      textOf(ports),
      /Removed 2 of the task's blobs, unused for 7 days: v1\/old\.tar\.gz, incoming\/broken\./,
    );
  });

  it("keeps a record of the upload from just before its blob is complete until it has its name", async () => {
    const container = memoryContainer(now);
    const ports = portsOf(container);
    const { agent } = ports;
    const noted: (readonly [string, string])[] = [];
    const record = (_name: string, text: string): void => void noted.push([container.done.at(-1) ?? "", text]);
    await publishArtifact(planOf(), { ...ports, agent: { ...agent, setTaskVariable: record } });
    assert.deepEqual(noted.map(([after]) => after.replace(/incoming.*/, "")), ["stage 0", "delete "]); // prettier-ignore
    const [first, last] = noted.map(([, text]) => readUpload(text));
    const deleted = container.done.find((what) => what.startsWith("delete "));
    assert.equal(`delete ${first?.blob ?? ""}`, deleted);
    assert.deepEqual([first?.container, first?.access, first?.process.pid], ["imagebuilder", "token", 4711]);
    assert.equal(last, undefined);
    const run = base.templateTags["aib-task-run"] ?? "";
    const agentOf = (id: string): typeof agent => ({ ...agent, variable: (name) => (name === "Build.BuildId" ? id : undefined) }); // prettier-ignore
    const known = (id: string): unknown => ownRecords({ build: undefined, upload: first }, agentOf(id)).upload?.blob;
    assert.deepEqual([run, known("7"), known("8")], ["build/7", first?.blob, undefined]);
  });

  it("removes at once what the upload of an earlier attempt of the step left, and of no other step", async () => {
    const container = memoryContainer(now);
    const own = `${incomingPrefix(base)}00000000000000aa`;
    const other = { ...base, template: { ...base.template, name: "aib-other" } };
    const others = `${incomingPrefix(other)}00000000000000bb`;
    for (const name of [own, others])
      container.put(name, { aibtask: "1", content: "x", lastused: now().toISOString() });
    const ports = portsOf(container);
    await publishArtifact(planOf(), ports);
    assert.deepEqual([...container.blobs.keys()].filter((name) => name.startsWith("incoming/")), [others]); // prettier-ignore
    assert.ok(textOf(ports).includes(`Removed what the upload of an earlier attempt left: ${own}.`));
  });

  it("only warns where old blobs cannot be removed", async () => {
    const container = memoryContainer(now, { delete: () => Promise.reject(new Error("403")) });
    container.put("v1/old.tar.gz", { aibtask: "1", lastused: new Date(0).toISOString() });
    const ports = portsOf(container);
    await publishArtifact(planOf(), ports);
    const codes = ports.agent.log.filter(({ kind }) => kind === "warning").map(({ code }) => code);
    assert.deepEqual(codes, ["AIB702"]);
  });

  it("hands an archive over as it is", async () => {
    const path = join(folder, "site.tar.gz");
    const bytes = gzipSync("whatever");
    await writeFile(path, bytes);
    const container = memoryContainer(now);
    const ref = await publishArtifact(planOf({ source: { kind: "archive", path } }), portsOf(container));
    assert.deepEqual(container.blobs.get(`v1/${ref?.sha256}.tar.gz`)?.content, bytes);
    assert.equal(ref?.content, ref?.sha256);
  });

  const ways: readonly (readonly [string, readonly ArtifactAccess[], ArtifactAccess["kind"] | "AIB406"])[] = [
    ["the first way", [{ kind: "vmIdentity", identityId: "/i" }, { kind: "delegationSas" }], "vmIdentity"],
    [
      "a way that takes the size",
      [{ kind: "templateIdentity", maxBytes: 10 }, { kind: "delegationSas" }],
      "delegationSas",
    ],
    ["the template's identity for what is small", [{ kind: "templateIdentity", maxBytes: 1e6 }], "templateIdentity"],
    ["no way where the only one takes less", [{ kind: "templateIdentity", maxBytes: 10 }], "AIB406"],
  ];
  for (const [what, access, expected] of ways) {
    it(`takes ${what}`, async () => {
      const container = memoryContainer(now);
      const made = await publishArtifact(planOf({ access }), portsOf(container)).catch((error: unknown) => error);
      if (made instanceof TaskError) return assert.equal(made.code, expected);
      const { access: taken, url } = made as NonNullable<Awaited<ReturnType<typeof publishArtifact>>>;
      assert.equal(taken.kind, expected);
      assert.equal(url.reveal().includes("sig="), expected === "delegationSas");
    });
  }

  it("touches no store where the plan has no artifact", async () => {
    const container = memoryContainer(now);
    assert.equal(await publishArtifact(base, portsOf(container)), undefined);
    assert.deepEqual(container.done, []);
  });

  it("creates nothing where it may not sign", async () => {
    const container = memoryContainer(now, { prepareSigning: () => Promise.reject(new Error("403")) });
    await assert.rejects(publishArtifact(planOf(), portsOf(container)), /403/);
    assert.deepEqual(container.done, []);
  });

  it("names container and blob before it makes them", async () => {
    const ports = portsOf(memoryContainer(now, { createIfAbsent: () => Promise.reject(new Error("no")) }));
    await assert.rejects(publishArtifact(planOf(), ports));
    assert.match(textOf(ports), /Storage container imagebuilder of stimages/);
  });

  it("leaves no blob where a file changes while it is read", async () => {
    const path = join(folder, "index.html");
    await writeFile(path, randomBytes(24_000_000));
    const whole = memoryContainer(now);
    const container: MemoryContainer = {
      ...whole,
      upload: (blob) => {
        const upload = whole.upload(blob);
        return {
          ...upload,
          stage: async (index, bytes) => {
            await truncate(path, 10);
            await upload.stage(index, bytes);
          },
        };
      },
    };
    await assert.rejects(publishArtifact(planOf(), portsOf(container)), /index\.html changed while it was read/);
    assert.equal(whole.blobs.size, 0);
  });

  it("breaks off when the task is to stop, and leaves no blob", async () => {
    await writeFile(join(folder, "index.html"), randomBytes(24_000_000));
    const stop = new AbortController();
    const whole = memoryContainer(now);
    const container = {
      ...whole,
      upload: (blob: string) => {
        stop.abort(new Error("SIGINT"));
        return whole.upload(blob);
      },
    };
    await assert.rejects(publishArtifact(planOf(), portsOf(container, stop.signal)), /SIGINT/);
    assert.equal(whole.blobs.size, 0);
  });

  it("warns of an artifact without files", async () => {
    await rm(join(folder, "index.html"));
    const ports = portsOf(memoryContainer(now));
    await publishArtifact(planOf(), ports);
    assert.match(ports.agent.log.find(({ kind }) => kind === "warning")?.text ?? "", /there are no files/);
  });
});
