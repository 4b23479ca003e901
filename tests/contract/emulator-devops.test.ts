/** Artifacts of runs at the emulator, by the official client and by plain requests. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { buffer, text } from "node:stream/consumers";
import { TextWriter, Uint8ArrayReader, ZipReader } from "@zip.js/zip.js";
import { WebApi, getBearerHandler } from "azure-devops-node-api";
import { BuildQueryOrder, BuildResult, BuildStatus } from "azure-devops-node-api/interfaces/BuildInterfaces.js";
import { send } from "../emulator/core/testing.ts";
import { type Emulator, createEmulator } from "../emulator/index.ts";
import { type DevopsWorld, makeDevopsWorld, ownRun, webFiles } from "./devops-world.ts";

describe("artifacts of runs at the emulator", () => {
  let world: DevopsWorld;
  let emulator: Emulator;
  let api: Awaited<ReturnType<WebApi["getBuildApi"]>>;
  before(async () => {
    world = makeDevopsWorld();
    emulator = await createEmulator({ world: world.world });
    const { collectionUri, accessToken } = emulator.description.job;
    const connection = new WebApi(collectionUri, getBearerHandler(accessToken), {
      cert: { caFile: emulator.description.caFile },
    });
    api = await connection.getBuildApi();
  });
  after(async () => {
    await emulator.close();
    world.remove();
  });

  const none = undefined;
  const list = async (query: string): Promise<readonly number[]> => {
    const { job } = emulator.description;
    const answer = await send(emulator, {
      url: `${job.collectionUri}images/_apis/build/builds?definitions=7&queryOrder=finishTimeDescending&${query}`,
      token: job.accessToken,
    });
    assert.equal(answer.status, 200, answer.text);
    return answer.json<{ value: { id: number }[] }>().value.map(({ id }) => id);
  };
  const status = async (path: string, options: { readonly token?: string; readonly accept?: string } = {}) => {
    const { job } = emulator.description;
    const answer = await send(emulator, {
      url: `${job.collectionUri}${path}`,
      ...(options.token === "" ? {} : { token: options.token ?? job.accessToken }),
      ...(options.accept === undefined ? {} : { headers: { accept: options.accept } }),
    });
    return { status: answer.status, text: answer.text };
  };

  it("serve the official client from the list of areas to pipelines, runs and artifacts", async () => {
    const [pipeline] = await api.getDefinitions("images", "WEB");
    assert.equal(pipeline?.id, 7);
    const [latest] = await api.getBuilds(
      "images",
      [7],
      none,
      none,
      none,
      none,
      none,
      none,
      BuildStatus.Completed,
      BuildResult.Succeeded,
      none,
      none,
      1,
      none,
      none,
      none,
      BuildQueryOrder.FinishTimeDescending,
    );
    assert.equal(latest?.buildNumber, "20261104.1");
    assert.equal(latest?.result, BuildResult.Succeeded);
    const names = (await api.getArtifacts("images", ownRun)).map(({ name, resource }) => `${name} ${resource?.type}`);
    assert.deepEqual(names, ["web PipelineArtifact", "drop Container", "share FilePath", "old PipelineArtifact"]);
  });

  it("give the official client the manifest of an artifact, and its files by the manifest's ids", async () => {
    const artifact = await api.getArtifact("images", ownRun, "web");
    const data = artifact.resource?.data ?? "";
    const manifest = JSON.parse(await text(await api.getFile("images", ownRun, "web", data, "m"))) as {
      items: { path: string; blob: { id: string; size: number } }[];
    };
    assert.deepEqual(manifest.items.map(({ path }) => path.slice(1)).sort(), Object.keys(webFiles).sort());
    const script = manifest.items.find(({ path }) => path === "/install.sh");
    assert.equal(
      await text(await api.getFile("images", ownRun, "web", script?.blob.id ?? "", "m")),
      webFiles["install.sh"],
    );
  });

  const filters: readonly { readonly title: string; readonly query: string; readonly ids: readonly number[] }[] = [
    { title: "all, the latest first", query: "", ids: [75, 74, 73, 72, 70, 76] },
    { title: "by result", query: "statusFilter=completed&resultFilter=succeeded", ids: [73, 72, 70] },
    { title: "by results as numbers", query: "resultFilter=12", ids: [75, 74] },
    { title: "by branch", query: "resultFilter=2&branchName=refs/heads/main", ids: [72, 70] },
    { title: "by tags, all of which must be there", query: "tagFilters=signed,release", ids: [70] },
    { title: "by tags of which one is not there", query: "tagFilters=signed,other", ids: [] },
    { title: "no more than asked for", query: "resultFilter=2&$top=1", ids: [73] },
  ];
  for (const { title, query, ids } of filters) {
    it(`list runs: ${title}`, async () => assert.deepEqual(await list(query), ids));
  }

  const refusals: readonly {
    readonly title: string;
    readonly path: string;
    readonly status: number;
    readonly says: RegExp;
    readonly options?: { readonly token?: string; readonly accept?: string };
  }[] = [
    { title: "no token", path: "images/_apis/build/builds", options: { token: "" }, status: 401, says: /TF400813/ },
    {
      title: "another token",
      path: "images/_apis/build/builds",
      options: { token: "x" },
      status: 401,
      says: /TF400813/,
    },
    { title: "an unknown project", path: "nothing/_apis/build/builds", status: 404, says: /VS800075/ },
    { title: "a project the job may not read", path: "secret/_apis/build/builds", status: 404, says: /VS800075/ },
    { title: "an unknown run", path: "images/_apis/build/builds/4/artifacts", status: 404, says: /build 4 / },
    {
      title: "runs of a pipeline without the right to view them",
      path: "images/_apis/build/builds?definitions=10&queryOrder=3",
      status: 403,
      says: /TF215106.*View builds/,
    },
    {
      title: "a version that is not served",
      path: "images/_apis/build/definitions?api-version=8.0",
      status: 400,
      says: /out of range/,
    },
    {
      title: "a version in preview without the flag",
      path: "images/_apis/build/definitions",
      options: { accept: "application/json;api-version=7.2" },
      status: 400,
      says: /-preview flag/,
    },
    {
      title: "a filter that is not built",
      path: "images/_apis/build/definitions?yamlFilename=x",
      status: 501,
      says: /yamlFilename/,
    },
    { title: "an order that is not built", path: "images/_apis/build/builds", status: 501, says: /order/ },
    {
      title: "an unknown artifact",
      path: `images/_apis/build/builds/${ownRun}/artifacts?artifactName=x`,
      status: 404,
      says: /Artifact x/,
    },
  ];
  for (const { title, path, options, status: wanted, says } of refusals) {
    it(`refuse ${title}`, async () => {
      const answer = await status(path, options);
      assert.equal(answer.status, wanted);
      assert.match(answer.text, says);
    });
  }

  const download = async (address: string, headers: Record<string, string> = {}): Promise<IncomingMessage> => {
    const { accessToken } = emulator.description.job;
    const sent = request(address, {
      ca: readFileSync(emulator.description.caFile),
      agent: false,
      headers: { authorization: `Bearer ${accessToken}`, ...headers },
    }).end();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    return answer;
  };
  const addressOf = async (name: string): Promise<string> =>
    (await api.getArtifact("images", ownRun, name)).resource?.downloadUrl ?? "";

  it("hand the archive over with a folder at its top and no length, other bytes each time", async () => {
    const address = await addressOf("web");
    const answer = await download(address);
    assert.equal(answer.headers["content-length"], undefined);
    const bytes = await buffer(answer);
    const entries = await new ZipReader(new Uint8ArrayReader(bytes)).getEntries();
    const found: Record<string, string> = {};
    for (const entry of entries) {
      if (!entry.directory) found[entry.filename] = await entry.getData(new TextWriter());
    }
    assert.deepEqual(found, Object.fromEntries(Object.entries(webFiles).map(([path, own]) => [`web/${path}`, own])));
    await emulator.adjustClock({ advanceMs: 10_000 });
    assert.notDeepEqual(await buffer(await download(address)), bytes);
  });

  it("take no version at the host of contents, and no other token", async () => {
    const address = await addressOf("web");
    const versioned = await download(address, { accept: "application/zip;api-version=7.2-preview.5" });
    assert.equal(versioned.resume().statusCode, 404);
    const stranger = await download(address, { authorization: "Bearer x" });
    assert.equal(stranger.resume().statusCode, 401);
  });

  it("have nothing to hand over of an artifact that has expired", async () => {
    assert.equal((await download(await addressOf("old"))).resume().statusCode, 404);
  });
});
