/**
 * The build VM's only way out. This file runs as a process of its own inside the VM's network namespace (and outside of
 * its other namespaces): it takes connections on the VM's loopback and hands them to the emulator through a Unix
 * socket, and it answers the VM's name lookups. It must import nothing but Node's own modules.
 */
import { createSocket } from "node:dgram";
import { connect, createServer, type Socket } from "node:net";
import { pipeline } from "node:stream";

export interface RelayConfig {
  /** Where to listen in the VM, and the Unix socket that leads on from there. */
  readonly listeners: readonly { readonly address: string; readonly port: number; readonly socketPath: string }[];
  /** Domains and the loopback address that stands for them in the VM. */
  readonly names: readonly DomainAddress[];
}

export interface DomainAddress {
  readonly domain: string;
  /** IPv4, in dotted form. */
  readonly address: string;
}

const HEADER_BYTES = 12;
const TYPE_A = 1;
const NAME_DOES_NOT_EXIST = 3;

/** Reads the question of a DNS query: its name in lower case, its type, and where it ends. */
function readQuestion(query: Buffer): { name: string; type: number; end: number } | undefined {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (;;) {
    const length = query[at];
    if (length === undefined || length > 63) return undefined;
    at += 1;
    if (length === 0) break;
    labels.push(query.toString("latin1", at, at + length).toLowerCase());
    at += length;
  }
  if (at + 4 > query.length) return undefined;
  return { name: labels.join("."), type: query.readUInt16BE(at), end: at + 4 };
}

/**
 * The answer to a DNS query (RFC 1035): the address of the domain a name is or is under, "no such name" for all others.
 * @returns undefined for what is no query with one question
 */
export function answerQuery(query: Buffer, names: readonly DomainAddress[]): Buffer | undefined {
  if (query.length < HEADER_BYTES) return undefined;
  const question = readQuestion(query);
  if (question === undefined) return undefined;
  const found = names.find(({ domain }) => question.name === domain || question.name.endsWith(`.${domain}`));
  const isKnown = found !== undefined;
  const hasAnswer = isKnown && question.type === TYPE_A;
  const header = Buffer.alloc(HEADER_BYTES);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | (isKnown ? 0 : NAME_DOES_NOT_EXIST), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(hasAnswer ? 1 : 0, 6);
  // Pointer to the name in the question, type A, class IN, 60 seconds, four bytes of address.
  const address = hasAnswer ? found.address.split(".").map(Number) : [];
  const answer = hasAnswer ? Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address]) : Buffer.alloc(0);
  return Buffer.concat([header, query.subarray(HEADER_BYTES, question.end), answer]);
}

function forward(client: Socket, socketPath: string): void {
  const emulator = connect(socketPath);
  // A broken connection ends both sides; there is nobody to report it to.
  const ignore = (): void => undefined;
  pipeline(client, emulator, ignore);
  pipeline(emulator, client, ignore);
}

/** Starts listening; prints `ready`; ends when standard input closes, that is with the emulator. */
export async function startRelay(config: RelayConfig): Promise<void> {
  process.stdin.resume();
  process.stdin.on("end", () => process.exit(0));
  const listening = config.listeners.map(
    ({ address, port, socketPath }) =>
      new Promise<void>((resolve) => {
        createServer((client) => forward(client, socketPath)).listen(port, address, resolve);
      }),
  );
  const names = createSocket("udp4");
  names.on("message", (query, from) => {
    const answer = answerQuery(query, config.names);
    if (answer !== undefined) names.send(answer, from.port, from.address);
  });
  listening.push(new Promise<void>((resolve) => names.bind(53, "127.0.0.1", resolve)));
  await Promise.all(listening);
  process.stdout.write("ready\n");
}
