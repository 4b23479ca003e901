/** The emulator's CONNECT proxy: public host names lead to the emulator, others nowhere. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { request } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { type TLSSocket, connect } from "node:tls";
import type { Duplex } from "node:stream";
import { pipelineToken } from "../emulator/core/testing.ts";
import { type Emulator, createEmulator } from "../emulator/index.ts";

const login = { user: "agent", password: "p@ss:word" };

interface Tunnel {
  readonly status: number;
  readonly socket: Duplex;
}

function openTunnel(emulator: Emulator, target: string, authorization?: string): Promise<Tunnel> {
  const { hostname, port } = new URL(emulator.description.proxyUrl);
  const headers = authorization === undefined ? {} : { "proxy-authorization": authorization };
  return new Promise((resolve, reject) => {
    const asked = request({ host: hostname, port, method: "CONNECT", path: target, headers, agent: false });
    asked.on("connect", (answer, socket) => resolve({ status: answer.statusCode ?? 0, socket }));
    asked.on("error", reject).end();
  });
}

async function statusOf(emulator: Emulator, target: string, authorization?: string): Promise<number> {
  const { status, socket } = await openTunnel(emulator, target, authorization);
  socket.destroy();
  return status;
}

describe("the emulator's proxy", () => {
  let emulator: Emulator;
  before(async () => {
    emulator = await createEmulator();
  });
  after(() => emulator.close());

  it("serves a client that knows only Azure's public host names", async function () {
    this.timeout(60_000);
    const { tenantId, subscriptionId, proxyUrl, caFile, connections } = emulator.description;
    const { parameters } = connections["images-key"] ?? assert.fail("no connection images-key");
    const script = join(import.meta.dirname, "emulator-proxied-client.ts");
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", script], {
      env: {
        PATH: process.env["PATH"],
        HTTPS_PROXY: proxyUrl,
        NODE_EXTRA_CA_CERTS: caFile,
        AZURE_TENANT_ID: tenantId,
        AZURE_CLIENT_ID: parameters["serviceprincipalid"],
        AZURE_CLIENT_SECRET: parameters["serviceprincipalkey"],
        SUBSCRIPTION: subscriptionId,
      },
    });
    assert.deepEqual(JSON.parse(stdout), {
      group: emulator.description.resources.resourceGroup,
      endpoint: "https://stimages.blob.core.windows.net/",
      content: "through the proxy",
      copied: ["through the proxy", "through the proxy"],
    });
    const hosts = new Set(emulator.requests().map(({ url }) => new URL(url).host));
    assert.deepEqual([...hosts].sort(), [
      "login.microsoftonline.com",
      "management.azure.com",
      "stimages.blob.core.windows.net",
    ]);
    assert.ok(
      emulator.requests().every(({ url }) => !/sig=(?!REDACTED)/.test(url)),
      "no signature stands in the log",
    );
  });

  for (const host of [
    "management.azure.com",
    "login.microsoftonline.com",
    "login.windows.net",
    "dev.azure.com",
    "stimages.blob.core.windows.net",
  ]) {
    it(`leads ${host} to the emulator under a certificate for that name`, async () => {
      const { status, socket } = await openTunnel(emulator, `${host}:443`);
      assert.equal(status, 200);
      const secure = await handshake(socket, host, emulator.world.caPem);
      assert.ok(secure.authorized);
      secure.destroy();
    });
  }

  for (const target of [
    "example.com:443",
    "absent.blob.core.windows.net:443",
    "management.azure.com:80",
    "127.0.0.1:22",
    "graph.microsoft.com:443",
  ]) {
    it(`leads ${target} nowhere`, async () => {
      assert.equal(await statusOf(emulator, target), 502);
    });
  }

  it("shows public host names in the addresses of answers", async () => {
    const { socket } = await openTunnel(emulator, "management.azure.com:443");
    const secure = await handshake(socket, "management.azure.com", emulator.world.caPem);
    const path = `${emulator.description.resources.storageAccount}?api-version=2024-01-01`;
    const token = await pipelineToken(emulator);
    secure.write(
      `GET ${path} HTTP/1.1\r\nHost: management.azure.com\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
    );
    let text = "";
    for await (const chunk of secure) text += String(chunk);
    assert.ok(text.includes('"primaryEndpoints":{"blob":"https://stimages.blob.core.windows.net/"}'), text);
  });

  it("asks for its login where it has one", async () => {
    const guarded = await createEmulator({ proxyLogin: login });
    try {
      const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
      const target = "management.azure.com:443";
      assert.equal(await statusOf(guarded, target), 407);
      assert.equal(await statusOf(guarded, target, basic("agent:wrong")), 407);
      assert.equal(await statusOf(guarded, target, basic(`${login.user}:${login.password}`)), 200);
      const url = new URL(guarded.description.proxyUrl);
      assert.deepEqual([url.username, decodeURIComponent(url.password)], [login.user, login.password]);
    } finally {
      await guarded.close();
    }
  });

  it("serves CONNECT only", async () => {
    const { status } = await fetch(emulator.description.proxyUrl);
    assert.equal(status, 501);
  });
});

function handshake(socket: Duplex, servername: string, ca: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = connect({ socket, servername, ca }, () => resolve(secure));
    secure.once("error", reject);
  });
}
