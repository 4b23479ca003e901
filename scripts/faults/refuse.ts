/** Connections that are refused, as by a machine on which nothing listens: the request meets a port that is closed. */
import { Agent, type ClientRequest } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { createFaultList } from "../../tests/emulator/core/faults.ts";
import type { Fault } from "../../tests/emulator/index.ts";

interface Pools {
  addRequest: (this: Agent, request: ClientRequest, options: Readonly<Record<string, unknown>>) => void;
}

/** A port of this machine that nothing listens on. */
const closedPort = await new Promise<number>((resolve) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo;
    server.close(() => resolve(port));
  });
});

/** Refuses connections for requests that meet one of the faults, until `end`; counts them for each fault. */
export function refuseConnections(given: readonly Fault[]): { counts(): readonly number[]; end(): void } {
  const lists = given.map((fault) => {
    const faults = createFaultList();
    faults.add({ ...fault, match: withoutService(fault.match) });
    return faults;
  });
  const counts = given.map(() => 0);
  const pools = Agent.prototype as unknown as Pools;
  const { addRequest } = pools;
  pools.addRequest = function (request, options) {
    const method = request.method.toUpperCase();
    const url = new URL(`https://127.0.0.1${request.path}`);
    const met = lists.findIndex((faults) => faults.take({ method, url }, "") !== undefined);
    if (met < 0) return addRequest.call(this, request, options);
    counts[met] = (counts[met] ?? 0) + 1;
    // Another port is another pool: no connection that is open already is taken.
    addRequest.call(this, request, { ...options, host: "127.0.0.1", port: closedPort });
  };
  return { counts: () => counts, end: () => void (pools.addRequest = addRequest) };
}

/** This side of the network knows no services; the paths tell them apart. */
function withoutService({ service: _service, after, ...match }: Fault["match"]): Fault["match"] {
  if (after === undefined) return match;
  const { service: _other, ...kind } = after;
  return { ...match, after: kind };
}
