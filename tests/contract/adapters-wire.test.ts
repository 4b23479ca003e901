/** The Azure adapter at a server that answers word for word as the wire notes say, also where the emulator does not. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { type Azure, createAzure } from "../../tasks/AzureImageBuilderV1/src/adapters/azure/index.ts";
import { ServiceError } from "../../tasks/AzureImageBuilderV1/src/errors.ts";
import type { ImageTemplate } from "../../tasks/AzureImageBuilderV1/src/image-template.ts";
import { createCertificates } from "../emulator/core/certificates.ts";
import { connectionOf } from "../unit/adapters/connection.ts";

interface Answer {
  readonly status: number;
  /** Text as it is; undefined for no body. */
  readonly body?: string;
  /** Names go out in the case they are written in. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Breaks the connection after this many bytes of the body. */
  readonly breakAfter?: number;
}

type Script = readonly (readonly [request: RegExp, ...answers: Answer[]])[];

const tenant = "72f988bf-0000-4000-8000-1d0c5a7b7e01";
const ref = { subscriptionId: "5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f", resourceGroup: "rg", name: "t" };
const id = `/subscriptions/${ref.subscriptionId}/resourcegroups/rg/providers/Microsoft.VirtualMachineImages/imageTemplates/t`;
const template: ImageTemplate = {
  location: "westeurope",
  identity: { type: "UserAssigned", userAssignedIdentities: { "/subscriptions/s/id": {} } },
  properties: {
    source: { type: "PlatformImage", publisher: "p", offer: "o", sku: "s", version: "latest" },
    distribute: [{ type: "VHD", runOutputName: "vhd" }],
  },
};
/** As long as the service's have grown: 3.2 KB. */
const signature = `&t=638815887581047971&c=${"M".repeat(2600)}&s=${"s".repeat(342)}&h=${"h".repeat(43)}`;

