/**
 * An Azure that answers wrongly: a server before the emulator that keeps every answer of it, and gives them again changed
 * as a case says. What goes to a host that is not Azure's is counted.
 */
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Agent, createServer, request, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { createCertificates } from "../emulator/core/certificates.ts";
import type { Emulator } from "../emulator/index.ts";

/** An answer as it goes out. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer that was kept, and what it answered. */
export interface Kept extends Answer {
  /** Method and path. */
  readonly line: string;
}

export interface Wire {
  /** Where Resource Manager and the blob service seem to be. */
  readonly origins: { readonly arm: string; readonly blob: string };
  /** A host that no connection knows. */
  readonly foreign: string;
  readonly ca: string;
  /** Does `work` with the emulator behind; gives the answers in their order. */
  record(work: () => Promise<unknown>): Promise<readonly Kept[]>;
  /** Does `work` with answers of `give`, which is told how many requests of the case came before. */
  play(give: (line: string, count: number) => Answer, work: () => Promise<void>): Promise<number>;
  /** Requests at the foreign host so far that bore a token. */
  leaked(): number;
  close(): Promise<void>;
}

/** Opens the servers. */
export async function openWire(emulator: Emulator): Promise<Wire> {
  const certificates = await createCertificates();
  const kept: Kept[] = [];
  let give: ((line: string, count: number) => Answer) | undefined;
  let [count, leaked] = [0, 0];
  const failures: Error[] = [];
  const upstream = new Agent({ keepAlive: true, ca: emulator.world.caPem });
  const renamed = (text: string): string =>
    text.replaceAll(emulator.description.armUrl, origins.arm).replaceAll(emulator.description.blobUrl, origins.blob);
  const real = (text: string): string =>
    text.replaceAll(origins.arm, emulator.description.armUrl).replaceAll(origins.blob, emulator.description.blobUrl);

  async function forward(asked: IncomingMessage, to: string): Promise<Answer> {
    const body = await buffer(asked);
    const given = Object.entries(asked.headers).filter(([name]) => name !== "host");
    const headers = Object.fromEntries(given.map(([name, value]) => [name, real(String(value))]));
    const sent = request(`${to}${real(asked.url ?? "")}`, { method: asked.method, headers, agent: upstream }).end(body);
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    const text = renamed((await buffer(answer)).toString("utf8"));
    const passed = Object.entries(answer.headers).filter(
      ([name]) => !/^(?:content-length|transfer-encoding|connection|date)$/.test(name),
    );
    return {
      status: answer.statusCode ?? 0,
      headers: Object.fromEntries(passed.map(([name, value]) => [name, renamed(String(value))])),
      body: text,
    };
  }

  async function serve(asked: IncomingMessage, response: ServerResponse, to: string): Promise<void> {
    const line = `${asked.method ?? ""} ${(asked.url ?? "").split("?")[0] ?? ""}`;
    let answer: Answer;
    if (give === undefined) {
      answer = await forward(asked, to);
      kept.push({ line, ...answer });
    } else {
      asked.resume();
      try {
        answer = give(line, count);
      } catch (error) {
        failures.push(error instanceof Error ? error : new Error(String(error)));
        answer = { status: 501, headers: {}, body: "" };
      }
      count += 1;
    }
    try {
      const length =
        asked.method === "HEAD" || answer.status === 204 ? {} : { "content-length": Buffer.byteLength(answer.body) };
      response.writeHead(answer.status, { ...length, ...answer.headers }).end(answer.status === 204 ? "" : answer.body);
    } catch {
      // A header that Node does not send is no answer of any service.
      response.writeHead(500, { "retry-after": "0" }).end();
    }
  }

  async function listen(handle: (asked: IncomingMessage, response: ServerResponse) => void): Promise<[Server, string]> {
    const server = createServer({ cert: certificates.certificate, key: certificates.key }, handle).listen(
      0,
      "127.0.0.1",
    );
    await once(server, "listening");
    return [server, `https://127.0.0.1:${(server.address() as AddressInfo).port}`];
  }

  const [arm, armOrigin] = await listen((asked, response) => void serve(asked, response, emulator.description.armUrl));
  const [blob, blobOrigin] = await listen(
    (asked, response) => void serve(asked, response, emulator.description.blobUrl),
  );
  const [other, foreign] = await listen((asked, response) => {
    if (asked.headers.authorization !== undefined) leaked += 1;
    asked.resume();
    response.writeHead(200, { "content-type": "application/json" }).end('{"status":"Succeeded","value":[]}');
  });
  const origins = { arm: armOrigin, blob: blobOrigin };
  return {
    origins,
    foreign,
    ca: `${certificates.caPem}\n${emulator.world.caPem}`,
    record: async (work) => {
      kept.length = 0;
      await work();
      return [...kept];
    },
    play: async (answers, work) => {
      [give, count] = [answers, 0];
      failures.length = 0;
      try {
        await work();
        if (failures[0] !== undefined) throw failures[0];
        return count;
      } finally {
        give = undefined;
      }
    },
    leaked: () => leaked,
    close: async () => {
      for (const server of [arm, blob, other]) {
        server.closeAllConnections();
        server.close();
      }
      upstream.destroy();
      await Promise.resolve();
    },
  };
}
