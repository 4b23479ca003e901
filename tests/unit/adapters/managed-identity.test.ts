import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Socket } from "node:net";
import {
  createDirectAgent,
  createMachineCredential,
} from "../../../tasks/AzureImageBuilderV1/src/adapters/azure/managed-identity.ts";
import { ServiceError, type TaskError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { redirectLinkLocal } from "../../emulator/core/link-local.ts";

interface Given {
  readonly status?: number;
  readonly body?: string;
  readonly clientId?: string;
}

describe("A managed identity of the agent's machine", () => {
  let server: Server;
  let seen: IncomingMessage[] = [];
  let answer: { readonly status: number; readonly body: string };
  let restore: () => void;
  // The library keeps the first client of a process for all credentials.
  let failure: TaskError | undefined;
  before(async () => {
    server = createServer((asked, response) => {
      seen.push(asked);
      response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    restore = redirectLinkLocal(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  after(() => {
    restore();
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    seen = [];
  });

  async function signIn({ status = 200, body = "", clientId }: Given = {}): Promise<TaskError | undefined> {
    failure = undefined;
    answer = { status, body };
    const credential = createMachineCredential({
      clientId,
      options: { retryOptions: { maxRetries: 0 } },
      remember: (error) => (failure = error),
    });
    // A resource of its own each time: the library keeps tokens for the whole process.
    await credential.getToken(`https://resource-${Math.random()}.test/.default`).catch(() => undefined);
    return failure;
  }
  const token = (): string =>
    JSON.stringify({
      access_token: "token",
      expires_on: String(Math.floor(Date.now() / 1000) + 3600),
      resource: "r",
      token_type: "Bearer",
    });
  const asked = (): URL => new URL(seen[0]?.url ?? "", "http://none");

  it("is asked for at the documented address, with its header and the client ID of the connection", async () => {
    assert.equal(await signIn({ body: token(), clientId: "c-1" }), undefined);
    assert.equal(asked().pathname, "/metadata/identity/oauth2/token");
    assert.equal(asked().searchParams.get("client_id"), "c-1");
    assert.ok(asked().searchParams.has("api-version"));
    const { host, metadata } = seen[0]?.headers ?? {};
    assert.deepEqual([host, metadata], ["169.254.169.254", "true"]);
  });

  it("is the machine's own where the connection names none", async () => {
    await signIn({ body: token() });
    assert.equal(asked().searchParams.has("client_id"), false);
  });

  it("is never asked for through the proxy of the machine's variables", async () => {
    const before = process.env["HTTP_PROXY"];
    process.env["HTTP_PROXY"] = "http://127.0.0.1:9";
    try {
      assert.equal(await signIn({ body: token() }), undefined);
      assert.equal(seen.length, 1);
    } finally {
      if (before === undefined) delete process.env["HTTP_PROXY"];
      else process.env["HTTP_PROXY"] = before;
    }
  });

  const notFound = JSON.stringify({ error: "invalid_request", error_description: "Identity not found" });
  const several = JSON.stringify({
    error: "invalid_request",
    error_description: "Multiple user assigned identities exist, please specify the clientId",
  });
  const refusals: readonly (readonly [what: string, given: Given, said: RegExp, next: RegExp])[] = [
    ["the machine has not got it", { status: 400, body: notFound, clientId: "c-1" }, /HTTP 400\. invalid_request: Identity not found/, /identity with the client ID c-1: "az vm identity assign/],
    ["the machine has none of its own", { status: 400, body: notFound }, /Identity not found/, /Turn on the system-assigned identity/],
    ["the machine has several and none is named", { status: 400, body: several }, /Multiple user assigned/, /put the client ID of one into the service connection/],
    ["another cloud answers there", { status: 403, body: "<html><title>Forbidden</title></html>" }, /HTTP 403\. Forbidden/, /not Azure's.*Run the job on an agent that is an Azure VM/],
    ["the service is out of order", { status: 500, body: "{}" }, /HTTP 500/, /Run the job again/],
  ]; // prettier-ignore
  for (const [what, given, said, next] of refusals) {
    it(`is refused with what to do where ${what}`, async () => {
      const error = await signIn(given);
      assert.ok(error instanceof ServiceError);
      assert.deepEqual([error.code, error.status], ["AIB307", given.status]);
      assert.match(error.message, said);
      assert.match(error.next ?? "", next);
    });
  }

  it("is never said to be absent, with what its token is for, by a service that is being updated", async () => {
    const error = await signIn({ status: 404, body: "{}" });
    assert.ok(error instanceof ServiceError);
    assert.deepEqual([error.code, error.status], ["AIB307", undefined]);
  });

  it("may be asked for again where the service is there and breaks off", async () => {
    const breaking = createServer((asked) => asked.socket.destroy());
    await once(breaking.listen(0, "127.0.0.1"), "listening");
    const back = redirectLinkLocal(`http://127.0.0.1:${(breaking.address() as AddressInfo).port}`);
    try {
      const error = await signIn();
      assert.ok(error instanceof ServiceError);
      assert.deepEqual([error.code, error.status], ["AIB307", undefined]);
      assert.match(error.message, /gave no answer \(169\.254\.169\.254: ECONNRESET\)/);
    } finally {
      back();
      breaking.close();
    }
  });

  it("is refused at once where the machine is no Azure VM", async () => {
    const back = redirectLinkLocal(undefined);
    try {
      const error = await signIn();
      assert.equal(error?.code, "AIB307");
      assert.match(
        error.message,
        /no instance metadata service \(169\.254\.169\.254: EHOSTUNREACH\): it is no Azure VM/,
      );
      assert.match(error.next ?? "", /workload identity federation, a certificate or a key/);
      assert.equal(seen.length, 0);
    } finally {
      back();
    }
  });

  it("is waited for no longer than the limit where packets to the address vanish", async () => {
    const agent = createDirectAgent(20, silentSocket);
    const sent = request({ host: "169.254.169.254", agent }).end();
    const [error] = (await once(sent, "error")) as [Error & { readonly code?: string }];
    assert.deepEqual([error.code, error.message], ["ETIMEDOUT", "no connection within 0.02 s"]);
  });
});

/** A socket whose connection never comes about. */
function silentSocket(): Socket {
  return Object.assign(new Socket(), { connecting: true });
}
