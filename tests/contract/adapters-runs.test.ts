/** Runs and their attachments: the Azure DevOps adapter at the emulator, and at servers that answer something else. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import {
  createDevops,
  type Devops,
  type DevopsOptions,
} from "../../tasks/AzureImageBuilderV1/src/adapters/devops/index.ts";
import { ServiceError } from "../../tasks/AzureImageBuilderV1/src/errors.ts";
import { Secret } from "../../tasks/AzureImageBuilderV1/src/secret.ts";
import { send } from "../emulator/core/testing.ts";
import { createEmulator, type Emulator, type RecordedRun } from "../emulator/index.ts";
import { type DevopsWorld, makeDevopsWorld, ownRun } from "./devops-world.ts";

const project = "a1c4f7d2-0000-4000-8000-92b35e60aa13";
const type = "My.Type";
const limit = 1_000;

const recorded = (change: Partial<RecordedRun> = {}): RecordedRun => ({
  ...{ id: 12, project: "images", pipeline: { id: 3, name: "bake" }, branch: "refs/heads/main", attempt: 1 },
  ...{ buildNumber: "20261123.12", status: "completed", result: "succeeded", finishTime: "2026-11-23T10:00:00.5Z" },
  attachments: [
    { type, name: "a b.json", step: "one", content: '{"a":"ä"}' },
    { type: "Other", name: "c.json", step: "one", content: "{}" },
    { type, name: "d.json", step: "two", content: Buffer.from("d") },
  ],
  ...change,
});

const options = (change: Partial<DevopsOptions>): DevopsOptions => ({
  collection: () => undefined,
  systemToken: () => new Secret("job-token-of-a-test"),
  network: () => ({ proxyFor: () => undefined, tls: { checkServer: true } }),
  mask: () => undefined,
  clock: { now: () => new Date(), sleep: () => Promise.resolve() },
  userAgent: "AzureImageBuilder/1.2.3",
  environment: {},
  ...change,
});

describe("runs of pipelines", () => {
  let world: DevopsWorld;
  let emulator: Emulator;
  let devops: Devops;
  before(async () => {
    world = makeDevopsWorld();
    emulator = await createEmulator({ world: world.world });
  });
  beforeEach(async () => {
    await emulator.reset();
    const { job } = emulator.description;
    devops = createDevops(
      options({
        collection: () => job.collectionUri,
        systemToken: () => new Secret(job.accessToken),
        network: () => ({ proxyFor: () => undefined, tls: { ca: emulator.world.caPem, checkServer: true } }),
      }),
    );
  });
  afterEach(() => devops.close());
  after(async () => {
    await emulator.close();
    world.remove();
  });

  const texts = async (runId: number, most = limit): Promise<readonly (readonly [string, string])[]> =>
    (await devops.runs.attachment({ projectId: project, runId }, type, most)).map(
      ({ name, content }) => [name, Buffer.from(content).toString()] as const,
    );

  it("are found by project and ID, with what tells whose they are", async () => {
    emulator.recordRun(recorded());
    const { devopsUrl, job } = emulator.description;
    assert.deepEqual(await devops.runs.find("IMAGES", 12), {
      ...{ projectId: project, runId: 12, definitionId: 3, definitionName: "bake", branch: "refs/heads/main" },
      number: "20261123.12",
      url: `${devopsUrl}/${new URL(job.collectionUri).pathname.split("/")[1]}/${project}/_build/results?buildId=12`,
      finishedAt: new Date("2026-11-23T10:00:00.5Z"),
    });
  });

  it("have no end while they go on", async () => {
    assert.equal((await devops.runs.find(project, ownRun))?.finishedAt, undefined);
  });

  const absent = [
    { title: "an ID that no run has", in: project, id: 4 },
    { title: "a run of another project", in: project, id: 900 },
    { title: "a project that is hidden", in: "secret", id: 12 },
  ] as const;
  for (const { title, in: where, id } of absent) {
    it(`are not found: ${title}`, async () => assert.equal(await devops.runs.find(where, id), undefined));
  }

  it("give the attachments of one type, with their bytes as they were", async () => {
    emulator.recordRun(recorded());
    assert.deepEqual(await texts(12), [
      ["a b.json", '{"a":"ä"}'],
      ["d.json", "d"],
    ]);
  });

  it("give no attachments where there are none of the type, and where the run is gone", async () => {
    assert.deepEqual([await texts(ownRun), await texts(4)], [[], []]);
  });

  it("leave out an attachment with more bytes than asked for", async () => {
    emulator.recordRun(recorded());
    assert.deepEqual(await texts(12, 5), [["d.json", "d"]]);
  });

  it("leave out an attachment whose content is gone", async () => {
    emulator.recordRun(recorded());
    emulator.addFault({ match: { path: "/attachments/My.Type/d.json" }, times: 9, action: { status: 404 } });
    assert.deepEqual(await texts(12), [["a b.json", '{"a":"ä"}']]);
  });

  it("read again for a passing cause", async () => {
    emulator.recordRun(recorded());
    emulator.addFault({ match: { path: "/builds/12" }, action: { status: 503 } });
    emulator.addFault({ match: { path: "/attachments/My.Type/d.json" }, action: { drop: "before" } });
    assert.equal((await devops.runs.find(project, 12))?.runId, 12);
    assert.equal((await texts(12)).length, 2);
  });

  for (const status of [401, 403]) {
    for (const path of ["/builds/12", "/attachments/My.Type", "/attachments/My.Type/d.json"]) {
      it(`say what to do about ${status} at ${path}`, async () => {
        emulator.recordRun(recorded());
        const body = { message: "TF215106: Access denied." };
        emulator.addFault({ match: { path }, times: 9, action: { status, body } });
        const reading = path === "/builds/12" ? devops.runs.find(project, 12) : texts(12);
        await assert.rejects(reading, (error: unknown) => {
          assert.ok(error instanceof ServiceError, String(error));
          assert.equal(error.status, status);
          assert.match(`${error.message} ${error.next}`, /run 12: HTTP 40[13]\. TF215106.*View builds/s);
          return true;
        });
      });
    }
  }

  it("show the job's token, and nothing without it", async () => {
    emulator.recordRun(recorded());
    const url = `${emulator.description.job.collectionUri}images/_apis/build/builds/12/attachments/${type}`;
    assert.deepEqual(
      [(await send(emulator, { url })).status, (await send(emulator, { url, token: "x" })).status],
      [401, 401],
    );
  });

  it("keep what an earlier attempt attached beside what a later one did", async () => {
    const [attachment] = recorded().attachments;
    assert.ok(attachment);
    emulator.recordRun(recorded({ attachments: [attachment] }));
    emulator.recordRun(recorded({ attempt: 2, attachments: [{ ...attachment, content: "again" }] }));
    assert.deepEqual(await texts(12), [
      ["a b.json", '{"a":"ä"}'],
      ["a b.json", "again"],
    ]);
  });

  it("are forgotten with a reset", async () => {
    emulator.recordRun(recorded());
    await emulator.reset();
    assert.equal(await devops.runs.find(project, 12), undefined);
  });

  const answers: readonly { readonly title: string; readonly path: string; readonly status: number }[] = [
    { title: "an unknown run", path: "builds/4", status: 404 },
    { title: "attachments of an unknown run", path: "builds/4/attachments/x", status: 404 },
    {
      title: "an attachment that is not there",
      path: "builds/12/00000000-0000-4000-8000-000000000001/00000000-0000-4000-8000-000000000002/attachments/x/y",
      status: 404,
    },
    { title: "a version that is never out of preview", path: "builds/12/attachments/x?api-version=7.1", status: 400 },
    { title: "a part of a run that is not built", path: "builds/12/timeline", status: 501 },
    { title: "a query that is not built", path: "builds/12?propertyFilters=a", status: 501 },
  ];
  for (const { title, path, status } of answers) {
    it(`answer ${status} to ${title}`, async () => {
      emulator.recordRun(recorded());
      const { job } = emulator.description;
      const url = `${job.collectionUri}images/_apis/build/${path}`;
      assert.equal((await send(emulator, { url, token: job.accessToken })).status, status);
    });
  }
});

describe("answers that are not Azure DevOps'", () => {
  const build = {
    ...{ id: 12, buildNumber: "1", sourceBranch: "refs/heads/main", status: "inProgress" },
    ...{ definition: { id: 3, name: "bake" }, project: { id: project, name: "images" } },
  };
  const link = (origin: string, id = 12): object => ({
    self: { href: `${origin}/o/p/_apis/build/builds/${id}/${"a".repeat(36)}/${"b".repeat(36)}/attachments/T/n` },
  });
  const html = { headers: { "Content-Type": "text/html" }, body: "<html>Sign in</html>" };

  interface Reply {
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body: unknown;
  }

  /** A server that answers to the client's look for routes as Azure DevOps does, and else as it is told. */
  async function reading<T>(
    replies: (path: string, origin: string) => Reply,
    read: (devops: Devops) => Promise<T>,
  ): Promise<{ readonly value?: T; readonly error?: unknown; readonly paths: readonly string[] }> {
    const paths: string[] = [];
    const answer: RequestListener = (request, response) => {
      const path = request.url ?? "";
      const origin = `http://${request.headers.host ?? ""}`;
      if (request.method !== "OPTIONS" && !path.includes("resourceAreas")) paths.push(path);
      const reply =
        request.method === "OPTIONS"
          ? { body: { count: locations.length, value: locations } }
          : path.includes("resourceAreas")
            ? { body: { count: 0, value: [] } }
            : replies(path, origin);
      const { status = 200, headers = { "Content-Type": "application/json" }, body } = reply;
      response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
    };
    const server = createServer(answer).listen(0, "127.0.0.1");
    await once(server, "listening");
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const devops = createDevops(options({ collection: () => `${origin}/o/` }));
    try {
      return { value: await read(devops), paths };
    } catch (error) {
      return { error, paths };
    } finally {
      devops.close();
      server.closeAllConnections();
      server.close();
    }
  }

  const location = (id: string, resourceName: string, rest: string): object => ({
    ...{ id, area: "build", resourceName, routeTemplate: `{project}/_apis/{area}/builds/{buildId}${rest}` },
    ...{ resourceVersion: 7, minVersion: "1.0", maxVersion: "7.2", releasedVersion: "7.1" },
  });
  const locations = [
    location("0cd358e1-9217-4d94-8269-1c1ee6f93dcf", "builds", ""),
    location("f2192269-89fa-4f94-baf6-8fb128c55159", "attachments", "/{resource}/{type}"),
    location(
      "af5122d3-3438-485e-a25a-2dbbfde84ee6",
      "attachments",
      "/{timelineId}/{recordId}/{resource}/{type}/{name}",
    ),
  ];

  const find = (devops: Devops): Promise<unknown> => devops.runs.find("images", 12);
  const attachments = (devops: Devops): Promise<unknown> =>
    devops.runs.attachment({ projectId: project, runId: 12 }, "T", limit);

  const refusedRuns: readonly { readonly title: string; readonly reply: Reply; readonly says: RegExp }[] = [
    { title: "a page to sign in instead of the run", reply: { ...html, status: 203 }, says: /not Azure DevOps'/ },
    { title: "another run", reply: { body: { ...build, id: 13 } }, says: /documented form/ },
    { title: "a run without a pipeline", reply: { body: { ...build, definition: null } }, says: /documented form/ },
    { title: "a run without a branch", reply: { body: { ...build, sourceBranch: 1 } }, says: /documented form/ },
    { title: "an end that is no date", reply: { body: { ...build, finishTime: "soon" } }, says: /documented form/ },
    { title: "a list", reply: { body: [1] }, says: /documented form/ },
    { title: "a text", reply: { body: '"x"' }, says: /documented form/ },
  ];
  for (const { title, reply, says } of refusedRuns) {
    it(`are refused: ${title}`, async () => {
      const { error } = await reading(() => reply, find);
      assert.ok(error instanceof ServiceError, String(error));
      assert.match(error.message, says);
    });
  }

  it("are no run of the project where they name another one, or say it is deleted", async () => {
    const other = { ...build, project: { id: "other", name: "other" } };
    const seen = [await reading(() => ({ body: other }), find)];
    seen.push(await reading(() => ({ body: { ...build, deleted: true } }), find));
    assert.deepEqual(
      seen.map((one) => [one.value, one.error]),
      [
        [undefined, undefined],
        [undefined, undefined],
      ],
    );
  });

  it("give no link to a run's page on another host", async () => {
    const { value } = await reading(
      () => ({ body: { ...build, _links: { web: { href: "https://evil.example/x" } } } }),
      find,
    );
    assert.equal((value as { readonly url: string }).url, "");
  });

  const lists: readonly { readonly title: string; readonly links: (origin: string) => unknown }[] = [
    { title: "a link to another host", links: () => link("https://evil.example") },
    { title: "a link to another run", links: (origin) => link(origin, 13) },
    { title: "no link", links: () => undefined },
    { title: "a link that is no text", links: () => ({ self: { href: 1 } }) },
  ];
  for (const { title, links } of lists) {
    it(`are refused, and not followed: ${title}`, async () => {
      const { error, paths } = await reading(
        (_path, origin) => ({ body: { count: 1, value: [{ name: "n", _links: links(origin) }] } }),
        attachments,
      );
      assert.ok(error instanceof ServiceError, String(error));
      assert.match(error.message, /documented form/);
      assert.equal(paths.length, 1);
    });
  }

  it("are refused, and not followed: a name that is a way out of the path", async () => {
    const { error, paths } = await reading(
      (_path, origin) => ({ body: { count: 1, value: [{ name: "..", _links: link(origin) }] } }),
      attachments,
    );
    assert.match(String(error), /documented form/);
    assert.equal(paths.length, 1);
  });

  const contents: readonly { readonly title: string; readonly reply: Reply; readonly says: RegExp }[] = [
    { title: "a page to sign in with 203", reply: { ...html, status: 203 }, says: /not Azure DevOps'/ },
    { title: "a page to sign in with 200", reply: html, says: /not Azure DevOps'/ },
    {
      title: "a content in an encoding",
      reply: { headers: { "Content-Encoding": "br" }, body: "x" },
      says: /not Azure DevOps'/,
    },
    { title: "a refusal", reply: { status: 403, body: { message: "No." } }, says: /HTTP 403\. No\./ },
  ];
  for (const { title, reply, says } of contents) {
    it(`are no attachment: ${title}`, async () => {
      const { error } = await reading(
        (path, origin) =>
          path.endsWith("/T/n") ? reply : { body: { count: 1, value: [{ name: "n", _links: link(origin) }] } },
        attachments,
      );
      assert.ok(error instanceof ServiceError, String(error));
      assert.match(error.message, says);
    });
  }

  it("are not read to their end where they do not end", async () => {
    const { value } = await reading(
      (path, origin) =>
        path.endsWith("/T/n")
          ? { headers: { "Content-Type": "application/octet-stream" }, body: "x".repeat(50_000_000) }
          : { body: { count: 1, value: [{ name: "n", _links: link(origin) }] } },
      attachments,
    );
    assert.deepEqual(value, []);
  });
});
