/** The HTTP CONNECT proxy that leads the public host names to the emulator's doors. */
import { type Server, createServer } from "node:http";
import { type Socket, connect } from "node:net";
import type { Duplex } from "node:stream";

/** User and password a client must send (basic authentication). */
export interface ProxyLogin {
  readonly user: string;
  readonly password: string;
}

export interface ProxyParts {
  /** Local port for a public host name, or undefined where the emulator has no such host. */
  readonly portFor: (host: string) => number | undefined;
  readonly login?: ProxyLogin;
}

export interface ProxyServer {
  readonly port: number;
  /** Host names asked for since the start, refused ones too. */
  readonly asked: readonly { readonly host: string; readonly status: number }[];
  close(): Promise<void>;
}

/** Starts the proxy on a free port of 127.0.0.1. Only CONNECT to port 443 of a known host is served. */
export function openProxy(parts: ProxyParts): Promise<ProxyServer> {
  const tunnels = new Set<Duplex>();
  const asked: { host: string; status: number }[] = [];
  const server = createServer((_request, response) => {
    response.writeHead(501, { "Content-Type": "text/plain" }).end("This proxy serves CONNECT only.\n");
  });
  server.on("connect", (request, client: Duplex, head: Buffer) => {
    const { host, port } = target(request.url ?? "");
    const answer = decide(parts, { host, port, header: request.headers["proxy-authorization"] });
    asked.push({ host, status: answer.status });
    if (answer.port === undefined) {
      client.end(`HTTP/1.1 ${answer.status} ${answer.reason}\r\n${answer.header}Content-Length: 0\r\n\r\n`);
      return;
    }
    tunnel(client, connect(answer.port, "127.0.0.1"), { head, tunnels });
  });
  return started(server, { asked, tunnels });
}

function started(
  server: Server,
  state: { readonly asked: ProxyServer["asked"]; readonly tunnels: Set<Duplex> },
): Promise<ProxyServer> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve({
        port: typeof address === "object" && address !== null ? address.port : 0,
        asked: state.asked,
        close: () =>
          new Promise((closed) => {
            for (const socket of state.tunnels) socket.destroy();
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}

function target(text: string): { readonly host: string; readonly port: number } {
  const colon = text.lastIndexOf(":");
  return { host: text.slice(0, colon).toLowerCase(), port: Number(text.slice(colon + 1)) };
}

interface Decision {
  readonly status: number;
  readonly reason: string;
  readonly header: string;
  readonly port: number | undefined;
}

function decide(
  parts: ProxyParts,
  asked: { readonly host: string; readonly port: number; readonly header: string | undefined },
): Decision {
  if (parts.login !== undefined) {
    const wanted = `Basic ${Buffer.from(`${parts.login.user}:${parts.login.password}`).toString("base64")}`;
    if (asked.header !== wanted) {
      const header = 'Proxy-Authenticate: Basic realm="emulator"\r\n';
      return { status: 407, reason: "Proxy Authentication Required", header, port: undefined };
    }
  }
  const port = asked.port === 443 ? parts.portFor(asked.host) : undefined;
  if (port === undefined) return { status: 502, reason: "Bad Gateway", header: "", port };
  return { status: 200, reason: "Connection established", header: "", port };
}

function tunnel(client: Duplex, door: Socket, state: { readonly head: Buffer; readonly tunnels: Set<Duplex> }): void {
  const end = (): void => {
    client.destroy();
    door.destroy();
    state.tunnels.delete(client);
  };
  state.tunnels.add(client);
  client.on("error", end).on("close", end);
  door.on("error", end).on("close", end);
  door.once("connect", () => {
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    if (state.head.length > 0) door.write(state.head);
    client.pipe(door);
    door.pipe(client);
  });
}
