/** A blob service that takes everything and keeps nothing, over HTTPS: what it costs is the way there. A process of its own. */
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";

const [certificate, key] = JSON.parse(process.argv[2] ?? "[]") as readonly string[];

const server = createServer({ cert: certificate, key }, (request, response) => {
  request.on("data", () => undefined);
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
