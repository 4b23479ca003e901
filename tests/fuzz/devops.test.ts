/** Whatever Azure DevOps answers, the look for an artifact gives a result or one error with a name, in bounded time. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { createDevops } from "../../tasks/AzureImageBuilderV1/src/adapters/devops/index.ts";
import type { RunChoice } from "../../tasks/AzureImageBuilderV1/src/ports.ts";
import { Secret } from "../../tasks/AzureImageBuilderV1/src/secret.ts";
import { changes, withHeaders } from "./changes.ts";
import { assertTaskError } from "./errors.ts";
import { skipPauses } from "./pauses.ts";
import { longestKind, tryManyLater } from "./settings.ts";
import type { Answer } from "./wire.ts";

/** More requests than a look takes with all its repetitions. */
const mostRequests = 60;

const json = (body: object): Answer => ({
  status: 200,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** Answers in the form of the service (REST reference 7.1, Build), by what is asked. */
function goodAnswers(origin: string): Readonly<Record<string, Answer>> {
  return {
    locations: json({
      count: 3,
      value: [
        location("dbeaf647-6167-421a-bda9-c9327b25e2e6", "definitions"),
        location("0cd358e1-9217-4d94-8269-1c1ee6f93dcf", "builds"),
        location("1db06c96-014e-44e1-ac91-90b2d4b3e984", "artifacts"),
      ],
    }),
    definitions: json({ count: 1, value: [{ id: 7, name: "web", path: "\\", project: { name: "p" } }] }),
    builds: json({
      count: 1,
      value: [{ id: 72, buildNumber: "20261103.1", status: "completed", result: "succeeded" }],
    }),
    artifacts: json({
      count: 2,
      value: [
        {
          id: 1,
          name: "web",
          resource: { type: "PipelineArtifact", data: "0A1B", downloadUrl: `${origin}/p/_apis/x?format=zip` },
        },
        {
          id: 2,
          name: "drop",
          resource: { type: "Container", data: "#/5/drop", downloadUrl: `${origin}/p/_apis/y?format=zip` },
        },
      ],
    }),
    manifest: json({
      manifestFormat: "V1",
      items: [{ path: "/web/install.sh", blob: { id: "0A".repeat(33), size: 25 } }],
      manifestReferences: [],
    }),
    archive: { status: 200, headers: { "content-type": "application/zip" }, body: "PK" },
  };
}

function location(id: string, resource: string): object {
  const route = { routeTemplate: "{project}/_apis/{area}/{resource}/{buildId}", resourceVersion: 1 };
  return {
    id,
    area: "build",
    resourceName: resource,
    ...route,
    minVersion: "1.0",
    maxVersion: "7.1",
    releasedVersion: "7.1",
  };
}

function kindOf({ method, url = "" }: IncomingMessage): string {
  if (method === "OPTIONS") return "locations";
  if (/\/_apis\/[xy]\?/.test(url)) return "archive";
  if (/fileName=|fileId=/.test(url)) return "manifest";
  if (/resource=artifacts|\/artifacts/i.test(url)) return "artifacts";
  return /definitions/i.test(url) && !/builds/i.test(url)
    ? "definitions"
    : /\/artifacts/i.test(url)
      ? "artifacts"
      : "builds";
}

const choices: readonly RunChoice[] = [
  { project: "p", runId: 72 },
  { project: "p", pipeline: { name: "web" }, branch: "refs/heads/main", tags: [] },
];

describe("a bad answer of Azure DevOps", function () {
  this.timeout(longestKind);
  let server: Server;
  let origin = "";
  let endPauses: () => void;
  let give: (kind: string) => Answer = () => ({ status: 501, headers: {}, body: "" });
  let leaked = 0;

  before(async () => {
    server = createServer(serve).listen(0, "127.0.0.1");
    await once(server, "listening");
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    endPauses = skipPauses();
  });
  after(() => {
    endPauses();
    server.closeAllConnections();
    server.close();
  });

  function serve(asked: IncomingMessage, response: ServerResponse): void {
    asked.resume();
    if (asked.headers.host?.startsWith("localhost") === true)
      leaked += asked.headers.authorization === undefined ? 0 : 1;
    const { status, headers, body } = give(kindOf(asked));
    try {
      response.writeHead(status, headers).end(status === 204 ? "" : body);
    } catch {
      // A header that Node does not send is no answer of any service.
      response.writeHead(400, { connection: "close" }).end();
    }
  }

  async function look(name: string, choice: RunChoice): Promise<string> {
    const devops = createDevops({
      collection: () => `${origin}/`,
      systemToken: () => new Secret("job-token"),
      network: () => ({ proxyFor: () => undefined, tls: { checkServer: true } }),
      mask: () => undefined,
      clock: { now: () => new Date(), sleep: async () => undefined },
      userAgent: "test",
      environment: {},
    });
    try {
      const search = await devops.artifacts.find(name, choice);
      if (search.state !== "found") return search.state;
      for await (const bytes of devops.artifacts.open(search.artifact, new AbortController().signal))
        assert.ok(bytes.length >= 0);
      return search.state;
    } finally {
      devops.close();
    }
  }

  it("is one of an exchange that finds the artifact", async () => {
    const good = goodAnswers(origin);
    give = (kind) => good[kind] ?? assert.fail(kind);
    for (const choice of choices) for (const name of ["web", "drop"]) assert.equal(await look(name, choice), "found");
  });

  it("gives a result or one error with a name, in bounded time, and sees no token elsewhere", async () => {
    const good = goodAnswers(origin);
    const kinds = fc.constantFrom("definitions", "builds", "artifacts", "manifest", "archive");
    const asked = fc.tuple(fc.constantFrom("web", "drop"), fc.constantFrom(...choices));
    await tryManyLater(fc.tuple(kinds, changes, asked), async ([changed, change, [name, choice]]) => {
      let [count, turn] = [0, 0];
      give = (kind) => {
        count += 1;
        const answer = good[kind] ?? json({});
        if (kind !== changed || count > mostRequests || (!change.lasts && turn > 0)) return answer;
        turn += 1;
        // The same server by another name stands for another host.
        return withHeaders(change.edit(answer, origin.replace("127.0.0.1", "localhost")), { connection: "close" });
      };
      try {
        await look(name, choice);
      } catch (error) {
        assertTaskError(error);
      }
      assert.ok(count <= mostRequests, `asked ${count} times`);
      assert.equal(leaked, 0, "the token was shown to another host");
    });
  });
});
