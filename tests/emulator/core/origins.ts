/** Where a connection comes from, for services that judge callers by their network: all others come from outside. */
import type { Socket } from "node:net";
import type { World } from "./types.ts";

/** A machine inside the emulated cloud. */
export interface Origin {
  /** Resource id of its subnet; undefined for a network of the service's own. */
  readonly subnetId: string | undefined;
}

const origins = new WeakMap<World, Map<number, Origin>>();

/** Notes that a connected socket to one of the emulator's servers is a machine's, until it closes. */
export function announceOrigin(world: World, socket: Socket, origin: Origin): void {
  const { localPort } = socket;
  if (localPort === undefined) return;
  const ports = origins.get(world) ?? new Map<number, Origin>();
  origins.set(world, ports);
  ports.set(localPort, origin);
  socket.once("close", () => ports.delete(localPort));
}

/** The machine behind a connection, by the port it comes from; undefined for a caller outside of the emulated cloud. */
export function originOf(world: World, remotePort: number | undefined): Origin | undefined {
  return remotePort === undefined ? undefined : origins.get(world)?.get(remotePort);
}
