/**
 * A blob service that takes everything and keeps nothing, over HTTPS: what it costs is the way there. A process of its
 * own. Where it is given a pace, it reads no faster, all its connections together.
 */
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";

const [certificate, key, bytesPerSecond] = JSON.parse(process.argv[2] ?? "[]") as readonly [
  string,
  string,
  number | null,
];

/** Milliseconds between two looks, and how many may be made up for where the sink was kept from reading. */
const paceInterval = 5;
const mostAtOnce = 100;

/** Reads a request, and lets it wait while more has been read than the pace allows. */
function paced(rate: number): (request: IncomingMessage) => void {
  const waiting = new Set<IncomingMessage>();
  let allowed = 0;
  let last = performance.now();
  const refill = (): void => {
    const now = performance.now();
    allowed = Math.min(allowed + ((now - last) / 1000) * rate, (mostAtOnce / 1000) * rate);
    last = now;
  };
  setInterval(() => {
    refill();
    if (allowed <= 0) return;
    for (const request of waiting) request.resume();
    waiting.clear();
  }, paceInterval).unref();
  return (request) => {
    request.on("data", ({ length }: Buffer) => {
      refill();
      allowed -= length;
      if (allowed > 0) return;
      request.pause();
      waiting.add(request);
    });
    request.on("close", () => waiting.delete(request));
  };
}

const read = bytesPerSecond === null ? (request: IncomingMessage) => request.resume() : paced(bytesPerSecond);

const server = createServer({ cert: certificate, key }, (request, response) => {
  read(request);
  request.on("end", () => {
    const { url = "", method = "", headers } = request;
    response.setHeader("x-ms-version", "2025-01-05");
    response.setHeader("x-ms-request-id", "00000000-0000-4000-8000-000000000000");
    response.setHeader("etag", '"0x1"');
    response.setHeader("last-modified", new Date().toUTCString());
    if (method === "GET" && url.includes("comp=list")) {
      response.setHeader("content-type", "application/xml");
      response.end(
        '<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="https://sink/"><Blobs /><NextMarker /></EnumerationResults>',
      );
      return;
    }
    if (headers["x-ms-copy-source"] !== undefined) {
      response.setHeader("x-ms-copy-id", "00000000-0000-4000-8000-000000000001");
      response.setHeader("x-ms-copy-status", "success");
    }
    response.statusCode = method === "DELETE" || headers["x-ms-copy-source"] !== undefined ? 202 : 201;
    response.end();
  });
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
process.on("disconnect", () => process.exit());
