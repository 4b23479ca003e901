/** Requests of the storage front to the Azurite behind it. */
import type { IncomingMessage } from "node:http";
import { type Agent, request as httpsRequest } from "node:https";
import type { Exchange } from "../core/exchange.ts";
import type { Resource, World } from "../core/types.ts";

/** Azurite as the front reaches it. */
export interface StorageBackend {
  readonly world: World;
  readonly agent: Agent;
  /** Port of Azurite once it knows the account. */
  readonly portFor: (account: string) => Promise<number>;
}

/**
 * Sends the request on as it came: Azurite reads account and signature from the same Host and path as the service would.
 */
export async function forward(
  exchange: Exchange,
  what: { readonly account: Resource; readonly body: Buffer | undefined; readonly copySource: string | undefined },
  backend: StorageBackend,
): Promise<IncomingMessage> {
  const { account, body, copySource } = what;
  const port = await backend.portFor(account.name);
  const { rawHeaders } = exchange.request;
  const headers: Record<string, string> = {};
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    if (!hopByHop.has(name.toLowerCase())) headers[name] = rawHeaders[at + 1] ?? "";
    if (name.toLowerCase() === "x-ms-copy-source" && copySource !== undefined) headers[name] = copySource;
  }
  return new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port,
      method: exchange.method,
      path: exchange.request.url,
      headers,
      agent: backend.agent,
      servername: "localhost",
    };
    const sent = httpsRequest(options, resolve);
    sent.on("error", reject);
    exchange.request.on("aborted", () => sent.destroy(new Error("The client went away.")));
    if (body === undefined) exchange.request.pipe(sent);
    else sent.end(body);
  });
}

/** Status of a blob for whoever has its address and nothing else. */
export async function lookAt(url: URL, account: Resource, backend: StorageBackend): Promise<number> {
  const port = await backend.portFor(account.name);
  return new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port,
      method: "HEAD",
      path: `${url.pathname}${url.search}`,
      headers: { host: url.host, "x-ms-version": "2023-11-03" },
      agent: backend.agent,
      servername: "localhost",
    };
    const sent = httpsRequest(options, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 500);
    });
    sent.on("error", reject).end();
  });
}

/** Headers of one connection, which are not handed on. */
export const hopByHop = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "expect",
  "proxy-connection",
  "upgrade",
  "te",
  "trailer",
]);
