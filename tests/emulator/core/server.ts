/** The listeners: from a connection to a door's handler and back, with faults and the log on the way. */
import {
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  createServer as createHttpServer,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Certificates } from "./certificates.ts";
import {
  type Answer,
  type Door,
  type DoorHandler,
  type Exchange,
  type TlsDoor,
  jsonAnswer,
  readBody,
} from "./exchange.ts";
import type { FaultAction, FaultList } from "./faults.ts";
import { newGuid } from "./keys.ts";
import { type LoggedRequest, withoutSecrets } from "./request-log.ts";
import type { EmulatorClock } from "./types.ts";

/** Signed operation addresses make headers of several KB (wire notes, section 2). */
const maxHeaderSize = 64 * 1024;

export interface DoorParts {
  readonly handle: DoorHandler;
  /** Who will answer, for matching faults and for the log when no answer comes. */
  readonly serviceOf: (exchange: Exchange) => string;
  readonly faults: FaultList;
  readonly clock: EmulatorClock;
  readonly record: (entry: LoggedRequest) => void;
  /** Called with each request before anything is done about it. */
  readonly arrived: (request: Pick<LoggedRequest, "method" | "url">) => void;
  readonly log: (message: string) => void;
}

/** Starts an HTTPS server for a door on a free port of 127.0.0.1. */
export function openDoor(door: TlsDoor, certificates: Certificates, parts: DoorParts): Promise<Server> {
  const server = createHttpsServer({ cert: certificates.certificate, key: certificates.key, maxHeaderSize });
  server.on("request", listenerOf(door, parts));
  return listen(server);
}

/** Starts a plain HTTP server for the metadata service of the agent's machine on a free port of 127.0.0.1. */
export function openMetadataDoor(parts: DoorParts): Promise<Server> {
  return openPlain(listenerOf("metadata", parts));
}

function listenerOf(door: Door, parts: DoorParts): RequestListener {
  return (request, response) => {
    serve(door, { request, response }, parts).catch((error: unknown) => {
      parts.log(
        `The emulator failed on ${request.method} ${request.url}: ${error instanceof Error ? error.stack : String(error)}`,
      );
      request.socket.destroy();
    });
  };
}

/** Starts a plain HTTP server on a free port of 127.0.0.1. */
export function openPlain(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  return listen(createHttpServer({ maxHeaderSize }, handle));
}

/** Port a server listens on. */
export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Stops listening and ends every connection. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function listen<S extends Server>(server: S): Promise<S> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

async function serve(
  door: Door,
  http: { readonly request: IncomingMessage; readonly response: ServerResponse },
  parts: DoorParts,
): Promise<void> {
  const began = performance.now();
  const time = parts.clock.now().toISOString();
  const exchange = openExchange(door, http);
  const service = parts.serviceOf(exchange);
  parts.arrived({ method: exchange.method, url: withoutSecrets(exchange.url) });
  const fault = parts.faults.take(exchange, service);
  const answer = await answerOrDrop(exchange, { fault, service }, parts);
  const log = (status: number | undefined): void =>
    parts.record({
      method: exchange.method,
      url: withoutSecrets(exchange.url),
      status,
      service: answer?.service ?? service,
      mark: answer?.mark ?? "inferred",
      fact: answer?.fact ?? "scripted fault",
      ms: Math.round(performance.now() - began),
      time,
      userAgent: http.request.headers["user-agent"],
    });
  // Logged before the last byte leaves: a client that has its answer finds it in the log.
  log(answer?.status);
  if (answer === undefined) {
    http.request.socket.destroy();
    return;
  }
  await (fault?.cut === true ? writeHalf(exchange, answer) : write(exchange, answer));
}

function openExchange(
  door: Door,
  http: { readonly request: IncomingMessage; readonly response: ServerResponse },
): Exchange {
  const { request, response } = http;
  const host = request.headers.host ?? "localhost";
  let body: Promise<Buffer> | undefined;
  return {
    id: newGuid(),
    door,
    request,
    response,
    method: (request.method ?? "GET").toUpperCase(),
    url: addressOf(`${door === "metadata" ? "http" : "https"}://${host}`, request.url ?? "/"),
    viaProxy: !/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host),
    body: () => (body ??= readBody(request)),
  };
}

/** A request line may hold a path that is no address by itself (`//x`); it is taken as a path all the same. */
function addressOf(origin: string, target: string): URL {
  const base = URL.canParse(origin) ? origin : "https://invalid.localhost";
  return URL.canParse(`${base}${target}`) ? new URL(`${base}${target}`) : new URL(base);
}

/** The door's answer with a fault worked in; undefined: the connection is to be dropped. */
async function answerOrDrop(
  exchange: Exchange,
  { fault, service }: { readonly fault: FaultAction | undefined; readonly service: string },
  parts: DoorParts,
): Promise<Answer | undefined> {
  if (fault === undefined) return parts.handle(exchange);
  if (fault.delayMs !== undefined) await parts.clock.sleep(fault.delayMs);
  if (fault.drop === "before") return undefined;
  if (fault.status !== undefined && fault.afterWork !== true && fault.drop === undefined) {
    exchange.request.resume();
    return scripted(fault, service, fault.status);
  }
  const answer = await parts.handle(exchange);
  if (fault.drop === undefined && fault.status === undefined) return answer;
  if (answer.body instanceof Readable) answer.body.resume();
  return fault.drop === "after" || fault.status === undefined ? undefined : scripted(fault, service, fault.status);
}

function scripted(fault: FaultAction, service: string, status: number): Answer {
  const code = fault.code ?? "InternalServerError";
  const value = fault.body ?? (status < 400 ? {} : { error: { code, message: `Scripted fault: ${code}.` } });
  const answer = jsonAnswer(status, value, {
    service,
    mark: "inferred",
    fact: "scripted fault",
    headers: fault.headers,
  });
  return typeof value === "string" ? { ...answer, headers: { ...fault.headers }, body: Buffer.from(value) } : answer;
}

/** The head of the answer and the first half of its body; then the connection breaks. */
async function writeHalf(exchange: Exchange, answer: Answer): Promise<void> {
  const { request, response } = exchange;
  const body = answer.body instanceof Readable ? await readBody(answer.body) : (answer.body ?? Buffer.alloc(0));
  // An answer without a body is lost as a whole.
  if (body.length === 0) return void request.socket.destroy();
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  response.removeHeader("Transfer-Encoding");
  response.setHeader("Content-Length", body.length);
  response.write(body.subarray(0, Math.ceil(body.length / 2)), () => request.socket.destroy());
}

async function write(exchange: Exchange, answer: Answer): Promise<void> {
  const { response } = exchange;
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  if (answer.body instanceof Readable) {
    // A client that goes away in the middle of a download is its own affair.
    await pipeline(answer.body, response).catch(() => response.destroy());
    return;
  }
  const hasBody = answer.body !== undefined && exchange.method !== "HEAD";
  if (answer.body !== undefined) response.setHeader("Content-Length", answer.body.length);
  else if (answer.status === 204) response.removeHeader("Content-Length");
  else response.setHeader("Content-Length", 0);
  response.end(hasBody ? answer.body : undefined);
  // What was not read of the request must not stand in the way of the next one on this connection.
  exchange.request.resume();
}
