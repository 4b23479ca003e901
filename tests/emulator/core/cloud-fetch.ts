/** What a machine inside the emulated cloud can fetch: the emulator's own hosts, and the files the world lays out on the internet. */
import { request } from "node:https";
import { readBody } from "./exchange.ts";
import { announceOrigin, type Origin } from "./origins.ts";
import type { Cloud } from "./world.ts";

export interface Fetched {
  readonly status: number;
  readonly body: Buffer;
}

/** Local address for a URL, or undefined for a host that does not exist in the emulated cloud. */
function placeOf(url: URL, cloud: Cloud): { readonly port: number } | undefined {
  const { endpoints } = cloud.world;
  const local = [endpoints.arm, endpoints.authority, endpoints.devops, endpoints.blob].map(
    (address) => new URL(address),
  );
  if (url.hostname === "127.0.0.1" || url.hostname === "localhost") {
    return local.some(({ port }) => port === url.port) ? { port: Number(url.port) } : undefined;
  }
  if (url.port !== "") return undefined;
  const account = /^([a-z0-9]{3,24})\.blob\.core\.windows\.net$/.exec(url.hostname)?.[1];
  const accounts = cloud.world.resources.list("", "Microsoft.Storage/storageAccounts");
  return accounts.some(({ name }) => name === account) ? { port: Number(new URL(endpoints.blob).port) } : undefined;
}

/**
 * GETs a URL with the emulator's authority trusted. `bearer` is an access token for storage, `from` the machine that asks.
 * Throws an Error for a host that the emulated cloud cannot reach, as a name that does not resolve would.
 */
export function cloudFetch(
  address: string,
  { bearer, from }: { readonly bearer: string | undefined; readonly from: Origin | undefined },
  cloud: Cloud,
): Promise<Fetched> {
  const file = cloud.file.publicFiles?.[address];
  if (file !== undefined) return Promise.resolve({ status: 200, body: Buffer.from(file) });
  const url = new URL(address);
  const place = url.protocol === "https:" ? placeOf(url, cloud) : undefined;
  if (place === undefined)
    return Promise.reject(new Error(`The host of ${url.origin} cannot be reached from the emulated cloud.`));
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> = { host: url.host };
    if (bearer !== undefined)
      Object.assign(headers, { authorization: `Bearer ${bearer}`, "x-ms-version": "2023-11-03" });
    const options = {
      host: "127.0.0.1",
      port: place.port,
      path: `${url.pathname}${url.search}`,
      ca: cloud.world.caPem,
      servername: "localhost",
      headers,
      // Each call has a connection of its own: the next may come from another machine.
      agent: false as const,
    };
    const sent = request(options, (response) => {
      readBody(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
    sent.on("socket", (socket) => {
      socket.once("connect", () => {
        if (from !== undefined) announceOrigin(cloud.world, socket, from);
      });
    });
    sent.on("error", reject).end();
  });
}
