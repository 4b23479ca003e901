/** Connections that are refused, as by a machine on which nothing listens: the request meets a port that is closed. */
import { AsyncLocalStorage } from "node:async_hooks";
import { Agent, type ClientRequest } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { createFaultList } from "../../tests/emulator/core/faults.ts";
import type { Fault } from "../../tests/emulator/index.ts";
import type { Part, PartFault } from "./types.ts";

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

/** A process of the step inside of this one. */
interface Scope {
  readonly part: Part;
  hasEnded: boolean;
}

export interface Network {
  /** Does the work of a part. What it still sends when it has ended goes nowhere, as of a process that is gone. */
  carryOut<T>(part: Part, work: () => Promise<T>): Promise<T>;
  /** How many connections were refused, for each fault. */
  counts(): readonly number[];
  /** From now on connections are made as ever. */
  end(): void;
}

const scopes = new AsyncLocalStorage<Scope>();

/** The network of a step's processes. Connections for requests that meet one of the faults are refused, until `end`. */
export function createNetwork(given: readonly PartFault[]): Network {
  const lists = given.map(({ part, ...fault }) => {
    const faults = createFaultList();
    faults.add({ ...fault, match: withoutService(fault.match) });
    return { part, faults };
  });
  const counts = given.map(() => 0);
  const pools = Agent.prototype as unknown as Pools;
  const { addRequest } = pools;
  pools.addRequest = function (request, options) {
    const scope = scopes.getStore();
    // Another port is another pool: no connection that is open already is taken.
    const refuse = (): void => addRequest.call(this, request, { ...options, host: "127.0.0.1", port: closedPort });
    if (scope?.hasEnded === true) return refuse();
    const method = request.method.toUpperCase();
    const url = new URL(`https://127.0.0.1${request.path}`);
    const met = lists.findIndex(
      ({ part, faults }) => part === scope?.part && faults.take({ method, url }, "") !== undefined,
    );
    if (met < 0) return addRequest.call(this, request, options);
    counts[met] = (counts[met] ?? 0) + 1;
    refuse();
  };
  return {
    carryOut: async (part, work) => {
      const scope: Scope = { part, hasEnded: false };
      try {
        return await scopes.run(scope, work);
      } finally {
        scope.hasEnded = true;
      }
    },
    counts: () => counts,
    end: () => void (pools.addRequest = addRequest),
  };
}

/** This side of the network knows no services; the paths tell them apart. */
function withoutService({ service: _service, after, ...match }: Fault["match"]): Fault["match"] {
  if (after === undefined) return match;
  const { service: _other, ...kind } = after;
  return { ...match, after: kind };
}
