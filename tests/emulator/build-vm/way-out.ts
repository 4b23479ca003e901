/** The build VM's way to the emulator: the relay inside its network and the Unix sockets that lead from it to the servers. */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { transform } from "esbuild";
import { METADATA_ADDRESS } from "./boot-script.ts";
import { kill, start, waitUntilReady } from "./processes.ts";
import type { RelayConfig } from "./relay.ts";
import type { VmNetwork } from "./types.ts";

export interface WayOut {
  /** Ends the relay and every connection, and removes the sockets. */
  close(): Promise<void>;
}

/**
 * Opens the way out of the network namespace of a process.
 * @param holder process id whose network namespace is the VM's
 * @throws Error when the relay cannot be started there
 */
export async function openWayOut(holder: number, network: VmNetwork): Promise<WayOut> {
  // In the system's folder for temporary files: the path of a Unix socket must stay under 108 bytes.
  const socketDir = mkdtempSync(join(tmpdir(), "aib-vm-"));
  const bridges = await Promise.all([
    listenAt(createHttpServer(network.metadata), socketPathOf(socketDir, "metadata")),
    ...network.doors.map(({ port }) => listenAt(createBridge(port, network), socketPathOf(socketDir, String(port)))),
  ]);
  const close = async (relay?: ChildProcessWithoutNullStreams): Promise<void> => {
    if (relay !== undefined) await kill(relay);
    await Promise.all(bridges.map((bridge) => new Promise<void>((resolve) => bridge.close(() => resolve()))));
    rmSync(socketDir, { recursive: true, force: true });
  };
  try {
    const code = `${await relayCode()}\nawait startRelay(JSON.parse(process.argv[1]));`;
    const config = JSON.stringify(relayConfig(socketDir, network));
    const net = `--net=/proc/${holder}/ns/net`;
    const relay = start("nsenter", [net, process.execPath, "--input-type=module", "-e", code, config]);
    await waitUntilReady(relay);
    return { close: () => close(relay) };
  } catch (error) {
    await close();
    throw error;
  }
}

function socketPathOf(socketDir: string, name: string): string {
  return join(socketDir, name);
}

/** Each door has an address of its own on the VM's loopback for its public names, so that all can use port 443. */
function relayConfig(socketDir: string, network: VmNetwork): RelayConfig {
  const doors = network.doors.map((door, index) => ({ ...door, address: `127.0.1.${index + 1}` }));
  const listeners = doors.flatMap(({ address, port }) => {
    const socketPath = socketPathOf(socketDir, String(port));
    return [
      { address, port: 443, socketPath },
      { address: "127.0.0.1", port, socketPath },
    ];
  });
  return {
    listeners: [...listeners, { address: METADATA_ADDRESS, port: 80, socketPath: socketPathOf(socketDir, "metadata") }],
    names: doors.flatMap(({ address, domains }) => domains.map((domain) => ({ domain, address }))),
  };
}

function createBridge(port: number, network: VmNetwork): Server {
  return createServer((client) => {
    const ignore = (): void => undefined;
    const emulator = connect(port, "127.0.0.1", () => network.announce(emulator));
    pipeline(client, emulator, ignore);
    pipeline(emulator, client, ignore);
  });
}

function listenAt(server: Server, socketPath: string): Promise<Server> {
  return new Promise((resolve) => server.listen(socketPath, () => resolve(server)));
}

let compiledRelay: Promise<string> | undefined;

/** The relay as plain JavaScript: its process must start at once, without a compiler of its own. */
function relayCode(): Promise<string> {
  const source = readFileSync(join(import.meta.dirname, "relay.ts"), "utf8");
  compiledRelay ??= transform(source, { loader: "ts", format: "esm" }).then((result) => result.code);
  return compiledRelay;
}
