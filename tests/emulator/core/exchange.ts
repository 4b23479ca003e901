/** One request and its answer, the same for every emulated service. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import type { Mark } from "./types.ts";

/** Which of the emulator's doors a request came through. */
export type Door = TlsDoor | "metadata";

/** Doors that are reached by TLS; the metadata service of the agent's machine is not. */
export type TlsDoor = "arm" | "authority" | "devops" | "blob";

export interface Exchange {
  readonly id: string;
  readonly door: Door;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** The address as the client meant it. */
  readonly url: URL;
  /** Came by a public host name. */
  readonly viaProxy: boolean;
  /** The whole body; read at the first call, which a door that streams never makes. */
  body(): Promise<Buffer>;
}

/** An answer ready to be written. */
export interface Answer {
  readonly status: number;
  /** Names are sent in this spelling; several values make several header lines. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer | Readable | undefined;
  /** For the log: who answered, and what the answer rests on. */
  readonly service: string;
  readonly mark: Mark;
  readonly fact: string;
}

/** Answers a request. Throws only where the emulator itself is broken. */
export type DoorHandler = (exchange: Exchange) => Promise<Answer>;

/** Reads a body to its end. */
export async function readBody(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** An answer with a JSON body and the usual headers. */
export function jsonAnswer(
  status: number,
  value: unknown,
  facts: Pick<Answer, "service" | "mark" | "fact"> & { readonly headers?: Answer["headers"] },
): Answer {
  const body = Buffer.from(JSON.stringify(value));
  return {
    status,
    headers: { "Content-Type": "application/json; charset=utf-8", ...facts.headers },
    body,
    service: facts.service,
    mark: facts.mark,
    fact: facts.fact,
  };
}