describe("the Azure adapter on the wire", () => {
  let certificates: Awaited<ReturnType<typeof createCertificates>>;
  let server: Server;
  let origin = "";
  let script: Script = [];
  let azure: Azure;
  const asked: string[] = [];
  const masked: string[] = [];

  before(async () => {
    certificates = await createCertificates();
    server = createServer({ cert: certificates.certificate, key: certificates.key }, answer).listen(0, "127.0.0.1");
    await once(server, "listening");
    origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    asked.length = 0;
    masked.length = 0;
    azure = createAzure({
      connection: () =>
        connectionOf({
          url: `${origin}/`,
          parameters: { tenantid: tenant, serviceprincipalid: tenant, serviceprincipalkey: "key-1" },
          data: { activedirectoryauthority: `${origin}/` },
        }),
      systemToken: () => undefined,
      oidcRequestUri: () => undefined,
      network: () => ({ proxyFor: () => undefined, tls: { ca: certificates.caPem, checkServer: true } }),
      mask: (secret) => void masked.push(secret.reveal()),
      userAgent: "test",
      now: () => new Date(),
      environment: {},
    });
  });
  afterEach(() => azure.close());

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const line = `${request.method ?? ""} ${request.url ?? ""}`;
    request.resume();
    const { status, body, headers, breakAfter } = signIn(line) ?? next(line);
    asked.push(line);
    response.writeHead(status, { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers });
    if (breakAfter === undefined) response.end(body);
    else response.write(body?.slice(0, breakAfter), () => response.destroy());
  }

  function signIn(line: string): Answer | undefined {
    const endpoint = `${origin}/${tenant}/oauth2/v2.0`;
    if (line.includes("openid-configuration")) {
      const found = {
        token_endpoint: `${endpoint}/token`,
        authorization_endpoint: `${endpoint}/authorize`,
        issuer: `${origin}/${tenant}/v2.0`,
        jwks_uri: `${endpoint}/keys`,
      };
      return { status: 200, body: JSON.stringify(found) };
    }
    if (!line.includes("/oauth2/v2.0/token")) return undefined;
    return { status: 200, body: JSON.stringify({ token_type: "Bearer", expires_in: 3599, access_token: "token-1" }) };
  }

  function next(line: string): Answer {
    const [pattern, ...answers] = script.find(([request]) => request.test(line)) ?? [];
    const before = asked.filter((earlier) => !earlier.includes(tenant) && pattern?.test(earlier)).length;
    const unknown = { status: 501, body: '{"error":{"code":"NotScripted","message":"no"}}' };
    return answers[Math.min(before, answers.length - 1)] ?? unknown;
  }

  const create = (): Promise<void> =>
    azure.templates.create(ref, template, { apiVersion: "2024-02-01", signal: new AbortController().signal });
  const operation = (status: string, error?: object): Answer => ({
    status: 200,
    body: JSON.stringify(
      { name: "1645212C", status, startTime: "2023-04-27T07:14:33.0820414Z", ...(error ? { error } : {}) },
      undefined,
      1,
    ),
  });
  const shown = (properties: object): Answer => ({
    status: 200,
    body: JSON.stringify({ properties, id, name: "t" }, undefined, 1),
  });

  async function refused(work: Promise<unknown>): Promise<ServiceError> {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ServiceError, String(error));
    return error;
  }

  for (const name of ["Azure-AsyncOperation", "azure-asyncoperation", "AZURE-ASYNCOPERATION"]) {
    it(`follows an operation whose address comes as ${name}, signed and 3 KB long, just as it is`, async () => {
      const path = `/subscriptions/s/providers/Microsoft.VirtualMachineImages/locations/westeurope/operations/1?api-version=2024-02-01${signature}`;
      const accepted: Answer = {
        status: 202,
        headers: { [name]: `${origin}${path}`, Location: `${origin}/other${path}` },
      };
      script = [
        [/POST .*\/run\?/, accepted],
        [/\/operations\//, operation("InProgress"), operation("Succeeded")],
      ];
      const handle = await azure.templates.startRun(ref);
      assert.deepEqual(
        [(await handle.poll()).status, (await handle.poll()).status, (await handle.poll()).status],
        ["InProgress", "Succeeded", "Succeeded"],
      );
      assert.deepEqual(
        asked.filter((line) => line.includes("/operations/")),
        [`GET ${path}`, `GET ${path}`],
      );
      assert.ok(masked.includes(`${origin}${path}`));
    });
  }

  it("keeps the whole error tree of a run's operation, at HTTP 200", async () => {
    const error = { code: "PackerBuildFailed", message: "all", details: [{ code: "Inner", message: "one" }] };
    script = [
      [
        /POST .*\/run\?/,
        { status: 202, headers: { "azure-asyncoperation": `${origin}/operations/1?api-version=2024-02-01` } },
      ],
      [/\/operations\//, operation("Failed", error)],
    ];
    const handle = await azure.templates.startRun(ref);
    assert.deepEqual(await handle.poll(), { status: "Failed", error });
  });

  it("keeps the whole error tree of a create that fails after a 201", async () => {
    const error = {
      code: "Unauthorized",
      message: "Not authorized to access the resource: /x.",
      details: [{ code: "Inner", message: "one" }],
    };
    script = [
      [
        /^PUT /,
        {
          status: 201,
          body: JSON.stringify({ id, properties: { provisioningState: "Creating" } }),
          headers: { "azure-asyncoperation": `${origin}/operations/1?api-version=2024-02-01` },
        },
      ],
      [/\/operations\//, operation("Failed", error)],
    ];
    const refusal = await refused(create());
    assert.equal(refusal.code, "AIB503");
    assert.match(refusal.message, /Unauthorized: Not authorized to access the resource: \/x\.\n {2}-> Inner: one/);
  });

  it("takes an answer to a create that it cannot read for an uncertain one", async () => {
    script = [[/^PUT /, { status: 200, body: "{}" }]];
    const error = await refused(create());
    assert.deepEqual([error.code, error.status], ["AIB802", undefined]);
  });

  it("takes a create that is done at once", async () => {
    script = [
      [
        /^PUT /,
        { status: 200, body: JSON.stringify({ id, identity: {}, properties: { provisioningState: "Succeeded" } }) },
      ],
      [/^GET /, shown({ provisioningState: "Succeeded" })],
    ];
    await create();
  });

  for (const status of [200, 202, 204]) {
    it(`takes ${status} for an accepted cancel`, async () => {
      script = [[/\/cancel\?/, { status }]];
      await azure.templates.cancelRun(ref);
      assert.equal(asked.filter((line) => line.includes("/cancel")).length, 1);
    });

    it(`takes ${status} for an accepted delete`, async () => {
      script = [[/^DELETE /, { status }]];
      await azure.templates.delete(ref);
    });
  }

  it("reads a template of the service's case and times", async () => {
    script = [
      [
        /^GET /,
        shown({
          provisioningState: "Succeeded",
          lastRunStatus: {
            startTime: "2023-04-27T07:14:56.841941367Z",
            endTime: "0001-01-01T00:00:00Z",
            runState: "Running",
            runSubState: "Building",
            message: "",
          },
        }),
      ],
    ];
    const status = await azure.templates.get(ref);
    assert.deepEqual(
      [status?.id, status?.lastRun?.startTime, status?.lastRun?.endTime],
      [id, "2023-04-27T07:14:56.841941367Z", undefined],
    );
  });

  it("follows the pages of a list", async () => {
    const output = (name: string): object => ({ name, properties: { artifactId: `/${name}` } });
    script = [
      [/page=2/, { status: 200, body: JSON.stringify({ value: [output("b")] }) }],
      [
        /runOutputs/,
        { status: 200, body: JSON.stringify({ value: [output("a")], nextLink: `${origin}/next?page=2` }) },
      ],
    ];
    assert.deepEqual(
      (await azure.templates.runOutputs(ref)).map(({ artifactId }) => artifactId),
      ["/a", "/b"],
    );
  });

  it("does not follow a list to another host, nor to no address, nor in a circle", async () => {
    const links: readonly (readonly [link: string, why: RegExp])[] = [
      ["https://elsewhere.invalid/next", /another host, elsewhere\.invalid/],
      ["https://[", /./],
      [`${origin}/circle?page=2`, /in a circle/],
    ];
    for (const [nextLink, why] of links) {
      script = [[/runOutputs|circle/, { status: 200, body: JSON.stringify({ value: [], nextLink }) }]];
      assert.match((await refused(azure.templates.runOutputs(ref))).message, why);
    }
  });

  it("does not follow an operation to another host", async () => {
    const headers = { "azure-asyncoperation": "https://elsewhere.invalid/operations/1" };
    script = [[/POST .*\/run\?/, { status: 202, headers }]];
    const handle = await azure.templates.startRun(ref);
    assert.match((await refused(handle.poll())).message, /another host, elsewhere\.invalid/);
  });

  it("reads an error tree that has no end as far as it makes sense", async () => {
    const body = `${'{"error":'.repeat(30_000)}{}${"}".repeat(30_000)}`;
    script = [[/^PUT /, { status: 400, body }]];
    assert.equal((await refused(create())).status, 400);
  });

  const bodies: readonly (readonly [title: string, body: string | undefined, text: RegExp])[] = [
    [
      "the schema of 2021 and later",
      '{"error":{"code":"ValidationFailed","message":"Field bad"}}',
      /HTTP 400\. ValidationFailed: Field bad/,
    ],
    [
      "the schema of 2020 and earlier",
      '{"code":"ValidationFailed","message":"Field bad"}',
      /HTTP 400\. ValidationFailed: Field bad/,
    ],
    ["HTML", "<html><title>Bad Request</title></html>", /HTTP 400\. Bad Request/],
    ["nothing", undefined, /HTTP 400\. The answer has no body/],
  ];
  for (const [title, body, text] of bodies) {
    it(`reads a refusal in ${title}`, async () => {
      script = [[/^PUT /, { status: 400, body, headers: { "x-ms-request-id": "r-1" } }]];
      const error = await refused(create());
      assert.match(error.message, text);
      assert.deepEqual([error.status, error.requestId], [400, "r-1"]);
    });
  }

  it("does not take a sign-in page for a template", async () => {
    script = [[/^GET /, { status: 200, body: "<html>sign in</html>", headers: { "content-type": "text/html" } }]];
    const error = await refused(azure.templates.get(ref));
    assert.equal(error.code, "AIB802");
  });

  it("does not take something else for a template", async () => {
    script = [[/^GET /, { status: 200, body: "{}" }]];
    assert.match((await refused(azure.templates.get(ref))).message, /is not an image template/);
  });

  it("does not take half a body for an answer", async () => {
    script = [
      [
        /^GET /,
        { ...shown({ provisioningState: "Succeeded" }), headers: { "content-length": "5000" }, breakAfter: 40 },
      ],
    ];
    assert.equal((await refused(azure.templates.get(ref))).status, undefined);
  });

  it("tells a template that is not there from one that cannot be read", async () => {
    script = [
      [
        /^GET /,
        { status: 404, body: '{"error":{"code":"ResourceNotFound","message":"no"}}' },
        { status: 403, body: '{"error":{"code":"AuthorizationFailed","message":"no"}}' },
      ],
    ];
    assert.equal(await azure.templates.get(ref), undefined);
    assert.equal((await refused(azure.templates.get(ref))).status, 403);
  });

  it("hands a throttled answer's wait to the loop instead of waiting itself", async () => {
    script = [
      [
        /^GET /,
        {
          status: 429,
          body: '{"error":{"code":"SubscriptionRequestsThrottled","message":"Please try again after \'6\' seconds."}}',
          headers: { "Retry-After": "6" },
        },
      ],
    ];
    const error = await refused(azure.templates.get(ref));
    assert.deepEqual([error.retryAfterMs, asked.filter((line) => line.startsWith("GET /sub")).length], [6_000, 1]);
  });

  it("sends a template of the version it was written for", async () => {
    script = [[/^PUT /, { status: 400 }]];
    await refused(
      azure.templates.create(ref, template, { apiVersion: "2025-10-01", signal: new AbortController().signal }),
    );
    assert.ok(asked.some((line) => line.startsWith("PUT ") && line.endsWith("api-version=2025-10-01")));
  });

  it("asks no host but the connection's", async () => {
    script = [[/^GET /, shown({})]];
    await azure.templates.get(ref);
    assert.deepEqual(
      asked.map((line) => line.split("?")[0]),
      [
        `GET /${tenant}/v2.0/.well-known/openid-configuration`,
        `POST /${tenant}/oauth2/v2.0/token`,
        `GET ${id.replace("resourcegroups", "resourceGroups")}`,
      ],
    );
  });
});
