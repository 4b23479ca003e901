/** A bare HTTPS client for tests: no retries, no polling, every header visible. */
import { request } from "node:https";
import type { IncomingHttpHeaders } from "node:http";
import type { Emulator } from "../index.ts";
import { readBody } from "./exchange.ts";

export interface PlainAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; throws a SyntaxError when it is none. */
  json<T = Record<string, unknown>>(): T;
}

export interface PlainRequest {
  readonly method?: string;
  /** Whole address, or a path of Resource Manager. */
  readonly url: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it is, another value as JSON. */
  readonly body?: unknown;
}

/** Sends one request to an emulator. Rejects when the connection breaks. */
export function send(emulator: Emulator, asked: PlainRequest): Promise<PlainAnswer> {
  const url = new URL(asked.url, emulator.description.armUrl);
  const text = typeof asked.body === "string" || asked.body === undefined ? asked.body : JSON.stringify(asked.body);
  const headers = {
    ...(asked.token === undefined ? {} : { authorization: `Bearer ${asked.token}` }),
    ...(text === undefined
      ? {}
      : { "content-type": "application/json", "content-length": String(Buffer.byteLength(text)) }),
    ...asked.headers,
  };
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: asked.method ?? "GET", headers, ca: emulator.world.caPem, agent: false },
      (response) => {
        readBody(response).then((body) => {
          const content = body.toString("utf8");
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: content,
            json: <T>() => JSON.parse(content) as T,
          });
        }, reject);
      },
    );
    sent.on("error", reject).end(text);
  });
}

/** A token for Resource Manager of the first application of the default world. */
export function pipelineToken(emulator: Emulator, resource = "https://management.azure.com"): Promise<string> {
  const pipeline = emulator.world.roleAssignments[0];
  if (pipeline === undefined) throw new Error("The world assigns no role.");
  return emulator.world.tokenFor(pipeline.principalId, resource);
}
