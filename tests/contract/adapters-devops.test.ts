/** The Azure DevOps adapter at the emulator: from a run or a pipeline's name to the archive's bytes. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { TextWriter, Uint8ArrayReader, ZipReader } from "@zip.js/zip.js";
import { type Devops, createDevops } from "../../tasks/AzureImageBuilderV1/src/adapters/devops/index.ts";
import type { DevopsOptions } from "../../tasks/AzureImageBuilderV1/src/adapters/devops/index.ts";
import {
  isBrokenDownload,
  openPipelineMaterial,
} from "../../tasks/AzureImageBuilderV1/src/artifact/pipeline-material.ts";
import { ServiceError, TaskError } from "../../tasks/AzureImageBuilderV1/src/errors.ts";
import type { PipelineArtifact } from "../../tasks/AzureImageBuilderV1/src/ports.ts";
import type { PipelineArtifactSearch, RunChoice } from "../../tasks/AzureImageBuilderV1/src/ports.ts";
import { Secret } from "../../tasks/AzureImageBuilderV1/src/secret.ts";
import { type Emulator, createEmulator } from "../emulator/index.ts";
import { type DevopsWorld, makeDevopsWorld, ownRun, webFiles } from "./devops-world.ts";

const never = new AbortController().signal;
const project = "a1c4f7d2-0000-4000-8000-92b35e60aa13";
const thisRun: RunChoice = { project, runId: ownRun };
const latest = (change: Partial<Extract<RunChoice, { tags: readonly string[] }>> = {}): RunChoice => ({
  project,
  pipeline: { name: "web" },
  tags: [],
  ...change,
});

function found(search: PipelineArtifactSearch): PipelineArtifact {
  assert.equal(search.state, "found", JSON.stringify(search));
  return search.state === "found" ? search.artifact : assert.fail();
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

describe("the Azure DevOps adapter", () => {
  let world: DevopsWorld;
  let emulator: Emulator;
  let devops: Devops;
  let pauses: number[];
  let masked: string[];
  before(async () => {
    world = makeDevopsWorld();
    emulator = await createEmulator({ world: world.world });
  });
  beforeEach(async () => {
    await emulator.reset();
    pauses = [];
    masked = [];
    devops = connect();
  });
  afterEach(() => devops.close());
  after(async () => {
    await emulator.close();
    world.remove();
  });

  const connect = (change: Partial<DevopsOptions> = {}): Devops =>
    createDevops({
      collection: () => emulator.description.job.collectionUri,
      systemToken: () => new Secret(emulator.description.job.accessToken),
      network: () => ({ proxyFor: () => undefined, tls: { ca: emulator.world.caPem, checkServer: true } }),
      mask: (secret) => void masked.push(secret.reveal()),
      clock: { now: () => new Date(), sleep: async (ms) => void pauses.push(ms) },
      userAgent: "AzureImageBuilder/1.2.3",
      environment: {},
      ...change,
    });

  it("finds an artifact of this run, with what its manifest tells", async () => {
    const artifact = found(await devops.artifacts.find("WEB", thisRun));
    const bytes = Object.values(webFiles).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    const { downloadUrl, content, ...rest } = artifact;
    assert.deepEqual(rest, {
      ...{ project, runId: ownRun, runName: "501", name: "web", topFolder: "web" },
      files: 4,
      bytes,
    });
    assert.match(content ?? "", /^[0-9a-f]{64}$/);
    assert.match(downloadUrl, /\/content\?format=zip$/);
    assert.deepEqual(masked, [emulator.description.job.accessToken]);
  });

  const latestRuns: readonly { readonly title: string; readonly choice: RunChoice; readonly run: string }[] = [
    { title: "of any branch", choice: latest(), run: "20261104.1" },
    { title: "by the pipeline's ID", choice: latest({ pipeline: { id: 7 } }), run: "20261104.1" },
    { title: "in the root folder", choice: latest({ pipeline: { name: "Web", folder: "\\" } }), run: "20261104.1" },
    { title: "of one branch", choice: latest({ branch: "refs/heads/main" }), run: "20261103.1" },
    { title: "with all of the tags", choice: latest({ tags: ["release", "signed"] }), run: "20261101.1" },
    {
      title: "in another project",
      choice: latest({ pipeline: { project: "shop", name: "shop-web" } }),
      run: "20261101.1",
    },
  ];
  for (const { title, choice, run } of latestRuns) {
    it(`takes the latest successful run ${title}`, async () => {
      assert.equal(found(await devops.artifacts.find("web", choice)).runName, run);
    });
  }

  it("gives the same content the same digest in every run", async () => {
    const [one, other] = [await devops.artifacts.find("web", latest()), await devops.artifacts.find("web", thisRun)];
    assert.equal(found(one).content, found(other).content);
  });

  const misses: readonly {
    readonly title: string;
    readonly choice: RunChoice;
    readonly name?: string;
    readonly is: object;
  }[] = [
    {
      title: "an artifact the run has not",
      choice: thisRun,
      name: "wep",
      is: { state: "noArtifact", run: "501", known: ["web", "drop", "share", "old"] },
    },
    {
      title: "a pipeline that is not there",
      choice: latest({ pipeline: { name: "weeb" } }),
      is: { state: "noPipeline", known: ["bake", "web", "\\infra\\twice", "\\apps\\twice"] },
    },
    {
      title: "a pipeline's ID that is not there",
      choice: latest({ pipeline: { id: 99 } }),
      is: { state: "noPipeline", known: ["bake", "web", "\\infra\\twice", "\\apps\\twice"] },
    },
    {
      title: "a pipeline the job may not see",
      choice: latest({ pipeline: { id: 10 } }),
      is: { state: "noPipeline", known: ["bake", "web", "\\infra\\twice", "\\apps\\twice"] },
    },
    {
      title: "a name of two pipelines",
      choice: latest({ pipeline: { name: "twice" } }),
      is: { state: "ambiguous", known: ["\\infra\\twice", "\\apps\\twice"] },
    },
    {
      title: "a pipeline without a successful run",
      choice: latest({ pipeline: { name: "twice", folder: "\\apps" } }),
      is: { state: "noRun", pipeline: "twice" },
    },
    {
      title: "a branch without one",
      choice: latest({ branch: "refs/heads/x" }),
      is: { state: "noRun", pipeline: "web" },
    },
    {
      title: "a project that is hidden",
      choice: latest({ pipeline: { project: "secret", name: "web" } }),
      is: { state: "noProject", project: "secret" },
    },
    { title: "a run that is not there", choice: { project, runId: 4 }, is: { state: "noProject", project } },
    {
      title: "an artifact on a share",
      choice: thisRun,
      name: "share",
      is: { state: "elsewhere", run: "501", type: "FilePath" },
    },
  ];
  for (const { title, choice, name = "web", is } of misses) {
    it(`tells of ${title}`, async () => assert.deepEqual(await devops.artifacts.find(name, choice), is));
  }

  const refusals: readonly { readonly status: number; readonly next: RegExp }[] = [
    { status: 401, next: /View builds/ },
    { status: 403, next: /Limit job authorization scope/ },
  ];
  for (const { status, next } of refusals) {
    it(`says what to do about ${status}`, async () => {
      emulator.addFault({
        match: { path: "/artifacts" },
        times: 9,
        action: { status, body: { message: "TF215106: Access denied." } },
      });
      await assert.rejects(devops.artifacts.find("web", thisRun), (error: unknown) => {
        assert.ok(error instanceof ServiceError);
        assert.equal(error.status, status);
        assert.match(error.message, /^Azure DevOps, artifacts of run 501: HTTP \d+\. TF215106/);
        assert.match(error.next ?? "", next);
        return true;
      });
      assert.deepEqual(pauses, []);
    });
  }

  it("asks again for a passing cause, as long after as it is told", async () => {
    emulator.addFault({
      match: { path: "/builds/501/artifacts" },
      action: { status: 503, headers: { "Retry-After": "7" } },
    });
    emulator.addFault({ match: { path: "/builds/501/artifacts" }, action: { drop: "before" } });
    assert.equal((await devops.artifacts.find("web", thisRun)).state, "found");
    assert.deepEqual(pauses, [7000, 2000]);
  });

  it("does without a manifest that cannot be read", async () => {
    emulator.addFault({ match: { path: "fileId=" }, action: { status: 404 } });
    const artifact = found(await devops.artifacts.find("web", thisRun));
    assert.deepEqual([artifact.content, artifact.files, artifact.bytes], [undefined, undefined, undefined]);
  });

  it("sends the token to no host that is not of Azure DevOps", async () => {
    const resource = { type: "PipelineArtifact", data: "", downloadUrl: "https://example.com/x.zip" };
    const body = { count: 1, value: [{ id: 1, name: "web", resource }] };
    emulator.addFault({ match: { path: "/builds/501/artifacts" }, action: { status: 200, body } });
    await assert.rejects(devops.artifacts.find("web", thisRun), /not of Azure DevOps/);
  });

  const archives = [
    { name: "web", files: Object.fromEntries(Object.entries(webFiles).map(([path, text]) => [`web/${path}`, text])) },
    { name: "drop", files: { "drop/file.txt": "other" } },
  ];
  for (const { name, files } of archives) {
    it(`hands the archive of ${name} over as it comes, and finds it whole`, async () => {
      const artifact = found(await devops.artifacts.find(name, thisRun));
      const parts: Uint8Array[] = [];
      const material = openPipelineMaterial(artifact, { artifacts: devops.artifacts, signal: never });
      const made = await material.make(async (bytes) => void parts.push(Buffer.from(bytes)));
      const entries = await new ZipReader(new Uint8ArrayReader(Buffer.concat(parts))).getEntries();
      const held = await Promise.all(
        entries.flatMap((one) =>
          one.directory ? [] : [one.getData(new TextWriter()).then((text) => [one.filename, text])],
        ),
      );
      assert.deepEqual(Object.fromEntries(held), files);
      assert.equal(made.files, Object.keys(files).length);
      assert.match(made.content ?? "", /^[0-9a-f]{64}$/);
      assert.equal(await material.digest(), artifact.content);
    });
  }

  it("gives an artifact without a manifest the same digest in every download", async () => {
    const artifact = found(await devops.artifacts.find("drop", thisRun));
    assert.equal(artifact.content, undefined);
    const material = openPipelineMaterial(artifact, { artifacts: devops.artifacts, signal: never });
    const first = await material.make(async () => undefined);
    await emulator.adjustClock({ advanceMs: 60_000 });
    assert.deepEqual(await material.make(async () => undefined), first);
  });

  it("says that an artifact has expired", async () => {
    const artifact = found(await devops.artifacts.find("old", thisRun));
    await assert.rejects(readAll(devops.artifacts.open(artifact, never)), (error: unknown) => {
      assert.ok(error instanceof ServiceError);
      assert.match(error.next ?? "", /expired or was deleted/);
      return true;
    });
  });

  for (const action of [{ status: 503, body: "busy" }, { drop: "before" }] as const) {
    it(`takes ${JSON.stringify(action)} for a download that may be begun again`, async () => {
      const artifact = found(await devops.artifacts.find("web", thisRun));
      emulator.addFault({ match: { path: "/content?" }, action });
      await assert.rejects(readAll(devops.artifacts.open(artifact, never)), (error) => isBrokenDownload(error));
    });
  }

  it("stops a download when the task is to stop", async () => {
    const artifact = found(await devops.artifacts.find("web", thisRun));
    const stop = new AbortController();
    const stream = devops.artifacts.open(artifact, stop.signal)[Symbol.asyncIterator]();
    await stream.next();
    stop.abort(new Error("stop"));
    await assert.rejects(async () => {
      for (;;) if ((await stream.next()).done === true) return;
    }, /stop/);
  });

  it("goes through the agent's proxy to the public host names", async () => {
    const proxied = connect({
      collection: () => "https://dev.azure.com/fabrikam/",
      network: () => ({
        proxyFor: () => new URL(emulator.description.proxyUrl),
        tls: { ca: emulator.world.caPem, checkServer: true },
      }),
    });
    const artifact = found(await proxied.artifacts.find("web", thisRun));
    assert.equal(new URL(artifact.downloadUrl).host, "artprodweu3.artifacts.visualstudio.com");
    assert.ok((await readAll(proxied.artifacts.open(artifact, never))).length > 300);
    proxied.close();
    const hosts = new Set(emulator.proxied().map(({ host }) => host));
    assert.deepEqual([...hosts], ["dev.azure.com", "artprodweu3.artifacts.visualstudio.com"]);
  });

  it("says what the agent did not hand over", async () => {
    const bare = connect({ systemToken: () => undefined });
    await assert.rejects(bare.artifacts.find("web", thisRun), (error: unknown) => {
      return error instanceof TaskError && error.code === "AIB305" && error.message.includes("the job's own token");
    });
  });
});

describe("a download that breaks", () => {
  let server: Server;
  let devops: Devops;
  let artifact: PipelineArtifact;
  let headers: Readonly<Record<string, string>>;
  let body: readonly string[];
  before(async () => {
    // Azure DevOps Server may be without TLS; here that spares the certificates.
    server = createServer((_request, response) => {
      response.writeHead(200, headers);
      for (const part of body) response.write(part);
      setImmediate(() => (headers["close"] === undefined ? response.destroy() : response.end()));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const collection = `http://127.0.0.1:${(server.address() as AddressInfo).port}/c/`;
    devops = createDevops({
      collection: () => collection,
      systemToken: () => new Secret("token"),
      network: () => ({ proxyFor: () => undefined, tls: { checkServer: true } }),
      mask: () => undefined,
      clock: { now: () => new Date(), sleep: async () => undefined },
      userAgent: "test",
      environment: {},
    });
    const place = { project, runId: 1, runName: "1", name: "web", topFolder: "web" };
    artifact = { ...place, downloadUrl: `${collection}zip` };
  });
  after(() => {
    devops.close();
    server.closeAllConnections();
    server.close();
  });
  const make = (): Promise<unknown> =>
    openPipelineMaterial(artifact, { artifacts: devops.artifacts, signal: never }).make(async () => undefined);

  const breaks: readonly {
    readonly title: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: readonly string[];
    readonly says: RegExp;
  }[] = [
    {
      title: "before the length it told",
      headers: { "content-length": "900" },
      body: ["PK"],
      says: /broke after 2 bytes/,
    },
    { title: "in the middle of a chunked answer", headers: {}, body: ["PK"], says: /broke after/ },
    { title: "at an end that looks good", headers: { close: "1" }, body: ["PK no end"], says: /no whole zip archive/ },
    { title: "at once", headers: { close: "1" }, body: [], says: /after 0 bytes/ },
  ];
  for (const one of breaks) {
    it(`is noticed ${one.title}, and may be begun again`, async () => {
      ({ headers, body } = one);
      await assert.rejects(make(), (error: unknown) => {
        assert.ok(isBrokenDownload(error), String(error));
        assert.match(String(error), one.says);
        return true;
      });
    });
  }
});
