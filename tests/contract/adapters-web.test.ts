/** Looks at addresses by the Azure adapter: at servers of the test's own, with the emulator for the sign-in. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { WebProbe } from "../../tasks/AzureImageBuilderV1/src/ports.ts";
import { createCertificates } from "../emulator/core/certificates.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import { openSession, type Session } from "./adapters-session.ts";

interface Asked {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly hasToken: boolean;
}

interface Site {
  readonly address: string;
  readonly asked: Asked[];
  readonly server: Server;
}

describe("looking at addresses by the Azure adapter", () => {
  let emulator: Emulator;
  let session: Session;
  let web: WebProbe;
  let certificates: Awaited<ReturnType<typeof createCertificates>>;
  const sites: Site[] = [];
  before(async () => {
    [emulator, certificates] = await Promise.all([createEmulator(), createCertificates()]);
  });
  after(() => emulator.close());
  beforeEach(() => {
    const ca = `${emulator.world.caPem}\n${certificates.caPem}`;
    const network = () => ({ proxyFor: () => undefined, tls: { ca, checkServer: true } });
    session = openSession(emulator, "images-key", { options: { network } });
    ({ web } = session);
  });
  afterEach(() => {
    session.close();
    for (const { server } of sites.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  const open = async (answer: RequestListener): Promise<Site> => {
    const asked: Asked[] = [];
    const server = createServer({ cert: certificates.certificate, key: certificates.key }, (request, response) => {
      const hasToken = request.headers.authorization?.startsWith("Bearer ") ?? false;
      asked.push({ method: request.method, path: request.url, hasToken });
      answer(request, response);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const site = { address: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, server };
    sites.push(site);
    return site;
  };

  it("asks for the head alone, without a token", async () => {
    const site = await open((_, response) =>
      response.writeHead(200, { "Content-Type": "Text/Plain; charset=utf-8", "Content-Length": 12 }).end(),
    );
    const answer = await web.probe(`${site.address}/a.sh`, { as: "anyone" });
    assert.deepEqual(answer, { status: 200, contentType: "text/plain", length: 12 });
    assert.deepEqual(site.asked, [{ method: "HEAD", path: "/a.sh", hasToken: false }]);
  });

  it("shows the connection's token to the address, and to none that it leads on to", async () => {
    const second = await open((_, response) => response.writeHead(200).end());
    const first = await open((_, response) =>
      response.writeHead(307, { Location: `${second.address}/b.sh?x=1` }).end(),
    );
    const answer = await web.probe(`${first.address}/a.sh`, { as: "connection" });
    assert.equal("status" in answer && answer.status, 200);
    assert.deepEqual(first.asked, [{ method: "HEAD", path: "/a.sh", hasToken: true }]);
    assert.deepEqual(second.asked, [{ method: "HEAD", path: "/b.sh?x=1", hasToken: false }]);
  });

  it("asks for the content where a server knows no HEAD, and reads none of it", async () => {
    const site = await open(({ method }, response) => response.writeHead(method === "HEAD" ? 405 : 200).end("text"));
    const answer = await web.probe(`${site.address}/a.sh`, { as: "anyone" });
    assert.equal("status" in answer && answer.status, 200);
    assert.deepEqual(
      site.asked.map(({ method }) => method),
      ["HEAD", "GET"],
    );
  });

  it("tells the SHA-256 of what has few enough bytes", async () => {
    const site = await open((_, response) => response.end("#!/bin/sh\n"));
    const sha256 = createHash("sha256").update("#!/bin/sh\n").digest("hex");
    const asked = (digestUpTo: number) => web.probe(`${site.address}/a.sh`, { as: "anyone", digestUpTo });
    assert.deepEqual(await asked(10), { status: 200, length: 10, sha256 });
    assert.deepEqual(await asked(9), { status: 200, length: 10 });
  });

  it("does not go on for ever, and not without encryption", async () => {
    const site = await open(({ url }, response) => {
      const Location = url === "/plain" ? "http://127.0.0.1:1/" : "/again";
      response.writeHead(302, { Location }).end();
    });
    assert.deepEqual(await web.probe(`${site.address}/again`, { as: "anyone" }), {
      error: "it leads on to other addresses more than 5 times",
    });
    assert.deepEqual(await web.probe(`${site.address}/plain`, { as: "anyone" }), {
      error: "it leads on to http://127.0.0.1:1, which is not https",
    });
  });

  it("tells what broke, without signatures", async () => {
    const site = await open((request) => request.socket.destroy());
    const answer = await web.probe(`${site.address}/a.sh?sig=hidden`, { as: "anyone" });
    assert.match(JSON.stringify(answer), /^\{"error":"ECONNRESET|socket hang up/);
    assert.doesNotMatch(JSON.stringify(answer), /hidden/);
  });

  it("tells that a certificate is not to be trusted", async () => {
    const site = await open((_, response) => response.end());
    const strict = openSession(emulator);
    const answer = await strict.web.probe(`${site.address}/a.sh`, { as: "anyone" });
    strict.close();
    assert.match(JSON.stringify(answer), /certificate/i);
  });
});
